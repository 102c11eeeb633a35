//! A call that is over, as the gateway hands it to its recorder.

use std::net::IpAddr;

use keyward_model::api::ApiId;
use keyward_model::app::AppId;
use keyward_model::call::{CallRecord, Protocol, Timing};
use keyward_model::check::Check;
use keyward_model::team::TeamId;
use keyward_model::token::TokenId;
use keyward_model::{Code, Name, Timestamp};
use uuid::Uuid;

/// A call that is over, as the gateway knows it. Borrowed: nothing is made for a record that may give way.
/// The fields mean what they mean in [`keyward_model::call::CallRecord`].
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The id on the answer (UUIDv7).
    pub request_id: Uuid,
    /// When the head was read.
    pub at: Timestamp,
    /// The team whose api, or else whose token it was.
    pub team: Option<TeamId>,
    /// The app of the token.
    pub app: Option<AppId>,
    /// The token, once recognised.
    pub token: Option<TokenId>,
    /// The api, once found.
    pub api: Option<ApiId>,
    /// The api's name with its version.
    pub api_name: Option<&'a Name>,
    /// The route, once found.
    pub route: Option<&'a Name>,
    /// As on the wire, cut to 32 bytes.
    pub method: &'a str,
    /// Masked, redacted and cut to 1000 bytes already.
    pub path: &'a str,
    /// Status answered; 0 when the caller was gone before.
    pub status: u16,
    /// Why it was refused or failed.
    pub code: Option<Code>,
    /// The rule that decided.
    pub rule: Option<&'a str>,
    /// Where the call came from.
    pub address: IpAddr,
    /// The target it went to.
    pub target: Option<&'a str>,
    /// What the caller spoke.
    pub protocol: Protocol,
    /// Bytes of the request's body.
    pub bytes_in: u64,
    /// Bytes of the answer's body.
    pub bytes_out: u64,
    /// Cost units.
    pub cost: u32,
    /// How often it was sent again.
    pub retries: u8,
    /// How long each part took.
    pub timing: Timing,
    /// The revision the gateway had applied when it decided.
    pub revision: u64,
    /// The checks made, for a refused call.
    pub checks: &'a [Check],
}

/// A record handed in again: for tests, and for records that come from elsewhere.
impl<'a> From<&'a CallRecord> for Call<'a> {
    fn from(record: &'a CallRecord) -> Self {
        Self {
            request_id: record.request_id,
            at: record.at,
            team: record.team,
            app: record.app,
            token: record.token,
            api: record.api,
            api_name: record.api_name.as_ref(),
            route: record.route.as_ref(),
            method: &record.method,
            path: &record.path,
            status: record.status,
            code: record.code,
            rule: record.rule.as_deref(),
            address: record.address,
            target: record.target.as_deref(),
            protocol: record.protocol,
            bytes_in: record.bytes_in,
            bytes_out: record.bytes_out,
            cost: record.cost,
            retries: record.retries,
            timing: record.timing,
            revision: record.revision,
            checks: &record.checks,
        }
    }
}
