//! A call that was made: what was written down about it, or, of an allowed one, the checks made once more.

use keyward_model::Code;
use keyward_model::app::{App, AppSpec};
use keyward_model::call::CallRecord;
use keyward_model::check::{Check, CheckName, Explanation, Verdict};
use keyward_model::token::{Restrictions, Token, TokenFacts};
use keyward_policy::routing::Found;
use keyward_store::StoreError;

use super::facts::{Call, Facts};
use super::{ExplainError, Explainer, skipped, summary};

impl Explainer {
    /// Explains a call by its record. A refused one has its checks in the record. An allowed one passed them all:
    /// they are made once more with what is stored now, and a note says when that may differ from then.
    pub async fn explain_call(&self, record: &CallRecord) -> Result<Explanation, ExplainError> {
        let let_through = record.code.is_none_or(came_from_behind);
        let (checks, note) = if record.checks.is_empty() && let_through {
            self.replay(record).await?
        } else {
            (record.checks.clone(), None)
        };
        let summary = match record.code {
            Some(code) if let_through => format!("Allowed, and then: {} ({code}).", code.title()),
            code => summary_of_record(code, record, &checks),
        };
        Ok(Explanation {
            request_id: Some(record.request_id.to_string()),
            at: record.at,
            allowed: let_through,
            code: record.code,
            summary,
            checks,
            note,
        })
    }

    async fn replay(&self, record: &CallRecord) -> Result<(Vec<Check>, Option<String>), StoreError> {
        let facts = self.facts().await?;
        let mut checks = Vec::new();
        let outcome = match self.participants(record).await? {
            Some((token, app)) => replay(&facts, record, token, &app, &mut checks),
            None => Err("its token is no longer kept".to_owned()),
        };
        checks.push(upstream_check(record));
        let note = match outcome {
            Err(reason) => Some(format!("The call was allowed, and would not be any more: {reason}.")),
            Ok(()) if facts.revision != record.revision => Some(format!(
                "Something was changed since the call (revision {} then, {} now), so that these checks may differ \
                 from those made then.",
                record.revision, facts.revision
            )),
            Ok(()) => None,
        };
        Ok((checks, note))
    }

    async fn participants(&self, record: &CallRecord) -> Result<Option<(Token, App)>, StoreError> {
        let Some(id) = record.token else { return Ok(None) };
        let Some(stored) = self.store.token_of_any_team(id).await? else { return Ok(None) };
        let app = self.store.resource_of_any_team::<AppSpec>(stored.token.app).await?;
        Ok(app.map(|app| (stored.token, app)))
    }
}

/// Makes the checks of an allowed call once more; says why it would be refused now.
fn replay(facts: &Facts, record: &CallRecord, token: Token, app: &App, checks: &mut Vec<Check>) -> Result<(), String> {
    let path = record.path.split_once('?').map_or(record.path.as_str(), |(path, _)| path);
    let version = version_of(facts, record);
    let found = facts.routes.find(path, &record.method, version.as_deref());
    checks.push(found.check(path, &record.method));
    let Found::Route(route) = &found else { return Err("its route is no longer published".to_owned()) };
    let seen = format!("token {} (`{}`)", token.id, token.spec.name);
    for (check, rule) in [
        (CheckName::Presented, "exactly one credential came"),
        (CheckName::WellFormed, "it was well-formed"),
        (CheckName::Known, "the token was recognised"),
    ] {
        let (seen, rule) = (seen.clone(), rule.to_owned());
        checks.push(Check { check, verdict: Verdict::Pass, seen, rule, remedy: None });
    }
    let call = Call {
        at: record.at,
        method: &record.method,
        path,
        address: record.address,
        origin: None,
        client_certificate: None,
    };
    let decision = facts.decide(
        &call,
        route,
        TokenFacts { restrictions: &without_what_is_not_kept(&token), ..token.facts() },
        app,
        checks,
    );
    let held = &token.spec.restrictions;
    say_that_it_passed(CheckName::Origin, &held.origins, checks);
    say_that_it_passed(CheckName::Certificate, &held.client_certificates, checks);
    if decision.is_ok() {
        checks.push(skipped(CheckName::Rate, "not counted again", "the rates admitted the call"));
        checks.push(skipped(CheckName::Quota, "not counted again", "the quotas admitted the call"));
    } else {
        checks.retain(|check| check.check != CheckName::Upstream);
    }
    decision.map_err(|denial| denial.detail.trim_end_matches('.').to_owned())
}

/// Where the version stands in a header, the record does not have the header but the api that was found by it.
fn version_of(facts: &Facts, record: &CallRecord) -> Option<String> {
    let api = facts.routes.apis().iter().find(|entry| Some(entry.api.id) == record.api)?;
    Some(api.api.spec.version.to_string())
}

/// Records keep neither headers nor certificates, so that these cannot be held against anything again.
fn without_what_is_not_kept(token: &Token) -> Restrictions {
    let held = token.spec.restrictions.clone();
    Restrictions { origins: Vec::new(), client_certificates: Vec::new(), ..held }
}

fn say_that_it_passed<T: ToString>(name: CheckName, admitted: &[T], checks: &mut [Check]) {
    let admitted: Vec<String> = admitted.iter().map(ToString::to_string).collect();
    let check = checks.iter_mut().find(|check| check.check == name);
    if let Some(check) = check.filter(|_| !admitted.is_empty()) {
        check.verdict = Verdict::Pass;
        check.seen = "not kept in the record".to_owned();
        check.rule = format!("one of {}", admitted.join(", "));
    }
}

fn upstream_check(record: &CallRecord) -> Check {
    let verdict = if record.code.is_some() { Verdict::Fail } else { Verdict::Pass };
    let target = record.target.as_deref().unwrap_or("no target");
    let seen = format!("{target} answered {} after {} µs", record.status, record.timing.total_us);
    let remedy = record.code.map(|_| "see that the service behind is up and answers in time".to_owned());
    Check { check: CheckName::Upstream, verdict, seen, rule: "the service behind answers".to_owned(), remedy }
}

fn came_from_behind(code: Code) -> bool {
    matches!(
        code,
        Code::UpstreamUnreachable
            | Code::UpstreamInvalid
            | Code::UpstreamTimeout
            | Code::UpstreamOverloaded
            | Code::CallTimeout
    )
}

fn summary_of_record(code: Option<Code>, record: &CallRecord, checks: &[Check]) -> String {
    match (code, &record.rule) {
        (Some(code), Some(rule)) if checks.is_empty() => format!("{} ({code}): {rule}.", code.title()),
        _ => summary(code, checks),
    }
}
