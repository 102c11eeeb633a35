//! The answer as it arrives in front of the gateway.

use http::Response;

use crate::upstream::{Upstream, full, scripted};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn the_upstreams_answer_passes_without_what_concerns_one_hop() {
    let world = World::new().await;
    let address = scripted(|_, mut upstream| async move {
        while upstream.head().await.is_some() {
            let head = "HTTP/1.1 418 Short And Stout\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=9\r\n\
                        Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Request-Id: theirs\r\nContent-Length: 3\r\n\r\n";
            upstream.send(format!("{head}tea")).await;
        }
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    for _ in 0..2 {
        let answer = client.get("/orders/v1/any/x", token.secret.expose()).await;
        assert_eq!((answer.status, answer.text()), (418, "tea"));
        for gone in ["connection", "x-hop", "keep-alive", "www-authenticate", "ratelimit"] {
            assert_eq!(answer.header(gone), None, "{gone}");
        }
        assert_ne!(answer.request_id(), "theirs");
        assert_eq!(answer.headers.iter().filter(|(name, _)| name == "set-cookie").count(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_without_a_body_keep_their_headers() {
    let world = World::new().await;
    let address = scripted(|_, mut upstream| async move {
        while let Some(head) = upstream.head().await {
            let answer = match head.split(' ').nth(1).unwrap() {
                "/any/head" => "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\nETag: \"x\"\r\n\r\n",
                "/any/304" => "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n",
                "/any/204" => "HTTP/1.1 204 No Content\r\nETag: \"x\"\r\n\r\n",
                "/any/empty" => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: \"x\"\r\n\r\n",
                _ => "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\nETag: \"x\"\r\n\r\n",
            };
            upstream.send(answer).await;
        }
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    let bearer = format!("Authorization: Bearer {}\r\n", token.secret.expose());
    let mut client = world.connect().await;
    for (method, path, status, length) in [
        ("HEAD", "head", 200, Some("1234")),
        ("GET", "304", 304, None),
        ("GET", "204", 204, None),
        ("GET", "empty", 200, Some("0")),
        ("GET", "early", 201, Some("0")),
    ] {
        let mut answer = client.call(method, &format!("/orders/v1/any/{path}"), &bearer).await;
        if path == "early" {
            // Hints come before the answer they are for.
            assert_eq!((answer.status, answer.header("link")), (103, Some("</x>")));
            answer = client.answer().await;
        }
        assert_eq!(
            (answer.status, answer.header("content-length"), answer.header("etag")),
            (status, length, Some("\"x\""))
        );
        let record = world.record(answer.request_id()).await;
        assert_eq!((record.status, record.bytes_out, record.code), (status, 0, None));
    }
    // A refused HEAD has the headers of the refusal and no body behind them.
    let answer = client.call("HEAD", "/orders/v1/any/head", "").await;
    assert_eq!((answer.status, answer.header("content-type")), (401, Some("application/problem+json")));
    assert_eq!(client.call("HEAD", "/orders/v1/any/head", &bearer).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn old_callers_and_old_upstreams_are_understood() {
    let world = World::new().await;
    let address = scripted(|_, mut upstream| async move {
        upstream.head().await.unwrap();
        upstream.send("HTTP/1.0 200 OK\r\n\r\nold").await;
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    client.send(format!("GET /orders/v1/any/x HTTP/1.0\r\nX-API-Key: {}\r\n\r\n", token.secret.expose())).await;
    let answer = client.answer().await;
    assert_eq!((answer.status, answer.text(), answer.header("transfer-encoding")), (200, "old", None));
    client.closed().await;
    let mut client = world.connect().await;
    assert_eq!(client.get("/orders/v1/any/x", token.secret.expose()).await.text(), "old");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_answer_is_not_passed_on() {
    let world = World::new().await;
    let address = scripted(|_, mut upstream| async move {
        let head = upstream.head().await.unwrap();
        let answer = match head.split(' ').nth(1).unwrap() {
            "/any/garbage" => "SSH-2.0-OpenSSH_9\r\n\r\n",
            "/any/switch" => "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
            "/any/both" => {
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
            }
            "/any/same" => "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
            "/any/lengths" => "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            _ => "",
        };
        upstream.send(answer).await;
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    for (path, code) in [
        ("garbage", "upstream_invalid"),
        ("switch", "upstream_invalid"),
        ("both", "upstream_invalid"),
        ("same", "upstream_invalid"),
        ("lengths", "upstream_invalid"),
        ("nothing", "upstream_unreachable"),
    ] {
        let answer = client.get(&format!("/orders/v1/any/{path}"), token.secret.expose()).await;
        answer.refused(code);
        let record = world.record(answer.request_id()).await;
        assert_eq!(record.checks.last().unwrap().check, keyward_model::check::CheckName::Upstream);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn interim_answers_without_end_are_no_answer() {
    let world = World::new().await;
    let address = scripted(|_, mut upstream| async move {
        let Some(head) = upstream.head().await else { return };
        let hint = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
        let hints = if head.contains("/any/some") { 100 } else { 2000 };
        upstream.send(hint.repeat(hints)).await;
        upstream.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok").await;
        upstream.closed().await;
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    for (path, last) in [("some", 200), ("endless", 502)] {
        let mut client = world.connect().await;
        let mut answer = client.get(&format!("/orders/v1/any/{path}"), token.secret.expose()).await;
        while answer.status == 103 {
            answer = client.answer().await;
        }
        assert_eq!(answer.status, last);
        let rule = world.record(answer.request_id()).await.rule.unwrap_or_default();
        assert_eq!(rule.ends_with("interim answers (1xx) without end"), path == "endless", "{rule}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_behind_an_answer_is_nobodys() {
    let world = World::new().await;
    let address = scripted(|_, mut upstream| async move {
        while let Some(head) = upstream.head().await {
            let evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL";
            let before = match head.split(' ').nth(1).unwrap() {
                "/any/204" => "HTTP/1.1 204 No Content\r\nContent-Length: 42\r\n\r\n",
                "/any/chunked" => "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
                "/any/behind" => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                _ => {
                    upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood").await;
                    continue;
                }
            };
            if head.starts_with("GET /any/behind") {
                upstream.send(format!("{before}{evil}")).await;
            } else {
                // Once the next call could be on its way already.
                upstream.send(before).await;
                upstream.head().await;
                upstream.send(evil).await;
            }
        }
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    for path in ["204", "chunked", "behind"] {
        let mut client = world.connect().await;
        assert!(client.get(&format!("/orders/v1/any/{path}"), token.secret.expose()).await.status < 300);
        let answer = client.get("/orders/v1/any/next", token.secret.expose()).await;
        assert_eq!(answer.text(), "good", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_breaks_off_breaks_off_in_front_too() {
    let world = World::new().await;
    let address = scripted(|_, mut upstream| async move {
        let head = upstream.head().await.unwrap();
        let framing = if head.contains("/any/chunks") {
            "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"
        } else {
            "Content-Length: 99999\r\n\r\nok"
        };
        upstream.send(format!("HTTP/1.1 200 OK\r\n{framing}")).await;
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    for path in ["chunks", "sized"] {
        let mut client = world.connect().await;
        let request =
            format!("GET /orders/v1/any/{path} HTTP/1.1\r\nHost: a\r\nX-API-Key: {}\r\n\r\n", token.secret.expose());
        client.send(request).await;
        let answer = client.head().await;
        assert_eq!(answer.status, 200);
        let mut body = Vec::new();
        while let Some(more) = client.some().await {
            body.extend(more);
        }
        assert!(!body.ends_with(b"0\r\n\r\n"));
        let record = world.record(answer.request_id()).await;
        assert_eq!((record.status, record.code.unwrap().as_str(), record.bytes_out), (200, "upstream_invalid", 2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_to_the_upstream_are_kept() {
    let world = World::new().await;
    let upstream = Upstream::answering(|_| Response::new(full("x".repeat(100_000)))).await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    for _ in 0..3 {
        let mut client = world.connect().await;
        for _ in 0..20 {
            let answer = client.get("/orders/v1/any/x", token.secret.expose()).await;
            assert_eq!(answer.body.len(), 100_000);
        }
    }
    assert_eq!(upstream.connections(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_before_the_request_is_whole_says_that_the_connection_closes() {
    let world = World::new().await;
    let address = scripted(|_, mut upstream| async move {
        while upstream.head().await.is_some() {
            upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
        }
    })
    .await;
    world.orders(&[address]).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    let bearer = format!("Host: a\r\nAuthorization: Bearer {}\r\n", token.secret.expose());
    client.send(format!("POST /orders/v1/any/x HTTP/1.1\r\n{bearer}Content-Length: 5\r\n\r\n")).await;
    let answer = client.answer().await;
    assert_eq!((answer.status, answer.text()), (200, "ok"));
    assert_eq!(answer.header("connection"), Some("close"), "whoever sent more would find it closed");
    client.closed().await;
}
