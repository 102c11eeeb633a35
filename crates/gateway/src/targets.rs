//! How the targets of upstreams are, for whoever asks: what calls are balanced by, and what probes came to.

use std::sync::Arc;
use std::time::Duration;

use keyward_model::team::TeamId;
use keyward_model::{Clock, Name, Timestamp};
use keyward_policy::balance::State;

use crate::probe::Noted;
use crate::state::upstream::Upstream;
use crate::worker::Shared;

/// Knows how targets are, as this gateway sees them right now.
pub struct Targets {
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
}

/// What is known of an upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpstreamStanding {
    /// No api's calls go there, so that nobody has looked.
    Unused,
    /// Calls cannot go there, for this reason.
    Unusable(String),
    /// Its targets, in their order.
    Used(Vec<TargetStanding>),
}

/// One target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetStanding {
    /// Its URL.
    pub url: String,
    /// Whether it is well, as far as anybody can say: none where nothing has shown it either way.
    pub healthy: Option<bool>,
    /// Whether it gets calls.
    pub state: State,
    /// When that began; none for what was so from the start.
    pub since: Option<Timestamp>,
    /// When it gets calls again, where that is decided.
    pub until: Option<Timestamp>,
    /// Failed calls in a row.
    pub failures: u32,
    /// Calls under way and calls that wait, where they are bounded.
    pub room: Option<(u32, u32)>,
    /// The last probe; none where there are no probes, and before the first.
    pub probe: Option<ProbeStanding>,
    /// When the last bad probe was, and what was wrong.
    pub last_error: Option<(Timestamp, String)>,
}

/// One probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeStanding {
    /// When it went out.
    pub at: Timestamp,
    /// Whether the answer was as it should be.
    pub good: bool,
    /// The status answered, if anything was.
    pub status: Option<u16>,
    /// How long it took.
    pub took: Duration,
}

impl Targets {
    pub(crate) fn new(shared: Arc<Shared>, clock: Arc<dyn Clock>) -> Self {
        Self { shared, clock }
    }

    /// How the targets of a team's upstream are.
    pub fn of(&self, team: TeamId, upstream: &Name) -> UpstreamStanding {
        let state = self.shared.state.load();
        let mut apis = state.table.apis().iter().zip(&state.apis);
        let found = apis.find(|(entry, _)| entry.api.team == team && entry.api.spec.upstream == *upstream);
        match found.map(|(_, facts)| &facts.upstream) {
            None => UpstreamStanding::Unused,
            Some(Err(problem)) => UpstreamStanding::Unusable(problem.to_string()),
            Some(Ok(upstream)) => UpstreamStanding::Used(self.targets(upstream)),
        }
    }

    fn targets(&self, upstream: &Upstream) -> Vec<TargetStanding> {
        let (now, wall) = (self.clock.monotonic(), self.clock.now());
        let at = |moment: Duration| match now.checked_sub(moment) {
            Some(passed) => wall.minus(passed),
            None => wall.plus(moment.saturating_sub(now)),
        };
        let targets = upstream.targets.iter().enumerate();
        let shown = targets.filter_map(|(place, target)| {
            let standing = upstream.health.standing(place, now)?;
            let noted = upstream.ledger.notes.get(place).map(|note| note.noted()).unwrap_or_default();
            let until = match standing.state {
                State::Ejected(until) => Some(at(until)),
                _ => None,
            };
            Some(TargetStanding {
                url: target.name.to_string(),
                healthy: verdict(standing.state, &noted),
                state: standing.state,
                since: (!standing.since.is_zero()).then(|| at(standing.since)),
                until,
                failures: standing.failures,
                room: upstream.ledger.gates.get(place).map(|gate| (gate.under_way(), gate.waiting())),
                probe: noted.last.map(|last| ProbeStanding {
                    at: last.at,
                    good: last.good,
                    status: last.status,
                    took: last.took,
                }),
                last_error: noted.bad,
            })
        });
        shown.collect()
    }
}

/// A target that is out is not well. One that is in may just never have been looked at: only a good probe says that it
/// is well.
fn verdict(state: State, noted: &Noted) -> Option<bool> {
    match state {
        State::Down | State::Ejected(_) => Some(false),
        State::InUse | State::Growing(_) => noted.good_at.map(|_| true),
        // Probes go there as well, and no call does: the last one is all there is.
        State::Drained => noted.last.as_ref().map(|last| last.good),
    }
}
