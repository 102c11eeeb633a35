//! The filters of the list and the tail of calls.

use std::net::IpAddr;

use keyward_http::Refusal;
use keyward_http::paging::page_request;
use keyward_model::call::CallRecord;
use keyward_model::team::Team;
use keyward_model::token::TokenId;
use keyward_model::{Code, Name, Timestamp};
use keyward_store::{CallFilter, PageRequest};
use serde::Deserialize;

use crate::ApiState;
use crate::tokens::filter::find_app;

/// Which calls.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallParams {
    /// With this token.
    token: Option<TokenId>,
    /// Of this app: its name or id.
    app: Option<String>,
    /// To this api, by its name with the version.
    api: Option<Name>,
    /// To this route.
    route: Option<Name>,
    /// Answered with a status of this class: `2xx`, `4xx`, `5xx`.
    status: Option<String>,
    /// Refused or failed with this code.
    code: Option<Code>,
    /// Let through by the gateway, or not.
    allowed: Option<bool>,
    /// With this method.
    method: Option<String>,
    /// To paths that begin so.
    path: Option<String>,
    /// From this address.
    #[param(value_type = Option<String>)]
    address: Option<IpAddr>,
    /// At or after this moment.
    from: Option<Timestamp>,
    /// Before this moment.
    to: Option<Timestamp>,
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many, 1 to 500; 50 when absent.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

impl CallParams {
    /// As the store takes it; without a team only where no app is named.
    pub(crate) async fn resolve(
        self,
        state: &ApiState,
        team: Option<&Team>,
    ) -> Result<(CallFilter, PageRequest), Refusal> {
        let app = match (&self.app, team) {
            (Some(app), Some(team)) => Some(find_app(state, team, app).await?),
            (Some(app), None) => Some(app.parse().map_err(|_| {
                Refusal::field("app", "is a name, and names are unique only within a team", "give the id of the app")
            })?),
            (None, _) => None,
        };
        let filter = CallFilter {
            token: self.token,
            app,
            api: self.api,
            route: self.route,
            status_class: self.status.as_deref().map(status_class).transpose()?,
            code: self.code,
            allowed: self.allowed,
            method: self.method,
            path_prefix: self.path,
            address: self.address,
            from: self.from,
            to: self.to,
            ..CallFilter::default()
        };
        Ok((filter, page_request(self.after, self.limit)?))
    }
}

fn status_class(text: &str) -> Result<u8, Refusal> {
    let class = text.strip_suffix("xx").unwrap_or(text);
    match class.parse() {
        Ok(class @ 1..=5) => Ok(class),
        _ => Err(Refusal::field("status", "is no class of statuses", "use 2xx, 3xx, 4xx or 5xx")),
    }
}

/// Whether a record that has just been made passes the filter.
pub(crate) fn admits(filter: &CallFilter, record: &CallRecord) -> bool {
    fn wanted<T: PartialEq>(wanted: Option<&T>, is: Option<&T>) -> bool {
        wanted.is_none() || wanted == is
    }
    let refused = record.code.is_some();
    wanted(filter.token.as_ref(), record.token.as_ref())
        && wanted(filter.app.as_ref(), record.app.as_ref())
        && wanted(filter.api.as_ref(), record.api_name.as_ref())
        && wanted(filter.route.as_ref(), record.route.as_ref())
        && wanted(filter.code.as_ref(), record.code.as_ref())
        && wanted(filter.method.as_ref(), Some(&record.method))
        && wanted(filter.address.as_ref(), Some(&record.address))
        && filter.status_class.is_none_or(|class| u16::from(class) == record.status / 100)
        && filter.allowed.is_none_or(|allowed| allowed != refused)
        && filter.path_prefix.as_ref().is_none_or(|prefix| record.path.starts_with(prefix))
        && filter.from.is_none_or(|from| record.at >= from)
        && filter.to.is_none_or(|to| record.at < to)
}
