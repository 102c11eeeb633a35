//! A call as spans: one of the gateway, and below it one for the way to the target. Named by the semantic conventions of
//! HTTP (OpenTelemetry semantic conventions 1.37), but for what could hold an id or a secret: no path, no query, no URL.

use keyward_gateway::{TracedCall, TracedTarget};
use keyward_model::Timestamp;
use keyward_model::call::Protocol;
use keyward_model::origin::Origin;

use super::messages::{AnyValue, KeyValue, Kind, Span, Status, StatusCode, Value};

/// Flags of a span: the caller's trace was sampled, and whether its parent is elsewhere is known (`SpanFlags`).
const SAMPLED: u32 = 1;
const HAS_IS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

/// The spans of a call, the gateway's own first.
pub(super) fn spans(call: &TracedCall) -> impl Iterator<Item = Span> + use<> {
    let target = call.target.as_ref().map(|target| of_target(call, target));
    std::iter::once(of_gateway(call)).chain(target)
}

fn of_gateway(call: &TracedCall) -> Span {
    let mut said = Said::default();
    said.text("http.request.method", call.method.unwrap_or("_OTHER"));
    said.text("url.scheme", if call.secure { "https" } else { "http" });
    if let Some(route) = &call.route {
        said.text("http.route", route);
    }
    if let Some(host) = &call.host {
        let (host, port) = host_and_port(host);
        said.text("server.address", host);
        said.number("server.port", port);
    }
    match call.protocol {
        Protocol::Http10 => said.text("network.protocol.version", "1.0"),
        Protocol::Http11 => said.text("network.protocol.version", "1.1"),
        Protocol::Http2 | Protocol::Grpc => said.text("network.protocol.version", "2"),
        Protocol::WebSocket => said.text("network.protocol.name", "websocket"),
    }
    if call.status != 0 {
        said.number("http.response.status_code", Some(call.status.into()));
    }
    if let Some(address) = call.address {
        said.text("client.address", &address.to_string());
    }
    said.text("keyward.request_id", &call.request_id.to_string());
    if let Some(api) = &call.api {
        said.text("keyward.api", api);
    }
    if let Some(code) = call.code {
        said.text("keyward.code", code.as_str());
    }
    // What the caller did wrong is no error of the service (semantic conventions of HTTP, status of server spans).
    let failed = call.status >= 500;
    if failed {
        said.text("error.type", &call.code.map_or_else(|| call.status.to_string(), |code| code.as_str().to_owned()));
    }
    let method = call.method.unwrap_or("HTTP");
    let (began, ended) = times(call);
    Span {
        trace_id: call.trace_id.to_vec(),
        span_id: call.span.to_vec(),
        parent_span_id: call.parent.map_or_else(Vec::new, |parent| parent.to_vec()),
        name: call.route.as_ref().map_or_else(|| method.to_owned(), |route| format!("{method} {route}")),
        kind: Kind::Server.into(),
        start_time_unix_nano: began,
        end_time_unix_nano: ended,
        attributes: said.0,
        status: status(failed),
        flags: SAMPLED | HAS_IS_REMOTE | if call.parent.is_some() { IS_REMOTE } else { 0 },
    }
}

fn of_target(call: &TracedCall, target: &TracedTarget) -> Span {
    let method = call.method.unwrap_or("_OTHER");
    let mut said = Said::default();
    said.text("http.request.method", method);
    if let Ok((origin, _)) = Origin::split_url(&target.target) {
        said.text("server.address", origin.host());
        said.number("server.port", Some(origin.port().into()));
        said.text("url.scheme", origin.scheme().as_str());
    }
    if let Some(status) = target.status {
        said.number("http.response.status_code", Some(status.into()));
    }
    if target.resends > 0 {
        said.number("http.request.resend_count", Some(target.resends.into()));
    }
    for (name, micros) in [
        ("keyward.queue_us", call.timing.queue_us),
        ("keyward.connect_us", call.timing.connect_us),
        ("keyward.first_byte_us", call.timing.first_byte_us),
    ] {
        if micros > 0 {
            said.number(name, Some(micros.into()));
        }
    }
    let failure = match (target.status, call.code) {
        (Some(status), _) if status >= 400 => Some(status.to_string()),
        // It answered, if at all, what could not be passed on.
        (_, Some(code)) => Some(code.as_str().to_owned()),
        _ => None,
    };
    if let Some(failure) = &failure {
        said.text("error.type", failure);
    }
    let (began, ended) = times(call);
    Span {
        trace_id: call.trace_id.to_vec(),
        span_id: target.span.to_vec(),
        parent_span_id: call.span.to_vec(),
        name: call.method.unwrap_or("HTTP").to_owned(),
        kind: Kind::Client.into(),
        start_time_unix_nano: began.saturating_add(u64::from(call.timing.decide_us) * 1000).min(ended),
        end_time_unix_nano: ended,
        attributes: said.0,
        status: status(failure.is_some()),
        flags: SAMPLED | HAS_IS_REMOTE,
    }
}

/// Begin and end in nanoseconds since 1970.
fn times(call: &TracedCall) -> (u64, u64) {
    let began = u64::try_from(call.began.since(Timestamp::from_millis(0)).as_nanos()).unwrap_or(0);
    (began, began.saturating_add(u64::try_from(call.took.as_nanos()).unwrap_or(u64::MAX)))
}

fn status(failed: bool) -> Option<Status> {
    failed.then(|| Status { code: StatusCode::Error.into() })
}

/// Host and port of a `Host` header that was checked already.
fn host_and_port(host: &str) -> (&str, Option<i64>) {
    match host.rsplit_once(':') {
        // Within brackets stands an address of IPv6.
        Some((name, port)) if !port.ends_with(']') => (name, port.parse::<u16>().ok().map(i64::from)),
        _ => (host, None),
    }
}

/// Attributes.
#[derive(Default)]
pub(super) struct Said(pub(super) Vec<KeyValue>);

impl Said {
    pub(super) fn text(&mut self, key: &str, value: &str) {
        self.put(key, Value::Text(value.to_owned()));
    }

    fn number(&mut self, key: &str, value: Option<i64>) {
        if let Some(value) = value {
            self.put(key, Value::Number(value));
        }
    }

    pub(super) fn put(&mut self, key: &str, value: Value) {
        self.0.push(KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_with_and_without_a_port() {
        assert_eq!(host_and_port("api.test"), ("api.test", None));
        assert_eq!(host_and_port("api.test:8080"), ("api.test", Some(8080)));
        assert_eq!(host_and_port("[::1]"), ("[::1]", None));
        assert_eq!(host_and_port("[::1]:80"), ("[::1]", Some(80)));
    }
}
