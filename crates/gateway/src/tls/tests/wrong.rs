//! What cannot be used is named, with the remedy, and told once.

use super::super::error::TlsError;
use super::super::files::{Look, WatchedFiles};
use super::super::{ClientAuth, TlsTermination};
use super::world::{World, issue, named};

fn error(world: &World) -> String {
    world.load().map(|_: TlsTermination| ()).expect_err("it cannot be used").to_string()
}

#[test]
fn an_error_names_the_file_and_the_remedy_and_nothing_of_the_key() {
    let mut world = World::new();
    assert!(error(&world).contains("at least one certificate"));
    world.add("a", &["a.example"]);
    let good = issue(&world.authority, named(&["a.example"]));
    let other = issue(&world.authority, named(&["a.example"]));
    let half = &good.certificate[..good.certificate.len() / 2];
    let bent = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let bad_key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0IQ==\n-----END PRIVATE KEY-----\n";
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nc2VjcmV0IQ==\n-----END ENCRYPTED PRIVATE KEY-----\n";
    for (certificate, key, file, says) in [
        (good.certificate.as_str(), other.key.as_str(), "a.key", "is not that of the first certificate"),
        (half, &good.key, "a.pem", "write the file anew"),
        (bent, &good.key, "a.pem", "cannot be read"),
        (&good.key, &good.key, "a.pem", "holds no certificate"),
        (&good.certificate, &good.certificate, "a.key", "holds no private key"),
        (&good.certificate, "", "a.key", "holds no private key"),
        (&good.certificate, bad_key, "a.key", "RSA (2048 to 8192 bits)"),
        (&good.certificate, encrypted, "a.key", "without a passphrase"),
    ] {
        world.write("a.pem", certificate);
        world.write("a.key", key);
        let error = error(&world);
        assert!(error.contains(says) && error.contains(world.path(file).to_str().unwrap()), "{error}");
        assert!(!error.contains("c2VjcmV0IQ") && !error.contains("secret!"), "{error}");
    }
    world.write("a.pem", &good.certificate);
    std::fs::remove_file(world.path("a.key")).unwrap();
    assert!(error(&world).contains("a.key cannot be read"));
    world.write("a.key", &good.key);
    for ca in ["", bent, &good.key] {
        let ca = world.write("clients.pem", ca);
        world.settings.client_auth = ClientAuth::Optional { ca };
        assert!(error(&world).contains("clients.pem holds no authority"), "{}", error(&world));
    }
}

#[test]
fn something_wrong_is_told_once_and_not_while_files_are_being_written() {
    let world = World::new();
    let path = world.write("file", "one");
    let mut files = WatchedFiles::new([path]);
    let take = |contents: &[zeroize::Zeroizing<Vec<u8>>]| match &contents[0][..] {
        b"bad" => Err(TlsError::NoCertificates),
        good => Ok(String::from_utf8(good.to_vec()).unwrap()),
    };
    assert_eq!(files.read(take).unwrap(), "one");
    assert!(matches!(files.look(take), Look::Same));
    world.write("file", "two");
    assert!(matches!(files.look(take), Look::New(text) if text == "two"));
    world.write("file", "bad");
    assert!(matches!(files.look(take), Look::Same), "it may be half done");
    assert!(matches!(files.look(take), Look::Wrong(TlsError::NoCertificates)));
    for _ in 0..10 {
        assert!(matches!(files.look(take), Look::Same), "once is enough");
    }
    std::fs::remove_file(world.path("file")).unwrap();
    assert!(matches!(files.look(take), Look::Same));
    assert!(matches!(files.look(take), Look::Wrong(TlsError::Unreadable { .. })), "something else is wrong now");
    world.write("file", "two");
    assert!(matches!(files.look(take), Look::Same), "what is in use is there again");
    world.write("file", "six");
    assert!(matches!(files.look(take), Look::New(text) if text == "six"));
}

#[test]
fn files_that_do_not_change_are_not_read_for_ever() {
    let world = World::new();
    let mut files = WatchedFiles::new([world.write("file", "one")]);
    files.read(|_| Ok(())).unwrap();
    for _ in 0..10 {
        assert!(matches!(files.look(|_| Ok(())), Look::Same));
    }
    let here = world.path("file");
    let times = std::fs::metadata(&here).unwrap();
    assert!(times.is_file());
    let looked = files.look::<()>(|_| panic!("nothing is new"));
    assert!(matches!(looked, Look::Same));
}

#[test]
fn how_a_certificate_stands_is_known() {
    let mut world = World::new();
    world.clock.jump_to("2026-07-01T00:00:00Z".parse().unwrap());
    let mut params = named(&["a.example"]);
    params.not_after = rcgen::date_time_ymd(2026, 8, 1);
    let short = issue(&world.authority, params);
    world.add("a", &["a.example"]);
    world.write("a.pem", &short.certificate);
    world.write("a.key", &short.key);
    let tls = world.load().unwrap();
    let stands = |tls: &TlsTermination| {
        let one = tls.standing().remove(0);
        (one.ends_soon, one.has_ended, one.stale.is_some())
    };
    assert_eq!(stands(&tls), (false, false, false));
    assert_eq!(tls.standing()[0].not_after, "2026-08-01T00:00:00Z".parse().ok());
    world.clock.jump_to("2026-07-20T00:00:00Z".parse().unwrap());
    assert_eq!(stands(&tls), (true, false, false));
    world.clock.jump_to("2026-08-02T00:00:00Z".parse().unwrap());
    assert_eq!(stands(&tls), (true, true, false));
    std::fs::remove_file(world.path("a.key")).unwrap();
    for _ in 0..3 {
        tls.look();
    }
    assert_eq!(stands(&tls), (true, true, true));
    let renewed = world.put("a", &["a.example"]);
    assert!(renewed.key.exists());
    tls.look();
    assert_eq!(stands(&tls), (false, false, false));
}
