//! Files that change while connections stand.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::super::{ClientAuth, TlsVersion};
use super::world::{Served, World, authority, in_file, issue, named};

/// Looks often enough for anything to be noticed and told.
fn look(served: &Served) {
    for _ in 0..4 {
        served.tls.look();
    }
}

#[tokio::test]
async fn a_renewed_certificate_counts_at_once_and_connections_stand() {
    let mut world = World::with(&["a.example"]);
    world.add("b", &["b.example"]);
    let served = world.serve().await;
    let config = Arc::new(world.client());
    let mut before = served.meet(&config, "a.example").await.unwrap();
    let old = before.certificate();

    world.put("a", &["a.example", "new.example"]);
    served.tls.look();
    let after = served.meet(&Arc::new(world.client()), "new.example").await.unwrap();
    assert_eq!(after.certificate(), in_file(&world.path("a.pem")));
    assert_ne!(after.certificate(), old);
    let other = served.meet(&config, "b.example").await.unwrap();
    assert_eq!(other.certificate(), in_file(&world.path("b.pem")));
    before.stream.write_all(b"x").await.unwrap();
    assert_eq!(before.stream.read_u8().await.unwrap(), b'x');

    // Who has been here resumes: a renewed certificate is no reason to begin anew.
    drop(served.meet(&config, "a.example").await.unwrap());
    let resumed = served.meet(&config, "a.example").await.unwrap();
    assert!(resumed.line.contains("Resumed"), "{}", resumed.line);
}

#[tokio::test]
async fn halves_that_do_not_match_leave_the_pair_before_in_place_and_others_are_renewed() {
    let mut world = World::with(&["a.example"]);
    world.add("b", &["b.example"]);
    let served = world.serve().await;
    let old = in_file(&world.path("a.pem"));
    let shown = async |name: &str| served.meet(&Arc::new(world.client()), name).await.unwrap().certificate();

    let renewed = issue(&world.authority, named(&["a.example"]));
    let half = &renewed.certificate[..renewed.certificate.len() / 2];
    for text in [renewed.certificate.as_str(), half, "", "no certificate"] {
        world.write("a.pem", text);
        look(&served);
        assert_eq!(shown("a.example").await, old, "{text}");
    }
    std::fs::remove_file(world.path("a.pem")).unwrap();
    world.put("b", &["b.example"]);
    look(&served);
    assert_eq!(shown("a.example").await, old);
    assert_eq!(shown("b.example").await, in_file(&world.path("b.pem")), "one broken pair holds up no other");

    world.write("a.pem", &renewed.certificate);
    world.write("a.key", &renewed.key);
    look(&served);
    assert_eq!(shown("a.example").await, renewed.der);
}

#[tokio::test]
async fn under_other_authorities_nobody_is_resumed_who_was_let_in_by_the_ones_before() {
    let mut world = World::with(&["a.example"]);
    let (first, second) = (authority(), authority());
    let ca = world.write("clients.pem", &first.pem());
    world.settings.client_auth = ClientAuth::Required { ca };
    for version in [TlsVersion::Tls12, TlsVersion::Tls13] {
        world.write("clients.pem", &first.pem());
        let served = world.serve().await;
        let mut config = world.client_with(&issue(&first, named(&["till"])));
        if version == TlsVersion::Tls12 {
            config = at_most_tls12(&world, &issue(&first, named(&["till"])));
        }
        let config = Arc::new(config);
        assert!(served.meet(&config, "a.example").await.unwrap().line.contains("Full"));
        assert!(served.meet(&config, "a.example").await.unwrap().line.contains("Resumed"));
        world.write("clients.pem", "broken");
        look(&served);
        assert!(
            served.meet(&config, "a.example").await.unwrap().line.contains("Resumed"),
            "a broken file changes nothing"
        );
        world.write("clients.pem", &second.pem());
        look(&served);
        assert!(served.meet(&config, "a.example").await.is_err(), "{version:?}");
    }
}

fn at_most_tls12(world: &World, issued: &super::world::Issued) -> rustls::ClientConfig {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(world.authority.der().clone()).unwrap();
    rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(
            vec![issued.der.clone()],
            rustls::pki_types::PrivateKeyDer::Pkcs8(issued.key_der.clone().into()),
        )
        .unwrap()
}
