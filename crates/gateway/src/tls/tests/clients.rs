//! Client certificates.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use keyward_model::Timestamp;
use keyward_vault::sha256;
use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, SanType};
use tokio::io::AsyncWriteExt;

use super::super::ClientAuth;
use super::super::accept::HandshakeError;
use super::super::client::{ClientCertificate, UnreadableCertificate};
use super::world::{Issued, World, authority, issue, named};
use crate::listen::client::Client;

/// A world that asks for certificates of an authority of their own, and one of that.
fn world(auth: fn(std::path::PathBuf) -> ClientAuth) -> (World, Issued) {
    let mut world = World::with(&["a.example"]);
    let clients = authority();
    world.settings.client_auth = auth(world.write("clients.pem", &clients.pem()));
    let mut params = named(&["till-4.shop.example", "10.0.0.7"]);
    params.subject_alt_names.push(SanType::URI("spiffe://shop.example/till/4".try_into().unwrap()));
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Shop, Inc.");
    params.distinguished_name.push(DnType::CommonName, "till 4");
    (world, issue(&clients, params))
}

#[tokio::test]
async fn who_the_client_has_proved_to_be_is_known_also_when_it_comes_back() {
    let (world, till) = world(|ca| ClientAuth::Required { ca });
    let served = world.serve().await;
    let config = Arc::new(world.client_with(&till));
    let thumbprint = ClientCertificate::read(&till.der).unwrap().thumbprint;
    assert_eq!(thumbprint.as_bytes(), &sha256(&till.der));
    let who = format!(
        "CN=till 4,O=Shop\\, Inc. [\"till-4.shop.example\", \"10.0.0.7\", \"spiffe://shop.example/till/4\"] {thumbprint}"
    );
    for kind in ["Full", "Resumed"] {
        let met = served.meet(&config, "a.example").await.unwrap();
        assert!(met.line.contains(kind) && met.line.ends_with(&who), "{}", met.line);
    }
}

#[tokio::test]
async fn required_means_none_without_and_optional_none_with_a_false_one() {
    let stranger = authority();
    for (required, auth) in
        [(true, (|ca| ClientAuth::Required { ca }) as fn(_) -> _), (false, |ca| ClientAuth::Optional { ca })]
    {
        let (world, till) = world(auth);
        let served = world.serve().await;
        let none = served.meet(&Arc::new(world.client()), "a.example").await;
        assert_eq!(none.is_err(), required);
        assert!(none.is_ok_and(|met| met.line.ends_with("nobody")) != required);
        served.meet(&Arc::new(world.client_with(&till)), "a.example").await.unwrap();
        let false_one = issue(&stranger, named(&["till-4.shop.example"]));
        assert!(served.meet(&Arc::new(world.client_with(&false_one)), "a.example").await.is_err());
        // The authority of the server's own certificate is none of clients.
        let near = issue(&world.authority, named(&["till-4.shop.example"]));
        assert!(served.meet(&Arc::new(world.client_with(&near)), "a.example").await.is_err());
    }
}

#[tokio::test]
async fn a_certificate_that_has_ended_is_refused_in_a_resumed_session_too() {
    let mut world = World::with(&["a.example"]);
    let clients = authority();
    world.settings.client_auth = ClientAuth::Required { ca: world.write("clients.pem", &clients.pem()) };
    let mut params = named(&["till"]);
    params.not_after = rcgen::date_time_ymd(2026, 7, 2);
    let till = issue(&clients, params);
    world.clock.jump_to("2026-07-01T23:50:00Z".parse().unwrap());
    let served = world.serve().await;
    let config = Arc::new(world.client_with(&till));
    drop(served.meet(&config, "a.example").await.unwrap());
    assert!(served.meet(&config, "a.example").await.unwrap().line.contains("Resumed"));
    world.clock.jump_to("2026-07-02T00:10:00Z".parse().unwrap());
    assert!(served.meet(&config, "a.example").await.is_err(), "resumed");
    assert!(served.meet(&Arc::new(world.client_with(&till)), "a.example").await.is_err(), "anew");
}

