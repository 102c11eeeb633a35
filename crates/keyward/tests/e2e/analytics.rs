//! What calls add up to: charts, exports, tails and the use of tokens, from real calls to real readers.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::eventually;
use crate::support::keyward::{Setup, words};
use crate::support::mmdb::database;
use crate::support::peers::read_exports;
use crate::support::world::{World, issued};

const PATH: &str = "/echo/v1/echo";

/// A world that knows where 10.0.0.0/8 is, and believes this machine about who calls.
fn located(folder: &std::path::Path) -> World {
    let file = folder.join("country.mmdb");
    std::fs::write(&file, database("NO", 64_500)).expect("a database of addresses");
    let env = [
        ("KEYWARD_CALLS_GEO", file.to_str().expect("text")),
        ("KEYWARD_CALLS_RETENTION_BYTES", "100000000"),
        ("KEYWARD_GATEWAY_TRUSTED_PROXIES", "127.0.0.1"),
    ];
    let env = env.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    World::with(Setup { env, ..Setup::default() })
}

fn cli(world: &World, args: &[&str]) -> Value {
    let args: Vec<&str> = ["--team", "acme", "--output", "json"].iter().chain(args).copied().collect();
    serde_json::from_str(&world.keyward.cli(&args)).expect("JSON")
}

/// Sends five calls that succeed, two that are refused and one that fails behind.
fn send(world: &World, token: &str) {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("x-forwarded-for", "10.1.2.3")];
    for _ in 0..5 {
        assert_eq!(world.send("GET", PATH, &headers).status, 200);
    }
    for _ in 0..2 {
        assert_eq!(world.send("POST", PATH, &headers).code(), "scope_missing");
    }
    assert_eq!(world.get("/echo/v1/status/500", token).status, 500);
}

#[test]
fn charts_and_exports_add_up_to_what_was_sent() {
    let folder = tempfile::tempdir().expect("a directory");
    let world = located(folder.path());
    let (id, token) = world.token(json!({ "name": "till" }));
    send(&world, &token);
    eventually("all calls are recorded", || {
        cli(&world, &["analytics"])["series"][0]["total"]["calls"].as_u64() == Some(8)
    });

    let chart = cli(&world, &["analytics", "--compare", "--step", "1h"]);
    let total = &chart["series"][0]["total"];
    assert_eq!([&total["calls"], &total["refusals"], &total["errors"]], [8, 2, 1], "{total:#}");
    assert!(total["p99_us"].as_u64() >= total["p50_us"].as_u64() && total["p50_us"].as_u64() > Some(0));
    assert_eq!(chart["series"][0]["previous"]["total"], Value::Null, "nothing was recorded before: not zero");
    let mut states = chart["buckets"].as_array().expect("buckets").iter().map(|bucket| bucket["state"].as_str());
    assert_eq!(states.next_back(), Some(Some("incomplete")), "this hour is not over");

    let by = |dimension: &str| {
        let chart = cli(&world, &["analytics", "--by", dimension]);
        let series = chart["series"].as_array().expect("series").clone();
        let pair = |series: &Value| (series["key"][0].as_str().map(str::to_owned), series["total"]["calls"].as_u64());
        series.iter().map(pair).collect::<Vec<_>>()
    };
    assert_eq!(by("code"), [(None, Some(6)), (Some("scope_missing".to_owned()), Some(2))]);
    assert_eq!(by("country"), [(Some("NO".to_owned()), Some(7)), (None, Some(1))]);
    assert_eq!(by("token"), [(Some(id.clone()), Some(8))]);
    let table = world.keyward.cli(&["--team", "acme", "analytics", "--by", "token,status_class", "--top", "1"]);
    assert!(table.contains(&format!("till ({id}) / 2xx")) && table.contains("all others"), "{table}");

    let listed = cli(&world, &["calls", "list", "--address", "10.0.0.0/8", "--country", "NO", "--refused"]);
    assert_eq!(listed.as_array().expect("calls").len(), 2);

    let (csv, parquet) = (folder.path().join("calls.csv"), folder.path().join("calls.parquet"));
    for (form, file) in [("csv", &csv), ("parquet", &parquet)] {
        let file = file.to_str().expect("text");
        world.keyward.cli(&["--team", "acme", "calls", "export", "--form", form, "--file", file]);
    }
    let read = read_exports(&csv, &parquet);
    let rows = read["csv"].as_array().expect("rows");
    assert_eq!(rows.len(), 8, "{read:#}");
    let count = |column: &str, value: &str| rows.iter().filter(|row| row[column] == value).count();
    assert_eq!((count("code", "scope_missing"), count("country", "NO"), count("asn", "64500")), (2, 7, 7));
    assert_eq!(read["by_status"], json!([[200, 5], [403, 2], [500, 1]]));
    let moments = &read["moments"][0];
    assert!(moments[0].as_str().is_some_and(|kind| kind.starts_with("TIMESTAMP")) && moments[1] == true, "{moments}");
    assert!(!std::fs::read_to_string(&csv).expect("text").contains(&token), "the token is in the export");
}

