//! The record of a call: what came, what was decided, what it took. Never a header, a body or a secret.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::api::ApiId;
use crate::app::AppId;
use crate::check::Check;
use crate::team::TeamId;
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
    /// The target it went to.
    pub target: Option<String>,
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
    /// From the head read to the decision.
    pub decide_us: u32,
    /// Waiting for a connection to the target; 0 when one was at hand.
    pub connect_us: u32,
    /// From the request sent to the head of the answer.
    pub first_byte_us: u32,
    /// From the head read to the last byte of the answer handed over.
    pub total_us: u32,
}
