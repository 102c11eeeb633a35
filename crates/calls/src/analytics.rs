//! What a chart is asked for, and what it answers. The same in JSON.

use keyward_model::app::AppId;
use keyward_model::call::Country;
use keyward_model::time_window::Zone;
use keyward_model::token::TokenId;
use keyward_model::{Code, Name, Timestamp};
use keyward_store::StoreError;
use serde::{Deserialize, Serialize};

use crate::schema::rollup;
use crate::step::Step;

/// What is asked of the rollups.
#[derive(Clone, Debug)]
pub struct AnalyticsQuery {
    /// From this moment; cut down to a whole step.
    pub from: Timestamp,
    /// To before this moment; filled up to a whole step.
    pub to: Timestamp,
    /// Time between two points.
    pub step: Step,
    /// By whose clock and calendar. Where its hours are those of UTC, steps of hours and more are faster.
    pub zone: Zone,
    /// One series for each value; up to two. Without any there is one series.
    pub group_by: Vec<Dimension>,
    /// Which calls count; all that is given must fit.
    pub filter: AnalyticsFilter,
    /// So many series at most, the largest; all others are added up in one more.
    pub top: usize,
    /// Whether the range before is told as well: as many days, weeks or months of the calendar, or as many steps.
    pub compare_with_previous: bool,
}

/// Which calls a chart counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnalyticsFilter {
    /// With this token.
    pub token: Option<TokenId>,
    /// Of this app.
    pub app: Option<AppId>,
    /// To this api, by its name with the version.
    pub api: Option<Name>,
    /// To this route.
    pub route: Option<Name>,
    /// From this country.
    pub country: Option<Country>,
    /// Refused or failed with this code.
    pub code: Option<Code>,
    /// Answered with a status of this hundred.
    pub status_class: Option<u8>,
    /// Let through by the gateway, or not.
    pub allowed: Option<bool>,
    /// With this method.
    pub method: Option<String>,
}

/// What calls can be grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// The team. Of use only to whoever sees all.
    Team,
    /// The app.
    App,
    /// The token.
    Token,
    /// The api, by its name with the version.
    Api,
    /// The route.
    Route,
    /// The country.
    Country,
    /// The code of a refusal or failure.
    Code,
    /// The hundred of the status: `2xx`.
    StatusClass,
    /// The method.
    Method,
}

impl Dimension {
    pub(crate) fn column(self) -> usize {
        match self {
            Self::Team => rollup::TEAM,
            Self::App => rollup::APP,
            Self::Token => rollup::TOKEN,
            Self::Api => rollup::API,
            Self::Route => rollup::ROUTE,
            Self::Country => rollup::COUNTRY,
            Self::Code => rollup::CODE,
            Self::StatusClass => rollup::STATUS,
            Self::Method => rollup::METHOD,
        }
    }
}

/// What a chart shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Analytics {
    /// The beginning of the first point.
    pub from: Timestamp,
    /// The end of the last point.
    pub to: Timestamp,
    /// Time between two points.
    #[schema(value_type = String, examples("5m", "1h", "1d", "1w", "1mo"))]
    pub step: Step,
    /// The zone by whose clock and calendar points begin.
    pub zone: Zone,
    /// What the series are grouped by.
    pub group_by: Vec<Dimension>,
    /// The points in time, and what can be said of them.
    pub buckets: Vec<Bucket>,
    /// The range before, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Before>,
    /// The series, the largest first; all others last.
    pub series: Vec<Series>,
}

/// The range before that of a chart: as many days, weeks or months of the calendar, or as many steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Before {
    /// The beginning of its first point.
    pub from: Timestamp,
    /// The end of its last point: where the chart begins.
    pub to: Timestamp,
    /// Its points in time, as many as the chart has. One without a counterpart in the chart, as the hour that a change of
    /// the clock leaves out or repeats, takes no time and is unknown.
    pub buckets: Vec<Bucket>,
}

/// A point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Bucket {
    /// When it begins.
    pub at: Timestamp,
    /// What can be said of it.
    pub state: BucketState,
}

/// What can be said of a point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BucketState {
    /// Calls were recorded all the time.
    Complete,
    /// It is not over yet, or calls were recorded for a part of it only.
    Incomplete,
    /// Calls were not recorded: before the first start, while Keyward was down, or in the future.
    Unknown,
}

/// One line of a chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Series {
    /// The value of each grouping; none where a call has none.
    pub key: Vec<Option<String>>,
    /// Whether this is all others.
    pub other: bool,
    /// Over the whole range.
    #[serde(flatten)]
    pub own: Line,
    /// Over the range before, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Line>,
}

/// What calls amount to over a range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Line {
    /// In all, as far as it is known; null where nothing is.
    #[schema(required)]
    pub total: Option<Figures>,
    /// For each bucket; null where nothing is known, which is not zero.
    pub points: Vec<Option<Figures>>,
}

/// How often calls came, by what they are alike in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// The beginning of the range, cut down to a whole step.
    pub from: Timestamp,
    /// The end of the range, filled up to a whole step.
    pub to: Timestamp,
    /// What can be said of the range as a whole.
    pub state: BucketState,
    /// For each combination of values that calls had, how many calls: the most frequent first.
    pub rows: Vec<(Vec<Option<String>>, u64)>,
}

/// What calls amount to. Times are percentiles in microseconds, at most 3.2 % off; none without calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Figures {
    /// Calls.
    pub calls: u64,
    /// Calls that the gateway turned away.
    pub refusals: u64,
    /// Calls let through that failed: answered with 500 or above, or not at all.
    pub errors: u64,
    /// Bytes of the requests' bodies.
    pub bytes_in: u64,
    /// Bytes of the answers' bodies.
    pub bytes_out: u64,
    /// Cost units.
    pub cost: u64,
    /// Half of the calls took at most so long in all.
    pub p50_us: Option<u32>,
    /// 95 of 100.
    pub p95_us: Option<u32>,
    /// 99 of 100.
    pub p99_us: Option<u32>,
    /// Half of the calls that reached a target waited at most so long for the first byte.
    pub first_byte_p50_us: Option<u32>,
    /// 95 of 100.
    pub first_byte_p95_us: Option<u32>,
    /// 99 of 100.
    pub first_byte_p99_us: Option<u32>,
}

/// Why there is no chart.
#[derive(Debug, thiserror::Error)]
pub enum AnalyticsError {
    /// Ask for a range within the calendar.
    #[error("the range, or the one before it, is beyond the calendar")]
    Calendar,
    /// Ask for a range that ends after it begins.
    #[error("the range ends before it begins")]
    Range,
    /// Ask for longer steps, or a shorter range.
    #[error("the range has more than {most} steps")]
    TooFine {
        /// Points that a chart may have.
        most: u64,
    },
    /// Ask for longer steps, a shorter range or fewer series.
    #[error("the chart has more than {most} values: its steps times its series")]
    TooLarge {
        /// Values that a chart may have.
        most: usize,
    },
    /// Ask for fewer groupings.
    #[error("calls are grouped by two dimensions at most")]
    Grouping,
    /// What was recorded cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}
