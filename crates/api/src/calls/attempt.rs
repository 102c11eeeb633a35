//! `POST /teams/{team}/test-calls`: a call through the gateway of this node, to see how it goes.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use futures_util::future::BoxFuture;
use keyward_http::{Body, Refusal};
use keyward_model::app::AppSpec;
use keyward_model::check::Explanation;
use keyward_model::scope::ScopeSet;
use keyward_model::secret::Hidden;
use keyward_model::token::{TokenId, TokenText};
use keyward_model::{Code, Name};
use keyward_tokens::{CreateToken, Expiry, RevokeToken};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use super::read::look_up;
use crate::ApiState;
use crate::access::{self, Member};
use crate::path::TeamPath;

/// Made at a time, on this node.
static ROOM: Semaphore = Semaphore::const_new(4);
/// How long a token made for one call works.
const LIFETIME: Duration = Duration::from_secs(60);
/// Fields of a head that say who asks, or how the message is framed: those are not the caller's to write.
static KEPT: LazyLock<[&str; 12]> = LazyLock::new(|| {
    [
        "authorization",
        "x-api-key",
        "cookie",
        "host",
        "connection",
        "content-length",
        "transfer-encoding",
        "upgrade",
        "te",
        "trailer",
        "expect",
        "keep-alive",
    ]
});

/// Makes calls through the gateway of this node; whoever composes the node knows where that is.
pub trait GatewayCaller: Send + Sync + 'static {
    /// Makes a call, and reads its answer as far as is worth showing.
    fn call(&self, request: TestRequest) -> BoxFuture<'_, Result<TestAnswer, String>>;
}

/// A call to be made.
pub struct TestRequest {
    /// Its method.
    pub method: http::Method,
    /// Its path, with its query.
    pub path: String,
    /// Its head, beyond what the caller writes itself.
    pub headers: http::HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
    /// The token it is made with.
    pub token: TokenText,
}

/// What came back.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TestAnswer {
    /// The status.
    pub status: u16,
    /// The head; values that are no text are left out.
    pub headers: Vec<(String, String)>,
    /// The body as text, cut to 64 KiB; what is no text is shown by a mark in its place.
    pub body: String,
    /// Whether there was more of it.
    pub cut: bool,
    /// Milliseconds until the whole answer was there.
    pub took_ms: u64,
    /// The id the gateway gave the call.
    #[schema(value_type = Option<String>)]
    pub request_id: Option<uuid::Uuid>,
}

/// A call to try.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TestCall {
    /// Its method; GET when absent.
    #[serde(default)]
    method: Option<String>,
    /// Its path on the gateway, with its query: `/orders/v1/orders?status=open`.
    path: String,
    /// Fields of its head, but for those that say who asks.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Its body, at most 64 KiB.
    #[serde(default)]
    body: Option<String>,
    /// The token to make it with; in its place one is made for this call alone, with `app` and `scopes`, or `like`
    /// another.
    #[serde(default)]
    token: Option<Hidden>,
    /// The id of a token whose app and scopes the one for this call has.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    like: Option<TokenId>,
    /// The app that a token is made of.
    #[serde(default)]
    app: Option<Name>,
    /// The scopes that a token is made with.
    #[serde(default)]
    scopes: ScopeSet,
}

/// What came of a call.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct TestCallBody {
    /// The answer.
    answer: TestAnswer,
    /// Every check that was made, where the call is recorded already.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Explanation>,
}

