//! What was captured of a call, with everything secret blotted out already.

use serde::{Deserialize, Serialize};

use crate::api::ApiId;
use crate::team::TeamId;
use crate::{Name, Timestamp};

/// What was captured of a call. Everything secret in it is blotted out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CapturedCall {
    /// The id on the answer.
    pub request_id: uuid::Uuid,
    /// When the head was read.
    pub at: Timestamp,
    /// The team whose api it was.
    pub team: TeamId,
    /// The api.
    pub api: ApiId,
    /// The api's name with its version.
    pub api_name: Name,
    /// What the caller sent.
    pub request: CapturedMessage,
    /// What it was answered.
    pub response: CapturedMessage,
}

/// The parts of a message that the api captures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CapturedMessage {
    /// The first line, and a line for each header; absent where heads are not captured, or none was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<CapturedText>,
    /// The body; absent where bodies are not captured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<CapturedBody>,
}

/// Text in which everything secret is blotted out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CapturedText {
    /// The text; `[redacted]` stands for what is blotted out.
    pub text: String,
    /// Whether it went on beyond what is kept.
    pub cut: bool,
    /// Stretches that were blotted out.
    pub redacted: u64,
}

/// A body.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CapturedBody {
    /// How many bytes passed.
    pub bytes: u64,
    /// What it said, of a WebSocket a line for each message; absent where it cannot be looked through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<CapturedText>,
    /// Why it is not shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Withheld>,
    /// Its `Content-Encoding`, where that is why: `gzip`, `br` and the like, `other` where it is none that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
}

/// Why a body is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// It is compressed, or encoded otherwise, and cannot be looked through.
    Encoded,
    /// It is not UTF-8 text, and cannot be looked through: frames of gRPC among others.
    NotText,
}

/// The text may be shown to whoever may read captures, but not wherever this is printed by chance.
impl std::fmt::Debug for CapturedText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { text, cut, redacted } = self;
        f.debug_struct("CapturedText")
            .field("bytes", &text.len())
            .field("cut", cut)
            .field("redacted", redacted)
            .finish()
    }
}
