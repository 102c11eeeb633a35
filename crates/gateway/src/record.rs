//! Phase `record`: what is kept of a call. Never a header, a body, a value of the query or a token; but for a while, in
//! memory, which programs still call with a token that is rotated out.

use std::borrow::Cow;

use keyward_calls::Call;
use keyward_model::api::VersionIn;
use keyward_model::call::Protocol;
use keyward_model::token::TokenId;
use keyward_wire::Version;

use crate::capture;
use crate::exchange::Exchange;
use crate::query;
use crate::security;

pub(crate) mod checks;
mod mask;

use mask::mask;

/// Bytes of the method and path that are kept.
const LONGEST_METHOD: usize = 32;
const LONGEST_PATH: usize = 1000;
/// Bytes of the name of a program that are kept.
const LONGEST_PROGRAM: usize = 100;

/// Hands the record of a call that is over to the worker's recorder.
pub(crate) fn record(exchange: &mut Exchange) {
    exchange.timing.total_us = exchange.elapsed_us();
    if exchange.timing.decide_us == 0 {
        exchange.timing.decide_us = exchange.timing.total_us;
    }
    if let Some(capture) = exchange.capture.take() {
        capture::finish(exchange, *capture);
    }
    let denial = exchange.denial.take();
    if let (Some(tracer), Some(trace)) = (&exchange.worker.tracer, &exchange.trace) {
        tracer.finish(exchange, trace, denial.as_ref());
    }
    security::note(exchange, denial.as_ref());
    let checks = denial.as_ref().map_or_else(Vec::new, |denial| checks::checks(exchange, denial));
    let api = exchange.api();
    let caller = exchange.caller.as_ref();
    if let Some(caller) = caller
        && caller.token.token.successor().is_some()
    {
        note_program(exchange, caller.token.token.id());
    }
    let (method, path) = (method(exchange), path(exchange));
    exchange.worker.recorder.push(&Call {
        request_id: exchange.request_id,
        at: exchange.at,
        team: api.map(|api| api.team).or_else(|| caller.map(|caller| caller.team.id)),
        app: caller.map(|caller| caller.app.id),
        token: caller.map(|caller| caller.token.token.id()),
        api: api.map(|api| api.id),
        api_name: api.map(|api| &api.name),
        route: exchange.route().map(|route| &route.name),
        method: &method,
        path: &path,
        status: exchange.status,
        code: denial.as_ref().map(|denial| denial.code),
        rule: denial.as_ref().map(|denial| denial.rule.as_str()),
        address: exchange.address,
        target: exchange.target_name.as_deref(),
        protocol: protocol(exchange),
        bytes_in: exchange.upload.bytes,
        bytes_out: exchange.bytes_out,
        cost: exchange.route().map_or(0, |route| route.cost),
        retries: exchange.retries,
        timing: exchange.timing,
        revision: exchange.revision,
        checks: &checks,
    });
}

fn note_program(exchange: &Exchange, token: TokenId) {
    let named = exchange.head.fields.iter().find(|(_, name, _)| name.eq_ignore_ascii_case(b"user-agent"));
    let Some((_, _, value)) = named else { return };
    let name = legible(&String::from_utf8_lossy(value), LONGEST_PROGRAM);
    exchange.worker.recorder.note_program(token, exchange.address, &name, exchange.at);
}

pub(crate) fn protocol(exchange: &Exchange) -> Protocol {
    match exchange.head.version {
        _ if exchange.websocket.is_some() => Protocol::WebSocket,
        Version::Http10 => Protocol::Http10,
        Version::Http11 => Protocol::Http11,
        Version::Http2 => Protocol::Http2,
    }
}

/// As on the wire, as far as it is legible.
fn method(exchange: &Exchange) -> Cow<'_, str> {
    let method = exchange.fault.as_ref().map_or(exchange.head.method(), |fault| &fault.method);
    cut(mask(method), LONGEST_METHOD)
}

/// Base path, version and template of the route called, once known.
pub(crate) fn template(exchange: &Exchange) -> Option<String> {
    let (api, route) = (exchange.api()?, exchange.route()?);
    let (base, path) = (&api.spec.base_path, &route.path);
    Some(match api.spec.version_in {
        VersionIn::Path => format!("{base}/{}{path}", api.spec.version),
        VersionIn::Header | VersionIn::None => format!("{base}{path}"),
    })
}

/// What the caller wrote, without tokens, cut to `most` bytes.
pub(crate) fn legible(text: &str, most: usize) -> String {
    cut(mask(text), most).into_owned()
}

/// The canonical path, or where there is none what came in its place; of the query the names alone.
fn path(exchange: &Exchange) -> Cow<'_, str> {
    let raw = || {
        let raw = exchange.fault.as_ref().map_or(exchange.head.target(), |fault| &fault.target);
        raw.split_once('?').map_or((raw, None), |(path, query)| (path, Some(query)))
    };
    let (path, query) =
        exchange.target.as_ref().map_or_else(raw, |target| (target.path.as_str(), target.query.as_deref()));
    let path = match query {
        None => mask(path),
        Some(query) => Cow::Owned(mask(&format!("{path}?{}", query::redacted(query))).into_owned()),
    };
    cut(path, LONGEST_PATH)
}

/// The first `most` bytes, whole characters only.
fn cut(text: Cow<'_, str>, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return text;
    }
    let end = text.floor_char_boundary(most);
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(cut("aé".into(), 2), "a");
        assert_eq!(cut("aé".into(), 3), "aé");
        assert_eq!(cut("".into(), 0), "");
    }
}
