//! `keyward analytics`: what calls add up to.

use keyward_model::clock::SystemClock;
use keyward_model::time_window::Zone;
use keyward_model::{Clock, Timestamp};
use serde_json::{Value, json};

use crate::cli::Context;
use crate::client::Request;
use crate::command::calls::filter::Filter;
use crate::command::calls::of_team_or_all;
use crate::failure::Failure;
use crate::output::{Column, Format, moment, text_at};

/// Which calls to add up, and how.
#[derive(Debug, clap::Args)]
pub struct Analytics {
    /// Which. The last day unless `--from` and `--to` say otherwise.
    #[command(flatten)]
    pub filter: Filter,
    /// Time between two points: 5m, 1h, 1d, 1w, 1mo; as fits the range unless given.
    #[arg(long, value_name = "STEP")]
    pub step: Option<String>,
    /// The zone by whose clock and calendar points begin, such as Europe/Berlin; UTC unless given.
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// A row for each value of this instead of one for each point in time, two at most: team, app, token, api, route,
    /// country, code, status_class, method.
    #[arg(long, value_name = "DIMENSION", value_delimiter = ',')]
    pub by: Vec<String>,
    /// The largest so many, 1 to 100; all others together make one more.
    #[arg(long, value_name = "COUNT")]
    pub top: Option<u32>,
    /// Show the calls of the range before, too: as many days, weeks or months, or as many steps.
    #[arg(long)]
    pub compare: bool,
    /// Calls of every team. For operators.
    #[arg(long)]
    pub all_teams: bool,
}

const BY_TIME: &[Column] = &[
    Column::new("AT", |v| text_at(v, "/at")),
    Column::new("STATE", |v| text_at(v, "/state")),
    CALLS,
    BEFORE,
    REFUSED,
    ERRORS,
    P50,
    P95,
    P99,
];
const BY_SERIES: &[Column] =
    &[Column::new("SERIES", |v| text_at(v, "/name")), CALLS, BEFORE, REFUSED, ERRORS, P50, P95, P99];

const CALLS: Column = Column::new("CALLS", |v| count(v, "/now/calls"));
const BEFORE: Column = Column::new("BEFORE", |v| count(v, "/before/calls"));
const REFUSED: Column = Column::new("REFUSED", |v| count(v, "/now/refusals"));
const ERRORS: Column = Column::new("ERRORS", |v| count(v, "/now/errors"));
const P50: Column = Column::new("P50 MS", |v| milliseconds(v, "/now/p50_us"));
const P95: Column = Column::new("P95 MS", |v| milliseconds(v, "/now/p95_us"));
const P99: Column = Column::new("P99 MS", |v| milliseconds(v, "/now/p99_us"));

/// A number; `?` where it is unknown, which is not zero.
fn count(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_u64).map_or_else(|| "?".to_owned(), |count| count.to_string())
}

fn milliseconds(value: &Value, pointer: &str) -> String {
    let micros = value.pointer(pointer).and_then(Value::as_u64);
    micros.map_or_else(|| "-".to_owned(), |micros| format!("{}.{}", micros / 1000, micros % 1000 / 100))
}

impl Analytics {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let client = context.client()?;
        let team = if self.all_teams { None } else { Some(context.team(&client)?) };
        let request = Request::new("GET", &of_team_or_all(team.as_deref(), &["analytics"]));
        let request = self
            .filter
            .onto(request, SystemClock::new().now())
            .query("step", self.step.as_deref())
            .query("zone", self.zone.as_deref())
            .query("group_by", (!self.by.is_empty()).then(|| self.by.join(",")))
            .query("top", self.top)
            .query("compare", self.compare.then_some("previous"));
        let chart = client.send(request)?.body;
        if context.output.format != Format::Table {
            return Ok(context.output.value(&chart)?);
        }
        let columns = |all: &'static [Column]| -> Vec<&'static Column> {
            all.iter().filter(|column| self.compare || column.title != "BEFORE").collect()
        };
        let (columns, rows) = if self.by.is_empty() {
            (columns(BY_TIME), by_time(&chart))
        } else {
            (columns(BY_SERIES), by_series(&chart))
        };
        let columns: Vec<Column> = columns.into_iter().map(|column| Column::new(column.title, column.show)).collect();
        context.output.list(&columns, &rows)?;
        let by_country = self.by.iter().any(|by| by == "country") || self.filter.country.is_some();
        if by_country && chart.get("countries_known") == Some(&Value::Bool(false)) {
            context.output.note("no database of addresses is in use: the countries of new calls are unknown")?;
        }
        Ok(())
    }
}

