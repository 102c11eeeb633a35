//! The record of a call: what came, what was decided, what it took. Never a header, a body or a secret.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::api::ApiId;
use crate::app::AppId;
use crate::check::Check;
use crate::team::TeamId;
use crate::text::textual;
use crate::token::TokenId;
use crate::{Code, Name, Timestamp};

/// One request through the gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CallRecord {
    /// The id on the answer (UUIDv7); sorts by time.
    pub request_id: uuid::Uuid,
    /// When the head was read.
    pub at: Timestamp,
    /// The team whose api, or else whose token it was; none while neither was known.
    pub team: Option<TeamId>,
    /// The app of the token, once the token was recognised.
    pub app: Option<AppId>,
    /// The token, once recognised.
    pub token: Option<TokenId>,
    /// The api, once found.
    pub api: Option<ApiId>,
    /// The api's name with its version.
    pub api_name: Option<Name>,
    /// The route, once found.
    pub route: Option<Name>,
    /// As on the wire; cut to 32 bytes.
    pub method: String,
    /// Canonical path with the names of query parameters and no value: `/orders/v1/orders?page=…`. Cut to 1000 bytes.
    pub path: String,
    /// Status answered; 0 when the caller was gone before.
    pub status: u16,
    /// Why it was refused or failed; none when the upstream's answer went through.
    pub code: Option<Code>,
    /// The rule that decided; for the owner only.
    pub rule: Option<String>,
    /// Where the call came from.
    #[schema(value_type = String)]
    pub address: IpAddr,
    /// The country of the address, by the database the operator named; none when it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// The autonomous system of the address, by the database the operator named; none when it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asn: Option<u32>,
    /// What the caller spoke.
    #[serde(default)]
    pub protocol: Protocol,
    /// The target it went to.
    pub target: Option<String>,
    /// How often it was sent again, to this target or another, before it was answered or given up.
    #[serde(default)]
    pub retries: u8,
    /// Bytes of the request's body.
    pub bytes_in: u64,
    /// Bytes of the answer's body.
    pub bytes_out: u64,
    /// What it cost where limits count cost units.
    pub cost: u32,
    /// How long each part took.
    pub timing: Timing,
    /// The store's revision that the gateway had applied when it decided.
    pub revision: u64,
    /// The checks made, kept for refused calls only; an allowed call passed them all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
}

/// How long each part of a call took, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Timing {
    /// Waiting for room at a target, where the upstream bounds the calls at each; 0 when there was room.
    #[serde(default)]
    pub queue_us: u32,
    /// From the head read to the decision.
    pub decide_us: u32,
    /// Connecting to the target; 0 when a connection was at hand.
    pub connect_us: u32,
    /// From the request sent to the head of the answer.
    pub first_byte_us: u32,
    /// From the head read to the last byte of the answer handed over.
    pub total_us: u32,
}

/// What the caller spoke to the gateway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Protocol {
    /// HTTP/1.0.
    #[serde(rename = "http/1.0")]
    Http10,
    /// HTTP/1.1.
    #[default]
    #[serde(rename = "http/1.1")]
    Http11,
    /// HTTP/2.
    #[serde(rename = "http/2")]
    Http2,
    /// A WebSocket, over either.
    #[serde(rename = "websocket")]
    WebSocket,
    /// gRPC or gRPC-web.
    #[serde(rename = "grpc")]
    Grpc,
}

impl Protocol {
    /// Every protocol.
    pub const ALL: [Self; 5] = [Self::Http10, Self::Http11, Self::Http2, Self::WebSocket, Self::Grpc];

    /// The protocol as text, the same as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http10 => "http/1.0",
            Self::Http11 => "http/1.1",
            Self::Http2 => "http/2",
            Self::WebSocket => "websocket",
            Self::Grpc => "grpc",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not a protocol.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a protocol is one of http/1.0, http/1.1, http/2, websocket and grpc")]
pub struct ProtocolError;

impl FromStr for Protocol {
    type Err = ProtocolError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|protocol| protocol.as_str() == text).ok_or(ProtocolError)
    }
}

/// A country by its two capital letters (ISO 3166-1 alpha-2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// The letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not a country.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a country is its two capital letters in ISO 3166-1, such as NO")]
pub struct CountryError;

impl FromStr for Country {
    type Err = CountryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let letters: [u8; 2] = text.as_bytes().try_into().map_err(|_| CountryError)?;
        if letters.iter().all(u8::is_ascii_uppercase) { Ok(Self(letters)) } else { Err(CountryError) }
    }
}

textual!(Country, "Country", "A country by its two capital letters (ISO 3166-1 alpha-2).", "NO");
