//! Client certificates towards targets: each connection's own, never another's, and the new one once it was replaced.
//! And targets with connections of their own: each gets its credential, or no call at all.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http::Response;
use keyward_model::connection::ConnectionSpec;
use keyward_model::upstream::UpstreamSpec;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::upstream::{Upstream, full};
use crate::world::World;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Certificate and key, as a secret holds them.
fn identity(authority: &Authority, name: &str) -> String {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    format!("{}{}", params.signed_by(&key, authority).unwrap().pem(), key.serialize_pem())
}

/// A service at `localhost` that takes only clients of `authority`.
struct Strict {
    upstream: Upstream,
    address: SocketAddr,
    /// The common name of each connection that came about.
    names: Arc<Mutex<Vec<String>>>,
}

impl Strict {
    async fn start(authority: &Authority) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, authority).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(authority.der().clone()).unwrap();
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build().unwrap();
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (upstream, names) = (Upstream::default(), Arc::new(Mutex::new(Vec::new())));
        let (serving, noting) = (upstream.clone(), Arc::clone(&names));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                if let Ok(stream) = acceptor.accept(stream).await {
                    let name = {
                        let shown = &stream.get_ref().1.peer_certificates().unwrap()[0];
                        let (_, shown) = X509Certificate::from_der(shown).unwrap();
                        shown.subject().iter_common_name().next().unwrap().as_str().unwrap().to_owned()
                    };
                    noting.lock().unwrap().push(name.clone());
                    tokio::spawn(serving.clone().serve(stream, move |_| Response::new(full(name.clone()))));
                }
            }
        });
        Self { upstream, address, names }
    }

    fn origin(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    fn names(&self) -> Vec<String> {
        self.names.lock().unwrap().clone()
    }
}

