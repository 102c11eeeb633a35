//! The filters of calls: the same for the list, the tail, the export and charts.

use keyward_calls::AnalyticsFilter;
use keyward_http::Refusal;
use keyward_http::paging::page_request;
use keyward_model::call::{CallRecord, Country, Protocol};
use keyward_model::cidr::Cidr;
use keyward_model::team::Team;
use keyward_model::token::TokenId;
use keyward_model::{Code, Name, Timestamp};
use keyward_store::{CallFilter, PageRequest};
use serde::Deserialize;

use crate::ApiState;
use crate::tokens::filter::find_app;

/// Query parameters that say which calls, and others beside them.
macro_rules! call_params {
    ($(#[$of_type:meta])* $name:ident { $($(#[$of_field:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$of_type])*
        #[derive(Clone, Debug, Default, serde::Deserialize, utoipa::IntoParams)]
        #[serde(default, deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub(crate) struct $name {
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
            /// From this address, or one of this range: `192.0.2.7`, `192.0.2.0/24`.
            address: Option<Cidr>,
            /// From this country, by its two capital letters. Without a database of addresses none is known.
            country: Option<Country>,
            /// That went to this target.
            target: Option<String>,
            /// That spoke this: `http/1.1`, `http/2`.
            protocol: Option<Protocol>,
            /// That took at least so many microseconds in all.
            slower_than_us: Option<u32>,
            /// That took at most so many microseconds in all.
            faster_than_us: Option<u32>,
            /// At or after this moment.
            from: Option<Timestamp>,
            /// Before this moment.
            to: Option<Timestamp>,
            $($(#[$of_field])* $field: $type,)*
        }

        impl $name {
            /// As the store takes it; without a team only where no app is named.
            async fn filter(&self, state: &ApiState, team: Option<&Team>) -> Result<CallFilter, Refusal> {
                Ok(CallFilter {
                    token: self.token,
                    app: app(state, team, self.app.as_deref()).await?,
                    api: self.api.clone(),
                    route: self.route.clone(),
                    status_class: self.status.as_deref().map(status_class).transpose()?,
                    code: self.code,
                    allowed: self.allowed,
                    method: self.method.clone(),
                    path_prefix: self.path.clone(),
                    address: self.address,
                    country: self.country,
                    target: self.target.clone(),
                    protocol: self.protocol,
                    slower_than_us: self.slower_than_us,
                    faster_than_us: self.faster_than_us,
                    from: self.from,
                    to: self.to,
                })
            }
        }
    };
}

call_params! {
    /// Which calls, and which page of them.
    CallParams {
        /// The `next` of the page before.
        after: Option<String>,
        /// At most so many, 1 to 500; 50 when absent.
        #[param(minimum = 1, maximum = 500)]
        limit: Option<u32>,
    }
}

call_params! {
    /// Which calls.
    TailParams {}
}

call_params! {
    /// Which calls.
    AddressParams {}
}

call_params! {
    /// Which calls, and in which form.
    ExportParams {
        /// The form: CSV when absent.
        #[param(inline)]
        format: Format,
    }
}

call_params! {
    /// Which calls count, and how they are shown.
    ChartParams {
        /// Time between two points: `5m`, `1h`, `1d`, `1w`, `1mo`, in whole minutes, hours, days from midnight, weeks from
        /// Monday, or months, ten years at most; as fits the range when absent.
        step: Option<String>,
        /// The zone by whose clock and calendar points begin, by its name in the IANA database: `Europe/Berlin`; UTC when
        /// absent.
        zone: Option<String>,
        /// One series for each value of these, separated by commas, two at most: `team`, `app`, `token`, `api`, `route`,
        /// `country`, `code`, `status_class`, `method`.
        group_by: Option<String>,
        /// So many series at most, the largest, 1 to 100; 10 when absent. All others are added up in one more.
        #[param(minimum = 1, maximum = 100)]
        top: Option<u32>,
        /// Whether the range before is told as well.
        #[param(inline)]
        compare: Option<Compare>,
    }
}

/// The form of an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    /// Comma-separated, with a head line (RFC 4180). A cell that a spreadsheet would take for a formula begins with an
    /// apostrophe.
    #[default]
    Csv,
    /// A Parquet file.
    Parquet,
}

/// What a chart is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Compare {
    /// The range before: as many days, weeks or months of the calendar where the range is whole ones, and otherwise as
    /// many steps.
    Previous,
}

