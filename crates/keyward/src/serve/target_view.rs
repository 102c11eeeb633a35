//! How targets are, as the control plane asks for it and the gateway knows it.

use std::sync::Arc;

use keyward_api::{LastError, LastProbe, TargetHealth, TargetState, TargetView, Targets, Verdict};
use keyward_gateway::{ProbeStanding, TargetStanding, Targets as Watched, UpstreamStanding};
use keyward_model::Name;
use keyward_model::team::TeamId;
use keyward_policy::balance::State;

/// What the gateway sees.
pub(crate) struct GatewayTargets(pub(crate) Arc<Watched>);

impl TargetView for GatewayTargets {
    fn targets(&self, team: TeamId, upstream: &Name) -> Targets {
        match self.0.of(team, upstream) {
            UpstreamStanding::Unused => Targets::Unused,
            UpstreamStanding::Unusable(problem) => Targets::Unusable(problem),
            UpstreamStanding::Used(targets) => Targets::Known(targets.into_iter().map(shown).collect()),
        }
    }
}

fn shown(target: TargetStanding) -> TargetHealth {
    let TargetStanding { url, healthy, state, since, until, failures, room, probe, last_error } = target;
    let (state, share_percent) = match state {
        State::InUse => (TargetState::InUse, None),
        State::Growing(percent) => (TargetState::Growing, Some(percent)),
        State::Ejected(_) => (TargetState::Ejected, None),
        State::Down => (TargetState::Down, None),
        State::Drained => (TargetState::Drained, None),
    };
    let health = match healthy {
        Some(true) => Verdict::Healthy,
        Some(false) => Verdict::Unhealthy,
        None => Verdict::Unknown,
    };
    let (under_way, waiting) = room.unzip();
    let last_probe = probe.map(|ProbeStanding { at, good, status, took }| LastProbe {
        at,
        good,
        status,
        took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    });
    let last_error = last_error.map(|(at, problem)| LastError { at, problem });
    TargetHealth {
        url,
        health,
        state,
        since,
        until,
        share_percent,
        failures,
        under_way,
        waiting,
        last_probe,
        last_error,
    }
}
