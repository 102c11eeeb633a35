//! What is refused for its form is counted, kept and told from where, and who just leaves is not accused of anything.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;

use keyward_gateway::{CertificateFiles, ClientAuth, TlsListener, TlsSettings, TlsVersion};
use keyward_model::thumbprint::Thumbprint;
use keyward_vault::sha256;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;

use crate::client::Client;
use crate::tls::{Authority, authority};
use crate::upstream::Upstream;
use crate::world::World;

/// An authority of another name: one of the same would be taken for the one that is believed, and its signature for a
/// bad one.
fn stranger() -> Authority {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "stranger");
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Certificates in files.
struct Pki {
    directory: tempfile::TempDir,
    servers: Authority,
    clients: Authority,
}

impl Pki {
    fn new() -> Self {
        let pki = Self { directory: tempfile::tempdir().unwrap(), servers: authority(), clients: authority() };
        pki.write("ca.pem", &pki.servers.pem());
        pki.write("clients.pem", &pki.clients.pem());
        pki.issue("server", &pki.servers, CertificateParams::new(vec!["a.example".to_owned()]).unwrap());
        pki
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Writes a certificate and its key; the certificate's hash.
    fn issue(&self, name: &str, authority: &Authority, mut params: CertificateParams) -> [u8; 32] {
        // Not the authority's name: OpenSSL would take the certificate for its own issuer.
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, authority).unwrap();
        self.write(&format!("{name}.pem"), &certificate.pem());
        self.write(&format!("{name}.key"), &key.serialize_pem());
        sha256(certificate.der())
    }

    fn client(&self, name: &str, authority: &Authority) -> [u8; 32] {
        self.issue(name, authority, CertificateParams::new(vec![format!("{name}.example")]).unwrap())
    }

    fn listener(&self, client_auth: ClientAuth) -> TlsListener {
        let certificates =
            vec![CertificateFiles { certificate: self.path("server.pem"), key: self.path("server.key") }];
        let settings = TlsSettings { certificates, client_auth, min_version: TlsVersion::Tls12 };
        TlsListener { listen: ([127, 0, 0, 1], 0).into(), settings }
    }

