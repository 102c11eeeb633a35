//! The installation's own team, its app `operator`, and tokens of that app: what everything else is made with.

use std::time::Duration;

use keyward_model::app::AppSpec;
use keyward_model::audit::Cause;
use keyward_model::team::{TeamId, TeamSpec, TokenRules};
use keyward_store::{PageRequest, StoreError, TokenFilter};
use keyward_tokens::{CreateError, CreateToken, Expiry, Issued, Tokens, every_management_scope};

use crate::declare::Declare;
use crate::failure::Failure;
use crate::installation::Installation;

/// The installation's own team.
pub(crate) const TEAM: &str = "keyward";
/// The app of operators' tokens.
pub(crate) const APP: &str = "operator";

/// Makes sure that team and app are there.
pub(crate) async fn ensure_team(installation: &Installation, cause: Cause) -> Result<TeamId, StoreError> {
    if let Some(team) = installation.store.team_by_name(TEAM).await?
        && installation.store.resource::<AppSpec>(team.id, APP).await?.is_some()
    {
        return Ok(team.id);
    }
    let mut declare = Declare::begin(installation, cause).await?;
    let team = match declare.tx.team_by_name(TEAM).await? {
        Some(team) => team,
        None => declare.ensure(None, TEAM, team_spec()).await?,
    };
    let title = "Those who run this installation".to_owned();
    let app = AppSpec { title, scopes: every_management_scope(), ..AppSpec::default() };
    declare.ensure(Some(team.id), APP, app).await?;
    declare.finish().await?;
    Ok(team.id)
}

fn team_spec() -> TeamSpec {
    let title = "This installation".to_owned();
    TeamSpec { title, tokens: TokenRules { default_lifetime_days: 90, ..TokenRules::default() }, ..TeamSpec::default() }
}

/// Whether any token was ever made in the team.
pub(crate) async fn has_token(installation: &Installation, team: TeamId) -> Result<bool, StoreError> {
    let page = PageRequest { after: None, limit: 1 };
    Ok(!installation.store.tokens(team, &TokenFilter::default(), &page).await?.items.is_empty())
}

/// Makes an operator's token that works for `lifetime`; none means for as long as the team's rules say.
pub(crate) async fn issue_token(
    installation: &Installation,
    cause: Cause,
    team: TeamId,
    lifetime: Option<Duration>,
) -> Result<Issued, CreateError> {
    let Installation { store, vault, clock, random, .. } = installation;
    let tokens = Tokens::new(store.clone(), vault.clone(), clock.clone(), random.clone());
    let request = CreateToken {
        app: APP.parse().expect("the app's name is a name"),
        name: "operator".to_owned(),
        description: format!("Made by {}", command_of(&cause)),
        scopes: every_management_scope(),
        restrictions: Default::default(),
        limits: Default::default(),
        labels: Default::default(),
        not_before: None,
        expires_at: lifetime.map(|lifetime| Expiry::At(clock.now().plus(lifetime))),
    };
    tokens.create(cause, team, request, &every_management_scope()).await
}

fn command_of(cause: &Cause) -> &str {
    match &cause.actor {
        keyward_model::audit::Actor::Machine { command } => command,
        _ => "Keyward",
    }
}

impl From<CreateError> for Failure {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::Fields(errors) => Failure::usage("the token cannot be made").with_fields(&errors),
            CreateError::Store(error) => error.into(),
            other => Failure::failed(other.to_string()),
        }
    }
}
