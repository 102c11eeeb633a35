//! Other people's programs: upstreams behind the gateway and clients in front of it.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{eventually, free_port};

/// A server started for one test. Killed when dropped.
pub(crate) struct Peer {
    child: Child,
    pub(crate) port: u16,
    /// Of a server with two.
    pub(crate) second: Option<u16>,
    _folder: Option<tempfile::TempDir>,
}

impl Peer {
    /// Ends it.
    pub(crate) fn stop(&mut self) {
        // nginx stops its workers only when asked.
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // One that was stopped is nobody's to signal: its number may be another's by now.
        if matches!(self.child.try_wait(), Ok(None)) {
            self.stop();
        }
    }
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/peers").join(name)
}

/// The Python that has what the tests need: the one `make test` prepared, or the one named.
fn python() -> PathBuf {
    let prepared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-venv/bin/python");
    match std::env::var_os("KEYWARD_TEST_PYTHON") {
        Some(path) => path.into(),
        None if prepared.exists() => prepared,
        None => "python3".into(),
    }
}

fn port_printed(mut command: Command) -> Peer {
    let mut child = command.stdout(Stdio::piped()).stdin(Stdio::null()).spawn().expect("the upstream starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("its port");
    let port = line.trim().parse().expect("a port on the first line");
    Peer { child, port, second: None, _folder: None }
}

/// The echo written in Python.
pub(crate) fn python_upstream() -> Peer {
    let mut command = Command::new("python3");
    command.arg(script("upstream.py"));
    port_printed(command)
}

/// The services of the parcel company that the tour of the control room shows.
pub(crate) fn parcel_services() -> Peer {
    let mut command = Command::new("python3");
    command.arg(script("control_room/parcels.py"));
    port_printed(command)
}

/// The echo written for Node.
pub(crate) fn node_upstream() -> Peer {
    let mut command = Command::new("node");
    command.arg(script("upstream.mjs"));
    port_printed(command)
}

/// Where the packages for Node are that `make test` prepared.
fn node_packages() -> PathBuf {
    let prepared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-node");
    prepared.canonicalize().expect("target/test-node: run scripts/test-deps first")
}

/// A WebSocket server of the package `ws`, which says back what it hears.
pub(crate) fn websocket_upstream() -> Peer {
    let mut command = Command::new("node");
    command.arg(script("upstream_ws.mjs")).arg(node_packages());
    port_printed(command)
}

/// Drives the gateway with the WebSocket client of the package `ws`.
pub(crate) fn websocket(plan: &Value) -> Vec<Value> {
    drive(Command::new("node").arg(script("client_ws.mjs")).arg(node_packages()), plan)
}

/// An echo for Node that speaks HTTP/2 in cleartext.
pub(crate) fn node_http2_upstream() -> Peer {
    let mut command = Command::new("node");
    command.arg(script("upstream_h2.mjs"));
    port_printed(command)
}

/// A service of gRPC, in Python.
pub(crate) fn grpc_upstream() -> Peer {
    let mut command = Command::new(python());
    command.arg(script("grpc_server.py"));
    port_printed(command)
}

/// nginx, answering every call with 200 and one line of text.
pub(crate) fn nginx_upstream() -> Peer {
    let port = free_port();
    let folder = tempfile::tempdir().expect("a directory");
    let server = format!(
        "server {{ listen 127.0.0.1:{port}; location / {{ default_type text/plain; return 200 'nginx was here\\n'; }} }}"
    );
    nginx(folder, port, None, &server)
}

/// nginx that compresses whatever may be, and has something to hide in it.
pub(crate) fn nginx_gzip_upstream(text: &str) -> Peer {
    let port = free_port();
    let folder = tempfile::tempdir().expect("a directory");
    let server = format!(
        "gzip on; gzip_proxied any; gzip_min_length 1; gzip_types text/plain;\n\
         server {{ listen 127.0.0.1:{port}; location / {{ root {}; }} types {{ text/plain txt; }} }}",
        folder.path().display()
    );
    std::fs::write(folder.path().join("page.txt"), text).expect("a page");
    nginx(folder, port, None, &server)
}

/// nginx that speaks HTTP/2 in cleartext and, on its second port, over TLS; the certificate to trust. Answers with the
/// protocol it was spoken to by.
pub(crate) fn nginx_http2_upstream() -> (Peer, String) {
    let (port, second) = (free_port(), free_port());
    let pki = Pki::new();
    let folder = pki.copy();
    let (at, answer) = (folder.path().display(), "default_type text/plain; return 200 '$server_protocol\\n';");
    let server = format!(
        "server {{ listen 127.0.0.1:{port} http2; listen 127.0.0.1:{second} ssl http2;\n\
         ssl_certificate {at}/server.pem; ssl_certificate_key {at}/server.key; location / {{ {answer} }} }}"
    );
    (nginx(folder, port, Some(second), &server), pki.read("ca.pem"))
}

/// nginx over TLS, which takes only clients of the authority of `pki` and answers with the name of their certificate.
pub(crate) fn strict_nginx(pki: &Pki) -> Peer {
    let (port, folder) = (free_port(), pki.copy());
    let at = folder.path().display();
    let server = format!(
        "server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {at}/server.pem; ssl_certificate_key {at}/server.key;\n\
         ssl_client_certificate {at}/ca.pem; ssl_verify_client on;\n\
         location / {{ default_type text/plain; return 200 $ssl_client_s_dn; }} }}"
    );
    nginx(folder, port, None, &server)
}

/// HAProxy that does the same.
pub(crate) fn strict_haproxy(pki: &Pki) -> Peer {
    let folder = pki.copy();
    let (at, port) = (folder.path().display(), free_port());
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a file");
    std::fs::write(folder.path().join("both.pem"), read("server.pem") + &read("server.key")).expect("its certificate");
    let text = format!(
        "global\n stats timeout 10s\ndefaults\n mode http\n timeout client 30s\n timeout connect 5s\n timeout server 30s\n\
         frontend strict\n bind 127.0.0.1:{port} ssl crt {at}/both.pem ca-file {at}/ca.pem verify required\n\
         http-request return status 200 content-type text/plain lf-string 'CN=%[ssl_c_s_dn(cn)]'\n"
    );
    let config = folder.path().join("haproxy.cfg");
    std::fs::write(&config, text).expect("its configuration");
    let program = if Path::new("/usr/sbin/haproxy").exists() { "/usr/sbin/haproxy" } else { "haproxy" };
    let child = Command::new(program).arg("-db").arg("-f").arg(&config).stderr(Stdio::null()).spawn();
    let peer = Peer { child: child.expect("HAProxy starts"), port, second: None, _folder: Some(folder) };
    eventually("HAProxy listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    peer
}

/// Caddy, which speaks HTTP/1.1 and HTTP/2 in cleartext and says by which it was called, and for what.
pub(crate) fn caddy_upstream() -> Peer {
    let folder = tempfile::tempdir().expect("a directory");
    let port = free_port();
    let config = serde_json::json!({
        "admin": { "disabled": true, "config": { "persist": false } },
        "apps": { "http": { "servers": { "caddy": {
            "listen": [format!("127.0.0.1:{port}")], "protocols": ["h1", "h2c"], "automatic_https": { "disable": true },
            "routes": [{ "handle": [{
                "handler": "static_response",
                "body": "caddy {http.request.proto} {http.request.method} {http.request.uri}"
            }] }]
        } } } }
    });
    let file = folder.path().join("caddy.json");
    std::fs::write(&file, config.to_string()).expect("its configuration");
    let child = Command::new("caddy")
        .args(["run", "--config"])
        .arg(&file)
        .env("HOME", folder.path())
        .env("XDG_DATA_HOME", folder.path())
        .env("XDG_CONFIG_HOME", folder.path())
        .stderr(Stdio::null())
        .spawn()
        .expect("Caddy starts");
    let peer = Peer { child, port, second: None, _folder: Some(folder) };
    eventually("Caddy listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    peer
}

/// An authority, a server certificate for 127.0.0.1 and client certificates, made by openssl.
pub(crate) struct Pki(tempfile::TempDir);

impl Pki {
    pub(crate) fn new() -> Self {
        let pki = Self(tempfile::tempdir().expect("a directory"));
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        let own = ["req", "-x509", "-days", "2", "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem"];
        pki.openssl(&[&own[..], &key].concat());
        pki.server();
        pki
    }

    /// A server's certificate and key, anew where there were some.
    pub(crate) fn server(&self) {
        self.issue("server", "subjectAltName=IP:127.0.0.1");
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A client's certificate and key, as a secret holds them.
    pub(crate) fn client(&self, name: &str) -> String {
        self.issue(name, "extendedKeyUsage=clientAuth");
        self.read(&format!("{name}.pem")) + &self.read(&format!("{name}.key"))
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("a file")
    }

    fn issue(&self, name: &str, extension: &str) {
        let (subject, key, certificate) = (format!("/CN={name}"), format!("{name}.key"), format!("{name}.pem"));
        self.openssl(&[
            "req",
            "-x509",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-days",
            "2",
            "-subj",
            &subject,
            "-addext",
            extension,
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-keyout",
            &key,
            "-out",
            &certificate,
        ]);
    }

    fn openssl(&self, args: &[&str]) {
        let output = Command::new("openssl").args(args).current_dir(self.0.path()).output().expect("openssl runs");
        assert!(output.status.success(), "openssl {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// For a server of its own: the files stay for as long as it runs.
    fn copy(&self) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a directory");
        for name in ["ca.pem", "server.pem", "server.key"] {
            std::fs::copy(self.0.path().join(name), folder.path().join(name)).expect("a copy");
        }
        folder
    }
}

fn nginx(folder: tempfile::TempDir, port: u16, second: Option<u16>, server: &str) -> Peer {
    let at = folder.path().display();
    let config = folder.path().join("nginx.conf");
    let text = format!(
        "daemon off; worker_processes 1; pid {at}/pid; error_log {at}/error.log;\n\
         events {{ worker_connections 1024; }}\n\
         http {{ access_log off; client_body_temp_path {at}/body; proxy_temp_path {at}/proxy;\n\
         fastcgi_temp_path {at}/fastcgi; uwsgi_temp_path {at}/uwsgi; scgi_temp_path {at}/scgi;\n\
         keepalive_requests 100;\n\
         {server} }}\n"
    );
    std::fs::write(&config, text).expect("its configuration");
    let program = if Path::new("/usr/sbin/nginx").exists() { "/usr/sbin/nginx" } else { "nginx" };
    let child = Command::new(program).arg("-c").arg(&config).stderr(Stdio::null()).spawn().expect("nginx starts");
    let peer = Peer { child, port, second, _folder: Some(folder) };
    eventually("nginx listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    peer
}

/// Drives the gateway with Python's httpx.
pub(crate) fn httpx(plan: &Value) -> Vec<Value> {
    drive(Command::new(python()).arg(script("client_httpx.py")), plan)
}

/// The same by HTTP/2 over TLS, trusting `ca`.
pub(crate) fn httpx_by_http2(plan: &Value, ca: &Path) -> Vec<Value> {
    drive(Command::new(python()).arg(script("client_httpx.py")).arg(ca), plan)
}

/// Drives the gateway with Python's client of gRPC; what came of each call.
pub(crate) fn grpc_client(plan: &Value) -> Value {
    drive(Command::new(python()).arg(script("client_grpc.py")), plan)
}

/// Drives the gateway with Node's fetch.
pub(crate) fn fetch(plan: &Value) -> Vec<Value> {
    drive(Command::new("node").arg(script("client_fetch.mjs")), plan)
}

/// A service that speaks gRPC-Web, for Node.
pub(crate) fn grpc_web_upstream() -> Peer {
    let mut command = Command::new("node");
    command.arg(script("upstream_grpc_web.mjs"));
    port_printed(command)
}

/// Drives pages in Chromium, served at `port` of this machine: what each step's page got to know.
pub(crate) fn browser(port: u16, steps: &[Value]) -> Vec<Value> {
    let plan = serde_json::json!({ "page_port": port, "browser": "/usr/bin/chromium", "steps": steps });
    drive(Command::new("node").arg(script("client_browser.mjs")).arg(node_packages()), &plan)
}

/// Uses the control room in a browser as the named script does; what was seen.
pub(crate) fn control_room(name: &str, plan: &Value) -> Value {
    let mut plan = plan.clone();
    plan["browser"] = "/usr/bin/chromium".into();
    let mut command = Command::new("node");
    command.arg(script(&format!("control_room/{name}.mjs"))).arg(node_packages());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("node starts");
    child.stdin.take().expect("its input").write_all(plan.to_string().as_bytes()).expect("the plan");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "the browser did not get through; see above");
    serde_json::from_slice(&output.stdout).expect("JSON of what was seen")
}

/// Reads an export as CSV with Python's csv and one as Parquet with DuckDB.
pub(crate) fn read_exports(csv: &Path, parquet: &Path) -> Value {
    let output = Command::new(python()).arg(script("read_exports.py")).arg(csv).arg(parquet).output();
    let output = output.expect("Python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON of what was read")
}

/// Metrics as the parsers of Prometheus's own client read them: by sample, labels and values.
pub(crate) fn parsed_metrics(text: &str, as_openmetrics: bool) -> Value {
    let mut command = Command::new(python());
    command.arg(script("read_metrics.py")).args(as_openmetrics.then_some("openmetrics"));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the parser starts");
    child.stdin.take().expect("its input").write_all(text.as_bytes()).expect("the metrics");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "the metrics cannot be read:\n{text}");
    serde_json::from_slice(&output.stdout).expect("JSON of the samples")
}

/// Spans as OpenTelemetry's own messages read them.
pub(crate) fn read_spans(bodies: &[Vec<u8>]) -> Vec<Value> {
    read_otlp("read_spans.py", bodies)
}

/// The records of logs in requests of OTLP, as OpenTelemetry's own messages read them.
pub(crate) fn read_logs(bodies: &[Vec<u8>]) -> Vec<Value> {
    read_otlp("read_logs.py", bodies)
}

fn read_otlp(reader: &str, bodies: &[Vec<u8>]) -> Vec<Value> {
    let mut child = Command::new(python()).arg(script(reader)).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let child = child.as_mut().expect("Python starts");
    let mut input = child.stdin.take().expect("its input");
    for body in bodies {
        writeln!(input, "{}", body.len()).and_then(|()| input.write_all(body)).expect("a body");
    }
    drop(input);
    let read = serde_json::from_reader(child.stdout.take().expect("its output"));
    assert!(child.wait().expect("it ends").success(), "{reader} cannot read them");
    read.expect("JSON of what was read")
}

/// Node, calling over HTTP/2 until told to stop.
pub(crate) struct Http2Caller(Child);

/// Begins to call `path` of `origin` over HTTP/2.
pub(crate) fn http2_caller(origin: &str, path: &str, token: &str) -> Http2Caller {
    let mut command = Command::new("node");
    command.arg(script("client_http2.mjs")).args([origin, path, token]);
    Http2Caller(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the client starts"))
}

impl Http2Caller {
    /// How many calls were answered with 200; none may have failed.
    pub(crate) fn stop(mut self) -> usize {
        drop(self.0.stdin.take());
        let output = self.0.wait_with_output().expect("the client ends");
        let said: Value = serde_json::from_slice(&output.stdout).expect("JSON of what came back");
        assert_eq!(said["failed"], Value::Array(Vec::new()), "calls over HTTP/2 failed");
        said["answered"].as_u64().and_then(|answered| answered.try_into().ok()).expect("a number")
    }
}

fn drive<T: DeserializeOwned>(command: &mut Command, plan: &Value) -> T {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the client starts");
    child.stdin.take().expect("its input").write_all(plan.to_string().as_bytes()).expect("the plan");
    let output = child.wait_with_output().expect("the client ends");
    assert!(output.status.success(), "the client failed: {}", output.status);
    serde_json::from_slice(&output.stdout).expect("JSON of what came back")
}

/// Runs curl; status code and body.
pub(crate) fn curl(args: &[&str]) -> (u16, String) {
    let output = Command::new("curl")
        .args(["-s", "--max-time", "30", "-w", "\n%{http_code}"])
        .args(args)
        .output()
        .expect("curl runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let (body, status) = text.rsplit_once('\n').expect("a closing line");
    (status.parse().expect("a status"), body.to_owned())
}
