//! A fresh connection to a target: name, TCP, TLS where the target asks for it.

use std::io;

use keyward_model::upstream::{Protocol, Timeouts};
use tokio::net::TcpStream;

use super::milliseconds;
use crate::state::upstream::Target;
use crate::stream::Stream;

const HTTP2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    /// Nothing listens there, or the name leads nowhere.
    #[error("cannot connect: {0}")]
    Unreachable(io::Error),
    /// TLS failed: most often a certificate that is not trusted.
    #[error("TLS failed: {0}")]
    Tls(io::Error),
    /// The target has to speak HTTP/2, and does not.
    #[error("it does not speak HTTP/2: `h2` was offered by ALPN, and not chosen")]
    NotHttp2,
    /// As many connections as there may be, and each with as many calls as the target takes.
    #[error("every connection carries as many calls as the target takes, and none had room within connect_ms {0}")]
    Full(u32),
    /// It took too long.
    #[error("no connection within connect_ms {0}")]
    Late(u32),
}

/// Connects for HTTP/1.1 within the time given.
pub(super) async fn connect(target: &Target, timeouts: Timeouts) -> Result<Stream, ConnectError> {
    match tokio::time::timeout(milliseconds(timeouts.connect_ms), open_with(target, None)).await {
        Ok(opened) => opened,
        Err(_) => Err(ConnectError::Late(timeouts.connect_ms)),
    }
}

/// Connects by what the target's upstream says, for as long as it takes, and says whether HTTP/2 is spoken there: what
/// was chosen by ALPN (RFC 7301), or in cleartext prior knowledge (RFC 9113 section 3.3).
pub(crate) async fn open(target: &Target) -> Result<(Stream, bool), ConnectError> {
    let stream = match target.protocol {
        Protocol::Http1 => return Ok((open_with(target, None).await?, false)),
        Protocol::Http2 => open_with(target, Some(&[HTTP2])).await?,
        Protocol::Auto => open_with(target, Some(&[HTTP2, HTTP1])).await?,
    };
    let is_http2 = stream.is_http2() || (target.tls.is_none() && target.protocol == Protocol::Http2);
    match target.protocol {
        Protocol::Http2 if !is_http2 => Err(ConnectError::NotHttp2),
        _ => Ok((stream, is_http2)),
    }
}

/// Connects. `offered` are the protocols offered by ALPN; HTTP/1.1 alone where none are named.
async fn open_with(target: &Target, offered: Option<&[&[u8]]>) -> Result<Stream, ConnectError> {
    let tcp = TcpStream::connect((&*target.host, target.port)).await.map_err(ConnectError::Unreachable)?;
    // Best effort: without it small requests are slower, nothing else.
    let _ = tcp.set_nodelay(true);
    Ok(match &target.tls {
        None => Stream::Plain(tcp),
        Some(tls) => {
            let connecting = match offered {
                None => tls.connector.connect(tls.name.clone(), tcp),
                Some(offered) => {
                    let offered = offered.iter().map(|protocol| protocol.to_vec()).collect();
                    tls.connector.with_alpn(offered).connect(tls.name.clone(), tcp)
                }
            };
            Stream::ToTarget(Box::new(connecting.await.map_err(of_tls)?))
        }
    })
}

/// A target may also end the handshake when nothing that was offered suits it (RFC 7301 section 3.2).
fn of_tls(error: io::Error) -> ConnectError {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match tls {
        Some(rustls::Error::AlertReceived(rustls::AlertDescription::NoApplicationProtocol)) => ConnectError::NotHttp2,
        _ => ConnectError::Tls(error),
    }
}
