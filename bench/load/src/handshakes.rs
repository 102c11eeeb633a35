//! New connections: each is made, asked one thing, answered and closed by the server, and the next takes its place.
//! The server closes, so that the ports of this side are free again at once.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::client::{Client, Progress};
use crate::clock::now;
use crate::options::Run;
use crate::reactor::Reactor;
use crate::report::{Report, Tally, Window};
use crate::tls::{self, Sessions};

const TURN: Duration = Duration::from_millis(20);

/// Runs it.
pub(crate) fn run(run: &Run, resume: bool) -> Result<Report> {
    let mut reactor = Reactor::new(run.upstream, run.body_bytes)?;
    let sessions = if resume { Sessions::Resumed } else { Sessions::Full };
    // Each client resumes sessions of its own: what one store holds would not do for all of them at a time.
    let destination = |_| run.destination_with(&reactor, tls::config(sessions, &[b"http/1.1"]));
    let to = (0..run.connections).map(destination).collect::<Result<Vec<_>>>()?;
    let mut requests = run.requests(true)?;
    let mut clients = Vec::with_capacity(run.connections);
    for (token, to) in to.iter().enumerate() {
        let mut client = Client::connect(to, reactor.registry(), token)?;
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
            let place = reactor.ready[at];
            let client = &mut clients[place];
            match client.advance(&mut scratch) {
                Progress::Waiting => continue,
                Progress::Answered(answer) => {
                    tally.answered(answer.status);
                    tally.handshake(client.wire.handshake());
                    if !client.has_ended() {
                        continue;
                    }
                }
                Progress::Closed => {}
                Progress::Failed => tally.failures += 1,
            }
            client.reconnect(&to[place], reactor.registry())?;
            client.send(requests.take());
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
