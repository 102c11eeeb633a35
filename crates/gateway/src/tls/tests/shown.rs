//! Which certificate is shown.

use std::sync::Arc;

use super::world::{World, in_file};

#[tokio::test]
async fn the_certificate_is_chosen_by_name() {
    let mut world = World::with(&["a.example", "other.example"]);
    world.add("b", &["b.example", "*.b.example"]);
    world.add("c", &["deep.b.example"]);
    let served = world.serve().await;
    let mut config = world.client();
    // Names are looked at here, not by the client.
    config.dangerous().set_certificate_verifier(Arc::new(accepting::Everything));
    let config = Arc::new(config);
    for (name, expected) in [
        ("a.example", "a"),
        ("A.Example", "a"),
        ("b.example", "b"),
        ("www.b.example", "b"),
        ("deep.b.example", "c"),
        ("very.deep.b.example", "a"),
        ("unknown.example", "a"),
        ("127.0.0.1", "a"),
    ] {
        let met = served.meet(&config, name).await.unwrap();
        assert_eq!(met.certificate(), in_file(&world.path(&format!("{expected}.pem"))), "{name}");
    }
    let mut without = (*config).clone();
    without.enable_sni = false;
    let met = served.meet(&Arc::new(without), "b.example").await.unwrap();
    assert_eq!(met.certificate(), in_file(&world.path("a.pem")));
}

#[tokio::test]
async fn the_dearest_protocol_that_both_speak_is_taken() {
    let world = World::with(&["a.example"]);
    let served = world.serve().await;
    for (offered, spoken) in [
        (&[][..], Some("http/1.1")),
        (&["http/1.1", "h2"], Some("h2")),
        (&["http/1.1"], Some("http/1.1")),
        (&["h3"], None),
    ] {
        let mut config = world.client();
        config.alpn_protocols = offered.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        let met = served.meet(&Arc::new(config), "a.example").await;
        assert_eq!(
            met.ok().map(|met| met.line.split(' ').next().unwrap().to_owned()).as_deref(),
            spoken,
            "{offered:?}"
        );
    }
}

#[tokio::test]
async fn what_can_be_printed_holds_no_key() {
    let world = World::with(&["a.example"]);
    let tls = world.load().unwrap();
    let printed = format!("{tls:?}");
    assert!(printed.contains("a.example"), "{printed}");
    let key = std::fs::read_to_string(world.path("a.key")).unwrap();
    assert!(key.lines().all(|line| !printed.contains(line)));
}

mod accepting {
    use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
    use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
    use rustls::{DigitallySignedStruct, Error, SignatureScheme};

    #[derive(Debug)]
    pub(super) struct Everything;

    impl ServerCertVerifier for Everything {
        fn verify_server_cert(
            &self,
            _: &CertificateDer<'_>,
            _: &[CertificateDer<'_>],
            _: &ServerName<'_>,
            _: &[u8],
            _: UnixTime,
        ) -> Result<ServerCertVerified, Error> {
            Ok(ServerCertVerified::assertion())
        }

        fn verify_tls12_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn verify_tls13_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            vec![SignatureScheme::ECDSA_NISTP256_SHA256, SignatureScheme::ED25519]
        }
    }
}
