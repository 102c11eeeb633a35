//! Every layer around the endpoints, the outermost last.

use std::any::Any;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use http::header::{CONTENT_TYPE, ETAG};
use http::{Extensions, HeaderMap, Method, StatusCode, Version};
use keyward_http::Refusal;
use keyward_http::answer::{Answering, answer};
use keyward_model::Code;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::predicate::SizeAbove;
use tower_http::compression::{CompressionLayer, CompressionLevel, Predicate as _};

use crate::ApiState;

/// The largest body that is read.
const LARGEST_BODY: usize = 8 * 1024 * 1024;

/// Puts the layers around the endpoints.
pub(crate) fn around(routes: Router<ApiState>, state: ApiState) -> Router {
    let answering = Answering {
        public_url: Arc::clone(&state.public_url),
        clock: Arc::clone(&state.clock),
        random: Arc::clone(&state.random),
    };
    routes
        .fallback(no_page)
        .method_not_allowed_fallback(async || Refusal::method_not_allowed(None))
        // Bodies are read by the handlers only, after the caller was admitted, and no further than this.
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        // Inside the answering layer, so that a panic is answered like any other refusal.
        .layer(CatchPanicLayer::custom(refuse_panic))
        .layer(axum::middleware::from_fn(mark_harmless))
        .layer(
            CompressionLayer::new()
                .quality(CompressionLevel::Fastest)
                .compress_when(SizeAbove::new(WORTH_COMPRESSING).and(is_harmless)),
        )
        .layer(axum::middleware::from_fn_with_state(answering, answer))
        .with_state(state)
}

/// Shorter answers would hardly become shorter.
const WORTH_COMPRESSING: u16 = 4096;

/// An answer that is read and holds no secret. Of others, how long they are compressed would say something of what
/// they hold (the attacks CRIME and BREACH).
#[derive(Clone, Copy)]
struct Harmless;

/// What has an entity tag keeps its bytes: the tag is a strong one (RFC 9110 section 8.8.3.3).
fn is_harmless(status: StatusCode, _: Version, headers: &HeaderMap, extensions: &Extensions) -> bool {
    let is_json = headers.get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    status == StatusCode::OK && is_json && !headers.contains_key(ETAG) && extensions.get::<Harmless>().is_some()
}

async fn mark_harmless(request: Request, next: Next) -> Response {
    let is_harmless = request.method() == Method::GET && !request.uri().path().ends_with("/capture");
    let mut answer = next.run(request).await;
    if is_harmless {
        answer.extensions_mut().insert(Harmless);
    }
    answer
}

/// What a request says of itself that stands for one that could not be read.
#[derive(Clone, Copy, Debug)]
pub struct Unreadable {
    /// What it is refused with.
    pub code: Code,
    /// One sentence for the caller.
    pub detail: &'static str,
}

async fn no_page(unreadable: Option<Extension<Unreadable>>) -> Refusal {
    match unreadable {
        Some(Extension(unreadable)) => Refusal::new(unreadable.code, unreadable.detail),
        None => Refusal::not_found("page"),
    }
}

/// The panic's text is for the log: it may quote what the caller sent.
fn refuse_panic(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    Refusal::internal(format!("a handler panicked: {}", text.unwrap_or("without a text"))).into_response()
}
