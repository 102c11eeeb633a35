//! What a run came to, as one line of JSON.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use rustls::HandshakeKind;
use serde::Serialize;

use crate::cpu::Used;

/// Answers and failures, counted.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Tally {
    /// Answers by their status.
    pub(crate) statuses: BTreeMap<u16, u64>,
    /// Requests whose connection broke, or whose answer could not be understood.
    pub(crate) failures: u64,
    /// Requests that had no answer when the run, and two seconds more, were over; in the open loop also those that
    /// could not be sent in time.
    pub(crate) unanswered: u64,
    /// Connections that the server closed between requests, and that were made anew.
    pub(crate) reconnects: u64,
    /// Full TLS handshakes.
    pub(crate) full_handshakes: u64,
    /// Resumed ones.
    pub(crate) resumed_handshakes: u64,
}

impl Tally {
    /// Counts an answer.
    pub(crate) fn answered(&mut self, status: u16) {
        *self.statuses.entry(status).or_default() += 1;
    }

    /// Counts a TLS handshake.
    pub(crate) fn handshake(&mut self, kind: Option<HandshakeKind>) {
        match kind {
            Some(HandshakeKind::Resumed) => self.resumed_handshakes += 1,
            Some(_) => self.full_handshakes += 1,
            None => {}
        }
    }

    fn requests(&self) -> u64 {
        self.statuses.values().sum()
    }

    fn errors(&self) -> u64 {
        let good: u64 = self.statuses.range(200..300).map(|(_, count)| count).sum();
        self.requests() - good + self.failures + self.unanswered
    }
}

/// The time in which things are counted: it begins when the warm-up is over.
#[derive(Debug)]
pub(crate) struct Window {
    begin: Instant,
    own: Used,
    watched: Used,
    pids: Vec<u32>,
    upstream: u64,
}

impl Window {
    /// Begins. `pids` are the processes under test; `upstream` is what the upstream has answered so far.
    pub(crate) fn open(pids: &[u32], upstream: u64, begin: Instant) -> Self {
        let own = Used::by(&[std::process::id()]);
        Self { begin, own, watched: Used::by(pids), pids: pids.to_vec(), upstream }
    }

    /// Ends.
    pub(crate) fn close(self, upstream: u64, end: Instant) -> Span {
        Span {
            seconds: (end - self.begin).as_secs_f64(),
            watched_cpu_seconds: Used::by(&self.pids).since(self.watched),
            own_cpu_seconds: Used::by(&[std::process::id()]).since(self.own),
            upstream_requests: upstream - self.upstream,
        }
    }
}

/// What was used in a window.
#[derive(Debug, Serialize)]
pub(crate) struct Span {
    seconds: f64,
    /// CPU time of the processes under test.
    watched_cpu_seconds: f64,
    /// CPU time of this process: client and upstream.
    own_cpu_seconds: f64,
    /// What the upstream in this process has answered.
    upstream_requests: u64,
}

/// The figures of a run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    #[serde(flatten)]
    span: Span,
    /// Answers, of whatever status.
    requests: u64,
    requests_per_second: f64,
    /// Whatever was not answered with 2xx.
    errors: u64,
    #[serde(flatten)]
    tally: Tally,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_micros: Option<Percentiles>,
}

impl Report {
    /// Sums up.
    pub(crate) fn new(span: Span, tally: Tally, latencies: Option<&Latencies>) -> Self {
        let requests = tally.requests();
        Self {
            requests,
            requests_per_second: requests as f64 / span.seconds,
            errors: tally.errors(),
            tally,
            latency_micros: latencies.map(Latencies::percentiles),
            span,
        }
    }
}

#[derive(Debug, Serialize)]
struct Percentiles {
    mean: f64,
    p50: f64,
    p90: f64,
    p99: f64,
    p999: f64,
    max: f64,
}

/// Latencies from 1 ns to 60 s, to three digits.
#[derive(Debug)]
pub(crate) struct Latencies(Histogram<u64>);

impl Latencies {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self(Histogram::new_with_bounds(1, 60_000_000_000, 3).expect("one to sixty billion in three digits is allowed"))
    }

    /// Records one; beyond 60 s, as 60 s.
    pub(crate) fn record(&mut self, latency: Duration) {
        self.0.saturating_record(u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX).max(1));
    }

    fn percentiles(&self) -> Percentiles {
        let at = |quantile| self.0.value_at_quantile(quantile) as f64 / 1e3;
        Percentiles {
            mean: self.0.mean() / 1e3,
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: self.0.max() as f64 / 1e3,
        }
    }
}
