//! Traces: what the caller says of its own, what the target is told, and what is told of calls that are over.

use std::time::Duration;

use http::Response;
use keyward_gateway::{Traced, TracedCall, Tracer};
use serde_json::json;

use crate::behind::orders_on;
use crate::behind::service::{Call, Service};
use crate::upstream::{Upstream, full};
use crate::world::World;

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

struct Setting {
    world: World,
    upstream: Upstream,
    token: keyward_tokens::Issued,
    traced: Option<Traced>,
}

impl Setting {
    /// Traces this share of what begins here; none at all without one.
    async fn new(ratio: Option<f64>) -> Self {
        let (tracer, traced) = ratio.map(|ratio| Tracer::new(ratio, false, 100)).unzip();
        let world = World::traced(tracer, |_| {}).await;
        let upstream = Upstream::start().await;
        world.orders(&[upstream.address()]).await;
        let token = world.token().await;
        Self { world, upstream, token, traced }
    }

    /// One call with these header lines; its status.
    async fn call(&self, target: &str, headers: &str) -> u16 {
        let bearer = self.token.secret.expose();
        let mut client = self.world.connect().await;
        client
            .send(format!(
                "GET {target} HTTP/1.1\r\nHost: api.test:81\r\nAuthorization: Bearer {bearer}\r\n{headers}\r\n"
            ))
            .await;
        client.answer().await.status
    }

    /// What the target was told last: trace, span and flags.
    fn told(&self) -> (String, String, String) {
        let seen = self.upstream.last();
        let parts: Vec<&str> = seen.header("traceparent").expect("a parent").split('-').collect();
        assert_eq!((parts.len(), parts[0]), (4, "00"), "{parts:?}");
        (parts[1].to_owned(), parts[2].to_owned(), parts[3].to_owned())
    }

    /// The next call told of.
    async fn next(&self) -> TracedCall {
        next(self.traced.as_ref().unwrap()).await
    }

    fn nothing_is_told(&self) {
        assert!(self.traced.as_ref().unwrap().next().is_none());
    }
}

