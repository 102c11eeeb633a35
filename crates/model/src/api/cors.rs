//! CORS: which pages of which web origins may read an api's answers in a browser (Fetch standard, section 3.2).

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Method;
use crate::connection::is_token;
use crate::origin::OriginPattern;
use crate::resource::{FieldError, at_most};
use crate::text::textual;

const MOST_AGE: u32 = 86_400;

/// Which pages of other web origins may call an api and read its answers in a browser. The gateway then answers
/// preflights itself, and what an upstream says of CORS is dropped. It is no guard against anybody but browsers: who may
/// call is decided by tokens alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cors {
    /// The origins: `https://shop.example`, `https://*.shop.example` for all its subdomains, or `*` alone for any; 1 to
    /// 100.
    pub allow_origins: Vec<CorsOrigin>,
    /// The methods that pages may use, as far as the routes offer them; all that the routes offer unless named.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub allow_methods: BTreeSet<Method>,
    /// Headers that pages may send besides `Authorization`, `X-API-Key`, `Accept-Version`, `Content-Type` and those of
    /// gRPC-Web; `*` for any; at most 64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_headers: Vec<String>,
    /// Headers that pages may read besides Keyward's own and those of gRPC-Web; `*` for any; at most 64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expose_headers: Vec<String>,
    /// Whether pages may have the browser send cookies and client certificates along; not together with `*`. A token in
    /// a header needs no leave of this kind.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_credentials: bool,
    /// Seconds for which a browser may remember a preflight, 0 to 86,400.
    #[serde(default = "ten_minutes")]
    #[schema(minimum = 0, maximum = 86400)]
    pub max_age_seconds: u32,
}

fn ten_minutes() -> u32 {
    600
}

/// Web origins whose pages may call: one, every subdomain of one, or any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CorsOrigin {
    /// Any, also those that name none.
    Any,
    /// One, or every subdomain.
    Of(OriginPattern),
}

impl fmt::Display for CorsOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Of(pattern) => fmt::Display::fmt(pattern, f),
        }
    }
}

/// The text names no origins.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("write an origin such as https://shop.example, https://*.shop.example for all its subdomains, or * for any")]
pub struct CorsOriginError;

impl FromStr for CorsOrigin {
    type Err = CorsOriginError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "*" => Ok(Self::Any),
            text => text.parse().map(Self::Of).map_err(|_| CorsOriginError),
        }
    }
}

textual!(
    CorsOrigin,
    "CorsOrigin",
    "A web origin whose pages may call; `https://*.shop.example` admits every subdomain, `*` any origin.",
    "https://shop.example"
);

impl Cors {
    /// Whether pages of any origin may call.
    pub fn allows_any(&self) -> bool {
        self.allow_origins.contains(&CorsOrigin::Any)
    }

    /// Whether pages of the origin, as an `Origin` header has it, may call.
    pub fn allows(&self, origin: &str) -> bool {
        self.allow_origins.iter().any(|allowed| match allowed {
            CorsOrigin::Any => true,
            CorsOrigin::Of(pattern) => pattern.matches_text(origin),
        })
    }

    /// Those of the methods offered that pages may use.
    pub fn methods(&self, offered: &BTreeSet<Method>) -> Vec<Method> {
        let allowed = |method: &Method| self.allow_methods.is_empty() || self.allow_methods.contains(method);
        let head = offered.contains(&Method::Get) && !offered.contains(&Method::Head);
        offered.iter().copied().chain(head.then_some(Method::Head)).filter(allowed).collect()
    }

    /// What cannot be.
    pub(super) fn validate(&self, errors: &mut Vec<FieldError>) {
        at_most(&self.allow_origins, 100, "cors.allow_origins", errors);
        at_most(&self.allow_headers, 64, "cors.allow_headers", errors);
        at_most(&self.expose_headers, 64, "cors.expose_headers", errors);
        if self.allow_origins.is_empty() {
            let remedy = "name at least one, such as https://shop.example, or take `cors` out";
            errors.push(FieldError::new("cors.allow_origins", "is empty", remedy));
        }
        if self.allows_any() && self.allow_origins.len() > 1 {
            let remedy = "leave `*` alone, or take it out";
            errors.push(FieldError::new(
                "cors.allow_origins",
                "names origins beside `*`, which is all of them",
                remedy,
            ));
        }
        if self.allows_any() && self.allow_credentials {
            errors.push(FieldError::new(
                "cors.allow_credentials",
                "cannot be together with the origin `*`: any page could then act for whoever looks at it",
                "name the origins, or leave credentials out; a token in a header needs none",
            ));
        }
        for (names, field) in [(&self.allow_headers, "allow_headers"), (&self.expose_headers, "expose_headers")] {
            for (place, name) in names.iter().enumerate() {
                let field = format!("cors.{field}[{place}]");
                if !is_token(name) || name.len() > 200 {
                    let remedy = "write it as on the wire: X-Trace-Id";
                    errors.push(FieldError::new(field, "is not the name of a header", remedy));
                } else if name == "*" && self.allow_credentials {
                    let problem = "cannot be `*` together with `allow_credentials`: browsers take it for a name then";
                    errors.push(FieldError::new(field, problem, "name the headers"));
                }
            }
        }
        if self.max_age_seconds > MOST_AGE {
            let remedy = format!("use 0 to {MOST_AGE}");
            errors.push(FieldError::new("cors.max_age_seconds", "is out of range", remedy));
        }
    }
}
