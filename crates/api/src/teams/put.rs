//! `PUT /teams/{team}`

use axum::extract::State;
use keyward_http::{Preconditions, RawBody, Refusal};
use keyward_model::id::Id;
use keyward_model::team::{Team, TeamId, TeamSpec};
use keyward_model::{Name, Record, Resource};
use keyward_store::{INSTALLATION, Tx};

use crate::ApiState;
use crate::access::{self, Entitled, OPERATOR};
use crate::path::{ConditionHeaders, OverrideHeader, PathTeam, TeamPath};
use crate::resources::{Override, draft};
use crate::settled::Settled;

/// Changes a team's settings; the operator also creates teams.
#[utoipa::path(
    put, path = "/api/v1/teams/{team}", operation_id = "put_team", tag = "teams",
    summary = "Change or create a team", params(TeamPath, ConditionHeaders, OverrideHeader), request_body = TeamSpec,
    security(("token" = ["keyward:teams.write"])),
    responses(
        (status = 200, body = Record<TeamSpec>, description = "It was changed, or is as asked already."),
        (status = 201, body = Record<TeamSpec>, description = "It was created."),
    ),
)]
pub(crate) async fn put(
    entitled: Entitled<access::TeamsWrite>,
    State(state): State<ApiState>,
    PathTeam(wanted): PathTeam,
    preconditions: Preconditions,
    overriding: Override,
    body: RawBody,
) -> Result<Settled<Record<TeamSpec>>, Refusal> {
    let caller = &entitled.caller;
    let known = crate::access::find_team(&state, caller, &wanted).await?;
    if known.is_none() && !caller.has(OPERATOR) {
        return Err(Refusal::not_found("team"));
    }
    let spec = valid(body.parse()?)?;
    let mut tx = state.store.begin(caller.cause()).await?;
    let existing = match known {
        Some(team) => tx.team_by_id(team.id).await?,
        None => None,
    };
    preconditions.check(existing.as_ref().map(|team| team.version))?;
    overriding.admits(existing.as_ref())?;
    let Some(team) = existing else {
        let team = create(&state, &mut tx, &wanted, spec).await?;
        let revision = tx.commit().await?;
        let version = team.version;
        return Ok(Settled::wait(&state, revision, team).await.created(true).tagged(version));
    };
    change(&state, tx, team, spec).await
}

/// Settings that can be.
pub(super) fn valid(spec: TeamSpec) -> Result<TeamSpec, Refusal> {
    let mut errors = Vec::new();
    spec.validate(&mut errors);
    if !errors.is_empty() {
        return Err(Refusal::fields(errors));
    }
    Ok(spec)
}

/// Gives a team other settings; the same ones change nothing.
pub(super) async fn change(
    state: &ApiState,
    mut tx: Tx,
    before: Team,
    spec: TeamSpec,
) -> Result<Settled<Record<TeamSpec>>, Refusal> {
    if before.spec == spec {
        drop(tx);
        let revision = state.store.revision().await?;
        let version = before.version;
        return Ok(Settled::wait(state, revision, before).await.tagged(version));
    }
    let after = Record { version: before.version + 1, updated_at: tx.now(), spec, ..before.clone() };
    tx.update(&after).await?;
    tx.audit(after.id, draft("update", Some(&before), Some(&after), None)).await?;
    let revision = tx.commit().await?;
    let version = after.version;
    Ok(Settled::wait(state, revision, after).await.tagged(version))
}

async fn create(state: &ApiState, tx: &mut Tx, name: &str, spec: TeamSpec) -> Result<Team, Refusal> {
    let name: Name = name.parse().map_err(|error: keyward_model::name::NameError| {
        Refusal::field("team", "in the path cannot be the name of a team", error.to_string())
    })?;
    if name.parse::<TeamId>().is_ok() {
        return Err(Refusal::field("team", "looks like the id of a team", "choose another name"));
    }
    let id = Id::new(&*state.clock, &*state.random);
    let now = tx.now();
    let team = Record { id, team: id, name, version: 1, created_at: now, updated_at: now, source: None, spec };
    tx.insert(&team).await?;
    tx.audit(INSTALLATION, draft("create", None, Some(&team), None)).await?;
    Ok(team)
}