async fn next(traced: &Traced) -> TracedCall {
    let waiting = async {
        loop {
            match traced.next() {
                Some(call) => return call,
                // A call ends a moment after its last byte arrived.
                None => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("a call is told of in time")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn off_means_untouched() {
    let setting = Setting::new(None).await;
    for parent in [PARENT, "00-nonsense", ""] {
        let headers = format!("TraceParent: {parent}\r\ntracestate: a=1\r\nTracestate: b=2,,A=\r\n");
        assert_eq!(setting.call("/orders/v1/any/x", &headers).await, 200);
        assert_eq!(setting.upstream.last().header("traceparent"), Some(parent));
        let states: Vec<_> = setting.upstream.last().headers.get_all("tracestate").iter().cloned().collect();
        assert_eq!(states, ["a=1", "b=2,,A="]);
    }
    assert_eq!(setting.call("/orders/v1/any/x", "").await, 200);
    assert_eq!(setting.upstream.last().header("traceparent"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callers_trace_goes_on_below_its_span() {
    let setting = Setting::new(Some(0.0)).await;
    let headers = format!("traceparent: {PARENT}\r\ntracestate: a=1\r\ntracestate: b=2\r\n");
    assert_eq!(setting.call("/orders/v1/orders/7?q=secret", &headers).await, 200);
    let call = setting.next().await;
    let target = call.target.clone().expect("it went to a target");
    assert_eq!(hex(&call.trace_id), TRACE);
    assert_eq!(call.parent.map(|parent| hex(&parent)).as_deref(), Some("b7ad6b7169203331"));
    assert_eq!(setting.told(), (TRACE.to_owned(), hex(&target.span), "01".to_owned()));
    assert!(call.span != target.span && call.span != [0; 8] && target.span != [0; 8]);
    let states: Vec<_> = setting.upstream.last().headers.get_all("tracestate").iter().cloned().collect();
    assert_eq!(states, ["a=1", "b=2"]);

    assert_eq!(call.route.as_deref(), Some("/orders/v1/orders/{id:int}"));
    assert_eq!((call.method, call.status, call.code), (Some("GET"), 200, None));
    assert_eq!((call.host.as_deref(), call.api.as_deref()), (Some("api.test:81"), Some("orders.v1")));
    assert_eq!((target.status, target.resends, call.address), (Some(200), 0, None));
    assert!(call.took >= Duration::from_micros(u64::from(call.timing.decide_us)) && call.timing.total_us > 0);
    assert!(!format!("{call:?}").contains("secret"));
    let record = setting.world.record(&call.request_id.to_string()).await;
    assert_eq!((record.at, record.timing), (call.began, call.timing));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_caller_decided_holds() {
    let setting = Setting::new(Some(1.0)).await;
    let unsampled = PARENT.replace("-01", "-00");
    assert_eq!(setting.call("/orders/v1/any/x", &format!("traceparent: {unsampled}\r\n")).await, 200);
    let (trace, span, flags) = setting.told();
    assert_eq!((&*trace, &*flags), (TRACE, "00"));
    assert_ne!(span, "b7ad6b7169203331");
    // One that begins here is told of, and nothing was before it.
    assert_eq!(setting.call("/orders/v1/any/x", "").await, 200);
    let call = setting.next().await;
    let (trace, span, flags) = setting.told();
    assert_eq!((trace, flags), (hex(&call.trace_id), "01".to_owned()));
    assert_eq!((call.parent, call.target.map(|target| hex(&target.span))), (None, Some(span)));
    setting.nothing_is_told();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_of_what_begins_here() {
    let none = Setting::new(Some(0.0)).await;
    for _ in 0..20 {
        assert_eq!(none.call("/orders/v1/any/x", "").await, 200);
        assert_eq!(none.told().2, "00");
    }
    none.world.records(|_| true, 20).await;
    none.nothing_is_told();

    let half = Setting::new(Some(0.5)).await;
    let mut kept = 0;
    for _ in 0..100 {
        assert_eq!(half.call("/orders/v1/any/x", "").await, 200);
        kept += usize::from(half.told().2 == "01");
    }
    // Outside of this once in 10^14 runs.
    assert!((12..=88).contains(&kept), "{kept} of 100");
    for _ in 0..kept {
        half.next().await;
    }
    half.nothing_is_told();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_begins_a_new_trace() {
    let setting = Setting::new(Some(1.0)).await;
    let twice = format!("{PARENT}\r\ntraceparent: {PARENT}");
    let upper = PARENT.to_uppercase();
    for parent in ["", "x", &twice, &upper, &PARENT[..54], &PARENT.replacen("00", "ff", 1)] {
        let headers = format!("Traceparent: {parent}\r\nTraceState: a=1\r\n");
        assert_eq!(setting.call("/orders/v1/any/x", &headers).await, 200);
        let call = setting.next().await;
        assert_eq!((setting.told().0, call.parent), (hex(&call.trace_id), None), "{parent}");
        assert_ne!(hex(&call.trace_id), TRACE);
        assert_eq!(setting.upstream.last().header("tracestate"), None, "{parent}");
    }
    // A state that cannot be read stays behind by itself.
    assert_eq!(setting.call("/orders/v1/any/x", &format!("traceparent: {PARENT}\r\ntracestate: A=1\r\n")).await, 200);
    assert_eq!(setting.told().0, TRACE);
    assert_eq!(setting.upstream.last().header("tracestate"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_calls_and_resent_ones() {
    let (tracer, traced) = Tracer::new(1.0, true, 100);
    let world = World::traced(Some(tracer), |_| {}).await;
    let (bad, good) = (Upstream::answering(|_| failing()).await, Upstream::start().await);
    let retries = json!({ "retries": { "attempts": 2, "statuses": [503] } });
    world.upstream("orders", &[bad.address(), good.address()], retries).await;
    world.api("orders.v1", json!({})).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    client.send("GET /orders/v1/any/x HTTP/1.1\r\nHost: api.test\r\n\r\n").await;
    assert_eq!(client.answer().await.status, 401);
    let call = next(&traced).await;
    assert_eq!((call.status, call.code.map(|code| code.as_str()), &call.target), (401, Some("token_missing"), &None));
    assert_eq!(call.address, Some([127, 0, 0, 1].into()));

    let mut client = world.connect().await;
    client.send("BREW /orders/v1/any/kw_x HTTP/1.1\r\nHost: kw_secret\r\n\r\n").await;
    assert!(client.answer().await.status >= 400);
    let call = next(&traced).await;
    assert_eq!((call.method, call.route, call.target), (None, None, None));

    let mut resent = false;
    for _ in 0..2 {
        let bearer = token.secret.expose();
        let mut client = world.connect().await;
        client
            .send(format!("GET /orders/v1/any/x HTTP/1.1\r\nHost: api.test\r\nAuthorization: Bearer {bearer}\r\n\r\n"))
            .await;
        assert_eq!(client.answer().await.status, 200);
        let target = next(&traced).await.target.expect("it went to a target");
        assert_eq!((target.status, &*target.target), (Some(200), &*format!("http://{}", good.address())));
        resent |= target.resends == 1;
    }
    assert!(resent, "two in turn met the bad one");
}

fn failing() -> Response<crate::upstream::Body> {
    let mut response = Response::new(full("no"));
    *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
    response
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_them_and_calls_go_on() {
    let (tracer, traced) = Tracer::new(1.0, false, 3);
    let world = World::traced(Some(tracer), |_| {}).await;
    for _ in 0..10 {
        let mut client = world.connect().await;
        client.send("GET /nowhere HTTP/1.1\r\nHost: api.test\r\n\r\n").await;
        assert_eq!(client.answer().await.status, 404);
    }
    world.records(|_| true, 10).await;
    assert_eq!(traced.dropped().load(std::sync::atomic::Ordering::Relaxed), 7);
    assert_eq!(std::iter::from_fn(|| traced.next()).count(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn http2_behind_is_told_too() {
    let (tracer, traced) = Tracer::new(1.0, false, 10);
    let world = World::traced(Some(tracer), |_| {}).await;
    let service = Service::start(|_| {}, |mut call: Call| async move { call.answer("ok") }).await;
    orders_on(&world, &service).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    let bearer = token.secret.expose();
    client
        .send(format!(
            "GET /orders/v1/any/x HTTP/1.1\r\nHost: api.test\r\nAuthorization: Bearer {bearer}\r\ntraceparent: {PARENT}\r\n\r\n"
        ))
        .await;
    assert_eq!(client.answer().await.status, 200);
    let target = next(&traced).await.target.expect("it went to a target");
    let seen = service.first();
    let told: Vec<_> = seen.headers().get_all("traceparent").iter().cloned().collect();
    assert_eq!(told, [format!("00-{TRACE}-{}-01", hex(&target.span))]);
}
