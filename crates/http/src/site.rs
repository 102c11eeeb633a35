//! Whether a request with a cookie was made by our own pages. Browsers add a cookie to whatever goes to its host; these
//! headers they write themselves, and no page can change them.

use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderName, Method};
use keyward_model::Code;

use crate::Refusal;

/// W3C Fetch Metadata Request Headers, section 2.4.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses what another site's page has made. `Sec-Fetch-Site` decides where it is there; where it is not, `Origin` has
/// to name this very host, and whatever changes something has to have one of the two.
pub(crate) fn check(parts: &Parts) -> Result<(), Refusal> {
    let text = |name: HeaderName| parts.headers.get(name).map(|value| value.to_str().unwrap_or("(unreadable)"));
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    let own = match (text(FETCH_SITE), text(ORIGIN)) {
        (Some("same-origin"), _) => true,
        // Typed into the address bar, or followed from a bookmark.
        (Some("none"), None) => reads,
        (Some(_), _) => false,
        (None, Some(origin)) => {
            let host = text(HOST).or_else(|| parts.uri.authority().map(http::uri::Authority::as_str));
            let named = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
            host.is_some() && named == host
        }
        (None, None) => reads,
    };
    if own {
        return Ok(());
    }
    let detail = "The request came from a page of another site. Use the control room's own pages, or a token.";
    Err(Refusal::new(Code::CrossSite, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(method: Method, headers: &[(&str, &str)]) -> bool {
        let mut request =
            http::Request::builder().method(method).uri("/api/v1/account").header(HOST, "keyward.test:8081");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        check(&request.body(()).unwrap().into_parts().0).is_ok()
    }

    #[test]
    fn only_our_own_pages_change_anything() {
        assert!(passes(Method::POST, &[("sec-fetch-site", "same-origin"), ("origin", "https://keyward.test:8081")]));
        assert!(passes(Method::POST, &[("origin", "https://keyward.test:8081")]), "an older browser");
        for headers in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("sec-fetch-site", "cross-site"), ("origin", "https://keyward.test:8081")],
            &[("origin", "https://keyward.test")],
            &[("origin", "https://evil.test")],
            &[("origin", "null")],
            &[],
        ] {
            assert!(!passes(Method::POST, headers), "{headers:?}");
            assert!(!passes(Method::DELETE, headers), "{headers:?}");
        }
    }

    #[test]
    fn reading_needs_no_origin_but_must_not_name_another() {
        assert!(passes(Method::GET, &[]));
        assert!(passes(Method::GET, &[("sec-fetch-site", "none")]));
        assert!(!passes(Method::GET, &[("sec-fetch-site", "cross-site")]));
        assert!(!passes(Method::GET, &[("origin", "https://evil.test")]));
    }
}
