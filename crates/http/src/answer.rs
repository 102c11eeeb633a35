//! The outermost layer: gives each request its id, puts refusals into words, and sets the headers of every answer.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue};
use keyward_model::id::uuid_v7;
use keyward_model::{Clock, Random};

use crate::refusal::{Refusal, Unanswered};
use crate::request_id::{self, RequestId};

/// What the layer needs.
#[derive(Clone)]
pub struct Answering {
    /// Where the pages of the codes are: the control plane's URL without a closing slash.
    pub public_url: Arc<str>,
    /// For request ids and durations.
    pub clock: Arc<dyn Clock>,
    /// For request ids.
    pub random: Arc<dyn Random>,
}

/// Runs the request and makes its answer whole.
pub async fn answer(State(answering): State<Answering>, mut request: Request, next: Next) -> Response {
    let request_id = RequestId(uuid_v7(&*answering.clock, &*answering.random));
    request.extensions_mut().insert(request_id);
    let started = answering.clock.monotonic();
    let method = request.method().clone();
    // The template, not the path: names in a path are nobody's business in a log, and a query may hold anything.
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());

    let mut response = next.run(request).await;

    let refusal = response.extensions_mut().remove::<Unanswered>().map(|unanswered| unanswered.0);
    log(&method, route.as_deref(), request_id, &response, refusal.as_deref(), started, &*answering.clock);
    if let Some(refusal) = refusal {
        response = put_into_words(&refusal, request_id, &answering.public_url, response);
    }
    finish_headers(response.headers_mut(), request_id);
    response
}

fn put_into_words(refusal: &Refusal, request_id: RequestId, public_url: &str, response: Response) -> Response {
    let mut problem = refusal.problem().clone().based_at(public_url);
    problem.request_id = request_id.0.to_string();
    let body = serde_json::to_vec(&problem).expect("a problem holds nothing that JSON cannot");
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    Response::from_parts(parts, body.into())
}

/// Answers of an API hold nothing for caches, frames, sniffers or the next site's `Referer`.
fn finish_headers(headers: &mut HeaderMap, request_id: RequestId) {
    let id = HeaderValue::try_from(request_id.0.to_string()).expect("a UUID is plain ASCII");
    headers.insert(request_id::HEADER, id);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
}

fn log(
    method: &http::Method,
    route: Option<&str>,
    request_id: RequestId,
    response: &Response,
    refusal: Option<&Refusal>,
    started: std::time::Duration,
    clock: &dyn Clock,
) {
    let status = response.status().as_u16();
    let millis = u64::try_from(clock.monotonic().saturating_sub(started).as_millis()).unwrap_or(u64::MAX);
    let (code, cause) = (refusal.map(|refusal| refusal.code().as_str()), refusal.and_then(Refusal::cause));
    let request_id = request_id.0;
    if status >= 500 {
        tracing::error!(%method, route, status, code, cause, millis, %request_id, "request failed");
    } else {
        tracing::debug!(%method, route, status, code, cause, millis, %request_id, "request answered");
    }
}
