//! The pages of the control room: built into the binary, compressed beforehand, beside the management API.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tower::ServiceExt;

/// A built file.
struct Asset {
    path: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

const ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The paths of the management API and of what monitors read. All others are the pages'.
const API: [&str; 6] = ["/api/", "/errors/", "/health", "/readyz", "/metrics", "/api"];

/// Scripts, styles, pictures and requests of our own alone; no frames, no forms sent anywhere, no text turned into code.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

const WITHOUT_PAGES: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Keyward</title>\
    <h1>This Keyward was built without its pages</h1>\
    <p>The management API and the command line work. For the pages, build with Node.js 20 or newer at hand: \
    <code>make run</code> does both.</p></html>";

/// Whether the pages are there.
pub(crate) const fn is_built() -> bool {
    !ASSETS.is_empty()
}

/// The pages around the management API.
pub(super) fn around(api: Router) -> Router {
    Router::new().fallback(move |request: Request| {
        let api = api.clone();
        async move {
            let path = request.uri().path();
            let reads = matches!(*request.method(), Method::GET | Method::HEAD);
            if reads
                && !API.iter().any(|prefix| path.starts_with(prefix))
                && let Some(response) = page(path, request.headers())
            {
                return response;
            }
            api.oneshot(request).await.into_response()
        }
    })
}

/// The file at `path`, or the page that draws every place without one of its own. None for a file that is not there.
fn page(path: &str, headers: &HeaderMap) -> Option<Response> {
    let wanted = path.trim_start_matches('/');
    let file = ASSETS.iter().find(|asset| asset.path == wanted && asset.path != "index.html");
    let looks_like_file = wanted.rsplit('/').next().is_some_and(|last| last.contains('.'));
    let asset = match file {
        Some(asset) => asset,
        // Names of apis hold dots, and stand in paths of pages.
        None if wanted.starts_with("assets/") || (looks_like_file && !wanted.contains('/')) => return None,
        None => match ASSETS.iter().find(|asset| asset.path == "index.html") {
            Some(index) => index,
            None => return Some(without_pages()),
        },
    };
    Some(answer(asset, headers))
}

fn answer(asset: &Asset, headers: &HeaderMap) -> Response {
    // What is named by its content never changes; the page that names it is asked for each time.
    let lasting = asset.path.starts_with("assets/");
    let cache = if lasting { "public, max-age=31536000, immutable" } else { "no-cache" };
    let tag = format!("\"{:08x}-{:x}\"", crc32fast::hash(asset.plain), asset.plain.len());
    let tag = HeaderValue::try_from(tag).expect("hexadecimal digits are plain ASCII");
    let mut response = if headers.get(IF_NONE_MATCH) == Some(&tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let (encoding, bytes) = encoded(asset, headers);
        let mut response = Response::new(Body::from(bytes));
        if let Some(encoding) = encoding {
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type(asset.path)));
        response
    };
    let headers = response.headers_mut();
    headers.insert(ETAG, tag);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    guard(headers);
    response
}

/// The smallest form that the browser takes.
fn encoded(asset: &Asset, headers: &HeaderMap) -> (Option<&'static str>, &'static [u8]) {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let takes = |name: &str| {
        accepted.split(',').any(|one| {
            let mut parts = one.trim().split(';');
            parts.next() == Some(name) && !parts.any(|weight| matches!(weight.trim(), "q=0" | "q=0.0"))
        })
    };
    match (asset.brotli, asset.gzip) {
        (Some(bytes), _) if takes("br") => (Some("br"), bytes),
        (_, Some(bytes)) if takes("gzip") => (Some("gzip"), bytes),
        _ => (None, asset.plain),
    }
}

/// Headers that keep other sites and injected code out.
fn guard(headers: &mut HeaderMap) {
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), microphone=(), geolocation=(), payment=(), usb=(), publickey-credentials-get=(self), \
             publickey-credentials-create=(self)",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

fn without_pages() -> Response {
    let mut response = (StatusCode::OK, WITHOUT_PAGES).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    guard(headers);
    response
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "json" | "webmanifest" => "application/json",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
