//! Phase `authenticate`: the one credential of the call, and the token it belongs to.
//!
//! `Authorization: Bearer`, `X-API-Key`, Basic with the token as password, or the query parameter of an api that opts
//! in. More than one of these is refused: two servers in a row might each take another.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keyward_model::check::Trace;
use keyward_model::token::TokenText;
use keyward_model::{Code, Denial};
use keyward_wire::Known;

use crate::exchange::{Caller, Exchange};
use crate::query;

/// Finds who calls.
pub(crate) fn authenticate(exchange: &mut Exchange) -> Result<(), Denial> {
    let credential = credential(exchange)?;
    let token = exchange.worker.shared.live.present(credential.text())?;
    let (app, team) = (Arc::clone(&token.app()), Arc::clone(&token.team()));
    let via = credential.via;
    exchange.caller = Some(Caller { token, app, team, via });
    Ok(())
}

/// Notes the checks `well_formed` and `known` of the credential that came.
pub(crate) fn recheck<T: Trace>(exchange: &Exchange, trace: &mut T) -> Result<(), Denial> {
    let credential = credential(exchange)?;
    exchange.worker.shared.live.present_traced(credential.text(), trace).map(drop)
}

/// The text of a token, and how it came.
pub(crate) struct Credential<'a> {
    /// Where it stood, in words.
    pub(crate) via: &'static str,
    text: Text<'a>,
}

enum Text<'a> {
    /// As it stands in a header.
    Plain(&'a str),
    /// Decoded, from this place on; wiped when dropped.
    Decoded(TokenText, usize),
}

impl Credential<'_> {
    pub(crate) fn text(&self) -> &str {
        match &self.text {
            Text::Plain(text) => text,
            Text::Decoded(text, from) => &text.expose()[*from..],
        }
    }
}

/// The one credential of the call.
pub(crate) fn credential(exchange: &Exchange) -> Result<Credential<'_>, Denial> {
    let fields = &exchange.head.fields;
    let parameter = exchange.api().and_then(|api| api.spec.token_parameter.as_ref());
    let query = exchange.target.as_ref().and_then(|target| target.query.as_deref()).unwrap_or_default();
    let mut in_query = parameter.into_iter().flat_map(|name| query::values(query, name));
    let mut authorizations = fields.all(Known::Authorization);
    let mut keys = fields.all(Known::XApiKey);

    let first = (authorizations.next(), keys.next(), in_query.next());
    if authorizations.next().is_some() || keys.next().is_some() || in_query.next().is_some() {
        return Err(ambiguous());
    }
    match first {
        (Some(value), None, None) => authorization(value),
        (None, Some(value), None) => {
            let text = std::str::from_utf8(value).map_err(|_| malformed())?;
            Ok(Credential { via: "X-API-Key", text: Text::Plain(text.trim()) })
        }
        (None, None, Some(value)) => {
            let text = Text::Decoded(TokenText::foreign(query::decode(value)), 0);
            Ok(Credential { via: "query parameter", text })
        }
        (None, None, None) => Err(missing()),
        _ => Err(ambiguous()),
    }
}

/// `Bearer` (RFC 6750 section 2.1) or `Basic` (RFC 7617), whose user name does not matter.
fn authorization(value: &[u8]) -> Result<Credential<'_>, Denial> {
    let value = value.trim_ascii();
    let end = value.iter().position(|byte| *byte == b' ').unwrap_or(value.len());
    let (scheme, rest) = value.split_at(end);
    let rest = rest.trim_ascii_start();
    if scheme.eq_ignore_ascii_case(b"bearer") {
        let text = Text::Plain(std::str::from_utf8(rest).map_err(|_| malformed())?);
        return Ok(Credential { via: "Authorization: Bearer", text });
    }
    if !scheme.eq_ignore_ascii_case(b"basic") {
        return Err(missing());
    }
    let decoded = STANDARD.decode(rest).ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(malformed)?;
    let text = TokenText::foreign(decoded);
    let colon = text.expose().find(':').ok_or_else(malformed)?;
    Ok(Credential { via: "Authorization: Basic", text: Text::Decoded(text, colon + 1) })
}

fn missing() -> Denial {
    let detail = "Send a token: Authorization: Bearer <token>, or X-API-Key: <token>.";
    Denial::new(Code::TokenMissing, "one credential", detail)
}

fn ambiguous() -> Denial {
    let detail = "More than one credential came with the call; send one.";
    Denial::new(Code::TokenAmbiguous, "one credential", detail)
}

fn malformed() -> Denial {
    let detail = "The credential is not a token: it may be cut off or mistyped.";
    Denial::new(Code::TokenMalformed, "form of a token", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Result<String, Code> {
        authorization(value.as_bytes()).map(|credential| credential.text().to_owned()).map_err(|denial| denial.code)
    }

    #[test]
    fn bearer_and_basic_carry_a_token() {
        assert_eq!(text("Bearer kw_abc"), Ok("kw_abc".to_owned()));
        assert_eq!(text("bearer   kw_abc "), Ok("kw_abc".to_owned()));
        assert_eq!(text(&format!("Basic {}", STANDARD.encode("anybody:kw_abc"))), Ok("kw_abc".to_owned()));
        assert_eq!(text(&format!("BASIC {}", STANDARD.encode(":kw:abc"))), Ok("kw:abc".to_owned()));
    }

    #[test]
    fn other_schemes_carry_none() {
        assert_eq!(text("Digest x"), Err(Code::TokenMissing));
        assert_eq!(text(""), Err(Code::TokenMissing));
        assert_eq!(text("Basic kw_abc"), Err(Code::TokenMalformed));
        assert_eq!(text(&format!("Basic {}", STANDARD.encode("kw_abc"))), Err(Code::TokenMalformed));
        assert_eq!(text("Bearer"), Ok(String::new()));
    }
}
