//! Whether an answer that goes on for long may still go on: a stream outlives the request's own check by hours.

use std::time::Duration;

use keyward_http::{Caller, Who};
use keyward_model::scope::Scope;
use keyward_model::team::TeamId;
use keyward_model::token::TokenStatus;

use crate::ApiState;
use crate::access::OPERATOR;

/// For how long a person's right is taken for granted; a token's is looked at each time, which costs nothing.
const TRUSTED: Duration = Duration::from_secs(2);

/// The right that a stream was begun with.
pub(crate) struct Watch {
    state: ApiState,
    caller: Caller,
    team: Option<TeamId>,
    scope: Option<Scope>,
    /// When it was last found to be there.
    seen: Duration,
}

impl Watch {
    /// Over the right of `caller` to `scope`, in a team or in all.
    pub(crate) fn over(state: &ApiState, caller: &Caller, team: Option<TeamId>, scope: &str) -> Self {
        let seen = state.clock.monotonic();
        Self { state: state.clone(), caller: caller.clone(), team, scope: scope.parse().ok(), seen }
    }

    /// Whether the token still works, or the person is still signed in, and still has the scope.
    pub(crate) async fn may_go_on(&mut self) -> bool {
        let Some(scope) = &self.scope else { return false };
        let person = match &self.caller.who {
            Who::Token(live) => {
                let Some(live) = self.state.live.by_id(live.token.id()) else { return false };
                let status = live.facts().status(self.state.clock.now());
                return matches!(status, TokenStatus::Active | TokenStatus::Rotating)
                    && !live.app().spec.disabled
                    && live.token.scopes().covers(scope);
            }
            Who::Person(person) => person,
        };
        let now = self.state.clock.monotonic();
        if now.saturating_sub(self.seen) < TRUSTED {
            return true;
        }
        let allowed = async {
            let person = self.state.people.again(person).await.ok()??;
            let Some(team) = self.team else { return Some(person.user.operator && scope.as_str() == OPERATOR) };
            let team = self.state.store.team_by_id(team).await.ok()??;
            let rights = self.state.people.rights(&person, &team, self.caller.address).await.ok()??;
            Some(rights.scopes.covers(scope))
        };
        let allowed = allowed.await.unwrap_or(false);
        self.seen = now;
        allowed
    }
}
