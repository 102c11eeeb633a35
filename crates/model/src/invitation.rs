//! The invitation: how people come in, by a link that works once.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::{Id, Identified};
use crate::membership::Role;
use crate::team::TeamId;
use crate::user::{Email, UserId};

/// The id of an invitation.
pub type InvitationId = Id<Invitation>;

/// For how long an invitation can be accepted.
pub const INVITATION_LIFETIME: Duration = Duration::from_secs(72 * 3600);

/// Somebody may become a member of a team. The code in its link is shown once and kept as its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Invitation {
    /// Never changes, never used again.
    #[schema(value_type = String)]
    pub id: InvitationId,
    /// Into which team.
    #[schema(value_type = String)]
    pub team: TeamId,
    /// Whom: only a user with this address can accept it.
    pub email: Email,
    /// As what.
    pub role: Role,
    /// Who invited; none for somebody at the machine or a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub invited_by: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
    /// Until when it can be accepted.
    pub expires_at: Timestamp,
}

impl Identified for Invitation {
    const PREFIX: &'static str = "invite";
}
