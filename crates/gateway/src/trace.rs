//! Where a call belongs in a trace (W3C Trace Context), and what is told of it when it is over.
//!
//! Off, a call looks once whether it is on, and nothing else: what the caller says of its trace passes on untouched.
//! On, each call is a span of the gateway with one below it for the way to the target, and the target is told of the
//! latter. Which are told depends on what the caller decided, or else on a share of all traces.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use keyward_model::call::{Protocol, Timing};
use keyward_model::{Code, Denial, Timestamp};
use keyward_wire::{Request, TraceParent, trace_context};
use uuid::Uuid;

use crate::channel::FieldsOut;
use crate::exchange::Exchange;
use crate::record;
use crate::worker::Worker;

const PARENT: &[u8] = b"traceparent";
const STATE: &[u8] = b"tracestate";
/// Of a trace's id, as many bits as are sure to be random, whoever made it (W3C Trace Context level 2, section 3.2.2.3).
const RANDOM_BITS: u32 = 56;

/// Begins the traces of a gateway's calls, and hands over those that are over.
#[derive(Clone, Debug)]
pub struct Tracer {
    /// Of traces that begin here, those whose id is below this.
    threshold: u64,
    with_address: bool,
    calls: SyncSender<Box<TracedCall>>,
    dropped: Arc<AtomicU64>,
}

/// The calls that a [`Tracer`] handed over.
#[derive(Debug)]
pub struct Traced {
    calls: Receiver<Box<TracedCall>>,
    dropped: Arc<AtomicU64>,
}

impl Tracer {
    /// `ratio`, 0 to 1, is the share of traces that are kept of those that begin here; `with_address` whether the
    /// caller's address is told. Up to `capacity` calls wait to be taken; more are dropped and counted.
    pub fn new(ratio: f64, with_address: bool, capacity: usize) -> (Tracer, Traced) {
        let (sender, calls) = sync_channel(capacity);
        let dropped = Arc::new(AtomicU64::new(0));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 2^56")]
        let threshold = (ratio.clamp(0.0, 1.0) * (1u64 << RANDOM_BITS) as f64) as u64;
        let tracer = Tracer { threshold, with_address, calls: sender, dropped: Arc::clone(&dropped) };
        (tracer, Traced { calls, dropped })
    }

    /// The trace of a call whose head was just read.
    pub(crate) fn begin(&self, head: &Request, worker: &Worker) -> Box<Trace> {
        let named = |wanted: &'static [u8]| {
            head.fields.iter().filter(move |(_, name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, _, value)| value)
        };
        let mut parents = named(PARENT);
        // Told twice, it is not told.
        let parent = parents.next().filter(|_| parents.next().is_none()).and_then(TraceParent::read);
        let trace_id = parent.map_or_else(|| worker.nonzero(), |parent| parent.trace_id);
        let own_choice = || u64::from_be_bytes(last_eight(&trace_id)) & ((1 << RANDOM_BITS) - 1) < self.threshold;
        Box::new(Trace {
            trace_id,
            parent: parent.map(|parent| parent.span_id),
            span: worker.nonzero(),
            target_span: worker.nonzero(),
            sampled: parent.map_or_else(own_choice, |parent| parent.sampled),
            keeps_state: parent.is_some() && trace_context::is_tracestate(named(STATE)),
            target_status: None,
        })
    }

    /// Hands over what is told of a call that is over. Waits for nobody.
    pub(crate) fn finish(&self, exchange: &Exchange, trace: &Trace, denial: Option<&Denial>) {
        if trace.sampled && self.calls.try_send(Box::new(self.told(exchange, trace, denial))).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn told(&self, exchange: &Exchange, trace: &Trace, denial: Option<&Denial>) -> TracedCall {
        let api = exchange.api();
        let target = exchange.target_name.as_ref().map(|target| TracedTarget {
            span: trace.target_span,
            target: Arc::clone(target),
            status: trace.target_status,
            resends: exchange.retries,
        });
        TracedCall {
            trace_id: trace.trace_id,
            parent: trace.parent,
            span: trace.span,
            request_id: exchange.request_id,
            began: exchange.at,
            took: exchange.worker.clock.monotonic().saturating_sub(exchange.started),
            timing: exchange.timing,
            method: exchange.head.method().parse().ok().map(|method: keyward_model::api::Method| method.as_str()),
            route: record::template(exchange),
            host: api.and(exchange.head.host()).map(|host| record::legible(host, LONGEST_HOST)),
            secure: exchange.secure,
            protocol: record::protocol(exchange),
            api: api.map(|api| api.name.to_string()),
            status: exchange.status,
            code: denial.map(|denial| denial.code),
            address: self.with_address.then_some(exchange.address),
            target,
        }
    }
}

