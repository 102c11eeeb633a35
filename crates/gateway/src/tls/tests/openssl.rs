//! OpenSSL as the client: versions and resumption, as others see them.

use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::super::TlsVersion;
use super::world::{Served, World};

/// What `openssl s_client` says, and whether it was content.
async fn s_client(world: &World, served: &Served, arguments: &[&str]) -> (bool, String) {
    let ca = world.write("ca.pem", &world.authority.pem());
    let mut client = Command::new("openssl")
        .args(["s_client", "-ign_eof", "-verify_return_error", "-servername", "a.example", "-connect"])
        .arg(served.address.to_string())
        .arg("-CAfile")
        .arg(ca)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    // The server ends the conversation then; one that was refused takes nothing.
    let _ = client.stdin.take().unwrap().write_all(b"!\n").await;
    let said = client.wait_with_output().await.unwrap();
    let text = [said.stdout, said.stderr].concat();
    (said.status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[tokio::test]
async fn nothing_older_than_tls_12_is_spoken_and_where_it_is_said_nothing_older_than_13() {
    let mut world = World::with(&["a.example"]);
    for (least, version, spoken) in [
        (TlsVersion::Tls12, "-tls1", false),
        (TlsVersion::Tls12, "-tls1_1", false),
        (TlsVersion::Tls12, "-tls1_2", true),
        (TlsVersion::Tls12, "-tls1_3", true),
        (TlsVersion::Tls13, "-tls1_2", false),
        (TlsVersion::Tls13, "-tls1_3", true),
    ] {
        world.settings.min_version = least;
        let served = world.serve().await;
        // OpenSSL itself would not offer the old ones otherwise.
        let arguments = [version, "-cipher", "DEFAULT@SECLEVEL=0"];
        let (content, said) = s_client(&world, &served, &arguments).await;
        assert_eq!(content, spoken, "{least:?} {version}: {said}");
        assert_eq!(said.contains("SSL alert number"), !spoken, "{least:?} {version}: {said}");
    }
}

#[tokio::test]
async fn sessions_are_resumed_by_ticket_and_without() {
    let world = World::with(&["a.example"]);
    let served = world.serve().await;
    for arguments in [&["-tls1_2", "-reconnect"][..], &["-tls1_2", "-reconnect", "-no_ticket"]] {
        let (content, said) = s_client(&world, &served, arguments).await;
        assert!(content, "{said}");
        assert_eq!(said.matches("Reused, TLSv1.2").count(), 5, "{arguments:?}: {said}");
    }
    let session = world.path("session");
    let session = session.to_str().unwrap();
    let (content, said) = s_client(&world, &served, &["-tls1_3", "-sess_out", session]).await;
    assert!(content && said.contains("New, TLSv1.3") && said.contains("Full"), "{said}");
    let (content, said) = s_client(&world, &served, &["-tls1_3", "-sess_in", session]).await;
    assert!(content && said.contains("Reused, TLSv1.3") && said.contains("Resumed"), "{said}");
    assert!(said.contains("Early data was not sent") && said.contains("Max Early Data: 0"), "{said}");
}
