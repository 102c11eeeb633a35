//! The head of a request as the phases see it. No phase before `forward` knows which codec read it.

use http::header::{AsHeaderName, HOST};
use http::{HeaderMap, HeaderValue, Method, Uri};

/// Method, target and headers.
pub(crate) struct RequestHead {
    /// The method.
    pub(crate) method: Method,
    uri: Uri,
    /// The headers.
    pub(crate) headers: HeaderMap,
}

impl RequestHead {
    pub(crate) fn new(method: Method, uri: Uri, headers: HeaderMap) -> Self {
        Self { method, uri, headers }
    }

    /// Path and query as on the wire; of an absolute target (RFC 9112 section 3.2.2) what follows the authority.
    pub(crate) fn target(&self) -> &str {
        self.uri.path_and_query().map_or("", |target| target.as_str())
    }

    /// The host the caller means: of an absolute target, else of the `Host` header.
    pub(crate) fn host(&self) -> Option<HeaderValue> {
        match self.uri.authority() {
            Some(authority) => HeaderValue::from_str(authority.as_str()).ok(),
            None => self.headers.get(HOST).cloned(),
        }
    }

    /// The value of a header that decides something: none where it is absent. One that is there twice or is not text
    /// is empty, which no rule admits, so that nobody gets by a rule by writing it oddly.
    pub(crate) fn decisive(&self, name: impl AsHeaderName) -> Option<&HeaderValue> {
        static EMPTY: HeaderValue = HeaderValue::from_static("");
        let mut values = self.headers.get_all(name).iter();
        let first = values.next()?;
        Some(if values.next().is_none() && first.to_str().is_ok() { first } else { &EMPTY })
    }

    /// The same as text.
    pub(crate) fn decisive_text(&self, name: impl AsHeaderName) -> Option<&str> {
        self.decisive(name)?.to_str().ok()
    }
}
