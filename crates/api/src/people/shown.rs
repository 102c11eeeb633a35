//! What an answer shows once, and the session it begins.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use keyward_http::{Caller, Guest, Refusal, cookie};
use keyward_identity::{Person, SignedIn};
use keyward_model::Code;
use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use crate::ApiState;

/// A text that is in this answer and nowhere else.
pub(crate) struct ShownOnce(pub(crate) Zeroizing<String>);

impl Serialize for ShownOnce {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// An answer that begins or renews a session.
pub(crate) struct Authenticated<T> {
    body: T,
    cookie: (http::HeaderName, http::HeaderValue),
}

impl<T> Authenticated<T> {
    /// With the session's code for the browser to keep.
    pub(crate) fn new(signed_in: &SignedIn, body: T) -> Self {
        Self { body, cookie: cookie::keep(&signed_in.code) }
    }
}

impl<T: Serialize> IntoResponse for Authenticated<T> {
    fn into_response(self) -> Response {
        ([self.cookie], Json(self.body)).into_response()
    }
}

/// Somebody with a session, who may still have to prove a second factor.
pub(crate) struct Arriving {
    /// From where.
    pub(crate) guest: Guest,
    /// Who.
    pub(crate) person: Person,
}

/// Somebody who is wholly signed in.
pub(crate) struct Insider {
    /// From where.
    pub(crate) guest: Guest,
    /// Who.
    pub(crate) person: Person,
}

impl Insider {
    /// What changes how somebody signs in asks once more for what they sign in with.
    pub(crate) fn sure(self, state: &ApiState) -> Result<Self, Refusal> {
        self.person.fresh(state.clock.now())?;
        Ok(self)
    }
}

impl FromRequestParts<ApiState> for Arriving {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Self::Rejection> {
        let guest = Guest::from_request_parts(parts, state).await?;
        let missing = || Refusal::new(Code::SessionMissing, "Nobody is signed in here. Sign in first.");
        let person = guest.person.clone().ok_or_else(missing)?;
        Ok(Self { guest, person })
    }
}

impl FromRequestParts<ApiState> for Insider {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Self::Rejection> {
        let Arriving { guest, person } = Arriving::from_request_parts(parts, state).await?;
        if person.session.awaits_second_factor {
            return Err(Refusal::new(Code::SecondFactorNeeded, "Prove your second factor to end signing in."));
        }
        Ok(Self { guest, person })
    }
}

/// The user behind a caller, where it is one.
pub(crate) fn user_of(caller: &Caller) -> Option<keyward_model::user::UserId> {
    caller.person().map(|person| person.user.id)
}
