//! The api: a published API with its routes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Name;
use crate::id::{Id, Identified};
use crate::limits::Limits;
use crate::resource::{FieldError, Kind, Record, Resource, at_most, text_at_most};
use crate::scope::{Scope, ScopeRule};
use crate::text::textual;
use crate::upstream::Timeouts;

mod bounds;
mod capture;
mod cors;
mod template;

pub use bounds::Bounds;
use bounds::MOST_BODY;
pub use capture::{Capture, PatternError};
pub use cors::{Cors, CorsOrigin, CorsOriginError};
pub use template::{PathTemplate, PathTemplateError, Segment, ValueType};

/// An api. Its name holds the version, `orders.v1`, so that several versions stand side by side.
pub type Api = Record<ApiSpec>;
/// The id of an api.
pub type ApiId = Id<ApiSpec>;

/// What an api is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiSpec {
    /// The name people read.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The api that this is a version of; what tokens and subscriptions name.
    pub api: Name,
    /// Which version this is.
    pub version: Name,
    /// How a caller names the version.
    #[serde(default)]
    pub version_in: VersionIn,
    /// What its paths begin with; one installation has each only once.
    pub base_path: BasePath,
    /// Whether base path and version are kept when a call is forwarded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keep_base_path: bool,
    /// Where its calls go.
    pub upstream: Name,
    /// Who may call it.
    #[serde(default)]
    pub access: Access,
    /// How far its life has come.
    #[serde(default)]
    pub lifecycle: Lifecycle,
    /// A query parameter that may carry the token; none unless the api opts in (RFC 6750 section 5.3 warns why).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_parameter: Option<Name>,
    /// Its scopes, and what each allows. Routes use these, and wildcards over them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scopes: BTreeMap<Scope, String>,
    /// What may be called; at most 2000.
    #[serde(default)]
    pub routes: Vec<Route>,
    /// Limits on all calls of the api together.
    #[serde(default, skip_serializing_if = "Limits::is_empty")]
    pub limits: Limits,
    /// How large a request may be, and how many calls may be under way.
    #[serde(default, skip_serializing_if = "Bounds::is_empty")]
    pub bounds: Bounds,
    /// Whether its `GET` routes may be upgraded to a WebSocket (RFC 6455, RFC 8441). Any other upgrade is refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub websocket: bool,
    /// Which pages of other web origins may call it from a browser. Where it is absent nothing is added: preflights and
    /// what an upstream says of CORS pass as any call and any answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cors: Option<Cors>,
    /// Which parts of its calls are kept with their records; none unless named.
    #[serde(default, skip_serializing_if = "Capture::is_default")]
    pub capture: Capture,
    /// Its OpenAPI document, as imported. Lists leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub openapi: Option<serde_json::Value>,
}

/// How a caller names the version of an api.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VersionIn {
    /// As a segment behind the base path: `/orders/v1`.
    #[default]
    Path,
    /// In the header `Accept-Version`; a call without it goes to the latest published version.
    Header,
    /// Not at all: there is one.
    None,
}

/// Who may call an api.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Any valid token of the team.
    #[default]
    Open,
    /// Tokens of apps with a subscription, which starts active.
    Subscribe,
    /// Tokens of apps whose subscription the api's owner has approved.
    Approve,
}

/// How far an api's life has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lifecycle {
    /// Not served.
    Draft,
    /// Served.
    #[default]
    Published,
    /// Served, with a `Deprecation` header (RFC 9745).
    Deprecated,
    /// Refused with `api_retired`.
    Retired,
}

/// One thing that can be called: methods and a path, and what it asks of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// How tokens and records refer to it; unique in the api.
    pub name: Name,
    /// What it does.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The methods it answers to. `GET` answers `HEAD` too.
    pub methods: BTreeSet<Method>,
    /// The path behind the base path: `/orders/{id:int}`.
    pub path: PathTemplate,
    /// The scopes it asks for; none asks for nothing but a valid token.
    #[serde(default)]
    pub scopes: ScopeRule,
    /// What a call costs where limits count cost units, 1 to 1,000,000.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    #[schema(minimum = 1, maximum = 1000000)]
    pub cost: u32,
    /// Waiting times of its own instead of the upstream's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeouts: Option<Timeouts>,
    /// Bytes of a request's body instead of the api's bound, 0 to 1 TiB; never more than the listener takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1099511627776u64)]
    pub max_body_bytes: Option<u64>,
}

fn one() -> u32 {
    1
}

fn is_one(cost: &u32) -> bool {
    *cost == 1
}

