//! A call that nobody made: what would happen to it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use keyward_model::app::{App, AppSpec};
use keyward_model::check::{Check, CheckName, Explanation, Verdict};
use keyward_model::limits::Limits;
use keyward_model::secret::Hidden;
use keyward_model::team::TeamId;
use keyward_model::thumbprint::Thumbprint;
use keyward_model::token::{Token, TokenFacts, TokenId};
use keyward_model::{Code, Denial, Timestamp};
use keyward_policy::checks::skipped_after;
use keyward_policy::routing::Found;
use keyward_policy::target::canonical;
use serde::Deserialize;

use super::facts::{Call, Facts};
use super::{ExplainError, Explainer, skipped, summary};
use crate::LiveToken;

/// A call to be thought through.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DryRun {
    /// The token, by its id.
    #[serde(default)]
    pub token: Option<TokenId>,
    /// Or the token by its whole text, which is then checked as well.
    #[serde(default)]
    pub token_text: Option<Hidden>,
    /// The method.
    pub method: String,
    /// Path and query, as a client would send them.
    pub path: String,
    /// Where the call would come from; 127.0.0.1 when absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub address: Option<IpAddr>,
    /// The `Origin` header it would have.
    #[serde(default)]
    pub origin: Option<String>,
    /// The thumbprint of the client certificate it would come with.
    #[serde(default)]
    pub client_certificate: Option<Thumbprint>,
    /// The `Accept-Version` header it would have.
    #[serde(default)]
    pub accept_version: Option<String>,
    /// When it would come; now when absent.
    #[serde(default)]
    pub at: Option<Timestamp>,
}

impl Explainer {
    /// Makes the checks of a call that nobody made.
    pub async fn dry_run(&self, team: TeamId, request: &DryRun) -> Result<Explanation, ExplainError> {
        if request.token.is_some() && request.token_text.is_some() {
            return Err(ExplainError::TwoTokens);
        }
        let facts = self.facts().await?;
        let at = request.at.unwrap_or_else(|| self.clock.now());
        let mut checks = Vec::new();
        // A token that is not the team's is told before anything else is.
        let named = match request.token {
            Some(id) => Some(self.named(team, id).await?),
            None => None,
        };
        let decision = self.decide(&facts, team, request, named, at, &mut checks);
        let code = decision.err().map(|denial| denial.code);
        Ok(Explanation {
            request_id: None,
            at,
            allowed: code.is_none(),
            code,
            summary: summary(code, &checks),
            checks,
            note: None,
        })
    }

    async fn named(&self, team: TeamId, id: TokenId) -> Result<(Token, App), ExplainError> {
        let stored = self.store.token(team, id).await?.ok_or(ExplainError::NoToken)?;
        let app = self.store.resource_by_id::<AppSpec>(team, stored.token.app).await?.ok_or(ExplainError::NoToken)?;
        Ok((stored.token, app))
    }

    fn decide(
        &self,
        facts: &Facts,
        team: TeamId,
        request: &DryRun,
        named: Option<(Token, App)>,
        at: Timestamp,
        checks: &mut Vec<Check>,
    ) -> Result<(), Denial> {
        let target = canonical(&request.path).map_err(|error| {
            let denial = error.denial();
            let remedy = Some("send the path in its plain form".to_owned());
            let (seen, rule) = (shortened(&request.path), denial.rule.clone());
            checks.push(Check { check: CheckName::Route, verdict: Verdict::Fail, seen, rule, remedy });
            skipped_after(CheckName::Route, checks);
            denial
        })?;
        let found = facts.routes.find(&target.path, &request.method, request.accept_version.as_deref());
        checks.push(found.check(&target.path, &request.method));
        let route = match &found {
            Found::Route(route) => route,
            other => {
                skipped_after(CheckName::Route, checks);
                return Err(other.refusal(&request.method).expect("nothing but a route has no refusal"));
            }
        };
        let (token, app) = self.recognised(team, request, named, checks)?;
        let call = Call {
            at,
            method: &request.method,
            path: &target.path,
            address: request.address.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            origin: request.origin.as_deref(),
            client_certificate: request.client_certificate.as_ref(),
        };
        facts.decide(&call, route, token.facts(), &app, checks)?;
        let limits = [token.facts().limits, &app.spec.limits, &route.api.api.spec.limits];
        checks.push(skipped(CheckName::Rate, "nothing is taken", &rates(limits)));
        checks.push(skipped(CheckName::Quota, "nothing is taken", &quotas(limits)));
        checks.push(skipped(CheckName::Upstream, "nothing is sent", "a dry run ends before the upstream"));
        Ok(())
    }

