//! Bytes that are no request, or two requests at once, are refused in Keyward's own words, and the connection closes.

use crate::upstream::Upstream;
use crate::world::World;

/// Refused with `code`, with a request id, a record, and the connection closed.
async fn refused(world: &World, bytes: impl AsRef<[u8]>, code: &str) {
    let text = String::from_utf8_lossy(bytes.as_ref()).into_owned();
    let mut client = world.connect().await;
    client.send(&bytes).await;
    let answer = client.answer().await;
    assert_eq!(answer.problem().code.as_str(), code, "{text:?}");
    assert_eq!(answer.header("connection"), Some("close"), "{text:?}");
    client.closed().await;
    let record = world.record(answer.request_id()).await;
    assert_eq!(record.code.map(|code| code.as_str()), Some(code));
    assert_eq!(record.status, answer.status);
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_that_can_be_read_in_two_ways_are_refused_and_the_connection_closes() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let bearer = format!("Authorization: Bearer {}", token.secret.expose());
    for header in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5,5",
        "Content-Length: +5",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: identity, chunked",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: chunked,",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: \x0bchunked",
        "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding:",
        "Transfer-Encoding\t: chunked",
        "Content-Length:",
        "Content-Length: 0x5",
        "Content-Length: 5;",
        "Content-Length: 99999999999999999999",
        "Content-Length : 5",
        " X-A: b",
        ": b",
        "X-A",
        "X-A: \x7f",
        "Transfer-Encoding : chunked",
        "X-A: b\r\n folded",
        "X-A: b\rc",
        "X-A: b\nX-B: c",
        "Host: another.test",
        "X-A: \0",
    ] {
        let head = format!("POST /orders/v1/any/x HTTP/1.1\r\nHost: api.test\r\n{bearer}\r\n{header}\r\n\r\nhello");
        refused(&world, head, "request_invalid").await;
    }
    assert!(upstream.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_http_is_refused() {
    let world = World::new().await;
    refused(&world, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "request_invalid").await;
    refused(&world, b"hello\r\n\r\n", "request_invalid").await;
    refused(&world, b"GET / HTTP/1.1\r\n\r\n", "request_invalid").await;
    refused(&world, b"GET /a<b HTTP/1.1\r\nHost: api.test\r\n\r\n", "path_invalid").await;
    refused(&world, b"GET /a#b HTTP/1.1\r\nHost: api.test\r\n\r\n", "path_invalid").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn large_heads_are_refused() {
    let world = World::with(|config| config.max_head_bytes = 2048).await;
    let filler = "x".repeat(4096);
    refused(&world, format!("GET / HTTP/1.1\r\nHost: api.test\r\nX: {filler}\r\n\r\n"), "head_too_large").await;
    refused(&world, format!("GET /{filler}"), "head_too_large").await;
    let many = "X: 1\r\n".repeat(101);
    refused(&world, format!("GET / HTTP/1.1\r\nHost: api.test\r\n{many}\r\n"), "head_too_large").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_protocols_are_not_offered() {
    let world = World::new().await;
    for (request, code) in [
        ("CONNECT api.test:443 HTTP/1.1\r\nHost: api.test\r\n\r\n", "request_invalid"),
        ("TRACE / HTTP/1.1\r\nHost: api.test\r\n\r\n", "request_invalid"),
        ("GET / HTTP/1.1\r\nHost: api.test\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n", "upgrade_not_allowed"),
        ("GET / HTTP/1.1\r\nHost: api.test\r\nConnection: keep-alive, upgrade\r\n\r\n", "upgrade_not_allowed"),
    ] {
        let mut client = world.connect().await;
        client.send(request).await;
        client.answer().await.refused(code);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_request_behind_a_good_one_spoils_only_itself() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let bearer = format!("Host: api.test\r\nAuthorization: Bearer {}\r\n", token.secret.expose());
    let mut client = world.connect().await;
    let smuggled = "GET /orders/v1/any/smuggled HTTP/1.1\r\n\r\n";
    let body = format!("0\r\n\r\n{smuggled}");
    client
        .send(format!(
            "POST /orders/v1/any/a HTTP/1.1\r\n{bearer}Content-Length: 2\r\n\r\nokPOST /orders/v1/any/b HTTP/1.1\r\n\
             {bearer}Content-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n{body}",
            body.len()
        ))
        .await;
    assert_eq!(client.answer().await.status, 200);
    client.answer().await.refused("request_invalid");
    client.closed().await;
    assert_eq!(upstream.seen().len(), 1);
    assert_eq!(upstream.last().target, "/any/a");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_chunk_ends_the_call() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    let bearer = format!("Host: api.test\r\nAuthorization: Bearer {}\r\n", token.secret.expose());
    client
        .send(format!(
            "POST /orders/v1/any/a HTTP/1.1\r\n{bearer}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n"
        ))
        .await;
    client.answer().await.refused("request_invalid");
    client.closed().await;
    assert!(upstream.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_that_are_nearly_all_extension_end_the_call() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let mut client = world.connect().await;
    let bearer = format!("Host: api.test\r\nAuthorization: Bearer {}\r\n", token.secret.expose());
    client.send(format!("POST /orders/v1/any/a HTTP/1.1\r\n{bearer}Transfer-Encoding: chunked\r\n\r\n")).await;
    client.try_send(format!("1;{}\r\nx\r\n", "y".repeat(4000)).repeat(20)).await;
    client.answer().await.refused("request_invalid");
    client.closed().await;
    assert!(upstream.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_whose_end_can_be_read_in_two_ways_hides_no_request() {
    let world = World::new().await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let bearer = format!("Host: api.test\r\nAuthorization: Bearer {}\r\n", token.secret.expose());
    let hidden = format!(
        "POST /orders/v1/any/hidden HTTP/1.1\r\n{bearer}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    );
    // To one reader, each of these ends the body and a request follows whose body is the hidden one; to another, that
    // request is a trailer and the hidden one is real.
    for end in ["0\r\n\n", "0\n\r\n", "0\n\n", "0\r\nX: y\n\n", "0\r\nX\n", "0\r\nX: y\r\n\n"] {
        let mut client = world.connect().await;
        let length = hidden.len();
        client
            .send(format!(
                "POST /orders/v1/any/a HTTP/1.1\r\n{bearer}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n{end}\
                 POST /orders/v1/any/b HTTP/1.1\r\n{bearer}Content-Length: {length}\r\n\r\n{hidden}"
            ))
            .await;
        client.answer().await.refused("request_invalid");
        client.closed().await;
    }
    assert!(upstream.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn pipelined_requests_are_answered_in_order() {
    let world = World::new().await;
    let upstream = Upstream::answering(|seen| http::Response::new(crate::upstream::full(seen.target.clone()))).await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let bearer = format!("Host: api.test\r\nAuthorization: Bearer {}\r\n", token.secret.expose());
    let mut all = String::new();
    for number in 0..20 {
        all.push_str(&format!("GET /orders/v1/any/{number} HTTP/1.1\r\n{bearer}\r\n"));
    }
    let mut client = world.connect().await;
    for piece in all.as_bytes().chunks(97) {
        client.send(piece).await;
    }
    for number in 0..20 {
        assert_eq!(client.answer().await.text(), format!("/any/{number}"));
    }
}
