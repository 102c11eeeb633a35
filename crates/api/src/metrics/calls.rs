//! Calls: how many, how they ended, how long they took.

use std::collections::HashMap;

use keyward_calls::histogram::middle;
use keyward_calls::{ApiTotals, CallTotals};
use keyward_model::team::TeamId;

use super::text::{Kind, Text};
use super::{PATIENCE, Reader};
use crate::ApiState;

/// Bounds of the histogram, in seconds, and the same in microseconds. A call is counted by the middle of its bucket in
/// the rollups, at most 3.2 % off.
const BOUNDS: [(&str, u32); 13] = [
    ("0.0005", 500),
    ("0.001", 1000),
    ("0.0025", 2500),
    ("0.005", 5000),
    ("0.01", 10_000),
    ("0.025", 25_000),
    ("0.05", 50_000),
    ("0.1", 100_000),
    ("0.25", 250_000),
    ("0.5", 500_000),
    ("1", 1_000_000),
    ("5", 5_000_000),
    ("30", 30_000_000),
];
/// Classes of statuses; the first is for callers that were gone before.
const CLASSES: [&str; 6] = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"];

/// Writes what `reader` may see.
pub(super) async fn write(state: &ApiState, reader: Reader, text: &mut Text) {
    let totals = state.calls.totals().await;
    let own = |team: &str| match reader {
        Reader::All => true,
        Reader::Team(id) => team == id.to_string(),
    };
    let names = names(state, &totals).await;
    let apis: Vec<(&str, &str, &ApiTotals)> = totals
        .apis
        .iter()
        .filter(|((team, _), _)| own(team))
        .map(|((team, api), totals)| (names.get(team).map_or(team.as_str(), String::as_str), api.as_str(), totals))
        .collect();

    text.family("keyward_calls_total", Kind::Counter, "Calls that are over, by the class of their status.");
    for (team, api, totals) in &apis {
        for (class, calls) in CLASSES.iter().zip(totals.statuses).filter(|(_, calls)| *calls > 0) {
            text.sample("keyward_calls_total", &[("team", team), ("api", api), ("status", class)], number(calls));
        }
    }
    let name = "keyward_route_calls_total";
    text.family(name, Kind::Counter, "Calls that are over, by route and the class of their status.");
    for (team, api, totals) in &apis {
        // Those that reached no route are in the count of their api alone.
        for (route, statuses) in totals.routes.iter().filter(|(route, _)| !route.is_empty()) {
            for (class, calls) in CLASSES.iter().zip(statuses).filter(|(_, calls)| **calls > 0) {
                let labels = [("team", *team), ("api", *api), ("route", route.as_str()), ("status", *class)];
                text.sample(name, &labels, number(*calls));
            }
        }
    }
    text.family("keyward_refusals_total", Kind::Counter, "Calls that were refused or failed, by code.");
    for (team, api, totals) in &apis {
        for (code, calls) in &totals.codes {
            text.sample("keyward_refusals_total", &[("team", team), ("api", api), ("code", code)], number(*calls));
        }
    }
    let duration = "keyward_call_duration_seconds";
    text.family(duration, Kind::Histogram, "From the head of a call to the end of its answer; at most 3.2 % off.");
    for (team, api, totals) in &apis {
        let upto = BOUNDS.map(|(bound, micros)| {
            let within = totals.took.buckets().filter(|(bucket, _)| middle(*bucket) <= micros);
            (bound, number(within.map(|(_, calls)| calls).sum()))
        });
        let sum: f64 = totals.took.buckets().map(|(bucket, calls)| f64::from(middle(bucket)) * number(calls)).sum();
        text.histogram(duration, &[("team", team), ("api", api)], &upto, number(totals.took.calls()), sum / 1e6);
    }
    for (name, help, of) in [
        (
            "keyward_call_request_bytes_total",
            "Bytes of the bodies of calls.",
            (|api| api.bytes_in) as fn(&ApiTotals) -> u64,
        ),
        ("keyward_call_response_bytes_total", "Bytes of the bodies of answers.", |api| api.bytes_out),
    ] {
        text.family(name, Kind::Counter, help);
        for (team, api, totals) in &apis {
            text.sample(name, &[("team", team), ("api", api)], number(of(totals)));
        }
    }
}

/// The names of teams. One that is not known now, for the store does not answer or the team is gone, goes by its id.
async fn names(state: &ApiState, totals: &CallTotals) -> HashMap<String, String> {
    let mut names = HashMap::new();
    for (team, _) in totals.apis.keys() {
        let Ok(id) = team.parse::<TeamId>() else { continue };
        if names.contains_key(team) {
            continue;
        }
        match tokio::time::timeout(PATIENCE, state.store.team_by_id(id)).await {
            Ok(Ok(Some(found))) => drop(names.insert(team.clone(), found.name.to_string())),
            Ok(Ok(None)) => {}
            // One wait is enough.
            _ => break,
        }
    }
    names
}

/// Counts as samples are: exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "samples are floating-point numbers")]
pub(super) fn number(count: u64) -> f64 {
    count as f64
}
