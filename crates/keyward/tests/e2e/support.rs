//! What every end-to-end test needs: a Keyward of its own, an upstream, a client.

pub(crate) mod collector;
pub(crate) mod keyward;
#[path = "../../../calls/tests/it/mmdb.rs"]
pub(crate) mod mmdb;
#[expect(clippy::print_stdout, reason = "a test that is skipped says why")]
#[path = "../../../store/tests/it/mount.rs"]
pub(crate) mod mount;
pub(crate) mod peers;
#[path = "../../../store/tests/it/postgres.rs"]
pub(crate) mod postgres;
pub(crate) mod wall_clock;
pub(crate) mod wire;
pub(crate) mod world;

use std::time::{Duration, Instant};

/// Waits until `ready` holds; a test that waits longer than a minute has failed.
pub(crate) fn eventually(what: &str, mut ready: impl FnMut() -> bool) {
    let start = now();
    while !ready() {
        assert!(start.elapsed() < Duration::from_secs(60), "waited a minute for: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The machine's own time: tests from outside see what users see.
#[expect(clippy::disallowed_methods, reason = "a client outside the binary has no clock handed in")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let probe = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    probe.local_addr().expect("its address").port()
}