/// Makes a call through the gateway of the node that answers, with a token that is given or with one that is made for
/// this call and revoked after it. The call comes from the node itself: what is held to addresses is held to that.
#[utoipa::path(
    post, path = "/api/v1/teams/{team}/test-calls", operation_id = "make_test_call", tag = "calls",
    summary = "Try a call", params(TeamPath), request_body = TestCall,
    security(("token" = ["keyward:tokens.write"])), responses((status = 200, body = TestCallBody)),
)]
pub(crate) async fn attempt(
    member: Member<access::TokenIssue>,
    State(state): State<ApiState>,
    Body(wanted): Body<TestCall>,
) -> Result<Json<TestCallBody>, Refusal> {
    let (method, headers) = checked(&wanted)?;
    let _room = ROOM.try_acquire().map_err(|_| {
        Refusal::new(Code::ConcurrencyLimited, "As many calls are being tried as this node makes at a time.")
    })?;
    let TestCall { path, body, token, like, mut app, mut scopes, .. } = wanted;
    if let Some(like) = like {
        if token.is_some() || app.is_some() {
            return Err(Refusal::field("like", "does not stand alone", "send one of token, app and like"));
        }
        let other = state.store.token(member.team.id, like).await?;
        let other = other.ok_or_else(|| Refusal::field("like", "is no token of the team", "name one that is there"))?;
        let its_app = state.store.resource_by_id::<AppSpec>(member.team.id, other.token.app).await?;
        app = its_app.map(|app| app.name);
        scopes = other.token.spec.scopes;
    }
    let request = |token| TestRequest { method, path, headers, body: body.unwrap_or_default().into_bytes(), token };
    let answer = match (token, app) {
        (Some(token), None) => {
            let text = token.expose_str().unwrap_or_default().to_owned();
            state.gateway.call(request(TokenText::foreign(text))).await
        }
        (None, Some(app)) => {
            let known = state.store.resource::<AppSpec>(member.team.id, &app).await?;
            let known =
                known.ok_or_else(|| Refusal::field("app", "names no app of the team", "name one that is there"))?;
            member.reaches(known.id)?;
            let made = short_lived(&state, &member, app, scopes).await?;
            let answer = state.gateway.call(request(made.1)).await;
            let reason = RevokeToken { reason: "it was made to try one call".to_owned() };
            let revoked = state.tokens.revoke(member.caller.cause(), member.team.id, made.0, reason).await;
            revoked.map_err(Refusal::failure)?;
            answer
        }
        _ => return Err(Refusal::field("token", "does not stand alone", "send either a token or an app")),
    };
    let answer = answer.map_err(|problem| {
        Refusal::new(Code::UpstreamUnreachable, "The gateway of this node did not answer the call.").because(problem)
    })?;
    let explanation = match answer.request_id {
        Some(request_id) => match look_up(&state, request_id).await? {
            Some(record) => Some(state.explainer.explain_call(&record).await.map_err(Refusal::failure)?),
            None => None,
        },
        None => None,
    };
    Ok(Json(TestCallBody { answer, explanation }))
}

fn checked(wanted: &TestCall) -> Result<(http::Method, http::HeaderMap), Refusal> {
    let method = wanted.method.as_deref().unwrap_or("GET").to_ascii_uppercase();
    let method: http::Method =
        method.parse().map_err(|_| Refusal::field("method", "is no method", "use one like GET or POST"))?;
    if !wanted.path.starts_with('/') || wanted.path.parse::<http::Uri>().is_err() {
        return Err(Refusal::field("path", "is no path", "begin it with `/`, and encode what is not plain"));
    }
    if wanted.body.as_ref().is_some_and(|body| body.len() > 64 * 1024) {
        return Err(Refusal::field("body", "is longer than 64 KiB", "try a shorter one, or call the gateway itself"));
    }
    let mut headers = http::HeaderMap::new();
    for (name, value) in &wanted.headers {
        let field = format!("headers.{name}");
        if KEPT.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(Refusal::field(field, "is written by Keyward", "leave it out"));
        }
        let parsed = (name.parse::<http::HeaderName>(), value.parse::<http::HeaderValue>());
        let (Ok(name), Ok(value)) = parsed else {
            return Err(Refusal::field(field, "cannot stand in a head", "use plain characters"));
        };
        headers.append(name, value);
    }
    Ok((method, headers))
}

async fn short_lived(
    state: &ApiState,
    member: &Member<access::TokenIssue>,
    app: Name,
    scopes: ScopeSet,
) -> Result<(TokenId, TokenText), Refusal> {
    let request = CreateToken {
        app,
        name: "trying a call".to_owned(),
        description: String::new(),
        scopes,
        restrictions: Default::default(),
        limits: Default::default(),
        labels: Default::default(),
        not_before: None,
        expires_at: Some(Expiry::At(state.clock.now().plus(LIFETIME))),
    };
    let caller = &member.caller;
    let issued = state.tokens.create(caller.cause(), member.team.id, request, caller.scopes()).await;
    let issued = issued.map_err(Refusal::failure)?;
    state.settle(issued.revision).await;
    Ok((issued.token.id, issued.secret))
}
