//! The parts of a frame that repeat from call to call: who called, what was called, and how it came out.

use keyward_model::Code;
use keyward_model::api::ApiId;
use keyward_model::app::AppId;
use keyward_model::call::Protocol;
use keyward_model::id::Id;
use keyward_model::team::TeamId;
use keyward_model::token::TokenId;
use uuid::Uuid;

use super::cut;
use super::reader::{Reader, put_text};
use crate::call::Call;

/// Who called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) app: Option<AppId>,
    pub(crate) token: Option<TokenId>,
}

/// What was called, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    pub(crate) protocol: Protocol,
    pub(crate) team: Option<TeamId>,
    pub(crate) api: Option<ApiId>,
    pub(crate) api_name: Option<&'a str>,
    pub(crate) route: Option<&'a str>,
    pub(crate) method: &'a str,
    pub(crate) target: Option<&'a str>,
}

/// How it came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome<'a> {
    pub(crate) status: u16,
    pub(crate) code: Option<Code>,
    pub(crate) rule: Option<&'a str>,
}

pub(super) fn put_caller(call: &Call<'_>, into: &mut Vec<u8>) {
    into.push(flags([call.app.is_some(), call.token.is_some(), false, false, false]));
    if let Some(app) = call.app {
        into.extend_from_slice(app.as_uuid().as_bytes());
    }
    if let Some(token) = call.token {
        into.extend_from_slice(token.as_bytes());
    }
}

pub(super) fn put_place(call: &Call<'_>, into: &mut Vec<u8>) {
    let there =
        [call.team.is_some(), call.api.is_some(), call.api_name.is_some(), call.route.is_some(), call.target.is_some()];
    into.extend_from_slice(&[flags(there), call.protocol as u8]);
    if let Some(team) = call.team {
        into.extend_from_slice(team.as_uuid().as_bytes());
    }
    if let Some(api) = call.api {
        into.extend_from_slice(api.as_uuid().as_bytes());
    }
    for name in [call.api_name, call.route].into_iter().flatten() {
        put_text(name, into);
    }
    put_text(cut(call.method, 256), into);
    if let Some(target) = call.target {
        put_text(cut(target, 4096), into);
    }
}

pub(super) fn put_outcome(call: &Call<'_>, into: &mut Vec<u8>) {
    put_outcome_of(Outcome { status: call.status, code: call.code, rule: call.rule }, into);
}

/// An outcome without its rule: what of it is charted.
pub(super) fn put_outcome_without_rule(outcome: &[u8], into: &mut Vec<u8>) {
    let outcome = Outcome::read(outcome).unwrap_or(Outcome { status: 0, code: None, rule: None });
    put_outcome_of(Outcome { rule: None, ..outcome }, into);
}

fn put_outcome_of(outcome: Outcome<'_>, into: &mut Vec<u8>) {
    into.push(flags([outcome.code.is_some(), outcome.rule.is_some(), false, false, false]));
    into.extend_from_slice(&outcome.status.to_le_bytes());
    if let Some(code) = outcome.code {
        put_text(code.as_str(), into);
    }
    if let Some(rule) = outcome.rule {
        put_text(cut(rule, 4096), into);
    }
}

impl Caller {
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let there = reader.u8()?;
        let app = if has(there, 0) { Some(Id::from_uuid(Uuid::from_bytes(reader.array()?))) } else { None };
        let token = if has(there, 1) { Some(std::str::from_utf8(reader.take(12)?).ok()?.parse().ok()?) } else { None };
        Some(Self { app, token })
    }
}

impl<'a> Place<'a> {
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let there = reader.u8()?;
        let protocol = *Protocol::ALL.get(usize::from(reader.u8()?))?;
        let team = if has(there, 0) { Some(Id::from_uuid(Uuid::from_bytes(reader.array()?))) } else { None };
        let api = if has(there, 1) { Some(Id::from_uuid(Uuid::from_bytes(reader.array()?))) } else { None };
        let api_name = if has(there, 2) { Some(reader.text()?) } else { None };
        let route = if has(there, 3) { Some(reader.text()?) } else { None };
        let method = reader.text()?;
        let target = if has(there, 4) { Some(reader.text()?) } else { None };
        Some(Self { protocol, team, api, api_name, route, method, target })
    }
}

impl<'a> Outcome<'a> {
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let there = reader.u8()?;
        let status = reader.u16()?;
        let code = if has(there, 0) { Some(reader.text()?.parse().ok()?) } else { None };
        let rule = if has(there, 1) { Some(reader.text()?) } else { None };
        Some(Self { status, code, rule })
    }
}

fn flags(there: [bool; 5]) -> u8 {
    there.into_iter().enumerate().fold(0, |flags, (bit, there)| flags | u8::from(there) << bit)
}

fn has(flags: u8, bit: u8) -> bool {
    flags & (1 << bit) != 0
}
