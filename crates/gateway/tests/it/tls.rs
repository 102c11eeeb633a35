//! TLS to upstreams: with a certificate that is trusted, and with none that is not.

use std::net::SocketAddr;
use std::sync::Arc;

use http::Response;
use keyward_model::upstream::UpstreamSpec;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::upstream::{Upstream, full};
use crate::world::World;

pub(crate) type Authority = CertifiedIssuer<'static, KeyPair>;

pub(crate) fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Shows a certificate for `name`.
pub(crate) fn server_config(authority: &Authority, name: &str) -> ServerConfig {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, authority).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap()
}

/// A service whose certificate is for `name`.
async fn serve(authority: &Authority, name: &str) -> (Upstream, SocketAddr) {
    let acceptor = TlsAcceptor::from(Arc::new(server_config(authority, name)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let upstream = Upstream::default();
    let serving = upstream.clone();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            if let Ok(stream) = acceptor.accept(stream).await {
                tokio::spawn(serving.clone().serve(stream, |seen| Response::new(full(seen.body.clone()))));
            }
        }
    });
    (upstream, address)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_is_trusted_by_its_own_ca_and_name_alone() {
    let world = World::new().await;
    let (ours, other) = (authority(), authority());
    let (upstream, address) = serve(&ours, "localhost").await;
    world.api("orders.v1", json!({})).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    let (by_name, by_address) = (format!("https://localhost:{}", address.port()), format!("https://{address}"));
    for (url, ca, trusted) in [
        (&by_name, Some(ours.pem()), true),
        (&by_name, Some(format!("{}{}", other.pem(), ours.pem())), true),
        (&by_name, Some(other.pem()), false),
        (&by_address, Some(ours.pem()), false),
        (&by_name, None, false),
        (&by_name, Some(ours.pem()), true),
    ] {
        let mut spec = json!({ "targets": [{ "url": url }] });
        if let Some(ca) = ca {
            spec["ca"] = ca.into();
        }
        world.put::<UpstreamSpec>("orders", spec).await;
        let before = upstream.seen().len();
        for _ in 0..2 {
            client
                .send(format!(
                    "POST /orders/v1/any/x HTTP/1.1\r\nHost: a\r\nX-API-Key: {}\r\nContent-Length: 5\r\n\r\nhello",
                    token.secret.expose()
                ))
                .await;
            let answer = client.answer().await;
            if trusted {
                assert_eq!((answer.status, answer.text()), (200, "hello"));
            } else if answer.problem().code.as_str() == "upstream_unreachable" {
                let rule = world.record(answer.request_id()).await.rule.unwrap();
                assert!(rule.contains("TLS failed"), "{rule}");
            } else {
                // A machine without certificates of its own trusts nobody, and says so.
                answer.refused("api_misconfigured");
            }
        }
        assert_eq!(upstream.seen().len() - before, if trusted { 2 } else { 0 });
    }
    assert_eq!(upstream.last().header("host"), Some(&*format!("localhost:{}", address.port())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_may_be_for_an_address() {
    let world = World::new().await;
    let ours = authority();
    let (_, address) = serve(&ours, "127.0.0.1").await;
    world.api("orders.v1", json!({})).await;
    world
        .put::<UpstreamSpec>(
            "orders",
            json!({ "targets": [{ "url": format!("https://{address}") }], "ca": ours.pem() }),
        )
        .await;
    let token = world.token().await;
    let mut client = world.connect().await;
    assert_eq!(client.get("/orders/v1/any/x", token.secret.expose()).await.status, 200);
}
