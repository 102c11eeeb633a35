//! One probe: a connection of its own, one request, the head of its answer. Of the body nothing is waited for.

use std::time::Duration;

use futures_util::future::{Either, select};
use keyward_model::upstream::ProbeMethod;
use keyward_wire::{Limits, Response};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::Probe;
use crate::forward::connect::{ConnectError, open};
use crate::state::upstream::Target;

/// What is read of an answer.
const HEAD: Limits = Limits { bytes: 64 * 1024, target: 0, fields: 200 };

/// Why there was no answer. Nothing in it is secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProbeError {
    /// There is no connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// It took too long.
    #[error("no answer within timeout_ms {0}")]
    Late(u32),
    /// The connection ended first.
    #[error("it closed the connection before it answered")]
    Closed,
    /// What came is no answer.
    #[error("its answer is not HTTP")]
    Malformed,
    /// HTTP/2 did not come to an answer.
    #[error("HTTP/2 failed: {0}")]
    Http2(h2::Error),
    /// The path has characters that HTTP/2 has no place for.
    #[error("health.active.path cannot be asked for by HTTP/2")]
    Path,
}

/// Asks once. The status of the answer.
pub(super) async fn ask(target: &Target, probe: &Probe) -> Result<u16, ProbeError> {
    let wait = Duration::from_millis(probe.active.timeout_ms.into());
    let asked = tokio::time::timeout(wait, connect_and_ask(target, probe)).await;
    asked.unwrap_or(Err(ProbeError::Late(probe.active.timeout_ms)))
}

async fn connect_and_ask(target: &Target, probe: &Probe) -> Result<u16, ProbeError> {
    let (stream, is_http2) = open(target).await?;
    if is_http2 { http2(stream, target, probe).await } else { http1(stream, target, probe).await }
}

async fn http1(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    target: &Target,
    probe: &Probe,
) -> Result<u16, ProbeError> {
    let closed = |_| ProbeError::Closed;
    let mut request = zeroize::Zeroizing::new(Vec::with_capacity(1024));
    target.write_probe(&probe.active, &mut request);
    stream.write_all(&request).await.map_err(closed)?;
    stream.flush().await.map_err(closed)?;
    let to_head = probe.active.method == ProbeMethod::Head;
    let (mut bytes, mut seen) = (Vec::with_capacity(4096), 0);
    loop {
        if bytes.len() > seen {
            match Response::parse(&mut bytes, seen, Vec::new(), to_head, &HEAD) {
                Err(_) => return Err(ProbeError::Malformed),
                Ok(Some((head, used))) if head.is_interim() => {
                    (bytes, seen) = (head.fields.behind(used).to_vec(), 0);
                    continue;
                }
                Ok(Some((head, _))) => return Ok(head.status),
                Ok(None) => seen = bytes.len(),
            }
        }
        if stream.read_buf(&mut bytes).await.map_err(closed)? == 0 {
            return Err(ProbeError::Closed);
        }
    }
}

async fn http2(stream: impl AsyncRead + AsyncWrite + Unpin, target: &Target, probe: &Probe) -> Result<u16, ProbeError> {
    let request = target.probe_request(&probe.active).ok_or(ProbeError::Path)?;
    let handshake = h2::client::Builder::new()
        .max_header_list_size(64 * 1024)
        .initial_window_size(16 * 1024)
        .initial_connection_window_size(64 * 1024)
        .enable_push(false)
        .handshake::<_, bytes::Bytes>(stream);
    let (mut sender, connection) = handshake.await.map_err(ProbeError::Http2)?;
    let (response, _) = sender.send_request(request, true).map_err(ProbeError::Http2)?;
    match select(response, connection).await {
        Either::Left((response, _)) => response.map(|head| head.status().as_u16()).map_err(ProbeError::Http2),
        Either::Right((Ok(()), _)) => Err(ProbeError::Closed),
        Either::Right((Err(error), _)) => Err(ProbeError::Http2(error)),
    }
}
