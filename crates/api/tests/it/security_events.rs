//! `/security-events`: the operator's alone, filtered and paged.

use std::net::IpAddr;

use keyward_calls::Sighting;
use keyward_model::security::{Listener, SecurityKind};

use crate::support::World;

fn note(world: &World, kind: SecurityKind, listener: Listener, address: [u8; 4]) {
    let (address, detail) = (IpAddr::from(address), "test".into());
    world.state.security.note(Sighting { kind, listener, address, detail, request_id: None });
}

#[tokio::test]
async fn the_operator_sees_them_and_nobody_else() {
    let world = World::new().await;
    note(&world, SecurityKind::TlsRefused, Listener::Https, [192, 0, 2, 7]);
    note(&world, SecurityKind::TlsRefused, Listener::Https, [192, 0, 2, 7]);
    note(&world, SecurityKind::Http2Flood, Listener::Http, [198, 51, 100, 1]);
    assert_eq!(world.alice.get("/api/v1/security-events").await.status, 403);
    let events = async |query: &str| {
        let answer = world.operator.get(&format!("/api/v1/security-events{query}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let body: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
        let items = body["items"].as_array().unwrap().clone();
        (items, body["next"].as_str().map(str::to_owned))
    };
    assert_eq!(events("").await.0.iter().map(|event| event["count"].as_u64().unwrap()).sum::<u64>(), 3);
    for (query, address) in
        [("?kind=tls_refused", "192.0.2.7"), ("?listener=http", "198.51.100.1"), ("?address=192.0.2.0/24", "192.0.2.7")]
    {
        let (items, _) = events(query).await;
        assert!(!items.is_empty() && items.iter().all(|event| event["address"] == address), "{query} {items:?}");
    }
    let (first, next) = events("?limit=1").await;
    let (second, _) = events(&format!("?limit=1&after={}", next.unwrap())).await;
    assert_ne!(first[0]["id"], second[0]["id"]);
    for (query, field) in [("?after=x", "after"), ("?kind=nonsense", "kind")] {
        let refused = world.operator.get(&format!("/api/v1/security-events{query}")).await;
        assert!(refused.status == 422 && refused.text.contains(field), "{query} {}", refused.text);
    }
    let scraped = world.operator.get("/metrics").await.text;
    assert!(scraped.contains("keyward_security_events_total{kind=\"tls_refused\"} 2\n"), "{scraped}");
    assert!(scraped.contains("keyward_security_events_total{kind=\"tls_timeout\"} 0\n"), "{scraped}");
    let own = world.admin(&world.alpha, "scraper", &["keyward:metrics"]).await.get("/metrics").await.text;
    assert!(!own.contains("security"), "{own}");
}
