//! `POST /teams/{team}/tokens/{id}/revoke`

use axum::extract::State;
use keyward_http::{Body, Refusal};
use keyward_model::Timestamp;
use keyward_store::StoreError;
use keyward_tokens::RevokeToken;
use serde::Serialize;

use crate::ApiState;
use crate::access::{self, Member};
use crate::path::{PathToken, TokenPath};
use crate::settled::Settled;
use crate::tokens::TokenBody;

/// A revoked token, and the proof that it is refused.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RevokedBody {
    /// The token.
    token: TokenBody,
    /// Which nodes refuse it.
    receipt: Receipt,
}

/// Which nodes act on a revision, as far as they have said.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Receipt {
    /// The revision of the revocation.
    revision: u64,
    /// This node first, then the others.
    nodes: Vec<ReceiptNode>,
}

/// What one node has said.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ReceiptNode {
    /// Its name.
    node: String,
    /// The revision it acts on.
    revision: u64,
    /// Whether it refuses what was revoked.
    refuses: bool,
    /// When it said so.
    seen_at: Timestamp,
}

impl Receipt {
    /// Waits for this node, and asks what the others have said.
    pub(crate) async fn of(state: &ApiState, revision: u64) -> Result<Self, StoreError> {
        state.settle(revision).await;
        let node = |node: String, applied: u64, seen_at| ReceiptNode {
            node,
            revision: applied,
            refuses: applied >= revision,
            seen_at,
        };
        let applied = *state.follower.applied().borrow();
        let mut nodes = vec![node(state.node.to_string(), applied, state.clock.now())];
        let others = state.store.nodes().await?.into_iter().filter(|other| *other.node != *state.node);
        nodes.extend(others.map(|other| node(other.node, other.revision, other.seen_at)));
        Ok(Self { revision, nodes })
    }
}

/// Revokes a token for good. When the answer arrives, this node refuses the token.
#[utoipa::path(
    post, path = "/api/v1/teams/{team}/tokens/{id}/revoke", operation_id = "revoke_token", tag = "tokens",
    summary = "Revoke a token", params(TokenPath), request_body = RevokeToken,
    security(("token" = ["keyward:tokens.write"])),
    responses((status = 200, body = RevokedBody)),
)]
pub(crate) async fn revoke(
    member: Member<access::TokenWrite>,
    State(state): State<ApiState>,
    PathToken(id): PathToken,
    Body(request): Body<RevokeToken>,
) -> Result<Settled<RevokedBody>, Refusal> {
    let revoked = state.tokens.revoke(member.caller.cause(), member.team.id, id, request).await;
    let revoked = revoked.map_err(Refusal::failure)?;
    let receipt = Receipt::of(&state, revoked.revision).await?;
    let body = RevokedBody { token: TokenBody::new(revoked.token, state.clock.now()), receipt };
    Ok(Settled::wait(&state, revoked.revision, body).await)
}
