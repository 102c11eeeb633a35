//! An upgrade: a second process takes over the listeners of the first.

mod kills;
pub(crate) mod streams;

use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::eventually;
use crate::support::keyward::{Setup, words};
use crate::support::peers::http2_caller;
use crate::support::wire::Wire;
use crate::support::world::World;
use streams::{Download, Upload};

const PATH: &str = "/echo/v1/echo";

/// Callers that call until stopped, and count.
struct Load {
    over: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    callers: Vec<JoinHandle<()>>,
}

impl Load {
    /// Half of them keep their connection, half connect anew for every call; every answer has to be 200.
    fn begin(gateway: u16, token: &str) -> Self {
        let (over, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let callers = (0..4)
            .map(|number| {
                let (over, answered, token) = (Arc::clone(&over), Arc::clone(&answered), token.to_owned());
                std::thread::spawn(move || {
                    let mut kept = Wire::to(gateway);
                    while !over.load(Ordering::Relaxed) {
                        let reply = match number % 2 {
                            0 => kept.get(PATH, &token),
                            _ => Wire::to(gateway).get(PATH, &token),
                        };
                        assert_eq!(reply.expect("an answer").status, 200);
                        answered.fetch_add(1, Ordering::Relaxed);
                        std::thread::sleep(Duration::from_millis(5));
                    }
                })
            })
            .collect();
        Self { over, answered, callers }
    }

    /// Waits for some more answers.
    fn more(&self, what: &str) {
        let before = self.answered.load(Ordering::Relaxed);
        eventually(what, || self.answered.load(Ordering::Relaxed) > before + 100);
    }

    /// How many calls were answered in all.
    fn stop(self) -> usize {
        self.over.store(true, Ordering::Relaxed);
        for caller in self.callers {
            caller.join().expect("no call failed");
        }
        self.answered.load(Ordering::Relaxed)
    }
}

/// The request ids of all recorded calls with a token.
fn recorded(world: &World, token: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut after = String::new();
    loop {
        let path = format!("/teams/acme/calls?limit=200&token={token}{after}");
        let page = world.keyward.api("GET", &path, Value::Null).ok();
        let calls = page["items"].as_array().expect("calls");
        ids.extend(calls.iter().map(|call| call["request_id"].as_str().expect("an id").to_owned()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return ids,
        }
    }
}

/// Every call is recorded, and none twice.
#[track_caller]
fn assert_recorded(world: &World, token: &str, calls: usize) {
    let mut ids = Vec::new();
    eventually("all calls are recorded", || {
        ids = recorded(world, token);
        ids.len() >= calls
    });
    ids.sort();
    let all = ids.len();
    ids.dedup();
    assert_eq!((ids.len(), all), (calls, calls), "calls recorded, and of these with an id of their own");
}

/// What is used of the quota of a token, as the node knows it.
fn used(world: &World, token: &str, limit: u64) -> u64 {
    let limits = world.keyward.api("GET", &format!("/teams/acme/limits?token={token}"), Value::Null).ok();
    let remaining = limits.pointer("/limits/0/remaining").and_then(Value::as_u64);
    limit - remaining.unwrap_or_else(|| panic!("no quota: {limits:#}"))
}

fn quota(limit: u64) -> Value {
    json!({ "limits": { "quotas": [{ "limit": limit, "period": "month" }] }, "scopes": ["echo:read", "echo:write"] })
}

/// A certificate for the gateway's TLS listener, and the settings that name it.
fn with_tls(folder: &std::path::Path, port: u16) -> Setup {
    let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    let made = std::process::Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-out"])
        .arg(&certificate)
        .arg("-keyout")
        .arg(&key)
        .output()
        .expect("openssl runs");
    assert!(made.status.success(), "{}", words(&made));
    let env = [
        ("KEYWARD_GATEWAY_TLS_LISTEN", format!("127.0.0.1:{port}")),
        ("KEYWARD_GATEWAY_TLS_CERT", certificate.display().to_string()),
        ("KEYWARD_GATEWAY_TLS_KEY", key.display().to_string()),
    ];
    Setup { env: env.map(|(name, value)| (name.to_owned(), value)).into(), ..Setup::default() }
}

#[test]
fn no_call_is_refused_and_no_stream_is_cut() {
    const LIMIT: u64 = 10_000_000;
    let folder = tempfile::tempdir().expect("a directory");
    let tls = crate::support::free_port();
    let mut world = World::with(with_tls(folder.path(), tls));
    let (gateway, control) = (world.keyward.gateway, world.keyward.control);
    let (id, token) = world.token(quota(LIMIT));

    let load = Load::begin(gateway, &token);
    let callers = [
        http2_caller(&format!("http://127.0.0.1:{gateway}"), PATH, &token),
        http2_caller(&format!("https://127.0.0.1:{tls}"), PATH, &token),
    ];
    // Under way across the change: an answer as it is made, one that is taken slowly, a body that is sent slowly.
    let events = Download::begin(gateway, "/echo/v1/stream?lines=60", &token);
    let mut upload = Upload::begin(gateway, PATH, &token);
    load.more("calls before");
    let mut before = world.keyward.take_over();
    load.more("calls while both run");
    assert_eq!(before.try_wait().expect("its state"), None, "calls are under way there");
    assert_eq!(world.keyward.ready(), Some(200));
    upload.finish();
    events.finish(60);
    assert!(before.wait().expect("it ends").success());
    load.more("calls after");

    // The new one can be changed, and taken over from in its turn, while streams are open again.
    let (fresh, another) = world.token(json!({}));
    assert_eq!(world.get(PATH, &another).status, 200);
    world.keyward.api("POST", &format!("/teams/acme/tokens/{fresh}/revoke"), json!({ "reason": "test" })).ok();
    assert_eq!(world.get(PATH, &another).code(), "token_revoked");
    let events = Download::begin(gateway, "/echo/v1/stream?lines=30", &token);
    let mut before = world.keyward.take_over();
    load.more("calls after the second change");
    events.finish(30);
    assert!(before.wait().expect("it ends").success());
    assert_eq!((world.keyward.gateway, world.keyward.control), (gateway, control));

    let over_http2: usize = callers.into_iter().map(crate::support::peers::Http2Caller::stop).sum();
    assert!(over_http2 > 20, "there were calls over HTTP/2: {over_http2}");
    let calls = load.stop() + over_http2 + 3;
    assert_recorded(&world, &id, calls);
    assert_eq!(used(&world, &id, LIMIT), calls as u64, "units of the quota");
    assert_eq!(world.keyward.terminate(), Some(0));
    assert!(TcpStream::connect(("127.0.0.1", gateway)).is_err(), "no socket is left behind");
}

#[test]
fn a_quota_and_a_rate_admit_what_is_left_of_them() {
    const LIMIT: usize = 600;
    let mut world = World::new();
    let limits = json!({
        "quotas": [{ "limit": LIMIT, "period": "month" }],
        "rates": [{ "limit": 1, "window_seconds": 86_400, "burst": 5000 }],
    });
    let (_, token) = world.token(json!({ "limits": limits }));
    let rate = json!({ "rates": [{ "limit": 1, "window_seconds": 86_400, "burst": 3 }] });
    let (_, rated) = world.token(json!({ "limits": rate }));
    for _ in 0..2 {
        assert_eq!(world.get(PATH, &rated).status, 200);
    }
    let gateway = world.keyward.gateway;
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let token = token.clone();
            std::thread::spawn(move || {
                let mut kept = Wire::to(gateway);
                let mut admitted = 0;
                loop {
                    let reply = kept.get(PATH, &token).expect("an answer");
                    match (reply.status, reply.code().as_str()) {
                        (200, _) => admitted += 1,
                        (429, "quota_exhausted") => return admitted,
                        other => panic!("{other:?}"),
                    }
                    std::thread::sleep(Duration::from_millis(10));
                }
            })
        })
        .collect();
    let mut before = world.keyward.take_over();
    let admitted: usize = callers.into_iter().map(|caller| caller.join().expect("no call failed")).sum();
    assert!(before.wait().expect("it ends").success());
    assert_eq!(admitted, LIMIT, "calls that the quota admitted, in both processes together");
    assert_eq!(world.get(PATH, &rated).status, 200);
    assert_eq!(world.get(PATH, &rated).code(), "rate_limited", "the rate did not begin anew");
}

