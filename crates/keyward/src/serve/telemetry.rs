//! Traces on their way to a collector: taken from the gateway, made into spans and sent by a thread of its own. Whatever
//! becomes of them, no call waits: what finds no room gives way and is counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use keyward_api::TraceFigures;
use keyward_gateway::{Traced, TracedCall, Tracer};
use keyward_model::Random;
use tokio::sync::oneshot;

use crate::configuration::TelemetryConfiguration;
use crate::failure::Failure;
use export::{Collector, ExportError};
use messages::{ExportRequest, Resource, ResourceSpans, Scope, ScopeSpans};
use spans::{Said, spans};

mod export;
mod messages;
mod spans;

/// Calls that may wait to be sent. Each takes about 500 bytes.
const WAITING: usize = 8192;
/// Calls in one batch.
const BATCH: usize = 512;
/// Between two looks at what waits, so that no call pays for a wake-up.
const POLL: Duration = Duration::from_millis(250);
/// How often a batch is tried; it gives way after about half a minute.
const ATTEMPTS: u32 = 6;
/// Before the second attempt; twice as long before each further one.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// As long as a collector may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// For what is left at the end.
const FAREWELL: Duration = Duration::from_secs(3);

/// The thread that sends.
pub(super) struct Telemetry {
    stop: Sender<oneshot::Sender<()>>,
    counts: Counts,
}

/// What became of traced calls.
#[derive(Clone)]
pub(super) struct Counts {
    /// By the gateway, for want of room.
    given_way: Arc<AtomicU64>,
    sent: Arc<Sent>,
}

#[derive(Default)]
struct Sent {
    exported: AtomicU64,
    given_up: AtomicU64,
    rejected_spans: AtomicU64,
}

impl Counts {
    pub(super) fn figures(&self) -> TraceFigures {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        TraceFigures {
            exported: of(&self.sent.exported),
            dropped: of(&self.given_way).saturating_add(of(&self.sent.given_up)),
            rejected_spans: of(&self.sent.rejected_spans),
        }
    }
}

/// Begins to send, where a collector is named; what the gateway traces with.
pub(super) fn start(
    configuration: &TelemetryConfiguration,
    node: &str,
    random: &Arc<dyn Random>,
) -> Result<Option<(Tracer, Telemetry)>, Failure> {
    let Some(endpoint) = &configuration.otlp_endpoint else { return Ok(None) };
    let headers = configuration.headers_file.as_deref().map(export::headers).transpose()?.unwrap_or_default();
    let (tracer, traced) = Tracer::new(configuration.sample_ratio, configuration.client_address, WAITING);
    let counts = Counts { given_way: traced.dropped(), sent: Arc::default() };
    let (stop, stopped) = channel();
    let desk = Desk {
        traced,
        collector: Collector::new(endpoint, headers),
        resource: resource(node),
        sent: Arc::clone(&counts.sent),
        random: Arc::clone(random),
        failing: false,
    };
    std::thread::Builder::new().name("telemetry".to_owned()).spawn(move || desk.work(&stopped))?;
    tracing::info!(collector = %endpoint, ratio = configuration.sample_ratio, "calls are traced");
    Ok(Some((tracer, Telemetry { stop, counts })))
}

impl Telemetry {
    pub(super) fn counts(&self) -> Counts {
        self.counts.clone()
    }

    /// Sends what is left, as far as the collector takes it soon.
    pub(super) async fn end(self) {
        let (done, ended) = oneshot::channel();
        // Fails only when the thread is gone.
        let _ = self.stop.send(done);
        let _ = tokio::time::timeout(FAREWELL, ended).await;
    }
}

struct Desk {
    traced: Traced,
    collector: Collector,
    resource: Resource,
    sent: Arc<Sent>,
    random: Arc<dyn Random>,
    failing: bool,
}

impl Desk {
    fn work(mut self, stopped: &Receiver<oneshot::Sender<()>>) {
        let mut waits = POLL;
        let (mut batch, mut attempt) = (Vec::new(), 0);
        loop {
            match stopped.recv_timeout(waits) {
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
                Ok(done) => {
                    self.finish(batch);
                    // Nobody may wait any more.
                    let _ = done.send(());
                    return;
                }
            }
            if batch.is_empty() {
                batch = self.taken();
                attempt = 0;
            }
            if batch.is_empty() {
                waits = POLL;
                continue;
            }
            attempt += 1;
            waits = match self.send(&batch) {
                Ok(()) => {
                    // The next at once where more than one waits.
                    let is_full = batch.len() == BATCH;
                    batch.clear();
                    if is_full { Duration::ZERO } else { POLL }
                }
                Err(ExportError::Later { after, .. }) if attempt < ATTEMPTS => {
                    after.unwrap_or_else(|| self.back_off(attempt)).min(LONGEST_WAIT)
                }
                Err(_) => {
                    add(&self.sent.given_up, batch.len());
                    batch.clear();
                    POLL
                }
            };
        }
    }

    /// One attempt for everything that is left.
    fn finish(&mut self, mut batch: Vec<TracedCall>) {
        if batch.is_empty() {
            batch = self.taken();
        }
        while !batch.is_empty() {
            if self.send(&batch).is_err() {
                add(&self.sent.given_up, batch.len());
                return;
            }
            batch = self.taken();
        }
    }

    fn taken(&self) -> Vec<TracedCall> {
        std::iter::from_fn(|| self.traced.next()).take(BATCH).collect()
    }

    fn send(&mut self, batch: &[TracedCall]) -> Result<(), ExportError> {
        let scope = Scope { name: "keyward".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() };
        let scope_spans = ScopeSpans { scope: Some(scope), spans: batch.iter().flat_map(spans).collect() };
        let resource_spans = ResourceSpans { resource: Some(self.resource.clone()), scope_spans: vec![scope_spans] };
        let outcome = self.collector.export(&ExportRequest { resource_spans: vec![resource_spans] });
        if outcome.is_err() != self.failing {
            self.failing = outcome.is_err();
            match &outcome {
                Err(error) => tracing::warn!(%error, "the collector takes no traces; calls are not held up"),
                Ok(_) => tracing::info!("the collector takes traces again"),
            }
        }
        let rejected = outcome?;
        add(&self.sent.exported, batch.len());
        self.sent.rejected_spans.fetch_add(rejected, Ordering::Relaxed);
        Ok(())
    }

    /// Twice as long each time, and up to half as long again, so that nodes do not come back all at once.
    fn back_off(&self, attempt: u32) -> Duration {
        let wait = FIRST_WAIT.saturating_mul(1 << (attempt - 1).min(5));
        let mut dice = [0];
        self.random.fill(&mut dice);
        wait + wait * u32::from(dice[0]) / 512
    }
}

fn add(count: &AtomicU64, calls: usize) {
    count.fetch_add(u64::try_from(calls).unwrap_or(u64::MAX), Ordering::Relaxed);
}

/// Who speaks.
fn resource(node: &str) -> Resource {
    let mut said = Said::default();
    said.text("service.name", "keyward");
    said.text("service.version", env!("CARGO_PKG_VERSION"));
    said.text("service.instance.id", node);
    Resource { attributes: said.0 }
}
