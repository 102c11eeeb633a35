//! What is left of limits, as the control plane asks for it and the gateway knows it.

use std::sync::Arc;

use keyward_api::{LimitUse, LimitView};
use keyward_gateway::{LimitUsage, Limits, Subject};
use keyward_model::limits::Limits as Definition;

/// The gateway's counters.
pub(crate) struct GatewayLimits(pub(crate) Arc<Limits>);

impl LimitView for GatewayLimits {
    fn usage(&self, subject: &str, limits: &Definition) -> Vec<LimitUse> {
        let Ok(subject) = subject.parse::<Subject>() else { return Vec::new() };
        self.0.usage(subject, limits).into_iter().map(shown).collect()
    }
}

fn shown(usage: LimitUsage) -> LimitUse {
    let LimitUsage { definition, unit, period, limit, window_seconds, remaining, reset_seconds } = usage;
    LimitUse { definition, unit, period, limit, window_seconds, remaining, reset_seconds }
}
