//! The load and the upstream of `make bench`, in one process: a separate upstream would starve the fast proxies of the
//! one core that both share.

use std::time::Duration;

use anyhow::Result;
use clap::Parser;

use crate::options::{Mode, Options};
use crate::reactor::Reactor;

mod answer;
mod client;
mod clock;
mod closed;
mod cpu;
mod h2_load;
mod handshakes;
mod open;
mod options;
mod reactor;
mod report;
mod requests;
mod tls;
mod upstream;
mod wire;

#[expect(clippy::print_stdout, reason = "the line of JSON is what this program is for")]
fn main() -> Result<()> {
    let report = match Options::parse().mode {
        Mode::Upstream(upstream) => {
            let mut reactor = Reactor::new(Some(upstream.listen), upstream.body_bytes)?;
            loop {
                reactor.turn(Duration::from_secs(1))?;
            }
        }
        Mode::Closed(run) => closed::run(&run)?,
        Mode::Open { run, pace } => open::run(&run, &pace)?,
        Mode::Handshakes { run, resume } => handshakes::run(&run, resume)?,
        Mode::H2 { run, streams } => h2_load::run(&run, streams)?,
    };
    println!("{}", serde_json::to_string(&report)?);
    Ok(())
}
