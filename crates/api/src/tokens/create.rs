//! `POST /teams/{team}/tokens`

use axum::extract::State;
use http::{Method, Uri};
use keyward_http::{IdempotencyKey, RawBody, Refusal};
use keyward_model::app::AppSpec;
use keyward_tokens::{CreateToken, Creation, Issued};

use crate::ApiState;
use crate::access::{self, Member};
use crate::path::{IdempotencyHeader, TeamPath};
use crate::tokens::{Confidential, IssuedBody, Shown, TokenBody, replay};

/// Makes a token. Its secret is in this answer and nowhere else.
#[utoipa::path(
    post, path = "/api/v1/teams/{team}/tokens", operation_id = "create_token", tag = "tokens",
    summary = "Create a token", params(TeamPath, IdempotencyHeader), request_body = CreateToken,
    security(("token" = ["keyward:tokens.write"])),
    responses((status = 201, body = IssuedBody)),
)]
pub(crate) async fn create(
    member: Member<access::TokenIssue>,
    State(state): State<ApiState>,
    key: IdempotencyKey,
    method: Method,
    uri: Uri,
    body: RawBody,
) -> Result<Confidential<IssuedBody>, Refusal> {
    let (caller, team) = (&member.caller, member.team.id);
    let request: CreateToken = body.parse()?;
    if member.apps.is_some() {
        let app = state.store.resource::<AppSpec>(team, &request.app).await?;
        // One that is not there is nobody's.
        member.reaches(app.ok_or_else(access::not_your_app)?.id)?;
    }
    let made = match replay::key(&state, caller, key, (&method, uri.path()), &body) {
        None => state.tokens.create(caller.cause(), team, request, caller.scopes()).await,
        Some(key) => match state.tokens.create_once(caller.cause(), team, request, caller.scopes(), &key).await {
            Ok(Creation::Made(issued)) => Ok(issued),
            Ok(Creation::Repeated(token)) => {
                let token = TokenBody::new(token, state.clock.now());
                return Ok(Confidential::replayed(IssuedBody { token, secret: None }));
            }
            Err(error) => Err(error),
        },
    };
    let Issued { token, secret, revision } = made.map_err(Refusal::failure)?;
    let body = IssuedBody { token: TokenBody::new(token, state.clock.now()), secret: Some(Shown(secret)) };
    Ok(Confidential::created(&state, revision, body).await)
}
