//! Whether gateway and control plane answer, and whether the token is good for anything.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use super::Finding;
use crate::cli::Context;
use crate::client::Request;
use crate::failure::Exit;
use crate::output::text_at;

pub(super) fn look(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = vec![gateway(context.configuration.gateway.listen)];
    let client = match context.client() {
        Ok(client) => client,
        Err(failure) => return vec![Finding::problem("token", failure.what)],
    };
    match client.send(Request::new("GET", &["health"])) {
        Ok(_) => findings.push(Finding::ok("control plane", format!("{} answers", client.base()))),
        Err(failure) => {
            findings.push(Finding::problem("control plane", failure.what));
            return findings;
        }
    }
    findings.push(match client.get(&["self"]) {
        Ok(own) => Finding::ok("token", format!("“{}” is accepted", text_at(&own, "/token/name"))),
        Err(failure) if failure.exit == Exit::NotAllowed => Finding::warning("token", failure.what),
        Err(failure) => Finding::problem("token", failure.what),
    });
    findings
}

fn gateway(listen: SocketAddr) -> Finding {
    // What listens on every address is met on the loopback one.
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    match TcpStream::connect_timeout(&SocketAddr::new(ip, listen.port()), Duration::from_secs(2)) {
        Ok(_) => Finding::ok("gateway", format!("{listen} accepts connections")),
        Err(error) => Finding::problem("gateway", format!("{listen} does not: {error}; is `keyward serve` running?")),
    }
}
