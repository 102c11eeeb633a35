//! The audit event: who changed what, when, from where, before and after. Chained per team.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::integrity::{Mac, hex};
use crate::resource::Kind;
use crate::team::TeamId;
use crate::token::TokenId;
use crate::user::UserId;

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Actor {
    /// A token of the management API.
    Token {
        /// Which.
        id: TokenId,
        /// Its name at that time.
        name: String,
    },
    /// A person, signed in.
    User {
        /// Who.
        #[schema(value_type = String)]
        id: UserId,
        /// Their name at that time.
        name: String,
    },
    /// Nobody known: somebody who tries to come in.
    Stranger,
    /// Somebody with access to the machine, through the command line.
    Machine {
        /// The command.
        command: String,
    },
    /// Keyward itself: expiry, rotation by policy, retention.
    Keyward {
        /// The job.
        job: String,
    },
}

/// Where a change came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Who.
    pub actor: Actor,
    /// From which address; none for Keyward itself and the machine.
    pub address: Option<IpAddr>,
    /// With which program; cut to 200 characters.
    pub agent: Option<String>,
    /// The request it came with.
    pub request_id: Option<uuid::Uuid>,
}

impl Cause {
    /// A job of Keyward's own.
    pub fn job(job: &str) -> Self {
        Self { actor: Actor::Keyward { job: job.to_owned() }, address: None, agent: None, request_id: None }
    }

    /// A command on the machine itself.
    pub fn machine(command: &str) -> Self {
        Self { actor: Actor::Machine { command: command.to_owned() }, address: None, agent: None, request_id: None }
    }
}

/// What is said of a change when it is made; the store adds time, place in the chain and hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditDraft {
    /// What was done: `token.create`, `token.widen`, `api.delete`.
    pub action: String,
    /// To what kind of thing.
    pub kind: Kind,
    /// To which one: its id.
    pub target: String,
    /// Its name, for people.
    pub target_name: String,
    /// Before; none for a creation.
    pub before: Option<serde_json::Value>,
    /// After; none for a deletion.
    pub after: Option<serde_json::Value>,
    /// Why, in the actor's words.
    pub reason: Option<String>,
}

/// One change or attempted change, as kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuditEvent {
    /// The team whose trail it stands in.
    pub team: TeamId,
    /// Its place in the team's trail, from 1, without gaps.
    pub sequence: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// From which address.
    #[schema(value_type = Option<String>)]
    pub address: Option<IpAddr>,
    /// With which program.
    pub agent: Option<String>,
    /// The request it came with.
    pub request_id: Option<uuid::Uuid>,
    /// What was done.
    pub action: String,
    /// To what kind of thing.
    pub kind: Kind,
    /// To which one.
    pub target: String,
    /// Its name at that time.
    pub target_name: String,
    /// Before.
    #[schema(value_type = Option<Object>)]
    pub before: Option<serde_json::Value>,
    /// After.
    #[schema(value_type = Option<Object>)]
    pub after: Option<serde_json::Value>,
    /// Why.
    pub reason: Option<String>,
    /// HMAC-SHA-256 over this event and the hash before, in hexadecimal.
    pub hash: String,
}

impl AuditEvent {
    /// The hash that this event must have after one with `previous`; the first event follows the empty text.
    ///
    /// It covers every other field: JSON with its fields in the order of this type is the text hashed.
    pub fn chain(&self, previous: &str, mac: &dyn Mac) -> String {
        let unsealed = Self { hash: String::new(), ..self.clone() };
        let text = serde_json::to_string(&unsealed).expect("an audit event holds nothing that JSON cannot");
        hex(&mac.mac(&[b"keyward audit 1", previous.as_bytes(), text.as_bytes()]))
    }
}
