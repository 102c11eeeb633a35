//! `POST /teams/{team}/tokens/import`

use axum::extract::State;
use http::{Method, Uri};
use keyward_http::{IdempotencyKey, RawBody, Refusal};
use keyward_tokens::ImportTokens;
use serde::Serialize;

use crate::ApiState;
use crate::access::{self, Member};
use crate::path::{IdempotencyHeader, TeamPath};
use crate::tokens::{Confidential, TokenBody, read, replay};

/// The tokens brought in, in the order asked for.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ImportedBody {
    /// The tokens.
    tokens: Vec<TokenBody>,
}

/// Brings in keys that were made elsewhere, by their hash: they work without being issued anew. All, or none.
#[utoipa::path(
    post, path = "/api/v1/teams/{team}/tokens/import", operation_id = "import_tokens", tag = "tokens",
    summary = "Import keys made elsewhere", params(TeamPath, IdempotencyHeader), request_body = ImportTokens,
    security(("token" = ["keyward:tokens.write"])),
    responses((status = 201, body = ImportedBody)),
)]
pub(crate) async fn import(
    member: Member<access::TokensWrite>,
    State(state): State<ApiState>,
    key: IdempotencyKey,
    method: Method,
    uri: Uri,
    body: RawBody,
) -> Result<Confidential<ImportedBody>, Refusal> {
    let (caller, team) = (&member.caller, member.team.id);
    let request: ImportTokens = body.parse()?;
    let key = replay::key(&state, caller, key, (&method, uri.path()), &body);
    if let Some(key) = &key
        && let Some(made) = replay::made_before(&state, team, key).await?
    {
        let mut tokens = Vec::with_capacity(made.len());
        for id in made {
            tokens.push(TokenBody::new(read::find(&state, team, id).await?, state.clock.now()));
        }
        return Ok(Confidential::replayed(ImportedBody { tokens }));
    }
    let imported = state.tokens.import(caller.cause(), team, request, caller.scopes()).await;
    let imported = imported.map_err(Refusal::failure)?;
    if let Some(key) = &key {
        let made: Vec<_> = imported.tokens.iter().map(|token| token.id).collect();
        replay::remember(&state, caller, team, key, &made).await?;
    }
    let now = state.clock.now();
    let tokens = imported.tokens.into_iter().map(|token| TokenBody::new(token, now)).collect();
    Ok(Confidential::created(&state, imported.revision, ImportedBody { tokens }).await)
}
