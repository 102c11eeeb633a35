//! Which HTTP is spoken over TLS is what the target chooses by ALPN.

use std::sync::Arc;

use keyward_model::upstream::UpstreamSpec;
use serde_json::json;
use tokio_rustls::TlsAcceptor;

use super::service::{Call, Service, serve};
use crate::tls::{authority, server_config};
use crate::upstream::{Upstream, full};
use crate::world::World;

/// A service that offers these protocols; HTTP/1 where none was chosen.
async fn service(alpn: &[&str], ca: &crate::tls::Authority) -> (Service, Upstream) {
    let mut config = server_config(ca, "127.0.0.1");
    config.alpn_protocols = alpn.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let http1 = Upstream::default();
    let by_http1 = http1.clone();
    let service = Service::over(move |_, stream, seen| {
        let (acceptor, by_http1) = (acceptor.clone(), by_http1.clone());
        async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                let answer = |mut call: Call| async move { call.answer("by HTTP/2") };
                serve(stream, h2::server::Builder::new(), seen, answer).await;
            } else {
                by_http1.serve(stream, |_| http::Response::new(full("by HTTP/1"))).await;
            }
        }
    })
    .await;
    (service, http1)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_target_chooses_is_spoken() {
    let world = World::new().await;
    world.api("orders.v1", json!({})).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    let ca = authority();
    for (protocol, offers, spoken) in [
        ("http2", &["h2", "http/1.1"][..], Some("by HTTP/2")),
        ("auto", &["h2", "http/1.1"], Some("by HTTP/2")),
        ("auto", &["http/1.1"], Some("by HTTP/1")),
        ("auto", &[], Some("by HTTP/1")),
        ("http1", &["h2", "http/1.1"], Some("by HTTP/1")),
        ("http2", &[], None),
        ("http2", &["http/1.1"], None),
    ] {
        let (service, _http1) = service(offers, &ca).await;
        let url = format!("https://{}", service.address);
        let spec = json!({ "targets": [{ "url": url }], "ca": ca.pem(), "protocol": protocol });
        world.put::<UpstreamSpec>("orders", spec).await;
        for _ in 0..3 {
            let answer = client.get("/orders/v1/any/x", token.secret.expose()).await;
            if let Some(spoken) = spoken {
                assert_eq!(answer.text(), spoken, "{protocol} {offers:?}");
            } else {
                answer.refused("upstream_unreachable");
                let rule = world.record(answer.request_id()).await.rule.unwrap();
                assert!(rule.contains("does not speak HTTP/2"), "{rule}");
            }
        }
        if spoken.is_some() {
            assert_eq!(service.connections(), 1, "{protocol} {offers:?}: kept");
        }
    }
}
