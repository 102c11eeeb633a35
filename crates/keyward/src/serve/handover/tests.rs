use std::io::{Read, Write};

use keyward_model::clock::SystemClock;

use super::*;

fn sockets() -> Sockets {
    let bound = || TcpListener::bind("127.0.0.1:0").expect("a port");
    Sockets { gateway: Listeners { plain: vec![bound(), bound()], tls: vec![bound()] }, control: bound() }
}

fn serves(sockets: &Sockets) -> Serves {
    let configured = serde_json::from_value::<Serves>(serde_json::json!({
        "version": "1.0.0", "gateway": "127.0.0.1:0", "tls": null, "control": "127.0.0.1:0", "workers": null,
        "store": "sqlite:///data/keyward.db", "calls": "sqlite:///data/calls.db",
    }));
    configured.expect("what is served").with(sockets).expect("addresses")
}

fn offer_in(directory: &Path, sockets: Sockets) -> (Offer, Serves) {
    let serves = serves(&sockets);
    (Offer::begin(directory, serves.clone(), sockets, Arc::new(SystemClock::new())), serves)
}

async fn take(directory: &Path, wanted: &Serves) -> Result<(Sockets, Before), Failure> {
    let (directory, wanted) = (directory.to_owned(), wanted.clone());
    tokio::task::spawn_blocking(move || take_over(&directory, &wanted)).await.expect("no panic")
}

#[tokio::test]
async fn the_same_sockets_arrive_and_whoever_waits_in_them_is_not_lost() {
    let directory = tempfile::tempdir().expect("a directory");
    let sockets = sockets();
    let address = |listener: &TcpListener| listener.local_addr().expect("an address");
    let addresses: Vec<_> = sockets.gateway.plain.iter().chain(&sockets.gateway.tls).map(address).collect();
    let control = address(&sockets.control);
    // Connected as far as the kernel is concerned.
    let mut waiting = std::net::TcpStream::connect(addresses[1]).expect("a place in the queue");
    let (mut offer, serves) = offer_in(directory.path(), sockets);
    let mode = std::fs::metadata(socket_in(directory.path())).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let (taken, before) = take(directory.path(), &serves).await.expect("handed over");
    let there: Vec<_> = taken.gateway.plain.iter().chain(&taken.gateway.tls).map(address).collect();
    assert_eq!((there, address(&taken.control)), (addresses, control));
    let limits = Arc::new(Limits::new(Arc::new(SystemClock::new())));
    let (heir, begun) =
        tokio::join!(async { offer.heir().await.begin(Handed::default()).await.expect("it begins") }, async {
            let (before, handed) = before.prepared().await.expect("an answer");
            assert!(handed.is_empty());
            before.ready(limits).await
        });
    begun.expect("told");
    drop((offer, heir));
    // The process before is gone; what waited in its queue is here.
    let (mut stream, _) = taken.gateway.plain[1].accept().expect("the one that waited");
    stream.write_all(b"x").expect("sent");
    let mut byte = [0];
    waiting.read_exact(&mut byte).expect("a byte");
    assert_eq!(byte, *b"x");
}

#[tokio::test]
async fn one_that_never_becomes_ready_changes_nothing_and_the_next_may_try() {
    let directory = tempfile::tempdir().expect("a directory");
    let (mut offer, serves) = offer_in(directory.path(), sockets());
    let (_, first) = take(directory.path(), &serves).await.expect("handed over");
    drop(first);
    let (_, second) = take(directory.path(), &serves).await.expect("handed over again");
    let prepared = tokio::spawn(second.prepared());
    let heir = offer.heir().await;
    let begun = tokio::spawn(heir.begin(Handed::default()));
    // It ends when it was told to begin, and before it does.
    drop(prepared.await.expect("no panic").expect("an answer"));
    assert!(begun.await.expect("no panic").is_err());
    let (_, third) = take(directory.path(), &serves).await.expect("handed over once more");
    drop(tokio::spawn(third.prepared()));
    offer.heir().await;
}

#[tokio::test]
async fn nobody_to_take_over_from_is_said_with_the_remedy() {
    let directory = tempfile::tempdir().expect("a directory");
    let wanted = serves(&sockets());
    let failure = take(directory.path(), &wanted).await.expect_err("nobody is there");
    assert!(failure.to_string().contains("--take-over"), "{failure}");
    drop(std::os::unix::net::UnixListener::bind(socket_in(directory.path())).expect("left behind"));
    assert!(take(directory.path(), &wanted).await.is_err(), "a socket left behind is nobody");
    let (_offer, serves) = offer_in(directory.path(), sockets());
    take(directory.path(), &serves).await.expect("it took the place of the one left behind");
}

#[tokio::test]
async fn one_that_would_serve_something_else_is_refused_with_the_setting() {
    let directory = tempfile::tempdir().expect("a directory");
    let (_offer, serves) = offer_in(directory.path(), sockets());
    let text = serde_json::to_value(&serves).expect("JSON");
    for (field, value, setting) in [
        ("gateway", "127.0.0.1:1", "gateway.listen"),
        ("tls", "127.0.0.1:1", "gateway.tls.listen"),
        ("control", "127.0.0.2:0", "control.listen"),
        ("store", "postgres://db/keyward", "store.url"),
        ("calls", "sqlite:///other/calls.db", "store.calls_url"),
    ] {
        let mut other = text.clone();
        other[field] = value.into();
        let wanted = serde_json::from_value(other).expect("what is served");
        let failure = take(directory.path(), &wanted).await.expect_err("something else").to_string();
        assert!(failure.contains(&format!("`{setting}` is {value}")), "{failure}");
    }
    let mut any = text;
    any["gateway"] = "127.0.0.1:0".into();
    any["workers"] = 7.into();
    take(directory.path(), &serde_json::from_value(any).expect("what is served")).await.expect("the same");
}