    /// What `openssl s_client` says after it sent `input`.
    async fn s_client(&self, address: SocketAddr, arguments: &[&str], input: &str) -> String {
        let mut client = Command::new("openssl")
            .args(["s_client", "-ign_eof", "-servername", "a.example", "-connect", &address.to_string(), "-CAfile"])
            .arg(self.path("ca.pem"))
            .args(arguments)
            .current_dir(self.directory.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        // Where the handshake fails it has ended already.
        let _ = client.stdin.take().unwrap().write_all(input.as_bytes()).await;
        let said = client.wait_with_output().await.unwrap();
        String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn handshakes_that_fail_are_told_apart() {
    let pki = Pki::new();
    let auth = ClientAuth::Required { ca: pki.path("clients.pem") };
    let world = World::with(|config| config.tls = Some(pki.listener(auth))).await;
    let address = world.tls_address();
    pki.client("stranger", &stranger());

    // Who asks whether somebody is there, and leaves, has done nothing.
    drop(TcpStream::connect(address).await.unwrap());
    let mut garbage = TcpStream::connect(address).await.unwrap();
    garbage.write_all(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n").await.unwrap();
    let mut rest = Vec::new();
    let _ = garbage.read_to_end(&mut rest).await;
    let event = world.security_event("tls_refused").await;
    assert_eq!((event.listener.as_str(), event.address.to_string().as_str()), ("https", "127.0.0.1"));
    assert_eq!(event.detail, "what came is no proper TLS");
    assert_eq!(world.security_counts(), [("tls_refused", 1)]);

    let said = pki.s_client(address, &["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"], "").await;
    assert!(said.contains("alert"), "{said}");
    assert!(world.security_event("tls_refused").await.detail.contains("not offered"));
    for version in ["-tls1_2", "-tls1_3"] {
        pki.s_client(address, &[version], "!").await;
        assert_eq!(world.security_event("client_certificate_missing").await.count, 1);
        pki.s_client(address, &[version, "-cert", "stranger.pem", "-key", "stranger.key"], "!").await;
        let event = world.security_event("client_certificate_refused").await;
        assert_eq!(event.detail, "the certificate is of no authority that is believed");
    }
    assert_eq!(
        world.security_counts(),
        [("tls_refused", 2), ("client_certificate_missing", 2), ("client_certificate_refused", 2)]
    );
    // None of these was a call.
    assert!(world.all_records().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_shake_hands_in_time_is_noted() {
    let pki = Pki::new();
    let world = World::with(|config| {
        config.tls = Some(pki.listener(ClientAuth::Off));
        config.head_timeout = std::time::Duration::from_millis(100);
    })
    .await;
    let mut slow = TcpStream::connect(world.tls_address()).await.unwrap();
    slow.write_all(b"\x16\x03\x01").await.unwrap();
    assert_eq!(world.security_event("tls_timeout").await.detail, "the handshake took too long");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_header_of_the_proxy_protocol_is_noted_and_so_is_one_where_none_is_taken() {
    let world = World::with(|config| {
        config.proxy_protocol = true;
        config.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
        config.head_timeout = std::time::Duration::from_millis(300);
    })
    .await;
    drop(TcpStream::connect(world.address()).await.unwrap());
    for bytes in [&b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"[..], b"PROXY TCP4 192.0.2.7 192.0.2.8 99999 80\r\n", b"PROXY"] {
        let mut client = Client::connect(world.address()).await;
        client.send(bytes).await;
        client.closed().await;
    }
    let event = world.security_event("proxy_header_refused").await;
    assert_eq!((event.detail.as_str(), event.request_id), ("the header did not arrive in time", None));
    assert_eq!(world.security_counts(), [("proxy_header_refused", 3)]);
    assert!(world.all_records().await.is_empty());

    let world = World::new().await;
    for header in
        [&b"PROXY TCP4 192.0.2.7 192.0.2.8 1 80\r\n"[..], b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\0\0\0\0\0\0\0\0\0\0\0\0"]
    {
        let mut client = world.connect().await;
        client.send(header).await;
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let answer = client.answer().await;
        answer.refused("request_invalid");
        client.closed().await;
        let event = world.security_event("proxy_header_unexpected").await;
        assert_eq!(event.address.to_string(), "127.0.0.1", "what it claims is believed of nobody");
        assert_eq!(event.request_id.map(|id| id.to_string()).as_deref(), Some(answer.request_id()));
    }
    assert_eq!(world.security_counts(), [("proxy_header_unexpected", 2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_trusted_proxy_names_another_address() {
    let upstream = Upstream::start().await;
    for (proxies, is_believed) in [("127.0.0.0/8", true), ("192.0.2.0/24", false)] {
        let world = World::with(|config| {
            config.proxy_protocol = true;
            config.trusted_proxies = vec![proxies.parse().unwrap()];
        })
        .await;
        world.orders(&[upstream.address()]).await;
        let restrictions = json!({ "restrictions": { "allow_addresses": ["192.0.2.7"] } });
        let token = world.token_with(restrictions).await;
        let mut client = Client::connect(world.address()).await;
        client.send("PROXY TCP4 192.0.2.7 192.0.2.8 4711 80\r\n").await;
        if is_believed {
            assert_eq!(client.get("/orders/v1/any/a", token.secret.expose()).await.status, 200);
            assert_eq!(world.security_counts(), []);
        } else {
            client.closed().await;
            let event = world.security_event("proxy_header_refused").await;
            assert_eq!(event.detail, "the peer is none of the trusted proxies");
            assert_eq!(event.address.to_string(), "127.0.0.1");
            assert!(world.all_records().await.is_empty());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_refused_for_their_form_are_events_and_other_refusals_are_not() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    assert_eq!(client.get("/orders/v1/any/a", token.secret.expose()).await.status, 200);
    client.get("/orders/v1/any/a", "kw_nonsense").await.refused("token_malformed");
    client.get("/nothing", token.secret.expose()).await.refused("route_not_found");
    assert_eq!(world.security_counts(), []);
    let answer = client.get("/orders/v1/any/%2e%2e/secret-path", token.secret.expose()).await;
    answer.refused("path_invalid");
    let event = world.security_event("path_invalid").await;
    assert_eq!(event.request_id.map(|id| id.to_string()).as_deref(), Some(answer.request_id()));
    assert!(!event.detail.contains("secret-path"), "{}", event.detail);
    let mut client = world.connect().await;
    client.send("GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n").await;
    client.answer().await.refused("request_invalid");
    assert_eq!(world.security_event("request_invalid").await.listener.as_str(), "http");
    assert_eq!(world.security_counts(), [("request_invalid", 1), ("path_invalid", 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resumed_session_is_worth_what_its_certificate_is() {
    let pki = Pki::new();
    let auth = ClientAuth::Optional { ca: pki.path("clients.pem") };
    let world = World::with(|config| config.tls = Some(pki.listener(auth))).await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let (till, other) = (pki.client("till", &pki.clients), pki.client("other", &pki.clients));
    let bound =
        |hash| json!({ "restrictions": { "client_certificates": [Thumbprint::from_sha256(hash).to_string()] } });
    let (ours, theirs) = (world.token_with(bound(till)).await, world.token_with(bound(other)).await);
    let call = |token: &str| {
        format!("GET /orders/v1/any/a HTTP/1.1\r\nHost: a\r\nX-API-Key: {token}\r\nConnection: close\r\n\r\n")
    };
    let (ours, theirs) = (call(ours.secret.expose()), call(theirs.secret.expose()));
    let address = world.tls_address();
    for version in ["-tls1_2", "-tls1_3"] {
        let first = [version, "-cert", "till.pem", "-key", "till.key", "-sess_out", "session"];
        let said = pki.s_client(address, &first, &ours).await;
        assert!(said.contains("New, TLSv1.") && said.contains("HTTP/1.1 200"), "{said}");
        // The certificate is not shown again: what is known of it is what the session holds.
        let again = [version, "-sess_in", "session"];
        let said = pki.s_client(address, &again, &ours).await;
        assert!(said.contains("Reused, TLSv1.") && said.contains("HTTP/1.1 200"), "{said}");
        let said = pki.s_client(address, &again, &theirs).await;
        assert!(said.contains("Reused, TLSv1.") && said.contains("certificate_not_allowed"), "{said}");
        let said = pki.s_client(address, &[version], &ours).await;
        assert!(said.contains("New, TLSv1.") && said.contains("certificate_not_allowed"), "{said}");
    }

    // Another authority: what was believed before is not resumed.
    pki.write("clients.pem", &authority().pem());
    let until_refused = async {
        let again = ["-tls1_3", "-sess_in", "session"];
        loop {
            let said = pki.s_client(address, &again, &ours).await;
            if said.contains("New, TLSv1.") {
                return said;
            }
            // A handshake that begins before the change and ends after it is closed without an answer.
            assert!(said.contains("HTTP/1.1 200") || !said.contains("HTTP/1.1"), "{said}");
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    let said = tokio::time::timeout(std::time::Duration::from_secs(30), until_refused).await.expect("the reload");
    assert!(said.contains("certificate_not_allowed"), "{said}");
}