#[tokio::test]
async fn a_session_is_not_resumed_over_an_authority_between_that_has_ended() {
    let mut world = World::with(&["a.example"]);
    let clients = authority();
    world.settings.client_auth = ClientAuth::Required { ca: world.write("clients.pem", &clients.pem()) };
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "between");
    params.not_after = rcgen::date_time_ymd(2026, 7, 2);
    let key = KeyPair::generate().unwrap();
    let between = params.clone().signed_by(&key, &clients).unwrap();
    let own_key = KeyPair::generate().unwrap();
    let own = named(&["till"]).signed_by(&own_key, &Issuer::new(params, key)).unwrap();
    let chain = vec![own.der().clone(), between.der().clone()];
    let config = Arc::new(world.client_with_chain(chain, own_key.serialize_der()));
    world.clock.jump_to("2026-07-01T23:50:00Z".parse().unwrap());
    let served = world.serve().await;
    drop(served.meet(&config, "a.example").await.unwrap());
    assert!(served.meet(&config, "a.example").await.unwrap().line.contains("Resumed"));
    world.clock.jump_to("2026-07-02T00:10:00Z".parse().unwrap());
    assert!(served.meet(&config, "a.example").await.is_err());
}

#[tokio::test]
async fn a_connection_that_outlives_its_certificate_proves_nothing_more() {
    let (_, till) = world(|ca| ClientAuth::Required { ca });
    let mut certificate = ClientCertificate::read(&till.der).unwrap();
    let end: Timestamp = "2026-07-02T00:00:00Z".parse().unwrap();
    certificate.not_after = end;
    let client = Client::new(IpAddr::from([127, 0, 0, 1]), true, Some(certificate));
    assert!(client.certificate_at(end).is_some());
    assert!(client.certificate_at(end.plus(Duration::from_millis(1))).is_none());
}

#[tokio::test]
async fn who_does_not_shake_hands_in_time_or_speaks_something_else_is_sent_away() {
    let world = World::with(&["a.example"]);
    let tls = world.load().unwrap();
    let (near, far) = tokio::io::duplex(1024);
    let late = tls.accept(near, tokio::time::sleep(Duration::from_millis(1))).await;
    assert!(matches!(late, Err(HandshakeError::Late)));
    drop(far);
    let (near, mut far) = tokio::io::duplex(1024);
    far.write_all(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n").await.unwrap();
    let failed = tls.accept(near, std::future::pending()).await;
    assert!(matches!(failed, Err(HandshakeError::Failed(_))));
}

#[test]
fn a_subject_is_written_as_in_rfc_4514() {
    let subject = |parts: &[(DnType, &str)]| {
        let mut params = named(&[]);
        params.distinguished_name = DistinguishedName::new();
        for (kind, value) in parts {
            params.distinguished_name.push(kind.clone(), *value);
        }
        ClientCertificate::read(&issue(&authority(), params).der).unwrap().subject
    };
    assert_eq!(subject(&[]), "");
    assert_eq!(
        subject(&[(DnType::CountryName, "DE"), (DnType::OrganizationName, "Büro"), (DnType::CommonName, "a")]),
        "CN=a,O=Büro,C=DE"
    );
    // What would read as another part, or break a line, does not.
    assert_eq!(subject(&[(DnType::CommonName, "a,O=b+c\\d\"e")]), "CN=a\\,O=b\\+c\\\\d\\\"e");
    assert_eq!(subject(&[(DnType::CommonName, " #x ")]), "CN=\\ #x\\ ");
    assert_eq!(subject(&[(DnType::CommonName, "#x\r\ny")]), "CN=\\#x\\0d\\0ay");
    let serial = DnType::CustomDnType(vec![2, 5, 4, 5]);
    assert_eq!(subject(&[(serial, "7")]), "2.5.4.5=#0c0137");
}

#[test]
fn what_is_no_certificate_is_refused() {
    for der in [&[][..], b"x", &[0x30, 0x82, 0xff, 0xff], &[0x30; 4096]] {
        assert_eq!(ClientCertificate::read(der), Err(UnreadableCertificate));
    }
    let till = issue(&authority(), named(&["10.0.0.7"]));
    let address: IpAddr = ClientCertificate::read(&till.der).unwrap().names[0].parse().unwrap();
    assert_eq!(address.to_string(), "10.0.0.7");
}