    /// The token of the call, as its credential would be recognised.
    fn recognised(
        &self,
        team: TeamId,
        request: &DryRun,
        named: Option<(Token, App)>,
        checks: &mut Vec<Check>,
    ) -> Result<(Recognised, App), Denial> {
        if let Some((token, app)) = named {
            let seen = format!("token {} (`{}`)", token.id, token.spec.name);
            for check in [CheckName::Presented, CheckName::WellFormed, CheckName::Known] {
                checks.push(skipped(check, &seen, "the token was named by its id"));
            }
            return Ok((Recognised::Named(Box::new(token)), app));
        }
        let Some(text) = &request.token_text else {
            let (seen, rule) = ("no credential".to_owned(), "exactly one credential comes with the call".to_owned());
            let remedy = Some("send the token as `Authorization: Bearer` or `X-API-Key`".to_owned());
            checks.push(Check {
                check: CheckName::Presented,
                verdict: Verdict::Fail,
                seen,
                rule: rule.clone(),
                remedy,
            });
            skipped_after(CheckName::Presented, checks);
            return Err(Denial::new(Code::TokenMissing, rule, "No token was sent."));
        };
        let (seen, rule) = ("one credential".to_owned(), "exactly one credential comes with the call".to_owned());
        checks.push(Check { check: CheckName::Presented, verdict: Verdict::Pass, seen, rule, remedy: None });
        let mut noted = Vec::new();
        let presented = self.live.present_traced(text.expose_str().unwrap_or_default(), &mut noted);
        match presented {
            Ok(found) if found.team_id() == team => {
                checks.extend(noted);
                let app = App::clone(&found.app());
                Ok((Recognised::Presented(found), app))
            }
            // A token of another team is as unknown as none at all.
            Ok(found) => {
                checks.extend(noted.into_iter().filter(|check| check.check != CheckName::Known));
                let seen = format!("id {}", found.token.id());
                let (check, verdict) = (CheckName::Known, Verdict::Fail);
                checks.push(Check {
                    check,
                    verdict,
                    seen,
                    rule: "some token of the team has this text".to_owned(),
                    remedy: None,
                });
                skipped_after(CheckName::Known, checks);
                Err(crate::live::unknown())
            }
            Err(denial) => {
                checks.extend(noted);
                let failed = checks.last().map_or(CheckName::Known, |check| check.check);
                skipped_after(failed, checks);
                Err(denial)
            }
        }
    }
}

/// The token of a dry run, as it was found.
enum Recognised {
    /// In the store, by its id.
    Named(Box<Token>),
    /// In memory, by its text.
    Presented(Arc<LiveToken>),
}

impl Recognised {
    fn facts(&self) -> TokenFacts<'_> {
        match self {
            Self::Named(token) => token.facts(),
            Self::Presented(live) => live.facts(),
        }
    }
}

fn rates(limits: [&Limits; 3]) -> String {
    worded(limits.iter().flat_map(|limits| &limits.rates).map(ToString::to_string).collect())
}

fn quotas(limits: [&Limits; 3]) -> String {
    worded(limits.iter().flat_map(|limits| &limits.quotas).map(ToString::to_string).collect())
}

fn worded(limits: Vec<String>) -> String {
    if limits.is_empty() { "nothing is limited here".to_owned() } else { limits.join("; ") }
}

fn shortened(path: &str) -> String {
    path.chars().take(200).collect()
}
