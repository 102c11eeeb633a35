//! The closed loop: every connection sends its next request when it has the answer to the last. Says what a request
//! costs a proxy that has as much to do as it can.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::client::{Client, Progress};
use crate::clock::now;
use crate::options::Run;
use crate::reactor::Reactor;
use crate::report::{Report, Tally, Window};
use crate::requests::Requests;
use crate::wire::Destination;

const TURN: Duration = Duration::from_millis(20);

/// Runs it.
pub(crate) fn run(run: &Run) -> Result<Report> {
    let mut reactor = Reactor::new(run.upstream, run.body_bytes)?;
    let to = run.destination(&reactor)?;
    let mut requests = run.requests(false)?;
    let mut clients = Vec::with_capacity(run.connections);
    for token in 0..run.connections {
        let mut client = Client::connect(&to, reactor.registry(), token)?;
        client.send(requests.take());
        clients.push(client);
    }

    let mut tally = Tally::default();
    let mut scratch = vec![0; 64 * 1024];
    let mut window = None;
    let warm = now() + run.warm();
    let mut end = warm + run.duration();
    loop {
        reactor.turn(TURN)?;
        for at in 0..reactor.ready.len() {
            let client = &mut clients[reactor.ready[at]];
            go_on(client, &mut scratch, &mut tally, &mut requests, &to, &reactor)?;
        }
        let moment = now();
        if window.is_none() && moment >= warm {
            ensure!(tally.failures < 1000, "the proxy does not serve: {tally:?}");
            tally = Tally::default();
            window = Some(Window::open(&run.watch, reactor.answered(), moment));
            end = moment + run.duration();
        } else if moment >= end
            && let Some(window) = window.take()
        {
            return Ok(Report::new(window.close(reactor.answered(), moment), tally, None));
        }
    }
}

fn go_on(
    client: &mut Client,
    scratch: &mut [u8],
    tally: &mut Tally,
    requests: &mut Requests,
    to: &Destination,
    reactor: &Reactor,
) -> Result<()> {
    match client.advance(scratch) {
        Progress::Waiting => return Ok(()),
        Progress::Answered(answer) => {
            tally.answered(answer.status);
            if client.is_closing() {
                tally.reconnects += 1;
                client.reconnect(to, reactor.registry())?;
            }
        }
        Progress::Closed => {
            tally.reconnects += 1;
            client.reconnect(to, reactor.registry())?;
        }
        Progress::Failed => {
            tally.failures += 1;
            client.reconnect(to, reactor.registry())?;
        }
    }
    client.send(requests.take());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::tests::straight;

    #[test]
    fn every_request_reaches_the_upstream_and_is_answered() {
        let report = run(&straight(&["closed", "--connections", "8"])).expect("it runs");
        let report = serde_json::to_value(report).expect("a report is JSON");
        let requests = report["requests"].as_u64().expect("a number");
        assert!(requests > 0, "{report}");
        assert_eq!(report["statuses"]["200"], requests);
        assert_eq!((&report["errors"], &report["reconnects"]), (&0.into(), &0.into()), "{report}");
        let upstream = report["upstream_requests"].as_u64().expect("a number");
        // What is under way at either end of the window is seen by one side alone.
        assert!(upstream.abs_diff(requests) <= 8, "{report}");
    }

    #[test]
    fn bodies_larger_than_a_buffer_come_whole() {
        let run = straight(&["closed", "--connections", "2", "--body-bytes", "3000000"]);
        let report = serde_json::to_value(super::run(&run).expect("it runs")).expect("a report is JSON");
        assert_eq!(report["errors"], 0, "{report}");
        assert_ne!(report["requests"], 0, "{report}");
    }
}
