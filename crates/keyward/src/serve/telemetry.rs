//! Traces, and logs where asked for, on their way to a collector: each taken, put into OTLP and sent by a thread of its
//! own. Whatever becomes of them, no call waits: what finds no room gives way and is counted.

use std::sync::Arc;

use keyward_api::ExportFigures;
use keyward_gateway::{Traced, TracedCall, Tracer};
use keyward_model::Random;
use prost::Message;

use super::logging::Logged;
use crate::configuration::TelemetryConfiguration;
use crate::failure::Failure;
use export::Collector;
use messages::{Resource, ResourceSpans, Scope, ScopeSpans, TracesRequest};
use records::Lines;
use sender::{Counts, Running, Signal};
use spans::{Said, spans};

mod export;
mod messages;
mod records;
mod sender;
mod spans;

/// Calls that may wait to be sent. Each takes about 500 bytes.
const WAITING: usize = 8192;

/// The threads that send.
pub(super) struct Telemetry {
    traces: Running,
    logs: Option<Running>,
}

/// What became of traced calls, and of lines of the log.
#[derive(Clone)]
pub(super) struct TelemetryCounts {
    traces: Counts,
    logs: Option<Counts>,
}

impl TelemetryCounts {
    pub(super) fn traces(&self) -> ExportFigures {
        self.traces.figures()
    }

    pub(super) fn logs(&self) -> Option<ExportFigures> {
        self.logs.as_ref().map(Counts::figures)
    }
}

/// Begins to send, where a collector is named; what the gateway traces with. `logged` is there where logs are sent too.
pub(super) fn start(
    configuration: &TelemetryConfiguration,
    node: &str,
    random: &Arc<dyn Random>,
    logged: Option<Logged>,
) -> Result<Option<(Tracer, Telemetry)>, Failure> {
    let Some(endpoint) = &configuration.otlp_endpoint else { return Ok(None) };
    let headers = configuration.headers_file.as_deref().map(export::headers).transpose()?.unwrap_or_default();
    let (tracer, traced) = Tracer::new(configuration.sample_ratio, configuration.client_address, WAITING);
    let given_way = traced.dropped();
    let collector = Collector::new(endpoint, "traces", headers.clone());
    let calls = Calls { traced, resource: resource(node) };
    let traces = Running::start("telemetry", calls, collector, given_way, random)?;
    let logs = logged.map(|logged| {
        let given_way = logged.dropped();
        let lines = Lines { logged, resource: resource(node) };
        Running::start("telemetry-logs", lines, Collector::new(endpoint, "logs", headers), given_way, random)
    });
    let logs = logs.transpose()?;
    tracing::info!(collector = %endpoint, ratio = configuration.sample_ratio, logs = logs.is_some(), "calls are traced");
    Ok(Some((tracer, Telemetry { traces, logs })))
}

impl Telemetry {
    pub(super) fn counts(&self) -> TelemetryCounts {
        let logs = self.logs.as_ref().map(|logs| logs.counts().clone());
        TelemetryCounts { traces: self.traces.counts().clone(), logs }
    }

    /// Sends what is left, as far as the collector takes it soon.
    pub(super) async fn end(self) {
        let logs = async {
            if let Some(logs) = self.logs {
                logs.end().await;
            }
        };
        tokio::join!(self.traces.end(), logs);
    }
}

/// The calls that wait, and who traced them.
struct Calls {
    traced: Traced,
    resource: Resource,
}

impl Signal for Calls {
    type Item = TracedCall;
    const WHAT: &'static str = "traces";

    fn next(&self) -> Option<TracedCall> {
        self.traced.next()
    }

    fn encode(&self, batch: &[TracedCall]) -> Vec<u8> {
        let scope_spans = vec![ScopeSpans { scope: Some(scope()), spans: batch.iter().flat_map(spans).collect() }];
        let resource_spans = vec![ResourceSpans { resource: Some(self.resource.clone()), scope_spans }];
        TracesRequest { resource_spans }.encode_to_vec()
    }
}

/// Who made what is sent.
fn scope() -> Scope {
    Scope { name: "keyward".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
}

/// Who speaks.
fn resource(node: &str) -> Resource {
    let mut said = Said::default();
    said.text("service.name", "keyward");
    said.text("service.version", env!("CARGO_PKG_VERSION"));
    said.text("service.instance.id", node);
    Resource { attributes: said.0 }
}
