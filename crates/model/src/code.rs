//! The codes of refusals: one word per reason, the same in answers, records, metrics and `docs/errors/`.

use std::fmt;
use std::str::FromStr;

use crate::Timestamp;
use crate::scope::ScopeSet;
use crate::text::textual;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $word:literal, $status:literal, $title:literal;)+) => {
        /// Why a call or a request was refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Code] = &[$(Code::$variant),+];

            /// The code as text.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The HTTP status it is answered with.
            pub fn status(self) -> u16 {
                match self { $(Self::$variant => $status),+ }
            }

            /// A few words for people.
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),+ }
            }
        }
    };
}

codes! {
    /// No credential came with the call.
    TokenMissing = "token_missing", 401, "No token was sent";
    /// More than one credential came with the call.
    TokenAmbiguous = "token_ambiguous", 400, "More than one token was sent";
    /// The credential is not a token: mistyped or cut off.
    TokenMalformed = "token_malformed", 401, "The token is not well-formed";
    /// No token with this secret exists.
    TokenUnknown = "token_unknown", 401, "The token is not known";
    /// Its time has not come.
    TokenNotYetValid = "token_not_yet_valid", 401, "The token is not valid yet";
    /// Its time is over.
    TokenExpired = "token_expired", 401, "The token has expired";
    /// It was revoked.
    TokenRevoked = "token_revoked", 401, "The token was revoked";
    /// It, or its app, is switched off.
    TokenDisabled = "token_disabled", 401, "The token is disabled";
    /// It waits for approval.
    TokenPending = "token_pending", 401, "The token awaits approval";
    /// It may not be used from this address.
    AddressNotAllowed = "address_not_allowed", 403, "This address may not use the token";
    /// It may not be used on this web origin.
    OriginNotAllowed = "origin_not_allowed", 403, "This origin may not use the token";
    /// It is bound to a client certificate that did not come with the call (RFC 8705, section 3).
    CertificateNotAllowed = "certificate_not_allowed", 401, "The token is bound to another client certificate";
    /// It may not be used at this time.
    TimeNotAllowed = "time_not_allowed", 403, "The token may not be used at this time";
    /// It may not be used with this method.
    MethodNotGranted = "method_not_granted", 403, "The token may not use this method";
    /// It may not call this api or route.
    ApiNotAllowed = "api_not_allowed", 403, "The token may not call this API or route";
    /// It lacks a scope the route asks for.
    ScopeMissing = "scope_missing", 403, "The token lacks a scope";
    /// Its app has no subscription to the api.
    SubscriptionRequired = "subscription_required", 403, "The app is not subscribed to this API";
    /// Its app's subscription is not active yet.
    SubscriptionPending = "subscription_pending", 403, "The app's subscription is not active";
    /// A policy forbids the call.
    PolicyDenied = "policy_denied", 403, "A policy forbids this call";
    /// Too many calls in a short time.
    RateLimited = "rate_limited", 429, "Too many calls";
    /// The calls of this period are used up.
    QuotaExhausted = "quota_exhausted", 429, "The quota is used up";
    /// Nothing is published at this path.
    RouteNotFound = "route_not_found", 404, "Nothing is published here";
    /// The path is there, the method is not.
    MethodNotAllowed = "method_not_allowed", 405, "This method is not offered here";
    /// The api's life is over.
    ApiRetired = "api_retired", 410, "This API has been retired";
    /// The path could be read in two ways.
    PathInvalid = "path_invalid", 400, "The path is not in canonical form";
    /// The request is not proper HTTP, or asks for something not offered.
    RequestInvalid = "request_invalid", 400, "The request is not valid";
    /// The path with its query is longer than what is accepted.
    UriTooLong = "uri_too_long", 414, "The URL is too long";
    /// The head is larger than what is accepted (RFC 6585 section 5).
    HeadTooLarge = "head_too_large", 431, "The head of the request is too large";
    /// The body is larger than what is accepted.
    RequestTooLarge = "request_too_large", 413, "The request is too large";
    /// The request did not arrive in time.
    RequestTimeout = "request_timeout", 408, "The request took too long to arrive";
    /// It asks for another protocol than the api allows.
    UpgradeNotAllowed = "upgrade_not_allowed", 403, "This API does not switch protocols";
    /// As many calls are under way as api or listener allow.
    ConcurrencyLimited = "concurrency_limited", 503, "Too many calls at once";
    /// The whole call took longer than it may.
    CallTimeout = "call_timeout", 504, "The call took too long";
    /// No target of the upstream answered.
    UpstreamUnreachable = "upstream_unreachable", 502, "The service behind is not reachable";
    /// The upstream answered something that is not HTTP.
    UpstreamInvalid = "upstream_invalid", 502, "The service behind gave an invalid answer";
    /// The upstream did not answer in time.
    UpstreamTimeout = "upstream_timeout", 504, "The service behind did not answer in time";
    /// The upstream has as much under way as it is allowed.
    UpstreamOverloaded = "upstream_overloaded", 503, "The service behind has too much to do";
    /// The api is published, but what it stands on is not usable.
    ApiMisconfigured = "api_misconfigured", 503, "This API is not ready";
    /// Nobody is signed in.
    SessionMissing = "session_missing", 401, "Nobody is signed in";
    /// The session is over.
    SessionEnded = "session_ended", 401, "The session is over";
    /// Address and password do not belong together.
    SignInFailed = "sign_in_failed", 401, "Signing in failed";
    /// Too many attempts to sign in failed.
    SignInThrottled = "sign_in_throttled", 429, "Too many attempts failed";
    /// A second factor has to be proved first.
    SecondFactorNeeded = "second_factor_needed", 403, "A second factor is needed";
    /// The second factor was not accepted.
    SecondFactorFailed = "second_factor_failed", 401, "The second factor was not accepted";
    /// The link was used, taken back, or is too old.
    LinkInvalid = "link_invalid", 410, "This link no longer works";
    /// The request was made by another site's page.
    CrossSite = "cross_site", 403, "The request came from another site";
    /// The role of whoever asks does not allow it.
    RightMissing = "right_missing", 403, "Your role does not allow this";
    /// A field of a management request is wrong.
    FieldInvalid = "field_invalid", 422, "A field is not valid";
    /// What was asked for does not exist, or belongs to another team.
    NotFound = "not_found", 404, "There is no such thing here";
    /// It exists already, or something still depends on it.
    Conflict = "conflict", 409, "This conflicts with what is there";
    /// It changed since it was read.
    PreconditionFailed = "precondition_failed", 412, "It was changed in the meantime";
    /// An idempotency key was used for another request.
    IdempotencyConflict = "idempotency_conflict", 409, "This idempotency key belongs to another request";
    /// The store does not answer.
    StoreUnavailable = "store_unavailable", 503, "The store is not reachable";
    /// The store's disk is full or read-only.
    StorageRefused = "storage_refused", 507, "The store cannot write";
    /// Stored bytes fail their seal.
    DataCorrupt = "data_corrupt", 500, "Stored data is damaged";
    /// A mistake of Keyward's own.
    Internal = "internal", 500, "Something went wrong here";
}

