//! What the gateway is told at its start.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use keyward_model::cidr::Cidr;

use crate::tls::TlsSettings;

/// How the gateway listens, and what it bears with.
#[derive(Clone, Debug)]
pub struct GatewayConfig {
    /// Where callers connect to. Port 0 lets the system choose; [`crate::Gateway::address`] tells which.
    pub listen: SocketAddr,
    /// Where callers connect to over TLS, and with what.
    pub tls: Option<TlsListener>,
    /// The proxies that are believed about where a call comes from.
    pub trusted_proxies: Vec<Cidr>,
    /// The header they say it in.
    pub forwarded_header: ForwardedHeader,
    /// Whether every connection comes from a trusted proxy and begins with the PROXY protocol; any other is closed.
    pub proxy_protocol: bool,
    /// Threads, each with a runtime, a listener and a pool of upstream connections of its own.
    pub workers: usize,
    /// What pages about refusals begin with: the control plane's URL, without a closing slash.
    pub errors_base: String,
    /// What this gateway is called in the list of nodes.
    pub node: String,
    /// For the whole head of a request, from its first byte.
    pub head_timeout: Duration,
    /// Between two pieces of a request's body.
    pub body_timeout: Duration,
    /// For a kept-alive connection between two requests.
    pub idle_timeout: Duration,
    /// For a caller that takes none of its answer.
    pub write_timeout: Duration,
    /// How often a call that lasts is decided anew.
    pub review_interval: Duration,
    /// Bytes of a request's head, at most 60,000.
    pub max_head_bytes: usize,
    /// Bytes of a request's target.
    pub max_uri_bytes: usize,
    /// Header fields of a request.
    pub max_headers: usize,
    /// Bytes of a request's body.
    pub max_body_bytes: u64,
    /// Callers connected to one worker at a time; beyond that, connecting waits.
    pub max_connections: usize,
    /// Requests that one worker has under way at a time, over all connections; more are refused at once.
    pub max_requests_in_flight: usize,
    /// Idle connections to one target that one worker keeps.
    pub max_idle_upstream: usize,
    /// After which an idle connection to a target is closed.
    pub idle_upstream_timeout: Duration,
    /// After which silence a target that owes an answer by HTTP/2 is asked whether it is still there.
    pub upstream_ping_after: Duration,
    /// For an answer to that, before the connection is given up.
    pub upstream_ping_timeout: Duration,
    /// How long a worker stays awake behind a call, looking for the next; zero lets it sleep at once.
    pub busy_poll: Duration,
    /// Whether it waits for [`crate::Gateway::open`] before it takes up connections.
    pub held: bool,
    /// For calls under way when the gateway is told to end.
    pub drain_timeout: Duration,
}

/// A listener for TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsListener {
    /// Where callers connect to.
    pub listen: SocketAddr,
    /// What they are shown, and what is asked of them.
    pub settings: TlsSettings,
}

/// The header in which trusted proxies say where a call comes from. The other one is believed of nobody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForwardedHeader {
    /// The de-facto one.
    #[default]
    XForwardedFor,
    /// RFC 7239.
    Forwarded,
}

impl GatewayConfig {
    /// Whether `address` is a proxy's that is believed about where a call comes from.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|proxies| proxies.contains(address))
    }

    /// The usual values, on `listen`.
    pub fn new(listen: SocketAddr) -> Self {
        Self {
            listen,
            tls: None,
            trusted_proxies: Vec::new(),
            forwarded_header: ForwardedHeader::default(),
            proxy_protocol: false,
            workers: std::thread::available_parallelism().map_or(1, usize::from),
            errors_base: String::new(),
            node: "gateway".to_owned(),
            head_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(75),
            write_timeout: Duration::from_secs(60),
            review_interval: Duration::from_secs(5),
            max_head_bytes: 32 * 1024,
            max_uri_bytes: 32 * 1024,
            max_headers: 100,
            max_body_bytes: 64 * 1024 * 1024,
            max_connections: 20_000,
            max_requests_in_flight: 20_000,
            max_idle_upstream: 256,
            idle_upstream_timeout: Duration::from_secs(60),
            upstream_ping_after: Duration::from_secs(10),
            upstream_ping_timeout: Duration::from_secs(10),
            busy_poll: Duration::ZERO,
            held: false,
            drain_timeout: Duration::from_secs(30),
        }
    }
}
