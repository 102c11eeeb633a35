//! Security events: what came in on a listener and was refused for its form, before or instead of being a call.
//!
//! Who a call may reach and which token opens what is no matter of these; that is in the records of calls, with a code.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::textual;
use crate::{Code, Timestamp};

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $variant:ident = $word:literal;)+) => {
        /// What was refused. The kinds from `request_invalid` on are codes of calls: their events carry a request id.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum SecurityKind {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl SecurityKind {
            /// Every kind, in the order of the documentation.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// The kind as text.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

kinds! {
    /// What came for a TLS handshake is none, or asks for what is not offered; or the client did not go on with it.
    TlsRefused = "tls_refused";
    /// A TLS handshake took too long.
    TlsTimeout = "tls_timeout";
    /// No client certificate came where one is required.
    ClientCertificateMissing = "client_certificate_missing";
    /// A client certificate came that is not believed: of another authority, ended, unreadable.
    ClientCertificateRefused = "client_certificate_refused";
    /// What has to be a header of the PROXY protocol is none, or did not come in time.
    ProxyHeaderRefused = "proxy_header_refused";
    /// A header of the PROXY protocol came where none is taken.
    ProxyHeaderUnexpected = "proxy_header_unexpected";
    /// Frames that break HTTP/2 ended their connection.
    Http2Refused = "http2_refused";
    /// Frames or streams that only cost something ended their connection.
    Http2Flood = "http2_flood";
    /// A request is not proper HTTP, or asks for something not offered.
    RequestInvalid = "request_invalid";
    /// A path could be read in two ways.
    PathInvalid = "path_invalid";
    /// A URL is longer than what is accepted.
    UriTooLong = "uri_too_long";
    /// A head is larger than what is accepted.
    HeadTooLarge = "head_too_large";
    /// A request did not arrive in time.
    RequestTimeout = "request_timeout";
}

impl SecurityKind {
    /// The kind of a call that was refused with `code`; none where that is no matter of form.
    pub fn of_code(code: Code) -> Option<Self> {
        match code {
            Code::RequestInvalid => Some(Self::RequestInvalid),
            Code::PathInvalid => Some(Self::PathInvalid),
            Code::UriTooLong => Some(Self::UriTooLong),
            Code::HeadTooLarge => Some(Self::HeadTooLarge),
            Code::RequestTimeout => Some(Self::RequestTimeout),
            _ => None,
        }
    }

    /// Its place in [`Self::ALL`].
    pub fn place(self) -> usize {
        self as usize
    }
}

impl fmt::Display for SecurityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not a kind.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a kind of security event is one of {}", SecurityKind::ALL.map(SecurityKind::as_str).join(", "))]
pub struct SecurityKindError;

impl FromStr for SecurityKind {
    type Err = SecurityKindError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(SecurityKindError)
    }
}

textual!(SecurityKind, "SecurityKind", "What was refused; docs/operations.md lists the kinds.", "tls_refused");

/// Where a caller was connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Listener {
    /// The gateway's, in cleartext.
    Http,
    /// The gateway's, over TLS.
    Https,
    /// The control plane's.
    Control,
}

impl Listener {
    /// The listener as text, the same as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Control => "control",
        }
    }
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not a listener.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a listener is one of http, https and control")]
pub struct ListenerError;

impl FromStr for Listener {
    type Err = ListenerError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [Self::Http, Self::Https, Self::Control];
        all.into_iter().find(|listener| listener.as_str() == text).ok_or(ListenerError)
    }
}

/// Something was refused for its form. Holds no byte of what came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SecurityEvent {
    /// Its id (UUIDv7); sorts by the time it was written down.
    pub id: uuid::Uuid,
    /// When it was seen; of several alike, the first.
    pub at: Timestamp,
    /// What was refused.
    pub kind: SecurityKind,
    /// Where the caller was connected to.
    pub listener: Listener,
    /// Where it came from: the connection's own address, or what proxies say that are believed.
    #[schema(value_type = String)]
    pub address: IpAddr,
    /// A few words on what was wrong.
    pub detail: String,
    /// How many like it, of this address, were seen within a moment.
    pub count: u64,
    /// The record of the call, where it is one; of several alike, the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<uuid::Uuid>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_reads_back_and_knows_its_place() {
        for (place, kind) in SecurityKind::ALL.into_iter().enumerate() {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(kind.place(), place);
        }
        assert!("tls".parse::<SecurityKind>().is_err());
    }

    #[test]
    fn kinds_of_calls_are_called_like_their_codes() {
        let of_codes: Vec<_> =
            Code::ALL.iter().filter_map(|code| Some((code, SecurityKind::of_code(*code)?))).collect();
        assert_eq!(of_codes.len(), 5);
        assert!(of_codes.iter().all(|(code, kind)| code.as_str() == kind.as_str()));
    }
}
