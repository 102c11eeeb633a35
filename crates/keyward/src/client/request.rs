//! A request to the management API.

use keyward_model::secret::Hidden;
use serde::Serialize;
use zeroize::Zeroizing;

use super::body_of;
use crate::failure::Failure;

/// A request below `/api/v1`.
pub struct Request {
    pub(super) method: &'static str,
    path: String,
    query: Vec<(&'static str, String)>,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) content_type: &'static str,
    pub(super) body: Option<Zeroizing<Vec<u8>>>,
}

impl Request {
    /// A request; each segment of the path is encoded.
    pub fn new(method: &'static str, segments: &[&str]) -> Self {
        let path = segments.iter().map(|segment| format!("/{}", encoded(segment))).collect();
        Self { method, path, query: Vec::new(), headers: Vec::new(), content_type: "application/json", body: None }
    }

    /// With a query parameter, if there is a value for it.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: Option<impl ToString>) -> Self {
        self.query.extend(value.map(|value| (name, value.to_string())));
        self
    }

    /// With a header, if there is a value for it.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: Option<String>) -> Self {
        self.headers.extend(value.map(|value| (name, value)));
        self
    }

    /// Only if the thing is still of this version.
    #[must_use]
    pub fn if_version(self, version: Option<u64>) -> Self {
        self.header("if-match", version.map(|version| format!("\"{version}\"")))
    }

    /// Also where a manifest owns the thing.
    #[must_use]
    pub fn overriding(self, overriding: bool) -> Self {
        self.header("x-keyward-override", overriding.then(|| "true".to_owned()))
    }

    /// With a JSON body.
    pub fn json(mut self, body: &impl Serialize) -> Result<Self, Failure> {
        self.body = Some(body_of(body)?);
        Ok(self)
    }

    /// With a JSON merge patch (RFC 7396) as its body.
    pub fn merge_patch(mut self, body: &impl Serialize) -> Result<Self, Failure> {
        self.content_type = "application/merge-patch+json";
        self.json(body)
    }

    /// Path and query.
    pub(super) fn target(&self) -> String {
        let mut target = format!("/api/v1{}", self.path);
        for (place, (name, value)) in self.query.iter().enumerate() {
            target.push(if place == 0 { '?' } else { '&' });
            target.push_str(&format!("{name}={}", encoded(value)));
        }
        target
    }
}

/// A secret on its way into a body, and nowhere else.
pub struct Exposed<'a>(pub &'a Hidden);

impl Serialize for Exposed<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.expose_str() {
            Some(text) => serializer.serialize_str(text),
            None => Err(serde::ser::Error::custom("a secret that is not text cannot be sent")),
        }
    }
}

/// Percent-encodes all but the unreserved characters of RFC 3986.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_and_values_cannot_break_out() {
        let request =
            Request::new("GET", &["teams", "a/../b", "apps"]).query("q", Some("x&y=1")).query("after", None::<String>);
        assert_eq!(request.target(), "/api/v1/teams/a%2F..%2Fb/apps?q=x%26y%3D1");
    }
}
