//! The store: whether it opens, whether its keys fit, and whether everything in it is what was written.

use std::collections::BTreeMap;

use keyward_model::team::TeamSpec;
use keyward_store::{AuditVerification, INSTALLATION, Store, StoreError};

use super::Finding;
use crate::configuration::Configuration;
use crate::installation::{Installation, Missing};

pub(super) async fn look(
    configuration: &Configuration,
    environment: &BTreeMap<String, String>,
    quick: bool,
) -> Vec<Finding> {
    let installation = match Installation::open(configuration, environment, Missing::Refuse).await {
        Ok(installation) => installation,
        Err(error) => return vec![Finding::problem("store", error.to_string())],
    };
    let store = &installation.store;
    let mut findings = vec![match store.revision().await {
        Ok(revision) => {
            Finding::ok("store", format!("{} opens with its keys, revision {revision}", configuration.store.url))
        }
        Err(error) => Finding::problem("store", error.to_string()),
    }];
    if !quick {
        findings.push(rows(store).await.unwrap_or_else(|error| Finding::problem("rows", error.to_string())));
        findings.push(trails(store).await.unwrap_or_else(|error| Finding::problem("audit trails", error.to_string())));
    }
    findings
}

async fn rows(store: &Store) -> Result<Finding, StoreError> {
    let damaged = store.damaged_rows_of_all_teams().await?;
    if damaged.is_empty() {
        return Ok(Finding::ok("rows", "every sealed row is what was written"));
    }
    let named: Vec<String> = damaged.iter().take(10).map(|row| format!("{} {}", row.kind, row.id)).collect();
    let detail = format!("{} damaged: {}; restore a backup", damaged.len(), named.join(", "));
    Ok(Finding::problem("rows", detail))
}

async fn trails(store: &Store) -> Result<Finding, StoreError> {
    let teams = store.resources_of_all_teams::<TeamSpec>().await?;
    for id in teams.iter().map(|team| team.id).chain([INSTALLATION]) {
        if let AuditVerification::Broken { sequence, problem } = store.verify_audit(id).await? {
            let detail = format!("the trail of {id} is broken at event {sequence}: {problem}");
            return Ok(Finding::problem("audit trails", detail));
        }
    }
    Ok(Finding::ok("audit trails", format!("{} teams', all sound", teams.len())))
}
