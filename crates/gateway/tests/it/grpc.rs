//! Refusals of calls that speak gRPC.

use http::{HeaderValue, Response};
use serde_json::json;

use crate::http2::{body, connect, request};
use crate::world::World;

async fn refused(world: &World, path: &str, token: &str, kind: &'static str) -> Response<Vec<u8>> {
    let mut sender = connect(world).await;
    let mut call = request("POST", path, token);
    call.headers_mut().insert("content-type", HeaderValue::from_static(kind));
    let (answer, mut outgoing) = sender.send_request(call, false).unwrap();
    // A client that streams has not said its last word when it is refused.
    let _ = outgoing.send_data(vec![0; 5].into(), false);
    let (parts, stream) = answer.await.unwrap().into_parts();
    let (content, trailers) = body(stream).await;
    assert!(content.is_empty() && trailers.is_none());
    Response::from_parts(parts, content)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_what_grpc_reads() {
    let world = World::new().await;
    world.orders(&["127.0.0.1:1".parse().unwrap()]).await;
    let reader = world.token_with(json!({ "scopes": ["orders:read"] })).await;
    let good = world.token().await;
    for (path, token, code, grpc, status) in [
        ("/orders/v1/any/x", "kw_wrong", "token_malformed", "16", 401),
        ("/orders/v1/orders", reader.secret.expose(), "scope_missing", "7", 403),
        ("/nothing", good.secret.expose(), "route_not_found", "12", 404),
        ("/orders/v1/any/x", good.secret.expose(), "upstream_unreachable", "14", 502),
    ] {
        for kind in ["application/grpc", "application/grpc+proto", "application/grpc-web"] {
            let answer = refused(&world, path, token, kind).await;
            let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap());
            assert_eq!(answer.status(), 200);
            assert_eq!((header("content-type"), header("grpc-status")), (Some(kind), Some(grpc)), "{code}");
            assert_eq!(header("x-keyward-code"), Some(code));
            assert!(header("grpc-message").is_some_and(|message| !message.is_empty()));
            let record = world.record(header("x-request-id").unwrap()).await;
            assert_eq!((record.status, record.code.map(|code| code.as_str())), (status, Some(code)));
        }
    }
    // Whoever speaks anything else is told as ever.
    let mut sender = connect(&world).await;
    let (answer, _) = sender.send_request(request("POST", "/nothing", ""), true).unwrap();
    assert_eq!(answer.await.unwrap().status(), 404);
}
