//! How upstreams fare, for whoever watches.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use keyward_model::team::TeamId;

use crate::worker::Shared;

/// One upstream that some api calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamFigures {
    /// Whose it is.
    pub team: TeamId,
    /// Its name.
    pub name: String,
    /// Targets that get calls.
    pub usable: usize,
    /// Targets there are.
    pub targets: usize,
}

/// Every upstream that some api calls, once.
pub(crate) fn upstreams(shared: &Shared, now: Duration) -> Vec<UpstreamFigures> {
    let state = shared.state.load();
    let mut seen = HashSet::new();
    let mut figures = Vec::new();
    for (api, facts) in state.table.apis().iter().zip(&state.apis) {
        let Ok(upstream) = &facts.upstream else { continue };
        let Some(first) = upstream.targets.first() else { continue };
        if seen.insert(Arc::as_ptr(&upstream.health)) {
            figures.push(UpstreamFigures {
                team: api.api.team,
                name: first.upstream.to_string(),
                usable: upstream.health.usable(now).len(),
                targets: upstream.targets.len(),
            });
        }
    }
    figures
}
