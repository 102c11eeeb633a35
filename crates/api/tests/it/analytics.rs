//! Charts: what they add up, what they do not know, and what cannot be asked.

use std::time::Duration;

use keyward_model::{Clock, Timestamp};
use serde_json::{Value, json};

use crate::calls::refused;
use crate::support::{START, World};

fn calls(points: &Value) -> Vec<Option<u64>> {
    points.as_array().unwrap().iter().map(|point| point["calls"].as_u64()).collect()
}

/// Two calls at once, nothing for a minute, then a refused one; and one of another team.
async fn busy() -> (World, String) {
    let world = World::new().await;
    for client in [&world.alice, &world.alice, &world.bob] {
        world.recorder.push(&(&world.call(client)).into());
    }
    world.clock.advance(Duration::from_secs(120));
    world.recorder.push(&(&refused(world.call(&world.alice))).into());
    let (from, to) = (Timestamp::from_millis(START - 60_000), world.clock.now());
    (world, format!("from={from}&to={to}"))
}

#[tokio::test]
async fn a_chart_tells_unknown_from_zero_and_what_is_not_over() {
    let (world, range) = busy().await;
    let chart = world.alice.get(&format!("/api/v1/teams/alpha/analytics?{range}&step=1m&compare=previous")).await;
    let chart = chart.expect(200);
    let states: Vec<&str> =
        chart["buckets"].as_array().unwrap().iter().map(|bucket| bucket["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["unknown", "incomplete", "complete", "incomplete"]);
    let series = &chart["series"][0];
    assert_eq!(calls(&series["points"]), [None, Some(2), Some(0), Some(1)]);
    assert_eq!((&series["total"]["calls"], &series["total"]["refusals"]), (&json!(3), &json!(1)));
    assert_eq!(series["previous"], json!({"total": null, "points": [null, null, null, null]}));
    assert_eq!(chart["previous"]["buckets"][3]["state"], "unknown");
    assert_eq!(
        (&chart["step"], &chart["zone"], &chart["countries_known"]),
        (&json!("1m"), &json!("UTC"), &json!(false))
    );

    let whole = world.alice.get("/api/v1/teams/alpha/analytics").await.expect(200);
    assert_eq!((&whole["step"], &whole["series"][0]["total"]["calls"]), (&json!("5m"), &json!(3)));
}

#[tokio::test]
async fn charts_are_grouped_filtered_and_named() {
    let (world, range) = busy().await;
    let chart = async |query: &str| {
        world.alice.get(&format!("/api/v1/teams/alpha/analytics?{range}&{query}")).await.expect(200)
    };
    let grouped = chart("group_by=token,code").await;
    let keys: Vec<&Value> = grouped["series"].as_array().unwrap().iter().map(|series| &series["key"]).collect();
    let id = world.alice.id();
    assert_eq!(keys, [&json!([id, null]), &json!([id, "scope_missing"])]);
    assert_eq!(grouped["names"][&id], "test");
    assert_eq!(chart("group_by=app").await["names"].as_object().unwrap().values().next().unwrap(), "admins");
    for (filter, expected) in [
        ("allowed=true", 2),
        ("allowed=false", 1),
        ("code=scope_missing", 1),
        ("status=2xx", 2),
        ("app=admins&api=orders.v1&route=list&method=GET", 3),
        ("country=NO", 0),
    ] {
        assert_eq!(chart(filter).await["series"][0]["total"]["calls"], expected, "{filter}");
    }
    let top = chart("group_by=status_class&top=1").await;
    assert_eq!((&top["series"][0]["key"], &top["series"][1]["other"]), (&json!(["2xx"]), &json!(true)));

    let all = world.operator.get(&format!("/api/v1/analytics?{range}&group_by=team")).await.expect(200);
    let names: Vec<&Value> = all["series"]
        .as_array()
        .unwrap()
        .iter()
        .map(|series| &all["names"][series["key"][0].as_str().unwrap()])
        .collect();
    assert_eq!(names, ["alpha", "beta"]);
    let foreign = world.bob.get(&format!("/api/v1/teams/beta/analytics?{range}&token={id}")).await.expect(200);
    assert_eq!(foreign["series"][0]["total"]["calls"], 0, "another team's token has no calls here");
}

#[tokio::test]
async fn days_are_those_of_the_zone_that_is_asked_for() {
    let world = World::new().await;
    // It is Sunday, 17 March 2030, in all of these zones.
    world.recorder.push(&(&world.call(&world.alice)).into());
    world.clock.advance(Duration::from_secs(60));
    let chart = async |query: &str| {
        let query = format!("from=2030-03-16T23:30:00Z&to=2030-03-17T18:00:00Z&compare=previous&{query}");
        world.alice.get(&format!("/api/v1/teams/alpha/analytics?{query}")).await.expect(200)
    };
    let berlin = chart("step=1d&zone=Europe/Berlin").await;
    assert_eq!((&berlin["step"], &berlin["zone"]), (&json!("1d"), &json!("Europe/Berlin")));
    let ends = |chart: &Value| [&chart["from"], &chart["to"]].map(|at| at.as_str().unwrap().replace(":00.000Z", ""));
    assert_eq!(ends(&berlin), ["2030-03-16T23:00", "2030-03-17T23:00"]);
    assert_eq!(calls(&berlin["series"][0]["points"]), [Some(1)]);
    assert_eq!(berlin["buckets"][0]["state"], "incomplete");
    assert_eq!(ends(&berlin["previous"]), ["2030-03-15T23:00", "2030-03-16T23:00"]);
    let months = chart("step=1mo&zone=Asia/Kathmandu").await;
    assert_eq!(ends(&months), ["2030-02-28T18:15", "2030-03-31T18:15"]);
    assert_eq!(ends(&months["previous"]), ["2030-01-31T18:15", "2030-02-28T18:15"]);
    assert_eq!(ends(&chart("step=1w").await), ["2030-03-11T00:00", "2030-03-18T00:00"]);
}

#[tokio::test]
async fn what_counts_cannot_answer_is_refused_by_name() {
    let world = World::new().await;
    for (query, field) in [
        ("path=/orders", "path"),
        ("address=127.0.0.1", "address"),
        ("target=x", "target"),
        ("protocol=http/2", "protocol"),
        ("slower_than_us=1", "slower_than_us"),
        ("faster_than_us=1", "faster_than_us"),
        ("step=10s", "step"),
        ("step=1y", "step"),
        ("step=0mo", "step"),
        ("step=11000d", "step"),
        ("zone=Mars/Phobos", "zone"),
        ("zone=+01:00", "zone"),
        ("zone=", "zone"),
        ("step=1d&from=9999-12-30T00:00:00Z&to=9999-12-30T21:00:00Z&compare=previous&zone=Europe/Berlin", "from"),
        ("step=1m&from=2029-01-01T00:00:00Z", "step"),
        ("group_by=planet", "group_by"),
        ("group_by=app,token,route", "group_by"),
        ("top=0", "top"),
        ("top=101", "top"),
        ("compare=tomorrow", "compare"),
        ("from=2031-01-01T00:00:00Z&to=2030-01-01T00:00:00Z", "to"),
        ("limit=3", "limit"),
    ] {
        let answer = world.alice.get(&format!("/api/v1/teams/alpha/analytics?{query}")).await;
        assert_eq!(answer.fields(), [field], "{query}");
    }
}
