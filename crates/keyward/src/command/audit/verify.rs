//! `keyward audit verify`.

use keyward_model::team::{TeamId, TeamSpec};
use keyward_store::{AuditVerification, INSTALLATION};
use serde_json::{Value, json};

use super::trail;
use crate::cli::Context;
use crate::failure::{Exit, Failure};
use crate::installation::{Installation, Missing};
use crate::output::text_at;
use crate::runtime;

/// Whose trail to verify.
#[derive(Debug, clap::Args)]
pub struct Verify {
    /// Read the store itself instead of asking the control plane, and verify every team's trail.
    #[arg(long)]
    pub offline: bool,
    /// The installation's own trail, of teams and keys; for operators.
    #[arg(long, conflicts_with = "offline")]
    pub installation: bool,
}

impl Verify {
    pub(super) fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let found = if self.offline { offline(context)? } else { vec![self.ask(context)?] };
        let broken = found.iter().any(|trail| trail.get("sound").and_then(Value::as_bool) != Some(true));
        context.output.words(&found, || found.iter().map(words).collect::<Vec<_>>().join("\n"))?;
        if broken { Err(Failure::silent(Exit::Failed)) } else { Ok(()) }
    }
}

impl Verify {
    fn ask(&self, context: &Context<'_>) -> Result<Value, Failure> {
        let (client, trail) = trail(context, self.installation)?;
        let path: Vec<&str> = trail.iter().map(String::as_str).chain(["verification"]).collect();
        let mut found = client.get(&path)?;
        found["team"] =
            trail.get(1).filter(|_| trail.len() > 1).map_or_else(|| json!("(installation)"), |team| json!(team));
        Ok(found)
    }
}

/// Every team's trail, and the installation's own.
fn offline(context: &Context<'_>) -> Result<Vec<Value>, Failure> {
    runtime()?.block_on(async {
        let Installation { store, .. } =
            Installation::open(&context.configuration, &context.environment, Missing::Refuse).await?;
        let teams = store.resources_of_all_teams::<TeamSpec>().await?;
        let named = teams.iter().map(|team| (team.id, team.name.to_string()));
        let trails: Vec<(TeamId, String)> = named.chain([(INSTALLATION, "(installation)".to_owned())]).collect();
        let mut found = Vec::new();
        for (id, name) in trails {
            found.push(match store.verify_audit(id).await? {
                AuditVerification::Sound { events, head } => {
                    json!({"team": name, "sound": true, "events": events, "head": head})
                }
                AuditVerification::Broken { sequence, problem } => {
                    json!({"team": name, "sound": false, "broken_at": sequence, "problem": problem})
                }
            });
        }
        Ok(found)
    })
}

fn words(trail: &Value) -> String {
    let team = text_at(trail, "/team");
    if trail.get("sound").and_then(Value::as_bool) == Some(true) {
        format!("{team}: sound, {} events, head {}", text_at(trail, "/events"), text_at(trail, "/head"))
    } else {
        format!("{team}: BROKEN at event {}: {}", text_at(trail, "/broken_at"), text_at(trail, "/problem"))
    }
}
