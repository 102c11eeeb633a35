//! The filters of the list of tokens.

use keyward_http::Refusal;
use keyward_http::paging::page_request;
use keyward_model::app::{AppId, AppSpec};
use keyward_model::team::Team;
use keyward_model::token::TokenStatus;
use keyward_model::{Name, Timestamp};
use keyward_store::{PageRequest, TokenFilter};
use serde::Deserialize;

use crate::ApiState;

/// Which tokens.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TokenParams {
    /// Of this app: its name or id.
    app: Option<String>,
    /// Of this status.
    status: Option<TokenStatus>,
    /// With this label, as `key=value`.
    label: Option<String>,
    /// With this text in name, description or id.
    q: Option<String>,
    /// That may call this api, by the name that its versions share.
    api: Option<Name>,
    /// That expire before this moment.
    expires_before: Option<Timestamp>,
    /// That were not used since this moment.
    unused_since: Option<Timestamp>,
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many, 1 to 500; 50 when absent.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

impl TokenParams {
    /// As the store takes it.
    pub(crate) async fn resolve(self, state: &ApiState, team: &Team) -> Result<(TokenFilter, PageRequest), Refusal> {
        let label = match self.label.as_deref().map(|label| label.split_once('=')) {
            None => None,
            Some(Some((key, value))) => Some((key.to_owned(), value.to_owned())),
            Some(None) => return Err(Refusal::field("label", "has no `=`", "write it as key=value")),
        };
        let app = match &self.app {
            Some(app) => Some(find_app(state, team, app).await?),
            None => None,
        };
        let filter = TokenFilter {
            app,
            status: self.status,
            label,
            text: self.q,
            expires_before: self.expires_before,
            unused_since: self.unused_since,
            api: self.api,
        };
        Ok((filter, page_request(self.after, self.limit)?))
    }
}

/// The id of an app that a parameter names.
pub(crate) async fn find_app(state: &ApiState, team: &Team, wanted: &str) -> Result<AppId, Refusal> {
    if let Ok(id) = wanted.parse() {
        return Ok(id);
    }
    let found = state.store.resource::<AppSpec>(team.id, wanted).await?;
    found.map(|app| app.id).ok_or_else(|| {
        Refusal::field("app", format!("names `{wanted}`, and there is no such app"), "give the name or id of an app")
    })
}
