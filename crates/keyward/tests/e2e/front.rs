//! The gateway's TLS and HTTP/2 in front, spoken to by other people's clients, and more of other people's servers
//! behind.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::support::eventually;
use crate::support::free_port;
use crate::support::keyward::Setup;
use crate::support::peers::{Pki, caddy_upstream, curl, httpx_by_http2};
use crate::support::world::World;

/// A world with a listener for TLS, and its port.
fn over_tls(pki: &Pki) -> (World, u16) {
    let port = free_port();
    let env = [
        ("KEYWARD_GATEWAY_TLS_LISTEN", format!("127.0.0.1:{port}")),
        ("KEYWARD_GATEWAY_TLS_CERT", pki.path("server.pem").display().to_string()),
        ("KEYWARD_GATEWAY_TLS_KEY", pki.path("server.key").display().to_string()),
        ("KEYWARD_CONTROL_METRICS_FROM", "127.0.0.1".to_owned()),
    ];
    let env = env.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    (World::with(Setup { env, ..Setup::default() }), port)
}

/// What curl says of one call: the version of HTTP, the status and the body.
fn versioned(args: &[&str]) -> (String, String, String) {
    let output = Command::new("curl")
        .args(["-s", "--max-time", "30", "-w", "\n%{http_version} %{http_code}"])
        .args(args)
        .output()
        .expect("curl runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let (body, said) = text.rsplit_once('\n').expect("a closing line");
    let (version, status) = said.split_once(' ').expect("two words");
    (version.to_owned(), status.to_owned(), body.to_owned())
}

fn s_client(port: u16, ca: &Path, args: &[&str], input: &str) -> String {
    let mut child = Command::new("openssl")
        .args(["s_client", "-connect", &format!("127.0.0.1:{port}"), "-CAfile"])
        .arg(ca)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("openssl runs");
    // Where the handshake fails it has ended already.
    let _ = child.stdin.take().expect("its input").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("it ends");
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn curl_and_httpx_speak_every_version_in_front() {
    let pki = Pki::new();
    let (world, port) = over_tls(&pki);
    let (_, token) = world.token(json!({ "scopes": ["echo:read", "echo:write"] }));
    let bearer = format!("Authorization: Bearer {token}");
    let ca = pki.path("ca.pem").display().to_string();
    let secure = format!("https://127.0.0.1:{port}/echo/v1/echo");
    let plain = format!("http://127.0.0.1:{}/echo/v1/echo", world.keyward.gateway);
    for (args, version) in [
        // A server answers in its own version (RFC 9110 section 2.5).
        (vec!["--http1.0", &plain], "1.1"),
        (vec!["--http1.1", &plain], "1.1"),
        (vec!["--http2-prior-knowledge", &plain], "2"),
        (vec!["--cacert", &ca, "--http1.1", &secure], "1.1"),
        (vec!["--cacert", &ca, "--http2", &secure], "2"),
        (vec!["--cacert", &ca, "--tls-max", "1.2", "--http2", &secure], "2"),
    ] {
        let mut with_token = vec!["-H", &bearer];
        with_token.extend(&args);
        let (spoken, status, body) = versioned(&with_token);
        assert_eq!((&*spoken, &*status), (version, "200"), "{args:?} {body}");
        let echo: Value = serde_json::from_str(&body).expect("an echo");
        let headers = echo["headers"].to_string();
        let wanted = if args.contains(&&*secure) { "https" } else { "http" };
        assert!(headers.contains(&format!(r#"["x-forwarded-proto","{wanted}"]"#)), "{headers}");
        let (_, status, body) = versioned(&args);
        assert!(status == "401" && body.contains("token_missing"), "{args:?} {status} {body}");
    }
    let plan = json!([
        { "method": "GET", "url": secure, "headers": { "Authorization": format!("Bearer {token}") } },
        { "method": "POST", "url": secure, "headers": { "Authorization": format!("Bearer {token}") }, "stream_mb": 6 },
        { "method": "GET", "url": secure, "headers": {} }
    ]);
    let answers = httpx_by_http2(&plan, &pki.path("ca.pem"));
    let said: Vec<_> = answers.iter().map(|answer| (&answer["version"], answer["status"].as_u64())).collect();
    let version = json!("HTTP/2");
    assert_eq!(said, [(&version, Some(200)), (&version, Some(200)), (&version, Some(401))]);
    let echo: Value = serde_json::from_str(answers[1]["text"].as_str().expect("text")).expect("an echo");
    assert_eq!(echo["body_length"], json!(6 * 1_048_576));
}

#[test]
fn old_tls_is_refused_and_a_certificate_is_replaced_while_running() {
    let pki = Pki::new();
    let (world, port) = over_tls(&pki);
    let ca = pki.path("ca.pem");
    let request = "GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let said = s_client(port, &ca, &["-tls1_3", "-ign_eof", "-verify_return_error"], request);
    assert!(said.contains("HTTP/1.1 404") && said.contains("Verify return code: 0"), "{said}");
    let said = s_client(port, &ca, &["-alpn", "h2"], "");
    assert!(said.contains("ALPN protocol: h2"), "{said}");
    let said = s_client(port, &ca, &["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"], "");
    assert!(!said.contains("Verify return code: 0 (ok)") || said.contains("Cipher is (NONE)"), "{said}");
    let before = shown(port, &pki);
    pki.server();
    eventually("the new certificate is shown", || shown(port, &pki) != before);
    // Half a certificate is not taken over, and the node says so to whoever watches, without naming files to everybody.
    let told = || world.keyward.readiness().contains("the files of a certificate");
    assert!(!told() && world.keyward.readiness().contains("ends within two weeks"), "{}", world.keyward.readiness());
    let certificate = pki.path("server.pem");
    let whole = std::fs::read_to_string(&certificate).expect("a certificate");
    std::fs::write(&certificate, &whole[..whole.len() / 2]).expect("written");
    eventually("what is wrong is told", told);
    assert!(!world.keyward.readiness().contains("server.pem"), "{}", world.keyward.readiness());
    let file = certificate.display();
    let metrics = world.keyward.scrape(&[]);
    assert!(metrics.contains(&format!("keyward_certificate_stale{{file=\"{file}\"}} 1\n")), "{metrics}");
    let end = format!("keyward_certificate_not_after_timestamp_seconds{{file=\"{file}\"}} ");
    let end: f64 = metrics.lines().find_map(|line| line.strip_prefix(&end)).expect("its end").parse().expect("seconds");
    assert!(end > 1_700_000_000.0, "{end}");
    std::fs::write(&certificate, whole).expect("written");
    eventually("all is well again", || !told());
    assert_eq!(world.get("/nothing", "none").status, 404);
}

#[test]
fn what_is_refused_before_it_is_a_call_is_listed_counted_and_logged() {
    let pki = Pki::new();
    let (world, port) = over_tls(&pki);
    let said = s_client(port, &pki.path("ca.pem"), &["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"], "");
    assert!(said.contains("alert"), "{said}");
    for port in [world.keyward.gateway, world.keyward.control] {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("connected");
        stream.write_all(b"\x16\x03\x01 planted-in-garbage\r\n\r\n").expect("sent");
        let _ = stream.read_to_end(&mut Vec::new());
    }
    let listed = |args: &[&str]| -> Vec<Value> {
        let mut all = vec!["security-events", "-o", "json"];
        all.extend(args);
        serde_json::from_str(&world.keyward.cli(&all)).expect("a list")
    };
    eventually("all three are listed", || listed(&[]).len() == 3);
    let on = |listener: &str| listed(&["--listener", listener])[0]["kind"].as_str().expect("a kind").to_owned();
    assert_eq!([on("https"), on("http"), on("control")], ["tls_refused", "request_invalid", "request_invalid"]);
    assert!(listed(&["--address", "192.0.2.0/24"]).is_empty());
    let table = world.keyward.cli(&["security-events", "--kind", "tls_refused"]);
    assert!(table.contains("KIND") && table.contains("not offered"), "{table}");
    let log = world.keyward.log();
    assert!(log.contains("a caller was refused for what it sent"), "{log}");
    let kept = std::fs::read_to_string(world.keyward.path("security-events.jsonl")).expect("a file");
    assert!(!log.contains("planted-in-garbage") && !kept.contains("planted-in-garbage"), "{log}{kept}");
    let mode = std::fs::metadata(world.keyward.path("security-events.jsonl")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn no_call_fails_while_certificates_are_replaced() {
    let pki = Pki::new();
    let (world, port) = over_tls(&pki);
    let (_, token) = world.token(json!({}));
    let (ca, bearer) = (pki.path("ca.pem").display().to_string(), format!("Authorization: Bearer {token}"));
    let url = format!("https://127.0.0.1:{port}/echo/v1/echo");
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let callers: Vec<_> = ["--http1.1", "--http2"]
            .into_iter()
            .map(|version| {
                let (stop, ca, bearer, url) = (&stop, &ca, &bearer, &url);
                scope.spawn(move || {
                    let mut statuses = Vec::new();
                    while !stop.load(Ordering::Relaxed) {
                        // New connections, each with calls that follow on it.
                        let output = Command::new("curl")
                            .args(["-s", "--max-time", "30", version, "--cacert", ca, "-H", bearer])
                            .args(["-w", "\n%{http_code}\n", url, url, url])
                            .output()
                            .expect("curl runs");
                        let text = String::from_utf8(output.stdout).expect("text");
                        statuses.extend(text.lines().filter(|line| line.len() == 3).map(str::to_owned));
                    }
                    statuses
                })
            })
            .collect();
        for _ in 0..2 {
            let before = shown(port, &pki);
            pki.server();
            eventually("the new certificate is shown", || shown(port, &pki) != before);
        }
        stop.store(true, Ordering::Relaxed);
        for caller in callers {
            let statuses = caller.join().expect("it ends");
            let failed = statuses.iter().filter(|status| *status != "200").count();
            assert!(!statuses.is_empty() && statuses.len() % 3 == 0 && failed == 0, "{statuses:?}");
        }
    });
}

/// The certificate that is shown.
fn shown(port: u16, pki: &Pki) -> String {
    let said = s_client(port, &pki.path("ca.pem"), &["-showcerts"], "");
    let begin = said.find("-----BEGIN CERTIFICATE-----").expect("a certificate");
    let end = said.find("-----END CERTIFICATE-----").expect("its end");
    said[begin..end].to_owned()
}

#[test]
fn caddy_is_a_target_like_any_other() {
    let world = World::new();
    let caddy = caddy_upstream();
    let url = format!("http://127.0.0.1:{}", caddy.port);
    let (_, token) = world.token(json!({}));
    let bearer = format!("Authorization: Bearer {token}");
    for protocol in ["http1", "http2"] {
        world.put("/upstreams/caddy", json!({ "targets": [{ "url": url }], "protocol": protocol }));
        world.put(
            "/apis/caddy",
            json!({
                "api": "caddy", "version": "v1", "version_in": "none", "base_path": "/caddy", "upstream": "caddy",
                "routes": [{ "name": "all", "methods": ["GET", "POST"], "path": "/{rest:path}" }]
            }),
        );
        for _ in 0..20 {
            let gateway = format!("http://127.0.0.1:{}/caddy/a", world.keyward.gateway);
            let (status, body) = curl(&["-H", &bearer, "--data-binary", "hello", &gateway]);
            let spoken = if protocol == "http2" { "HTTP/2.0" } else { "HTTP/1.1" };
            assert_eq!((status, body.trim()), (200, &*format!("caddy {spoken} POST /a")));
        }
    }
}
