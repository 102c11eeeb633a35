//! A fresh connection to a target: name, TCP, TLS where the target asks for it.

use std::io;

use keyward_model::upstream::Timeouts;
use tokio::net::TcpStream;

use super::milliseconds;
use crate::state::upstream::Target;
use crate::stream::Stream;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    /// Nothing listens there, or the name leads nowhere.
    #[error("cannot connect: {0}")]
    Unreachable(io::Error),
    /// TLS failed: most often a certificate that is not trusted.
    #[error("TLS failed: {0}")]
    Tls(io::Error),
    /// It took too long.
    #[error("no connection within connect_ms {0}")]
    Late(u32),
}

/// Connects within the time given.
pub(super) async fn connect(target: &Target, timeouts: Timeouts) -> Result<Stream, ConnectError> {
    match tokio::time::timeout(milliseconds(timeouts.connect_ms), open(target)).await {
        Ok(opened) => opened,
        Err(_) => Err(ConnectError::Late(timeouts.connect_ms)),
    }
}

async fn open(target: &Target) -> Result<Stream, ConnectError> {
    let tcp = TcpStream::connect((&*target.host, target.port)).await.map_err(ConnectError::Unreachable)?;
    // Best effort: without it small requests are slower, nothing else.
    let _ = tcp.set_nodelay(true);
    Ok(match &target.tls {
        None => Stream::Plain(tcp),
        Some(tls) => {
            let stream = tls.connector.connect(tls.name.clone(), tcp).await.map_err(ConnectError::Tls)?;
            Stream::ToTarget(Box::new(stream))
        }
    })
}