impl Code {
    /// Whether Keyward itself turned the call away, rather than the service behind failing it.
    pub fn is_refusal(self) -> bool {
        !matches!(self, Self::UpstreamUnreachable | Self::UpstreamInvalid | Self::UpstreamTimeout | Self::CallTimeout)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not a code.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a code; docs/errors/ lists them")]
pub struct CodeError(String);

impl FromStr for Code {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text).ok_or_else(|| CodeError(text.to_owned()))
    }
}

textual!(Code, "Code", "One word for the reason of a refusal; each has a page under docs/errors/.", "scope_missing");

/// A refusal: the code, the rule that decided, and what helps. It holds nothing the caller may not know
/// once the whole secret was shown, but for `rule`, which is for the owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// Why.
    pub code: Code,
    /// The rule that decided, with the owner's names and values: `token 4fTz… restrictions.allow_addresses`.
    pub rule: String,
    /// One sentence for the caller.
    pub detail: String,
    /// The scopes that are missing, for `scope_missing`.
    pub required_scope: Option<ScopeSet>,
    /// Whole seconds until it is worth trying again.
    pub retry_after: Option<u64>,
    /// When the token expired, or begins to work.
    pub moment: Option<Timestamp>,
}

impl Denial {
    /// A refusal without further help.
    pub fn new(code: Code, rule: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { code, rule: rule.into(), detail: detail.into(), required_scope: None, retry_after: None, moment: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back_and_has_a_fitting_status() {
        for code in Code::ALL {
            assert_eq!(code.as_str().parse(), Ok(*code));
            assert!((400..600).contains(&code.status()), "{code}");
        }
    }
}
