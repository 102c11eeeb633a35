//! The sockets on which callers connect: bound by this process, or taken over from the one before.

use std::io;
use std::net::{SocketAddr, TcpListener};

use crate::config::GatewayConfig;
use crate::gateway::StartError;
use crate::listen::bind;

/// One listener for each worker, on each address. All on one address share a port; the kernel spreads connections.
#[derive(Debug)]
pub struct Listeners {
    /// For calls in cleartext.
    pub plain: Vec<TcpListener>,
    /// For calls over TLS; none where there is no such listener.
    pub tls: Vec<TcpListener>,
}

impl Listeners {
    /// Binds what `config` names.
    pub fn bind(config: &GatewayConfig) -> Result<Self, StartError> {
        let bound =
            |address: SocketAddr| bind(address, config.workers).map_err(|error| StartError::Listen { address, error });
        let plain = bound(config.listen)?;
        let tls = config.tls.as_ref().map_or_else(|| Ok(Vec::new()), |tls| bound(tls.listen))?;
        Ok(Self { plain, tls })
    }

    /// The same sockets once more, for whoever takes over: connections wait in one queue, and whichever process
    /// accepts has them. A socket that no process accepts on would leave its callers waiting.
    pub fn try_clone(&self) -> io::Result<Self> {
        let clones = |all: &[TcpListener]| all.iter().map(TcpListener::try_clone).collect::<io::Result<Vec<_>>>();
        Ok(Self { plain: clones(&self.plain)?, tls: clones(&self.tls)? })
    }
}