/// A method a route may answer to (RFC 9110 section 9, RFC 5789). CONNECT and TRACE are never forwarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
}

impl Method {
    /// Whether doing it twice is meant to do what doing it once does (RFC 9110 section 9.2.2).
    pub fn is_idempotent(self) -> bool {
        match self {
            Self::Get | Self::Head | Self::Put | Self::Delete | Self::Options => true,
            Self::Post | Self::Patch => false,
        }
    }

    /// As on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not a method Keyward forwards.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS")]
pub struct MethodError;

impl FromStr for Method {
    type Err = MethodError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "PATCH" => Self::Patch,
            "DELETE" => Self::Delete,
            "OPTIONS" => Self::Options,
            _ => return Err(MethodError),
        })
    }
}

/// What an api's paths begin with: `/orders`, `/crm/contacts`; plain segments, no closing slash.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BasePath(Box<str>);

impl BasePath {
    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its segments.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0[1..].split('/')
    }
}

impl fmt::Display for BasePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for BasePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not a base path.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a base path begins with `/` and has plain segments of a-z, A-Z, 0-9, `-`, `_`, `.` and `~`, such as /orders")]
pub struct BasePathError;

impl FromStr for BasePath {
    type Err = BasePathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = |segment: &str| {
            !matches!(segment, "" | "." | "..")
                && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~".contains(&b))
        };
        let fits = text.len() <= 200 && text.strip_prefix('/').is_some_and(|rest| rest.split('/').all(plain));
        if fits { Ok(Self(text.into())) } else { Err(BasePathError) }
    }
}

textual!(BasePath, "BasePath", "Begins with `/`, plain segments, no closing slash.", "/orders");

impl Identified for ApiSpec {
    const PREFIX: &'static str = "api";
}

impl Resource for ApiSpec {
    const KIND: Kind = Kind::Api;

    fn validate(&self, errors: &mut Vec<FieldError>) {
        text_at_most(&self.title, 200, "title", errors);
        text_at_most(&self.description, 20_000, "description", errors);
        self.limits.validate("limits", errors);
        self.bounds.validate(errors);
        self.capture.validate(errors);
        if let Some(cors) = &self.cors {
            cors.validate(errors);
        }
        at_most(&self.routes, 2000, "routes", errors);
        for scope in self.scopes.keys() {
            if scope.is_wildcard() || scope.is_management() {
                let field = format!("scopes.{scope}");
                errors.push(FieldError::new(
                    field,
                    "cannot be defined by an api",
                    "define plain scopes such as orders:read",
                ));
            }
        }
        let mut names = BTreeSet::new();
        let mut shapes = BTreeMap::new();
        for (place, route) in self.routes.iter().enumerate() {
            let field = format!("routes[{place}]");
            if !names.insert(&route.name) {
                errors.push(FieldError::new(
                    format!("{field}.name"),
                    "is used twice",
                    "give each route a name of its own",
                ));
            }
            for method in &route.methods {
                if let Some(other) = shapes.insert((*method, route.path.shape()), &route.name) {
                    let problem = format!("matches the same {method} calls as route `{other}`");
                    errors.push(FieldError::new(
                        format!("{field}.path"),
                        problem,
                        "drop one, or tell them apart by a typed parameter",
                    ));
                }
            }
            self.validate_route(route, &field, errors);
        }
    }
}

impl ApiSpec {
    fn validate_route(&self, route: &Route, field: &str, errors: &mut Vec<FieldError>) {
        text_at_most(&route.description, 2000, &format!("{field}.description"), errors);
        if route.methods.is_empty() {
            errors.push(FieldError::new(format!("{field}.methods"), "is empty", "name at least one method"));
        }
        if route.cost == 0 || route.cost > 1_000_000 {
            errors.push(FieldError::new(format!("{field}.cost"), "is out of range", "use 1 to 1000000"));
        }
        if let Some(timeouts) = &route.timeouts {
            timeouts.validate(&format!("{field}.timeouts"), errors);
        }
        if route.max_body_bytes.is_some_and(|bytes| bytes > MOST_BODY) {
            errors.push(FieldError::new(
                format!("{field}.max_body_bytes"),
                "is out of range",
                format!("use 0 to {MOST_BODY}, or leave it out for the api's bound"),
            ));
        }
        for scope in route.scopes.scopes().iter() {
            if !self.scopes.contains_key(scope) {
                let remedy = format!("add `{scope}` to `scopes` with a description, or use one that is there");
                errors.push(FieldError::new(
                    format!("{field}.scopes"),
                    format!("asks for `{scope}`, which the api does not define"),
                    remedy,
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests;