#[test]
fn one_that_cannot_start_leaves_the_one_before_as_it_was() {
    let world = World::new();
    let (_, token) = world.token(json!({}));
    let elsewhere = format!("127.0.0.1:{}", crate::support::free_port());
    for (variable, value, said) in [
        ("KEYWARD_MASTER_KEY", "00".repeat(32), "KEYWARD_MASTER_KEY"),
        ("KEYWARD_GATEWAY_LISTEN", elsewhere.clone(), "`gateway.listen` is"),
        ("KEYWARD_CONTROL_LISTEN", elsewhere, "`control.listen` is"),
        ("KEYWARD_STORE_CALLS_URL", "sqlite:///tmp/other/calls.db".to_owned(), "`store.calls_url` is"),
        ("KEYWARD_DATA_DIR", "nowhere".to_owned(), "no Keyward to take over from"),
    ] {
        let output =
            world.keyward.command(&["serve", "--take-over"]).env(variable, value).output().expect("the binary runs");
        assert!(!output.status.success(), "{variable}");
        assert!(words(&output).contains(said), "{variable}: {}", words(&output));
        for _ in 0..20 {
            assert_eq!(world.get(PATH, &token).status, 200);
        }
        assert_eq!(world.keyward.api("GET", "/teams/acme", Value::Null).status, 200);
    }
}
