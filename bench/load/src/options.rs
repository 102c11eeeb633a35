//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};

use crate::reactor::Reactor;
use crate::requests::{Requests, read_tokens};
use crate::tls;
use crate::wire::Destination;

/// Loads a proxy, and is the service behind it. Prints one line of JSON.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) mode: Mode,
}

/// How to load.
#[derive(Debug, Subcommand)]
pub(crate) enum Mode {
    /// Only the service behind, until killed.
    Upstream(Upstream),
    /// Every connection sends its next request when it has the answer to the last.
    Closed(Run),
    /// Requests are due at a fixed rate; latency counts from when they were due.
    Open {
        #[command(flatten)]
        run: Run,
        #[command(flatten)]
        pace: Pace,
    },
    /// New TLS connections with one request each, as many as can be.
    Handshakes {
        #[command(flatten)]
        run: Run,
        /// Resume sessions instead of making full handshakes.
        #[arg(long)]
        resume: bool,
    },
    /// HTTP/2: several streams at a time on each connection, each as in the closed loop.
    H2 {
        #[command(flatten)]
        run: Run,
        /// Streams at a time on each connection.
        #[arg(long, default_value_t = 16)]
        streams: usize,
    },
}

/// The service behind.
#[derive(Debug, Args)]
pub(crate) struct Upstream {
    /// Where it listens.
    #[arg(long)]
    pub(crate) listen: SocketAddr,
    /// Bytes in the body of each answer.
    #[arg(long, default_value_t = 1024)]
    pub(crate) body_bytes: usize,
}

/// What every load has.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The proxy. Without one, requests go straight to the upstream.
    #[arg(long, required_unless_present = "upstream")]
    pub(crate) target: Option<SocketAddr>,
    /// Where the upstream in this process listens; none is started otherwise.
    #[arg(long)]
    pub(crate) upstream: Option<SocketAddr>,
    /// Bytes in the body of each answer of the upstream.
    #[arg(long, default_value_t = 1024)]
    pub(crate) body_bytes: usize,
    /// Connections at a time.
    #[arg(long, default_value_t = 64)]
    pub(crate) connections: usize,
    /// Seconds to count.
    #[arg(long, default_value_t = 5.0)]
    pub(crate) seconds: f64,
    /// Seconds before anything is counted.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) warm_seconds: f64,
    /// What is asked for.
    #[arg(long, default_value = "/bench/v1/item")]
    pub(crate) path: String,
    /// Tokens, one a line; each request takes the next.
    #[arg(long)]
    pub(crate) tokens: Option<PathBuf>,
    /// Speak TLS. No certificate is verified: what is measured is the server.
    #[arg(long)]
    pub(crate) tls: bool,
    /// The name asked for in TLS and in `Host`.
    #[arg(long, default_value = "localhost")]
    pub(crate) name: String,
    /// A process under test; its CPU time, children included, is in the report. May be given several times.
    #[arg(long)]
    pub(crate) watch: Vec<u32>,
}

/// What the open loop has.
#[derive(Debug, Args)]
pub(crate) struct Pace {
    /// Requests a second.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub(crate) rate: u64,
    /// Never sleep, so that waking up is no part of the latency. Takes the whole core.
    #[arg(long)]
    pub(crate) spin: bool,
}

impl Run {
    /// Where the load goes.
    pub(crate) fn destination(&self, reactor: &Reactor) -> Result<Destination> {
        self.destination_with(reactor, tls::config(tls::Sessions::Full, &[]))
    }

    /// Where the load goes, with TLS spoken in this way, if it is.
    pub(crate) fn destination_with(&self, reactor: &Reactor, config: tls::Config) -> Result<Destination> {
        let address = self.target.or_else(|| reactor.upstream_address()).context("neither target nor upstream")?;
        let tls = if self.tls { Some((config, self.name.clone().try_into()?)) } else { None };
        Ok(Destination { address, tls })
    }

    /// The requests; `closing` ones end their connection.
    pub(crate) fn requests(&self, closing: bool) -> Result<Requests> {
        Ok(Requests::new(&self.path, &self.name, &read_tokens(self.tokens.as_deref())?, closing))
    }

    /// How long to count.
    pub(crate) fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }

    /// How long to warm up.
    pub(crate) fn warm(&self) -> Duration {
        Duration::from_secs_f64(self.warm_seconds)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A short run in which client and upstream talk without a proxy.
    pub(crate) fn straight(arguments: &[&str]) -> Run {
        let usual = ["--upstream", "127.0.0.1:0", "--seconds", "0.2", "--warm-seconds", "0.05"];
        let words = ["keyward-load"].iter().chain(arguments).chain(&usual);
        match Options::try_parse_from(words).expect("the arguments are good").mode {
            Mode::Closed(run) => run,
            other => panic!("{other:?} is another mode"),
        }
    }

    #[test]
    fn a_load_needs_somewhere_to_go() {
        assert!(Options::try_parse_from(["keyward-load", "closed"]).is_err());
        assert!(Options::try_parse_from(["keyward-load", "open", "--upstream", "127.0.0.1:0"]).is_err(), "no rate");
    }
}
