//! `GET /errors/{code}`: what a code means and what to do, where every refusal's `type` points.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use keyward_http::Refusal;
use keyward_model::Code;

/// The pages of `docs/errors/`, by code.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/error_pages.rs"));

/// The page of a code, as Markdown.
pub fn page(code: Code) -> Option<&'static str> {
    PAGES.iter().find(|(name, _)| *name == code.as_str()).map(|(_, page)| *page)
}

/// Shows the page of a code: its cause, its remedy, an example.
#[utoipa::path(
    get, path = "/errors/{code}", operation_id = "read_error_page", tag = "health",
    summary = "What a code means", params(("code" = String, Path, description = "The code.")),
    responses((status = 200, content_type = "text/markdown", body = String)),
)]
pub(crate) async fn read(code: Result<Path<String>, axum::extract::rejection::PathRejection>) -> Response {
    let found = code.ok().and_then(|Path(code)| code.parse().ok()).and_then(page);
    match found {
        Some(page) => ([(CONTENT_TYPE, "text/markdown; charset=utf-8")], page).into_response(),
        None => Refusal::not_found("page").into_response(),
    }
}
