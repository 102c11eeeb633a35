//! Who calls, what the upstream learns of it, and what it never does.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keyward_model::connection::ConnectionSpec;
use keyward_model::upstream::UpstreamSpec;
use serde_json::json;

use crate::upstream::Upstream;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_token_comes_in_one_of_three_headers() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let secret = token.secret.expose();
    let mut client = world.connect().await;
    for header in [
        format!("Authorization: Bearer {secret}"),
        format!("authorization: bearer {secret}"),
        format!("X-API-Key: {secret}"),
        format!("Authorization: Basic {}", STANDARD.encode(format!("anybody:{secret}"))),
    ] {
        let answer = client.call("GET", "/orders/v1/orders/1", &format!("{header}\r\n")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(!format!("{:?}", upstream.last()).contains(secret));
        assert_eq!(upstream.last().header("authorization"), None);
    }
    let answer = client.call("GET", "/orders/v1/orders/1", "").await;
    answer.refused("token_missing");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"keyward\""));
    let answer = client.get("/orders/v1/orders/1", "kw_nonsense").await;
    answer.refused("token_malformed");
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(
        challenge.starts_with("Bearer realm=\"keyward\", error=\"invalid_token\", error_description=\""),
        "{challenge}"
    );
    let (_, unknown) = keyward_model::token::generate(&Default::default(), &keyward_vault::SystemRandom);
    client.get("/orders/v1/orders/1", unknown.expose()).await.refused("token_unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_credentials_are_refused_whatever_they_are() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    world.api("orders.v1", json!({ "token_parameter": "key" })).await;
    let token = world.token().await;
    let secret = token.secret.expose();
    let (bearer, key) = (format!("Authorization: Bearer {secret}\r\n"), format!("X-API-Key: {secret}\r\n"));
    let mut client = world.connect().await;
    let path = "/orders/v1/orders/1".to_owned();
    let with_key = format!("{path}?key={secret}");
    for (path, headers) in [
        (&path, format!("{bearer}{key}")),
        (&path, format!("{bearer}{bearer}")),
        (&path, format!("{key}{key}")),
        (&path, format!("Authorization: Digest x\r\n{key}")),
        (&with_key, bearer.clone()),
        (&with_key, key.clone()),
        (&format!("{with_key}&key={secret}"), String::new()),
        (&format!("{with_key}&k%65y=x"), String::new()),
    ] {
        let answer = client.call("GET", path, &headers).await;
        answer.refused("token_ambiguous");
        assert!(answer.header("www-authenticate").unwrap().contains("error=\"invalid_request\""));
    }
    assert!(upstream.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_parameter_carries_a_token_only_where_the_api_says_so() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let secret = token.secret.expose();
    let mut client = world.connect().await;
    let path = format!("/orders/v1/any/x?a=1&key={secret}&b=2");
    client.call("GET", &path, "").await.refused("token_missing");
    world.api("orders.v1", json!({ "token_parameter": "key" })).await;
    let answer = client.call("GET", &path, "").await;
    assert_eq!(answer.status, 200);
    assert_eq!(upstream.last().target, "/any/x?a=1&b=2");
    let answer = client.call("GET", &format!("/orders/v1/any/x?k%65y={secret}"), "").await;
    assert_eq!(answer.status, 200);
    assert_eq!(upstream.last().target, "/any/x");
    let record = world.record(answer.request_id()).await;
    assert_eq!(record.path, "/orders/v1/any/x?k%65y=…");
    assert!(!format!("{:?}", upstream.seen()).contains(secret));
    assert!(!format!("{:?}", world.all_records().await).contains(secret));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_upstream_learns_who_calls_from_keyward_alone() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    let claimed = "X-Keyward-App: admin\r\nx-KEYWARD-team: admin\r\nX_Keyward_App: admin\r\nX-Keyward-Admin: yes\r\n\
                   X-Forwarded-For: 10.0.0.1\r\nX-Forwarded-Host: evil.test\r\nForwarded: for=10.0.0.1\r\n\
                   X-Real-IP: 10.0.0.1\r\nConnection: x-keyward-token\r\nX-Mine: kept\r\n";
    let headers = format!("Authorization: Bearer {}\r\n{claimed}", token.secret.expose());
    let answer = client.call("GET", "/orders/v1/orders/1", &headers).await;
    assert_eq!(answer.status, 200);
    let seen = upstream.last();
    assert_eq!(seen.header("x-keyward-token"), Some(token.token.id.as_str()));
    assert_eq!(seen.header("x-keyward-app"), Some("shop"));
    assert_eq!(seen.header("x-keyward-team"), Some("acme"));
    assert_eq!(seen.header("x-keyward-scopes"), Some("orders:read orders:write"));
    assert_eq!(seen.header("x-keyward-request-id"), Some(answer.request_id()));
    assert_eq!(seen.header("x-forwarded-for"), Some("127.0.0.1"));
    assert_eq!(seen.header("x-forwarded-proto"), Some("http"));
    assert_eq!(seen.header("x-forwarded-host"), Some("api.test"));
    assert_eq!(seen.header("host"), Some(&*upstream.address().to_string()));
    assert_eq!(seen.header("x-mine"), Some("kept"));
    for gone in ["x_keyward_app", "x-keyward-admin", "forwarded", "x-real-ip"] {
        assert_eq!(seen.header(gone), None, "{gone}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_presents_its_secret_to_its_origin() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    let origin = format!("http://{}", upstream.address());
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    world.put_secret("crm", "s3cret&=").await;
    let mut client = world.connect().await;
    for (auth, header, value, target) in [
        (json!({ "bearer": { "secret": "crm" } }), "authorization", "Bearer s3cret&=", "/any/x?a=b"),
        (
            json!({ "basic": { "username": "kw", "secret": "crm" } }),
            "authorization",
            "Basic a3c6czNjcmV0Jj0=",
            "/any/x?a=b",
        ),
        (
            json!({ "header": { "name": "X-Crm-Key", "prefix": "k ", "secret": "crm" } }),
            "x-crm-key",
            "k s3cret&=",
            "/any/x?a=b",
        ),
        (json!({ "query": { "name": "key", "secret": "crm" } }), "", "", "/any/x?a=b&key=s3cret%26%3D"),
        (json!("none"), "", "", "/any/x?a=b"),
    ] {
        world.put::<ConnectionSpec>("crm", json!({ "origin": origin, "auth": auth })).await;
        world.upstream("orders", &[upstream.address()], json!({ "connection": "crm" })).await;
        world.api("orders.v1", json!({})).await;
        let headers =
            format!("Authorization: Bearer {}\r\nX-Crm-Key: mine\r\nX_Crm_Key: mine\r\n", token.secret.expose());
        let answer = client.call("GET", "/orders/v1/any/x?a=b", &headers).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let seen = upstream.last();
        assert_eq!(seen.target, target);
        if !header.is_empty() {
            assert_eq!(seen.header(header), Some(value));
        }
        if header == "x-crm-key" {
            assert_eq!(seen.header("x_crm_key"), None);
        }
        if header != "authorization" {
            assert_eq!(seen.header("authorization"), None);
        }
    }
    // Of two parameters of one name the service might take the caller's.
    let query = json!({ "origin": origin, "auth": { "query": { "name": "key", "secret": "crm" } } });
    world.put::<ConnectionSpec>("crm", query).await;
    world.upstream("orders", &[upstream.address()], json!({ "connection": "crm" })).await;
    for (asked, target) in [
        ("/any/x?key=mine", "/any/x?key=s3cret%26%3D"),
        ("/any/x?a=b&k%65y=mine&key&c", "/any/x?a=b&c&key=s3cret%26%3D"),
        ("/any/x?", "/any/x?key=s3cret%26%3D"),
        ("/any/x", "/any/x?key=s3cret%26%3D"),
    ] {
        assert_eq!(client.get(&format!("/orders/v1{asked}"), token.secret.expose()).await.status, 200);
        assert_eq!(upstream.last().target, target);
    }
    assert!(!format!("{:?}", world.all_records().await).contains("s3cret"));
    // A new value is used from the next call on.
    world.put::<ConnectionSpec>("crm", json!({ "origin": origin, "auth": { "bearer": { "secret": "crm" } } })).await;
    world.put_secret("crm", "another").await;
    client.get("/orders/v1/any/x", token.secret.expose()).await;
    assert_eq!(upstream.last().header("authorization"), Some("Bearer another"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_goes_to_no_other_origin() {
    let world = World::new().await;
    let (ours, other) = (Upstream::start().await, Upstream::start().await);
    world.orders(&[ours.address()]).await;
    let token = world.token().await;
    world.put_secret("crm", "s3cret").await;
    let connection =
        json!({ "origin": format!("http://{}", ours.address()), "auth": { "bearer": { "secret": "crm" } } });
    world.put::<ConnectionSpec>("crm", connection).await;
    world.upstream("orders", &[ours.address(), other.address()], json!({ "connection": "crm" })).await;
    world.api("orders.v1", json!({})).await;
    let mut client = world.connect().await;
    for _ in 0..4 {
        let answer = client.get("/orders/v1/any/x", token.secret.expose()).await;
        let problem = answer.refused("api_misconfigured");
        assert!(!problem.detail.contains("127.0.0.1"), "{}", problem.detail);
        let rule = world.record(answer.request_id()).await.rule.unwrap();
        assert!(rule.contains("is not of connection crm's origin"), "{rule}");
    }
    assert!(ours.seen().is_empty() && other.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_api_stands_on_has_to_be_there() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    world.api("orders.v1", json!({})).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    client.get("/orders/v1/any/x", token.secret.expose()).await.refused("api_misconfigured");
    world.upstream("orders", &[upstream.address()], json!({ "connection": "crm" })).await;
    client.get("/orders/v1/any/x", token.secret.expose()).await.refused("api_misconfigured");
    let connection =
        json!({ "origin": format!("http://{}", upstream.address()), "auth": { "bearer": { "secret": "crm" } } });
    world.put::<ConnectionSpec>("crm", connection).await;
    client.get("/orders/v1/any/x", token.secret.expose()).await.refused("api_misconfigured");
    world.put_secret("crm", "line\nfeed").await;
    client.get("/orders/v1/any/x", token.secret.expose()).await.refused("api_misconfigured");
    world.put_secret("crm", "fine").await;
    assert_eq!(client.get("/orders/v1/any/x", token.secret.expose()).await.status, 200);
    let damaged = json!({ "targets": [{ "url": "https://crm.test" }], "ca": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" });
    world.put::<UpstreamSpec>("orders", damaged).await;
    client.get("/orders/v1/any/x", token.secret.expose()).await.refused("api_misconfigured");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_may_not_is_told_why() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let mut client = world.connect().await;
    let reader = world.token_with(json!({ "scopes": ["orders:read"] })).await;
    let bearer = format!("Authorization: Bearer {}\r\n", reader.secret.expose());
    let answer = client.call("POST", "/orders/v1/orders", &bearer).await;
    let problem = answer.refused("scope_missing");
    assert_eq!(problem.required_scope.unwrap().to_string(), "orders:write");
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(
        challenge.contains("error=\"insufficient_scope\"") && challenge.ends_with("scope=\"orders:write\""),
        "{challenge}"
    );

    for (restrictions, code) in [
        (json!({ "allow_addresses": ["192.0.2.0/24"] }), "address_not_allowed"),
        (json!({ "deny_addresses": ["127.0.0.0/8"] }), "address_not_allowed"),
        (json!({ "origins": ["https://shop.test"] }), "origin_not_allowed"),
        (json!({ "methods": ["POST"] }), "method_not_granted"),
        (json!({ "apis": [{ "api": "orders", "routes": ["write"] }] }), "api_not_allowed"),
    ] {
        let token = world.token_with(json!({ "restrictions": restrictions })).await;
        client.get("/orders/v1/orders/1", token.secret.expose()).await.refused(code);
    }
    let browser = world.token_with(json!({ "restrictions": { "origins": ["https://shop.test"] } })).await;
    let headers = format!("Authorization: Bearer {}\r\nOrigin: https://shop.test\r\n", browser.secret.expose());
    assert_eq!(client.call("GET", "/orders/v1/orders/1", &headers).await.status, 200);

    let revoked = world.token().await;
    assert_eq!(client.get("/orders/v1/orders/1", revoked.secret.expose()).await.status, 200);
    world.revoke(&revoked).await;
    client.get("/orders/v1/orders/1", revoked.secret.expose()).await.refused("token_revoked");
}
