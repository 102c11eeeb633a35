//! The request as it arrives behind the gateway.

use http::Response;

use crate::upstream::{Upstream, full, scripted};
use crate::world::World;

fn bearer(token: &keyward_tokens::Issued) -> String {
    format!("Host: api.test\r\nAuthorization: Bearer {}\r\n", token.secret.expose())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_concerns_one_hop_goes_on() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    let headers = "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\n\
                   Proxy-Connection: keep-alive\r\nProxy-Authorization: Basic x\r\nTrailer: X-T\r\nX-Stays: 1\r\n\
                   X-Stays: 2\r\n";
    client.send(format!("GET /orders/v1/any/x HTTP/1.1\r\n{}{headers}\r\n", bearer(&token))).await;
    assert_eq!(client.answer().await.status, 200);
    let seen = upstream.last();
    let hop =
        ["connection", "x-hop", "keep-alive", "te", "proxy-connection", "proxy-authorization", "trailer", "expect"];
    for gone in hop {
        assert_eq!(seen.header(gone), None, "{gone}");
    }
    assert_eq!(seen.headers.get_all("x-stays").iter().count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_arrive_as_they_were_framed() {
    let world = World::new().await;
    let upstream = Upstream::answering(|seen| Response::new(full(seen.body.clone()))).await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let bearer = bearer(&token);
    let mut client = world.connect().await;
    for method in ["POST", "PUT", "GET", "DELETE"] {
        client.send(format!("{method} /orders/v1/any/x HTTP/1.1\r\n{bearer}Content-Length: 5\r\n\r\nhello")).await;
        assert_eq!(client.answer().await.text(), "hello", "{method}");
        assert_eq!(upstream.last().method.as_str(), method);
        assert_eq!(upstream.last().header("content-length"), Some("5"));
        assert_eq!(upstream.last().header("transfer-encoding"), None);
        let chunks = "3;ext=1\r\nhel\r\n2\r\nlo\r\n0\r\nX-Keyward-App: admin\r\n\r\n";
        client.send(format!("{method} /orders/v1/any/x HTTP/1.1\r\n{bearer}Transfer-Encoding: chunked\r\nTrailer: X-Keyward-App\r\n\r\n{chunks}")).await;
        assert_eq!(client.answer().await.text(), "hello", "{method}");
        assert_eq!(upstream.last().header("transfer-encoding"), Some("chunked"));
        assert_eq!(upstream.last().header("content-length"), None);
    }
    client.send(format!("POST /orders/v1/any/x HTTP/1.1\r\n{bearer}Content-Length: 0\r\n\r\n")).await;
    assert_eq!(client.answer().await.status, 200);
    assert_eq!(upstream.last().header("content-length"), Some("0"));
    assert_eq!(upstream.connections(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn trailers_end_at_the_gateway() {
    let world = World::new().await;
    let address = scripted(|_, mut upstream| async move {
        upstream.head().await.unwrap();
        // The body's end without a trailer in between, or the answer never comes.
        let mut body = Vec::new();
        while !body.ends_with(b"0\r\n\r\n") {
            body.extend(upstream.some().await);
        }
        assert!(!String::from_utf8_lossy(&body).to_lowercase().contains("keyward"));
        upstream.send("HTTP/1.1 204 No Content\r\n\r\n").await;
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    let head = format!(
        "POST /orders/v1/any/x HTTP/1.1\r\n{}TE: trailers\r\nTrailer: X-Keyward-App\r\nTransfer-Encoding: chunked\r\n\r\n",
        bearer(&token)
    );
    client.send(format!("{head}2\r\nok\r\n0\r\nX-Keyward-App: admin\r\n\r\n")).await;
    assert_eq!(client.answer().await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn expect_100_continue_asks_for_the_body_only_when_it_is_wanted() {
    let world = World::new().await;
    let upstream = Upstream::answering(|seen| Response::new(full(seen.body.clone()))).await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let expect = "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    let mut client = world.connect().await;
    client.send(format!("POST /orders/v1/any/x HTTP/1.1\r\n{}{expect}", bearer(&token))).await;
    assert_eq!(client.head().await.status, 100);
    client.send("hello").await;
    assert_eq!(client.answer().await.text(), "hello");
    assert_eq!(upstream.last().header("expect"), None);
    // Without a token the body is never asked for.
    client.send(format!("POST /orders/v1/any/x HTTP/1.1\r\nHost: api.test\r\n{expect}")).await;
    client.answer().await.refused("token_missing");
    assert_eq!(upstream.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn large_bodies_are_refused_announced_or_not() {
    let world = World::with(|config| config.max_body_bytes = 1000).await;
    let upstream = Upstream::answering(|seen| Response::new(full(seen.body.clone()))).await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let bearer = bearer(&token);
    let mut client = world.connect().await;
    client
        .send(format!("POST /orders/v1/any/x HTTP/1.1\r\n{bearer}Content-Length: 1000\r\n\r\n{}", "x".repeat(1000)))
        .await;
    assert_eq!(client.answer().await.status, 200);
    client
        .send(format!("POST /orders/v1/any/x HTTP/1.1\r\n{bearer}Content-Length: 1001\r\n\r\n{}", "x".repeat(1001)))
        .await;
    client.answer().await.refused("request_too_large");

    let mut client = world.connect().await;
    client.send(format!("POST /orders/v1/any/x HTTP/1.1\r\n{bearer}Transfer-Encoding: chunked\r\n\r\n")).await;
    // It goes on sending, and still finds the answer.
    for _ in 0..200 {
        if !client.try_send(format!("400\r\n{}\r\n", "x".repeat(1024))).await {
            break;
        }
    }
    let answer = client.answer().await;
    assert_eq!(answer.status, 413);
    answer.refused("request_too_large");
    let record = world.record(answer.request_id()).await;
    assert!(record.bytes_in >= 1001);
    assert_eq!(upstream.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_go_to_the_targets_in_turn_and_past_one_that_is_gone() {
    let world = World::new().await;
    let upstreams = [Upstream::start().await, Upstream::start().await];
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    world.orders(&[upstreams[0].address(), gone, upstreams[1].address()]).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    for _ in 0..9 {
        client.send(format!("POST /orders/v1/any/x HTTP/1.1\r\n{}Content-Length: 2\r\n\r\nok", bearer(&token))).await;
        assert_eq!(client.answer().await.status, 200);
    }
    let counts = upstreams.each_ref().map(|upstream| upstream.seen().len());
    // The share of the one that is gone goes to the others.
    assert_eq!(counts.iter().sum::<usize>(), 9);
    assert!(counts.iter().all(|count| *count >= 3), "{counts:?}");
    assert!(upstreams.iter().flat_map(|upstream| upstream.seen()).all(|seen| seen.body == "ok"));
    world.orders(&[gone]).await;
    let answer = client.get("/orders/v1/any/x", token.secret.expose()).await;
    let problem = answer.refused("upstream_unreachable");
    assert!(!problem.detail.contains("127.0.0.1"), "{}", problem.detail);
    let rule = world.record(answer.request_id()).await.rule.unwrap();
    assert!(rule.contains(&gone.to_string()), "{rule}");
}