/// A row for each point in time.
fn by_time(chart: &Value) -> Vec<Value> {
    let point = |line: &str, place: usize| {
        chart.pointer(&format!("/series/0{line}/points/{place}")).cloned().unwrap_or(Value::Null)
    };
    let buckets = chart.get("buckets").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let row = |(place, bucket): (usize, &Value)| json!({"at": begin(chart, bucket), "state": bucket["state"], "now": point("", place), "before": point("/previous", place)});
    buckets.iter().enumerate().map(row).collect()
}

/// When a point begins, by the clock of the chart's zone.
fn begin(chart: &Value, bucket: &Value) -> String {
    let zone = text_at(chart, "/zone").parse::<Zone>().ok().filter(|zone| *zone != Zone::utc());
    match (zone, text_at(bucket, "/at").parse::<Timestamp>()) {
        (Some(zone), Ok(at)) => at.to_jiff().to_zoned(zone.as_jiff().clone()).strftime("%F %H:%M%:z").to_string(),
        _ => moment(bucket, "/at"),
    }
}

/// A row for each series.
fn by_series(chart: &Value) -> Vec<Value> {
    let name = |id: &Value| match id.as_str() {
        Some(id) => match chart["names"].get(id).and_then(Value::as_str) {
            Some(name) => format!("{name} ({id})"),
            None => id.to_owned(),
        },
        None => "(none)".to_owned(),
    };
    let row = |series: &Value| {
        let key = series["key"].as_array().map_or(&[][..], Vec::as_slice);
        let words: Vec<String> = key.iter().map(name).collect();
        let name = if series["other"] == Value::Bool(true) { "all others".to_owned() } else { words.join(" / ") };
        json!({"name": name, "now": series["total"], "before": series["previous"]["total"]})
    };
    chart.get("series").and_then(Value::as_array).map_or(&[][..], Vec::as_slice).iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_is_not_zero_in_a_table() {
        let chart = json!({
            "buckets": [{"at": "2030-01-31T12:00:00.000Z", "state": "unknown"}, {"at": "2030-01-31T12:01:00.000Z", "state": "complete"}],
            "series": [{"key": [], "other": false, "points": [null, {"calls": 0, "p50_us": null}]}],
        });
        let rows = by_time(&chart);
        assert_eq!([count(&rows[0], "/now/calls"), count(&rows[1], "/now/calls")], ["?", "0"]);
        assert_eq!(milliseconds(&rows[1], "/now/p50_us"), "-");
    }

    #[test]
    fn points_begin_by_the_clock_of_the_zone() {
        let at = |zone: &str| {
            let bucket = json!({"at": "2026-03-28T23:00:00.000Z", "state": "complete"});
            by_time(&json!({"zone": zone, "buckets": [bucket]}))[0]["at"].as_str().map(str::to_owned)
        };
        assert_eq!(at("Europe/Berlin").as_deref(), Some("2026-03-29 00:00+01:00"));
        assert_eq!(at("UTC").as_deref(), Some("2026-03-28 23:00:00Z"));
    }

    #[test]
    fn ids_are_told_with_their_names() {
        let chart = json!({
            "names": {"4fTz0aB9cD3e": "till"},
            "series": [
                {"key": ["4fTz0aB9cD3e", null], "other": false, "total": {"calls": 3}},
                {"key": [], "other": true, "total": {"calls": 1}},
            ],
        });
        let rows = by_series(&chart);
        assert_eq!(rows[0]["name"], "till (4fTz0aB9cD3e) / (none)");
        assert_eq!(rows[1]["name"], "all others");
    }
}
