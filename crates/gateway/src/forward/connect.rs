//! A fresh connection to a target: name, TCP, TLS where the target asks for it, HTTP/1.

use std::io;
use std::time::Duration;

use hyper::client::conn::http1::Builder;
use hyper_util::rt::TokioIo;
use keyward_model::upstream::Timeouts;
use tokio::net::TcpStream;

use super::pool::Connection;
use super::stream::UpstreamStream;
use crate::state::upstream::Target;

/// Headers an answer may have.
const MAX_HEADERS: usize = 200;
/// Bytes read ahead of what the caller takes, and the most a head may have.
const READ_AHEAD: usize = 128 * 1024;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    /// Nothing listens there, or the name leads nowhere.
    #[error("cannot connect: {0}")]
    Unreachable(io::Error),
    /// TLS failed: most often a certificate that is not trusted.
    #[error("TLS failed: {0}")]
    Tls(io::Error),
    /// HTTP could not begin.
    #[error("HTTP failed: {0}")]
    Http(hyper::Error),
    /// It took too long.
    #[error("no connection within connect_ms {0}")]
    Late(u32),
}

/// Connects within the time given.
pub(super) async fn connect(target: &Target, timeouts: Timeouts) -> Result<Connection, ConnectError> {
    let wait = Duration::from_millis(u64::from(timeouts.connect_ms));
    match tokio::time::timeout(wait, open(target)).await {
        Ok(opened) => opened,
        Err(_) => Err(ConnectError::Late(timeouts.connect_ms)),
    }
}

async fn open(target: &Target) -> Result<Connection, ConnectError> {
    let tcp = TcpStream::connect((&*target.host, target.port)).await.map_err(ConnectError::Unreachable)?;
    // Best effort: without it small requests are slower, nothing else.
    let _ = tcp.set_nodelay(true);
    let stream = match &target.tls {
        None => UpstreamStream::Plain(tcp),
        Some(tls) => {
            let stream = tls.connector.connect(tls.name.clone(), tcp).await.map_err(ConnectError::Tls)?;
            UpstreamStream::Tls(Box::new(stream))
        }
    };
    let (sender, connection) = Builder::new()
        .max_headers(MAX_HEADERS)
        .max_buf_size(READ_AHEAD)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(ConnectError::Http)?;
    // It ends when either side closes; whoever uses it learns of failures through the sender.
    let task = tokio::task::spawn_local(connection).abort_handle();
    Ok(Connection { sender, task })
}
