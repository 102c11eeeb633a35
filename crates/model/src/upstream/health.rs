//! Health: how Keyward notices that a target is no use, how long it stays away, and how it comes back.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::resource::FieldError;

/// How the health of targets is judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = HealthRules)]
pub struct Health {
    /// By the calls themselves. On unless `failures` is 0.
    pub passive: PassiveHealth,
    /// By probes. Off where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<ActiveHealth>,
    /// Seconds over which a target that comes back, or is new, grows into its whole share; 0 to 3600. At 0 it has its
    /// share at once.
    #[schema(minimum = 0, maximum = 3600)]
    pub slow_start_seconds: u32,
    /// When less than this percentage of the weight of all targets is usable, all are used, sick ones too: calls that
    /// may fail are better than too few targets for all calls, which then fail as well. 0 to 100; at 0 the sick are
    /// used only when no other is left.
    #[schema(minimum = 0, maximum = 100)]
    pub panic_percent: u8,
}

impl Default for Health {
    fn default() -> Self {
        Self { passive: PassiveHealth::default(), active: None, slow_start_seconds: 0, panic_percent: 25 }
    }
}

/// Health by the calls themselves: a target that fails several in a row is ejected for a while. A failure is a
/// connection that does not come about or breaks off, an answer that is not HTTP or does not come in time, and a
/// status named here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PassiveHealth {
    /// Failures in a row that eject a target; 0 to 1000. At 0 none is ever ejected. Once back, a target is ejected
    /// again by its first failure until a call has succeeded.
    #[schema(minimum = 0, maximum = 1000)]
    pub failures: u32,
    /// Statuses that count as failures, of 500 to 599.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub statuses: BTreeSet<u16>,
    /// Seconds of the first ejection; 1 to 3600. Each further one is twice as long. After as long in use as the last
    /// ejection took, the next is half as long again.
    #[schema(minimum = 1, maximum = 3600)]
    pub eject_seconds: u32,
    /// Seconds that no ejection exceeds; from `eject_seconds` to 86,400.
    #[schema(minimum = 1, maximum = 86400)]
    pub max_eject_seconds: u32,
    /// How many of the targets may be ejected at a time, in percent rounded down, 0 to 100. Of two or more, one always
    /// may unless it is 0; the last never is.
    #[schema(minimum = 0, maximum = 100)]
    pub max_ejected_percent: u8,
}

impl Default for PassiveHealth {
    fn default() -> Self {
        Self {
            failures: 5,
            statuses: BTreeSet::new(),
            eject_seconds: 10,
            max_eject_seconds: 300,
            max_ejected_percent: 50,
        }
    }
}

/// Health by probes: a request of Keyward's own, over and over. It goes the way of calls: same address, TLS and
/// credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActiveHealth {
    /// What is asked for, behind the target's own path: `/healthz`, with a query if need be.
    pub path: String,
    /// The method of the probe.
    #[serde(default)]
    pub method: ProbeMethod,
    /// Seconds between two probes of a target; 1 to 3600.
    #[serde(default = "ten")]
    #[schema(minimum = 1, maximum = 3600, default = 10)]
    pub interval_seconds: u32,
    /// Milliseconds for a probe from connecting to the head of its answer; 1 to 60,000, and within the interval.
    #[serde(default = "two_thousand")]
    #[schema(minimum = 1, maximum = 60000, default = 2000)]
    pub timeout_ms: u32,
    /// Good probes in a row that bring a target back; 1 to 100.
    #[serde(default = "two")]
    #[schema(minimum = 1, maximum = 100, default = 2)]
    pub healthy_after: u32,
    /// Bad probes in a row that take a target out; 1 to 100.
    #[serde(default = "three")]
    #[schema(minimum = 1, maximum = 100, default = 3)]
    pub unhealthy_after: u32,
    /// Statuses of a good answer, of 200 to 599; where none is named, 200 to 299.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub expect: BTreeSet<u16>,
}

impl ActiveHealth {
    /// Whether an answer of `status` is a good one.
    pub fn is_good(&self, status: u16) -> bool {
        if self.expect.is_empty() { (200..300).contains(&status) } else { self.expect.contains(&status) }
    }
}

fn ten() -> u32 {
    10
}

fn two_thousand() -> u32 {
    2_000
}

fn two() -> u32 {
    2
}

fn three() -> u32 {
    3
}

/// The method of a probe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum ProbeMethod {
    /// For an answer with a body, which is thrown away.
    #[default]
    Get,
    /// For an answer without one.
    Head,
}

impl ProbeMethod {
    /// As on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
        }
    }
}

impl Health {
    /// Whether nothing is set; such health is not written out.
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// What cannot be.
    pub(super) fn validate(&self, errors: &mut Vec<FieldError>) {
        let mut within = |value: u32, least: u32, most: u32, field: &str, unit: &str| {
            if value < least || value > most {
                let remedy = format!("use {least} to {most}{unit}");
                errors.push(FieldError::new(format!("health.{field}"), "is out of range", remedy));
            }
        };
        let passive = &self.passive;
        within(self.slow_start_seconds, 0, 3600, "slow_start_seconds", " seconds");
        within(self.panic_percent.into(), 0, 100, "panic_percent", " percent");
        within(passive.failures, 0, 1000, "passive.failures", "; 0 switches it off");
        within(passive.eject_seconds, 1, 3600, "passive.eject_seconds", " seconds");
        let shortest = passive.eject_seconds.clamp(1, 3600);
        within(passive.max_eject_seconds, shortest, 86_400, "passive.max_eject_seconds", " seconds");
        within(passive.max_ejected_percent.into(), 0, 100, "passive.max_ejected_percent", " percent");
        if let Some(active) = &self.active {
            within(active.interval_seconds, 1, 3600, "active.interval_seconds", " seconds");
            let interval_ms = active.interval_seconds.clamp(1, 60) * 1000;
            within(active.timeout_ms, 1, interval_ms, "active.timeout_ms", " milliseconds, within the interval");
            within(active.healthy_after, 1, 100, "active.healthy_after", " probes");
            within(active.unhealthy_after, 1, 100, "active.unhealthy_after", " probes");
            validate_path(&active.path, errors);
            validate_statuses(&active.expect, 200, "health.active.expect", errors);
        }
        validate_statuses(&passive.statuses, 500, "health.passive.statuses", errors);
    }
}

fn validate_path(path: &str, errors: &mut Vec<FieldError>) {
    let plain = path.bytes().all(|b| b.is_ascii_graphic() && b != b'#');
    if !path.starts_with('/') || !plain || path.len() > 2048 {
        errors.push(FieldError::new(
            "health.active.path",
            "is not a path",
            "begin with `/`, percent-encode blanks and what is not ASCII, and stay within 2048 characters",
        ));
    }
}

fn validate_statuses(statuses: &BTreeSet<u16>, least: u16, field: &str, errors: &mut Vec<FieldError>) {
    if let Some(status) = statuses.iter().find(|status| !(least..600).contains(*status)) {
        let problem = format!("names {status}");
        errors.push(FieldError::new(field, problem, format!("name statuses of {least} to 599")));
    }
}