impl CallParams {
    /// As the store takes it.
    pub(crate) async fn resolve(
        self,
        state: &ApiState,
        team: Option<&Team>,
    ) -> Result<(CallFilter, PageRequest), Refusal> {
        let filter = self.filter(state, team).await?;
        Ok((filter, page_request(self.after, self.limit)?))
    }
}

impl TailParams {
    /// As the store takes it.
    pub(crate) async fn resolve(self, state: &ApiState, team: Option<&Team>) -> Result<CallFilter, Refusal> {
        self.filter(state, team).await
    }
}

impl AddressParams {
    /// As the store takes it.
    pub(crate) async fn resolve(self, state: &ApiState, team: Option<&Team>) -> Result<CallFilter, Refusal> {
        self.filter(state, team).await
    }
}

impl ExportParams {
    /// As the store takes it, and the form.
    pub(crate) async fn resolve(self, state: &ApiState, team: Option<&Team>) -> Result<(CallFilter, Format), Refusal> {
        Ok((self.filter(state, team).await?, self.format))
    }
}

impl ChartParams {
    /// What counts can answer; a filter that only records can is refused by name.
    pub(crate) async fn resolve(self, state: &ApiState, team: Option<&Team>) -> Result<ChartWish, Refusal> {
        let filter = self.filter(state, team).await?;
        let of_records = [
            ("path", filter.path_prefix.is_some()),
            ("address", filter.address.is_some()),
            ("target", filter.target.is_some()),
            ("protocol", filter.protocol.is_some()),
            ("slower_than_us", filter.slower_than_us.is_some()),
            ("faster_than_us", filter.faster_than_us.is_some()),
        ];
        if let Some((field, _)) = of_records.into_iter().find(|(_, given)| *given) {
            let problem = "is not kept with the counts that charts are made of";
            return Err(Refusal::field(field, problem, "leave it out, or list or export the calls themselves with it"));
        }
        let (from, to) = (filter.from, filter.to);
        let filter = AnalyticsFilter {
            token: filter.token,
            app: filter.app,
            api: filter.api,
            route: filter.route,
            country: filter.country,
            code: filter.code,
            status_class: filter.status_class,
            allowed: filter.allowed,
            method: filter.method,
        };
        let compare = self.compare == Some(Compare::Previous);
        let (step, zone, group_by, top) = (self.step, self.zone, self.group_by, self.top);
        Ok(ChartWish { filter, from, to, step, zone, group_by, top, compare })
    }
}

/// What is asked of a chart, as far as it was said.
pub(crate) struct ChartWish {
    pub(crate) filter: AnalyticsFilter,
    pub(crate) from: Option<Timestamp>,
    pub(crate) to: Option<Timestamp>,
    pub(crate) step: Option<String>,
    pub(crate) zone: Option<String>,
    pub(crate) group_by: Option<String>,
    pub(crate) top: Option<u32>,
    pub(crate) compare: bool,
}

async fn app(
    state: &ApiState,
    team: Option<&Team>,
    wanted: Option<&str>,
) -> Result<Option<keyward_model::app::AppId>, Refusal> {
    match (wanted, team) {
        (None, _) => Ok(None),
        (Some(app), Some(team)) => find_app(state, team, app).await.map(Some),
        (Some(app), None) => app.parse().map(Some).map_err(|_| {
            Refusal::field("app", "is a name, and names are unique only within a team", "give the id of the app")
        }),
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
    let refused = record.code.is_some_and(Code::is_refusal);
    let took = record.timing.total_us;
    wanted(filter.token.as_ref(), record.token.as_ref())
        && wanted(filter.app.as_ref(), record.app.as_ref())
        && wanted(filter.api.as_ref(), record.api_name.as_ref())
        && wanted(filter.route.as_ref(), record.route.as_ref())
        && wanted(filter.code.as_ref(), record.code.as_ref())
        && wanted(filter.method.as_ref(), Some(&record.method))
        && wanted(filter.country.as_ref(), record.country.as_ref())
        && wanted(filter.target.as_ref(), record.target.as_ref())
        && wanted(filter.protocol.as_ref(), Some(&record.protocol))
        && filter.address.is_none_or(|range| range.contains(record.address))
        && filter.slower_than_us.is_none_or(|least| took >= least)
        && filter.faster_than_us.is_none_or(|most| took <= most)
        && filter.status_class.is_none_or(|class| u16::from(class) == record.status / 100)
        && filter.allowed.is_none_or(|allowed| allowed != refused)
        && filter.path_prefix.as_ref().is_none_or(|prefix| record.path.starts_with(prefix))
        && filter.from.is_none_or(|from| record.at >= from)
        && filter.to.is_none_or(|to| record.at < to)
}
