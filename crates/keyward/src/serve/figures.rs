//! What the node knows of itself, as the control plane shows it.

use keyward_api::{CertificateFigures, NodeFigures, NodeView, ProcessFigures, UpstreamFigures};

use keyward_gateway::CertificateStanding;

use super::telemetry::TelemetryCounts;

/// The gateway, and the process around it.
pub(super) struct Figures {
    pub(super) gateway: keyward_gateway::Figures,
    pub(super) telemetry: Option<TelemetryCounts>,
}

impl NodeView for Figures {
    fn figures(&self) -> NodeFigures {
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let under_way = self.gateway.under_way();
        let upstreams = self.gateway.upstreams().into_iter().map(|upstream| UpstreamFigures {
            team: upstream.team,
            name: upstream.name,
            usable: count(upstream.usable),
            targets: count(upstream.targets),
        });
        NodeFigures {
            connections: count(under_way.connections),
            calls: count(under_way.calls),
            upstreams: upstreams.collect(),
            traces: self.telemetry.as_ref().map(TelemetryCounts::traces),
            logs: self.telemetry.as_ref().and_then(TelemetryCounts::logs),
            certificates: self.gateway.certificates().into_iter().map(certificate).collect(),
            process: process(),
        }
    }
}

fn certificate(standing: CertificateStanding) -> CertificateFigures {
    CertificateFigures {
        file: standing.file.display().to_string(),
        not_after: standing.not_after,
        stale: standing.stale.is_some(),
    }
}

/// What the kernel says of this process (proc(5)).
fn process() -> Option<ProcessFigures> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name may hold anything; what follows begins behind its last bracket.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    let ticks = rustix::param::clock_ticks_per_second().max(1);
    let pages = u64::try_from(rustix::param::page_size()).ok()?;
    let open = std::fs::read_dir("/proc/self/fd").ok()?.count();
    let cpu_ticks = u32::try_from(field(14)?.saturating_add(field(15)?)).unwrap_or(u32::MAX);
    Some(ProcessFigures {
        cpu_seconds: f64::from(cpu_ticks) / f64::from(u32::try_from(ticks).ok()?),
        resident_bytes: field(24)?.saturating_mul(pages),
        open_fds: u64::try_from(open).ok()?,
        threads: field(20)?,
    })
}