async fn call(world: &World, base: &str, token: &str) -> Result<String, String> {
    let answer = world.connect().await.get(&format!("{base}/v1/any/x"), token).await;
    match answer.status {
        200 => Ok(answer.text().to_owned()),
        _ => Err(answer.problem().code.to_string()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_connection_presents_its_own_certificate_and_none_is_reused_by_another() {
    let world = World::new().await;
    let ca = authority();
    let strict = Strict::start(&ca).await;
    let target = json!([{ "url": strict.origin() }]);
    let mut apis = Vec::new();
    for name in ["ada", "bob"] {
        world.put_secret(name, &identity(&ca, name)).await;
        world.put::<ConnectionSpec>(name, json!({ "origin": strict.origin(), "client_certificate": name })).await;
        world.put::<UpstreamSpec>(name, json!({ "targets": target, "connection": name, "ca": ca.pem() })).await;
        let base = format!("/{name}");
        world.api(&format!("{name}.v1"), json!({ "api": name, "base_path": base, "upstream": name })).await;
        apis.push(base);
    }
    world.put::<UpstreamSpec>("nobody", json!({ "targets": target, "ca": ca.pem() })).await;
    world.api("nobody.v1", json!({ "api": "nobody", "base_path": "/nobody", "upstream": "nobody" })).await;
    let token = world.token().await;
    let token = token.secret.expose();
    // Each is kept and used again, in turns with the other's.
    for _ in 0..3 {
        assert_eq!(call(&world, "/ada", token).await.as_deref(), Ok("ada"));
        assert_eq!(call(&world, "/nobody", token).await, Err("upstream_unreachable".to_owned()));
        assert_eq!(call(&world, "/bob", token).await.as_deref(), Ok("bob"));
    }
    assert_eq!(strict.names(), ["ada", "bob"], "one connection each");

    // A new value is a new certificate, from the next call on.
    world.put_secret("ada", &identity(&ca, "eve")).await;
    assert_eq!(call(&world, "/ada", token).await.as_deref(), Ok("eve"));
    assert_eq!(call(&world, "/bob", token).await.as_deref(), Ok("bob"));
    assert_eq!(strict.names(), ["ada", "bob", "eve"]);
    assert_eq!(strict.upstream.seen().len(), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_no_certificate_makes_the_api_unusable_and_is_not_repeated() {
    let world = World::new().await;
    let ca = authority();
    let strict = Strict::start(&ca).await;
    let (ours, other) = (identity(&ca, "ada"), identity(&ca, "bob"));
    let (certificate, key) = ours.split_at(ours.find("-----BEGIN PRIVATE").unwrap());
    let (other_certificate, _) = other.split_at(other.find("-----BEGIN PRIVATE").unwrap());
    world.put_secret("tls", &ours).await;
    world.put::<ConnectionSpec>("crm", json!({ "origin": strict.origin(), "client_certificate": "tls" })).await;
    world
        .put::<UpstreamSpec>(
            "orders",
            json!({ "targets": [{ "url": strict.origin() }], "connection": "crm", "ca": ca.pem() }),
        )
        .await;
    world.api("orders.v1", json!({})).await;
    let token = world.token().await;
    for (value, problem) in [
        (certificate.to_owned(), "holds no PEM private key"),
        (key.to_owned(), "holds no PEM certificate"),
        (format!("{other_certificate}{key}"), "does not fit"),
        ("planted-not-a-key".to_owned(), "holds no PEM private key"),
    ] {
        world.put_secret("tls", &value).await;
        let answer = world.connect().await.get("/orders/v1/any/x", token.secret.expose()).await;
        answer.refused("api_misconfigured");
        let rule = world.record(answer.request_id()).await.rule.unwrap();
        assert!(rule.contains("secret tls") && rule.contains(problem), "{rule}");
        assert!(!rule.contains("planted") && !rule.contains("MI"), "{rule}");
    }
    assert_eq!(strict.names(), Vec::<String>::new());
    world.put_secret("tls", &ours).await;
    assert_eq!(call(&world, "/orders", token.secret.expose()).await.as_deref(), Ok("ada"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_with_a_connection_of_its_own_gets_that_credential_or_no_call() {
    let world = World::new().await;
    let (ours, theirs) = (Upstream::start().await, Upstream::start().await);
    let bearer = |name: &str, upstream: &Upstream| json!({ "origin": format!("http://{}", upstream.address()), "auth": { "bearer": { "secret": name } } });
    for (name, upstream) in [("ours", &ours), ("theirs", &theirs)] {
        world.put_secret(name, &format!("s3cret-of-{name}")).await;
        world.put::<ConnectionSpec>(name, bearer(name, upstream)).await;
    }
    let targets = json!([
        { "url": format!("http://{}", ours.address()) },
        { "url": format!("http://{}", theirs.address()), "connection": "theirs" },
    ]);
    world.put::<UpstreamSpec>("orders", json!({ "targets": targets, "connection": "ours" })).await;
    world.api("orders.v1", json!({})).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    for _ in 0..4 {
        assert_eq!(client.get("/orders/v1/any/x", token.secret.expose()).await.status, 200);
    }
    for (upstream, credential) in [(&ours, "Bearer s3cret-of-ours"), (&theirs, "Bearer s3cret-of-theirs")] {
        let seen = upstream.seen();
        assert_eq!(seen.len(), 2);
        assert!(seen.iter().all(|seen| seen.header("authorization") == Some(credential)), "{seen:?}");
    }
    // The value is replaced: the next call has the new one.
    world.put_secret("theirs", "another").await;
    for _ in 0..2 {
        assert_eq!(client.get("/orders/v1/any/x", token.secret.expose()).await.status, 200);
    }
    assert_eq!(theirs.last().header("authorization"), Some("Bearer another"));

    // A connection of another origin, or none of that name: nothing goes anywhere.
    let before = (ours.seen().len(), theirs.seen().len());
    let elsewhere = bearer("theirs", &ours);
    world.put::<ConnectionSpec>("theirs", elsewhere).await;
    for connection in ["theirs", "missing"] {
        let mut targets = targets.clone();
        targets[1]["connection"] = json!(connection);
        world.put::<UpstreamSpec>("orders", json!({ "targets": targets, "connection": "ours" })).await;
        for _ in 0..3 {
            let answer = client.get("/orders/v1/any/x", token.secret.expose()).await;
            answer.refused("api_misconfigured");
            let rule = world.record(answer.request_id()).await.rule.unwrap();
            assert!(rule.contains(connection), "{rule}");
        }
    }
    assert_eq!((ours.seen().len(), theirs.seen().len()), before);
}
