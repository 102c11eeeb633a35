//! Every layer around the endpoints, the outermost last.

use std::any::Any;
use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use keyward_http::Refusal;
use keyward_http::answer::{Answering, answer};
use keyward_model::Code;
use tower_http::catch_panic::CatchPanicLayer;

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
        .layer(axum::middleware::from_fn_with_state(answering, answer))
        .with_state(state)
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
