//! Why a call was allowed or refused, and what would happen to one that nobody made.
//!
//! The checks are those of the gateway, made over what the store holds. Limits are not taken from: an explanation
//! costs nobody a call.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use keyward_model::check::{Check, CheckName, Verdict};
use keyward_model::{Clock, Code};
use keyward_store::{Store, StoreError};

use crate::Live;
use crate::failure::failure;

mod call;
mod consumer;
mod dry_run;
mod facts;

pub use consumer::for_consumer;
pub use dry_run::DryRun;
use facts::Facts;

/// Explains calls.
pub struct Explainer {
    store: Store,
    live: Arc<Live>,
    clock: Arc<dyn Clock>,
    facts: ArcSwapOption<Facts>,
}

/// Why there is no explanation.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The team has no such token.
    #[error("there is no such token in the team")]
    NoToken,
    /// A token was named in two ways.
    #[error("name the token by its id or by its text, not by both")]
    TwoTokens,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

failure!(ExplainError;
    Self::NoToken => NotFound,
    Self::TwoTokens => RequestInvalid,
);

impl Explainer {
    /// Over a store, and the tokens in memory for those named by their text.
    pub fn new(store: Store, live: Arc<Live>, clock: Arc<dyn Clock>) -> Self {
        Self { store, live, clock, facts: ArcSwapOption::empty() }
    }

    /// The published routes and all that decides about them, read anew only when something changed.
    async fn facts(&self) -> Result<Arc<Facts>, StoreError> {
        let revision = self.store.revision().await?;
        if let Some(facts) = self.facts.load_full().filter(|facts| facts.revision == revision) {
            return Ok(facts);
        }
        let facts = Arc::new(Facts::read(&self.store, revision).await?);
        self.facts.store(Some(facts.clone()));
        Ok(facts)
    }
}

impl fmt::Debug for Explainer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Explainer")
    }
}

/// A check that was not made.
fn skipped(check: CheckName, seen: &str, rule: &str) -> Check {
    Check { check, verdict: Verdict::Skip, seen: seen.to_owned(), rule: rule.to_owned(), remedy: None }
}

/// The outcome in a sentence, for the owner.
fn summary(code: Option<Code>, checks: &[Check]) -> String {
    let Some(code) = code else { return "Allowed: no check stood against it.".to_owned() };
    match checks.iter().find(|check| check.verdict == Verdict::Fail) {
        Some(Check { rule, .. }) if !rule.is_empty() => format!("{} ({code}): {rule}.", code.title()),
        _ => format!("{} ({code}).", code.title()),
    }
}
