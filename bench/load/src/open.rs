//! The open loop: requests are due at a fixed rate, whatever the answers do. Latency counts from the moment at which a
//! request was due, not from when a connection was free to send it: nothing that a stalled proxy keeps waiting is
//! left out.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::client::{Client, Progress};
use crate::clock::now;
use crate::options::{Pace, Run};
use crate::reactor::Reactor;
use crate::report::{Latencies, Report, Tally, Window};
use crate::wire::Destination;

/// How long answers are waited for when the last request is sent.
const PATIENCE: Duration = Duration::from_secs(2);
/// Without `--spin`, the longest sleep. The kernel counts whole milliseconds here.
const TURN: Duration = Duration::from_millis(1);

/// Runs it.
pub(crate) fn run(run: &Run, pace: &Pace) -> Result<Report> {
    let mut reactor = Reactor::new(run.upstream, run.body_bytes)?;
    let mut requests = run.requests(false)?;
    let to = run.destination(&reactor)?;
    let start = now();
    let warm = start + run.warm();
    let end = warm + run.duration();
    let mut crowd = Crowd::connect(to, run.connections, warm, &reactor)?;
    let mut scratch = vec![0; 64 * 1024];
    let mut window = None;

    let due = |request: u64| start + Duration::from_nanos(request.saturating_mul(1_000_000_000) / pace.rate);
    let mut next = 0;
    let mut span = None;
    loop {
        let moment = now();
        if window.is_none() && moment >= warm {
            window = Some(Window::open(&run.watch, reactor.answered(), moment));
        }
        let all_sent = due(next) >= end;
        if moment >= end {
            // What was due before the end is still sent and waited for, but that time is no part of the window.
            span = span.or_else(|| window.take().map(|window| window.close(reactor.answered(), moment)));
            if all_sent && crowd.free.len() == crowd.clients.len() || moment >= end + PATIENCE {
                break;
            }
        }
        while due(next) <= moment
            && due(next) < end
            && let Some(place) = crowd.free.pop_front()
        {
            crowd.clients[place].send(requests.take());
            crowd.due[place] = due(next);
            next += 1;
        }
        let soon = !all_sent && !crowd.free.is_empty() && due(next) <= moment + TURN / 2;
        let pause = if pace.spin || soon { Duration::ZERO } else { TURN };
        reactor.turn(pause)?;
        crowd.go_on(&reactor, &mut scratch)?;
    }
    crowd.give_up((next..).map(due).take_while(|due| *due < end));
    let span = span.context("the window never opened: count for longer")?;
    Ok(Report::new(span, crowd.tally, Some(&crowd.latencies)))
}

/// The clients, who of them is free, and what came of their requests.
struct Crowd {
    to: Destination,
    clients: Vec<Client>,
    /// When the request under way of each client was due.
    due: Vec<Instant>,
    free: VecDeque<usize>,
    tally: Tally,
    latencies: Latencies,
    /// Requests due before are not counted.
    counted_from: Instant,
}

impl Crowd {
    fn connect(to: Destination, connections: usize, counted_from: Instant, reactor: &Reactor) -> Result<Self> {
        let mut clients = Vec::with_capacity(connections);
        for token in 0..connections {
            clients.push(Client::connect(&to, reactor.registry(), token)?);
        }
        Ok(Self {
            to,
            clients,
            due: vec![counted_from; connections],
            free: (0..connections).collect(),
            tally: Tally::default(),
            latencies: Latencies::new(),
            counted_from,
        })
    }

    /// Takes what came in a turn.
    fn go_on(&mut self, reactor: &Reactor, scratch: &mut [u8]) -> Result<()> {
        reactor.ready.iter().try_for_each(|place| self.advance(*place, reactor, scratch))
    }

    fn advance(&mut self, place: usize, reactor: &Reactor, scratch: &mut [u8]) -> Result<()> {
        let client = &mut self.clients[place];
        let was_busy = client.busy;
        let progress = client.advance(scratch);
        let renewed = match &progress {
            Progress::Waiting => return Ok(()),
            Progress::Answered(_) => client.is_closing(),
            Progress::Closed | Progress::Failed => true,
        };
        if renewed {
            client.reconnect(&self.to, reactor.registry())?;
        }
        if was_busy {
            self.free.push_back(place);
        }
        if was_busy && self.due[place] >= self.counted_from {
            match progress {
                Progress::Answered(answer) => self.tally.answered(answer.status),
                _ => self.tally.failures += 1,
            }
            self.latencies.record(now() - self.due[place]);
        }
        self.tally.reconnects += u64::from(renewed);
        Ok(())
    }

    /// Counts the requests that have no answer, and those that could not even be sent: they took at least this long.
    fn give_up(&mut self, unsent: impl Iterator<Item = Instant>) {
        let moment = now();
        let owed = self.clients.iter().zip(&self.due).filter(|(client, _)| client.busy).map(|(_, due)| *due);
        for due in owed.chain(unsent).filter(|due| *due >= self.counted_from) {
            self.tally.unanswered += 1;
            self.latencies.record(moment - due);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::tests::straight;

    #[test]
    fn as_many_are_asked_as_are_due_however_late() {
        let run = straight(&["closed", "--connections", "1"]);
        let report = super::run(&run, &Pace { rate: 1000, spin: false }).expect("it runs");
        let report = serde_json::to_value(report).expect("a report is JSON");
        let number = |name: &str| report[name].as_u64().expect("a number");
        // Two tenths of a second are counted; on a machine that stands still for seconds some stay unanswered.
        assert_eq!(number("requests") + number("failures") + number("unanswered"), 200, "{report}");
        let latency = &report["latency_micros"];
        assert!(
            latency["p50"].as_f64() <= latency["p99"].as_f64() && latency["p99"].as_f64() <= latency["max"].as_f64()
        );
        assert!(latency["p50"].as_f64() > Some(0.0), "{report}");
    }

    #[test]
    fn what_nobody_answers_is_counted_with_the_time_it_has_waited() {
        // Listens, and never answers.
        let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let target = silent.local_addr().expect("it listens").to_string();
        let run = straight(&["closed", "--connections", "1", "--target", &target]);
        let report = super::run(&run, &Pace { rate: 100, spin: false }).expect("it runs");
        let report = serde_json::to_value(report).expect("a report is JSON");
        assert_eq!(
            (&report["requests"], &report["errors"], &report["unanswered"]),
            (&0.into(), &20.into(), &20.into())
        );
        assert!(report["latency_micros"]["p50"].as_f64() >= Some(PATIENCE.as_secs_f64() * 1e6), "{report}");
    }
}
