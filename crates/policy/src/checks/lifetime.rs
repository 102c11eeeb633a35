//! Whether the token's time has come and is not over, and whether it is switched on.

use keyward_model::check::{CheckName, Trace};
use keyward_model::token::{TokenFacts, TokenState};
use keyward_model::{Code, Denial, Timestamp};

use super::Failed;
use super::notes::{fail, pass};

pub(super) fn check_lifetime<T: Trace>(token: &TokenFacts<'_>, now: Timestamp, trace: &mut T) -> Result<(), Failed> {
    let seen = || now.to_string();
    if let Some(start) = token.not_before.filter(|start| now < *start) {
        let rule = format!("token {} not_before: {start}", token.id);
        let denial = Denial {
            moment: Some(start),
            ..Denial::new(Code::TokenNotYetValid, rule, format!("This token works from {start} on; call again then."))
        };
        let remedy = || "wait until then, or set not_before to an earlier time".to_owned();
        return fail(trace, CheckName::Lifetime, seen, remedy, denial);
    }
    if let Some(end) = token.expires_at.filter(|end| now >= *end) {
        let rule = format!("token {} expires_at: {end}", token.id);
        let detail = match token.successor {
            Some(_) => format!("This token expired at {end}; use the token that replaced it."),
            None => format!("This token expired at {end}; ask its owner for a new one."),
        };
        let denial = Denial { moment: Some(end), ..Denial::new(Code::TokenExpired, rule, detail) };
        let remedy = || match token.successor {
            Some(successor) => format!("use its successor {successor}"),
            None => "issue a new token; next time, rotate it before it expires".to_owned(),
        };
        return fail(trace, CheckName::Lifetime, seen, remedy, denial);
    }
    pass(trace, CheckName::Lifetime, seen, || {
        let start = token.not_before.map_or_else(|| "its creation".to_owned(), |start| start.to_string());
        let end = token.expires_at.map_or_else(|| "for ever".to_owned(), |end| format!("until {end}"));
        format!("token {} works from {start}, {end}", token.id)
    })
}

pub(super) fn check_state<T: Trace>(token: &TokenFacts<'_>, app_disabled: bool, trace: &mut T) -> Result<(), Failed> {
    let id = &token.id;
    let (code, rule, detail, remedy) = match token.state {
        TokenState::Revoked => {
            let (rule, detail) = match token.revoked {
                Some(revoked) => (
                    format!("token {id} state: revoked at {} because: {}", revoked.at, revoked.reason),
                    format!("This token was revoked at {}; ask its owner for a new one.", revoked.at),
                ),
                None => (
                    format!("token {id} state: revoked"),
                    "This token was revoked; ask its owner for a new one.".to_owned(),
                ),
            };
            (Code::TokenRevoked, rule, detail, "issue a new token: a revoked one stays dead")
        }
        TokenState::Disabled => (
            Code::TokenDisabled,
            format!("token {id} state: disabled"),
            "This token is disabled; ask its owner to enable it.".to_owned(),
            "enable the token",
        ),
        TokenState::Pending => (
            Code::TokenPending,
            format!("token {id} state: pending"),
            "This token awaits approval; ask its owner to have it approved.".to_owned(),
            "have somebody approve the token",
        ),
        TokenState::Active if app_disabled => (
            Code::TokenDisabled,
            format!("app {} disabled: true", token.app),
            "The app that this token belongs to is disabled; ask its owner to enable it.".to_owned(),
            "enable the app",
        ),
        TokenState::Active => {
            let rule = || format!("token {id} state: active, and its app is not disabled");
            return pass(trace, CheckName::State, || "active".to_owned(), rule);
        }
    };
    let seen = || match token.state {
        TokenState::Revoked => "revoked",
        TokenState::Disabled => "disabled",
        TokenState::Pending => "pending",
        TokenState::Active => "active, of a disabled app",
    };
    fail(trace, CheckName::State, || seen().to_owned(), || remedy.to_owned(), Denial::new(code, rule, detail))
}
