//! Whether an answer that goes on for long may still go on: a stream outlives the request's own check by hours.

use keyward_http::Caller;
use keyward_model::scope::Scope;
use keyward_model::token::{TokenId, TokenStatus};

use crate::ApiState;

/// The right that a stream was begun with.
pub(crate) struct Watch {
    state: ApiState,
    token: TokenId,
    scope: Option<Scope>,
}

impl Watch {
    /// Over the right of `caller` to `scope`.
    pub(crate) fn over(state: &ApiState, caller: &Caller, scope: &str) -> Self {
        Self { state: state.clone(), token: caller.live.token.id(), scope: scope.parse().ok() }
    }

    /// Whether the token still works, and still has the scope.
    pub(crate) fn may_go_on(&self) -> bool {
        let Some(live) = self.state.live.by_id(self.token) else { return false };
        let status = live.facts().status(self.state.clock.now());
        matches!(status, TokenStatus::Active | TokenStatus::Rotating)
            && !live.app().spec.disabled
            && self.scope.as_ref().is_some_and(|scope| live.token.scopes().covers(scope))
    }
}
