//! What is kept of a call, and what never is.

use keyward_model::check::{CheckName, Verdict};
use serde_json::json;

use crate::upstream::{Upstream, full};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn an_allowed_call_is_kept_with_what_it_was_and_what_it_took() {
    let world = World::new().await;
    let upstream = Upstream::answering(|_| http::Response::new(full("hello"))).await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    let request = format!(
        "POST /orders/v1/orders?page=2&q=secret HTTP/1.1\r\nHost: a\r\nX-API-Key: {}\r\nContent-Length: 3\r\n\r\nabc",
        token.secret.expose()
    );
    client.send(request).await;
    let answer = client.answer().await;
    let record = world.record(answer.request_id()).await;
    assert_eq!(
        (record.team, record.app, record.token),
        (Some(world.team), Some(token.token.app), Some(token.token.id))
    );
    assert_eq!(record.api_name.as_deref(), Some("orders.v1"));
    assert!(record.api.is_some());
    assert_eq!(record.route.as_deref(), Some("write"));
    assert_eq!((record.method.as_str(), record.path.as_str()), ("POST", "/orders/v1/orders?page=…&q=…"));
    assert_eq!((record.status, record.code, record.rule.as_deref()), (200, None, None));
    assert_eq!(record.address.to_string(), "127.0.0.1");
    assert_eq!(record.target.unwrap(), format!("http://{}", upstream.address()));
    assert_eq!((record.bytes_in, record.bytes_out, record.cost), (3, 5, 1));
    assert!(record.revision >= token.revision, "{} {}", record.revision, token.revision);
    assert!(record.checks.is_empty());
    let timing = record.timing;
    assert!(timing.decide_us > 0 && timing.first_byte_us > 0 && timing.connect_us > 0);
    assert!(timing.total_us >= timing.decide_us + timing.connect_us + timing.first_byte_us, "{timing:?}");
    let again = client.get("/orders/v1/any/x", token.secret.expose()).await;
    assert_eq!(world.record(again.request_id()).await.timing.connect_us, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_call_is_kept_with_every_check() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let reader = world.token_with(json!({ "scopes": ["orders:read"] })).await;
    let limits = json!({ "quotas": [{ "limit": 1, "period": "month" }] });
    let limited = world.token_with(json!({ "limits": limits })).await;
    let (_, unknown) = keyward_model::token::generate(&Default::default(), &keyward_vault::SystemRandom);
    let mut client = world.connect().await;
    client.get("/orders/v1/any/x", limited.secret.expose()).await;
    for (method, path, secret, check) in [
        ("GET", "/nothing", reader.secret.expose(), CheckName::Route),
        ("GET", "/orders/v1/any/x", "", CheckName::Presented),
        ("GET", "/orders/v1/any/x", "kw_nonsense", CheckName::WellFormed),
        ("GET", "/orders/v1/any/x", unknown.expose(), CheckName::Known),
        ("POST", "/orders/v1/orders", reader.secret.expose(), CheckName::Scope),
        ("GET", "/orders/v1/any/x", limited.secret.expose(), CheckName::Quota),
    ] {
        let headers = if secret.is_empty() { String::new() } else { format!("X-API-Key: {secret}\r\n") };
        let answer = client.call(method, path, &headers).await;
        let code = answer.problem().code;
        let record = world.record(answer.request_id()).await;
        assert_eq!(record.code, Some(code));
        assert!(record.rule.is_some());
        let names: Vec<CheckName> = record.checks.iter().map(|check| check.check).collect();
        assert_eq!(names, keyward_policy::checks::ORDER, "{check:?}");
        let failed: Vec<_> = record.checks.iter().filter(|check| check.verdict == Verdict::Fail).collect();
        assert_eq!(failed.iter().map(|failed| failed.check).collect::<Vec<_>>(), [check]);
        assert!(failed[0].remedy.is_some());
        let place = names.iter().position(|name| *name == check).unwrap();
        assert!(
            record.checks[..place]
                .iter()
                .all(|check| check.verdict == Verdict::Pass || !check.rule.starts_with("not looked at")),
            "{:#?}",
            record.checks
        );
        assert!(record.checks[place + 1..].iter().all(|check| check.verdict == Verdict::Skip));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_kept_wherever_it_was_put() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let secret = token.secret.expose();
    let mut client = world.connect().await;
    let headers = format!(
        "Authorization: Bearer {secret}\r\nX-Other: {secret}\r\nOrigin: https://{secret}\r\nReferer: https://a/{secret}\r\n"
    );
    for path in [
        format!("/orders/v1/any/{secret}"),
        format!("/{secret}/orders"),
        format!("/orders/v1/any/x?{secret}"),
        format!("/orders/v1/any/x?{secret}=1&a={secret}&{secret}"),
        format!("/orders/v1/any/x//{secret}"),
        format!("/orders/v1/any/x?a#{secret}"),
    ] {
        for headers in [&*headers, ""] {
            let mut client = world.connect().await;
            client.call("GET", &path, headers).await;
        }
    }
    client.send(format!("GET /{secret} HTTP/9\r\nX: {secret}\r\n\r\n")).await;
    client.answer().await.refused("request_invalid");
    let records = world.records(|_| true, 13).await;
    for record in records {
        let text = format!("{record:#?}");
        let lines: Vec<&str> = text.lines().filter(|line| line.contains(secret)).collect();
        assert!(lines.is_empty(), "{} {}: {lines:#?}", record.method, record.path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn long_texts_are_cut() {
    let world = World::new().await;
    let mut client = world.connect().await;
    let (method, path) = ("M".repeat(100), format!("/{}", "ä".repeat(900).replace('ä', "%C3%A4")));
    let answer = client.call(&method, &path, "").await;
    let record = world.record(answer.request_id()).await;
    assert_eq!(record.method, "M".repeat(32));
    assert_eq!(record.path.len(), 1000);
}
