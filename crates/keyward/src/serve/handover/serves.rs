//! What a process serves, so that another takes over only where it would serve the same.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::Sockets;
use crate::configuration::Configuration;
use crate::failure::Failure;

/// Where a process listens, and over what. Nothing secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Serves {
    /// The version of Keyward.
    version: String,
    gateway: SocketAddr,
    tls: Option<SocketAddr>,
    control: SocketAddr,
    workers: Option<usize>,
    store: String,
    calls: String,
}

impl Serves {
    /// As it is configured.
    pub(crate) fn wanted(configuration: &Configuration) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            gateway: configuration.gateway.listen,
            tls: configuration.gateway.tls.as_ref().map(|tls| tls.listen),
            control: configuration.control.listen,
            workers: configuration.gateway.workers.map(std::num::NonZeroUsize::get),
            store: configuration.store.url.to_string(),
            calls: configuration.store.calls_url.to_string(),
        }
    }

    /// As it came to be.
    pub(crate) fn with(self, sockets: &Sockets) -> std::io::Result<Self> {
        Ok(Self {
            gateway: sockets.gateway.plain.first().map_or(Ok(self.gateway), |one| one.local_addr())?,
            tls: sockets.gateway.tls.first().map(std::net::TcpListener::local_addr).transpose()?,
            control: sockets.control.local_addr()?,
            workers: Some(sockets.gateway.plain.len()),
            ..self
        })
    }

    /// Refuses to take over from a process that serves something else: it would seem to be replaced, and its settings
    /// would not be.
    pub(super) fn hold_against(&self, running: &Self) -> Result<(), Failure> {
        let shown = |address: Option<SocketAddr>| address.map_or("nowhere".to_owned(), |address| address.to_string());
        // Port 0 is whichever the running one was given.
        let same = |wanted: Option<SocketAddr>, running: Option<SocketAddr>| match (wanted, running) {
            (Some(wanted), Some(running)) if wanted.port() == 0 => wanted.ip() == running.ip(),
            (wanted, running) => wanted == running,
        };
        let addresses = [
            ("gateway.listen", Some(self.gateway), Some(running.gateway)),
            ("gateway.tls.listen", self.tls, running.tls),
            ("control.listen", Some(self.control), Some(running.control)),
        ];
        let differs = addresses
            .into_iter()
            .find(|(_, wanted, running)| !same(*wanted, *running))
            .map(|(setting, wanted, running)| (setting, shown(wanted), shown(running)));
        let stores = [("store.url", &self.store, &running.store), ("store.calls_url", &self.calls, &running.calls)];
        let stores = stores.into_iter().find(|(_, wanted, running)| wanted != running);
        let differs = differs.or(stores.map(|(setting, wanted, running)| (setting, wanted.clone(), running.clone())));
        if let Some((setting, wanted, running)) = differs {
            let problem = format!("`{setting}` is {wanted} here, and {running} in the Keyward that runs");
            return Err(Failure::usage(format!("cannot take over: {problem}"))
                .remedy("Set it as it is there; or end that one and start this one without --take-over."));
        }
        if let (Some(wanted), Some(running)) = (self.workers, running.workers)
            && wanted != running
        {
            tracing::warn!(wanted, running, "`gateway.workers` cannot change when taking over: it stays as it was");
        }
        tracing::info!(from = running.version, to = self.version, "takes over from the Keyward that runs");
        Ok(())
    }
}