/// Bytes of a host's name (RFC 1035 section 2.3.4), and of its port.
const LONGEST_HOST: usize = 262;

impl Traced {
    /// The next call that waits.
    pub fn next(&self) -> Option<TracedCall> {
        self.calls.try_recv().ok().map(|call| *call)
    }

    /// Calls that found no room since the start.
    pub fn dropped(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.dropped)
    }
}

/// A call that is over, as its trace tells it. Nothing of its path but the route's template, and of its head but the host.
#[derive(Clone, Debug, PartialEq)]
pub struct TracedCall {
    /// The trace.
    pub trace_id: [u8; 16],
    /// The caller's span, where it told of one.
    pub parent: Option<[u8; 8]>,
    /// The call's own.
    pub span: [u8; 8],
    /// The id on the answer.
    pub request_id: Uuid,
    /// When the head was read.
    pub began: Timestamp,
    /// Until the last byte of the answer.
    pub took: Duration,
    /// How long its parts took.
    pub timing: Timing,
    /// None where it is not one that is forwarded.
    pub method: Option<&'static str>,
    /// Base path, version and template: `/orders/v1/orders/{id:int}`.
    pub route: Option<String>,
    /// As the caller named it, for calls that found an api; tokens in it are masked.
    pub host: Option<String>,
    /// Whether it came over TLS.
    pub secure: bool,
    /// What the caller spoke.
    pub protocol: Protocol,
    /// The api's name with its version.
    pub api: Option<String>,
    /// Status answered; 0 when the caller was gone before.
    pub status: u16,
    /// Why it was refused or failed.
    pub code: Option<Code>,
    /// Where it came from, if that is asked for.
    pub address: Option<IpAddr>,
    /// Where it went to, if it got that far.
    pub target: Option<TracedTarget>,
}

/// The way of a call to its target, the last of them where it went to several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedTarget {
    /// Its span, which the target was told of.
    pub span: [u8; 8],
    /// Its URL, without anything secret.
    pub target: Arc<str>,
    /// What it answered.
    pub status: Option<u16>,
    /// How often the call went out again.
    pub resends: u8,
}

/// The trace of a call under way.
pub(crate) struct Trace {
    pub(crate) trace_id: [u8; 16],
    parent: Option<[u8; 8]>,
    span: [u8; 8],
    target_span: [u8; 8],
    sampled: bool,
    /// Whether what the caller says beside its parent goes on.
    keeps_state: bool,
    /// `forward`: what the target answered.
    pub(crate) target_status: Option<u16>,
}

impl Trace {
    /// Whether a field of the caller stays behind because the trace says it anew, or nobody can read it.
    pub(crate) fn replaces(&self, name: &[u8]) -> bool {
        name.eq_ignore_ascii_case(PARENT) || (!self.keeps_state && name.eq_ignore_ascii_case(STATE))
    }

    /// Tells the target which span it is called in.
    pub(crate) fn write(&self, out: &mut FieldsOut<'_>) {
        let parent = TraceParent { trace_id: self.trace_id, span_id: self.target_span, sampled: self.sampled };
        out.field(PARENT, &parent.write());
    }
}

fn last_eight(id: &[u8; 16]) -> [u8; 8] {
    let [.., a, b, c, d, e, f, g, h] = *id;
    [a, b, c, d, e, f, g, h]
}