#[test]
fn the_status_and_the_doctor_say_what_is_kept_and_where_addresses_are_looked_up() {
    let folder = tempfile::tempdir().expect("a directory");
    let world = located(folder.path());
    let (_, token) = world.token(json!({}));
    send(&world, &token);
    eventually("all calls are written", || cli(&world, &["calls", "status"])["files"]["calls"].as_u64() >= Some(8));
    let status = cli(&world, &["calls", "status"]);
    assert_eq!((&status["dropped"], &status["geo"]["known"]), (&json!(0), &json!(true)));
    assert_eq!(status["geo"]["databases"][0]["kind"], "Test-Country");
    let doctor = world.keyward.cli(&["doctor", "--quick"]);
    assert!(doctor.contains("Test-Country") && doctor.contains("of at most 100.0 MB"), "{doctor}");

    let without = World::new();
    let status = cli(&without, &["calls", "status"]);
    assert_eq!(status["geo"], json!({ "known": false, "databases": [] }));
    let doctor = without.keyward.cli(&["doctor", "--quick"]);
    assert!(doctor.contains("countries are unknown"), "{doctor}");
}

#[test]
fn a_tail_shows_what_was_asked_for_and_nothing_else() {
    let world = World::new();
    let (_, token) = world.token(json!({}));
    let mut tail = world.keyward.command(&[
        "--team",
        "acme",
        "--output",
        "json",
        "calls",
        "tail",
        "--refused",
        "--method",
        "POST",
        "--count",
        "2",
    ]);
    let mut child = tail.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let bearer = format!("Bearer {token}");
    eventually("two calls were seen", || {
        assert_eq!(world.get(PATH, &token).status, 200);
        assert_eq!(world.send("POST", PATH, &[("authorization", &bearer)]).code(), "scope_missing");
        child.try_wait().expect("its state").is_some()
    });
    let output = child.wait_with_output().expect("it ended");
    assert!(output.status.success(), "{}", words(&output));
    let lines: Vec<Value> =
        output.stdout.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    assert_eq!(lines.len(), 2, "{}", words(&output));
    for call in lines {
        assert_eq!((&call["method"], &call["code"]), (&json!("POST"), &json!("scope_missing")));
    }
}

#[test]
fn during_a_rotation_usage_says_who_uses_which_key_and_what_could_be_taken() {
    let world = World::new();
    let (old_id, old) = world.token(json!({ "scopes": ["echo:read", "echo:write"] }));
    assert_eq!(world.get(PATH, &old).status, 200);
    let answer = world.post(&format!("/tokens/{old_id}/rotate"), json!({ "overlap_seconds": 3600 }));
    let (new_id, new) = issued(&answer);
    for _ in 0..3 {
        assert_eq!(world.get(PATH, &new).status, 200);
    }
    assert_eq!(world.get(PATH, &old).status, 200);
    let usage = || cli(&world, &["token", "usage", &old_id]);
    eventually("all uses are counted", || usage()["calls"] == 2 && usage()["successor"]["calls"] == 3);
    let usage = usage();
    assert_eq!(usage["successor"]["token"], json!(new_id));
    assert_eq!((&usage["distinct_addresses"], &usage["addresses"][0]["address"]), (&json!(1), &json!("127.0.0.1")));
    assert_eq!(usage["narrowing"]["unused_scopes"], json!(["echo:write"]));
    assert_eq!(usage["narrowing"]["scopes"], json!(["echo:read"]));
    let told = world.keyward.cli(&["--team", "acme", "token", "usage", &new_id]);
    assert!(told.contains(&format!("predecessor      {old_id}: 2 calls")), "{told}");
    assert!(told.contains("echo:write: unused"), "{told}");
}
