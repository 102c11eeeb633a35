//! A connection of the client's side, plain or under TLS. Nothing blocks; events are edge-triggered.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, HandshakeKind};

/// Where connections lead, and whether under TLS.
#[derive(Clone, Debug)]
pub(crate) struct Destination {
    /// The proxy; for measuring without one, the upstream.
    pub(crate) address: SocketAddr,
    /// How TLS is spoken, and with whom.
    pub(crate) tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    tls: Option<Box<ClientConnection>>,
    /// Bytes that found no room, or no finished connection, yet.
    unsent: Vec<u8>,
}

/// What came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// How many bytes of the buffer are filled.
    pub(crate) bytes: usize,
    /// Whether the buffer had room for more: all data that was there is taken. That the other side has ended may
    /// still be to read.
    pub(crate) short: bool,
    /// Whether nothing at all was there.
    pub(crate) blocked: bool,
    /// Whether the other side has ended.
    pub(crate) ended: bool,
}

impl Wire {
    /// Begins to connect. What is sent meanwhile goes out when the connection stands.
    pub(crate) fn connect(to: &Destination, registry: &Registry, token: usize) -> io::Result<Self> {
        let mut stream = TcpStream::connect(to.address)?;
        stream.set_nodelay(true)?;
        registry.register(&mut stream, Token(token), Interest::READABLE | Interest::WRITABLE)?;
        let tls = match &to.tls {
            Some((config, name)) => {
                let connection = ClientConnection::new(Arc::clone(config), name.clone()).map_err(io::Error::other)?;
                Some(Box::new(connection))
            }
            None => None,
        };
        Ok(Self { stream, tls, unsent: Vec::new() })
    }

    /// Sends a request, or keeps what cannot be sent now for [`Wire::flush`].
    pub(crate) fn send(&mut self, request: &[u8]) -> io::Result<()> {
        if let Some(tls) = &mut self.tls {
            tls.writer().write_all(request)?;
            return self.flush();
        }
        let sent = if self.unsent.is_empty() { would_block(self.stream.write(request))?.unwrap_or(0) } else { 0 };
        self.unsent.extend_from_slice(&request[sent..]);
        Ok(())
    }

    /// Sends what waits, as far as it goes.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if let Some(tls) = &mut self.tls {
            while tls.wants_write() {
                if would_block(tls.write_tls(&mut self.stream))?.is_none() {
                    break;
                }
            }
        } else if !self.unsent.is_empty()
            && let Some(sent) = would_block(self.stream.write(&self.unsent))?
        {
            self.unsent.drain(..sent);
        }
        Ok(())
    }

    /// Receives once. To be asked again until what came was short, or, where an end is to come, until it blocks.
    pub(crate) fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Chunk> {
        let Some(tls) = &mut self.tls else {
            let read = would_block(self.stream.read(buffer))?;
            let bytes = read.unwrap_or(0);
            return Ok(Chunk { bytes, short: bytes < buffer.len(), blocked: read.is_none(), ended: read == Some(0) });
        };
        let mut noting = Noting { stream: &mut self.stream, short: false };
        let read = would_block(tls.read_tls(&mut noting))?;
        let socket_short = noting.short || read.is_none();
        let state = tls.process_new_packets().map_err(io::Error::other)?;
        let waiting = state.plaintext_bytes_to_read();
        let bytes = if waiting == 0 { 0 } else { tls.reader().read(buffer)? };
        let (short, blocked) = (socket_short && bytes == waiting, read.is_none() && bytes == waiting);
        let ended = bytes == waiting && (read == Some(0) || state.peer_has_closed());
        if tls.wants_write() {
            self.flush()?;
        }
        Ok(Chunk { bytes, short, blocked, ended })
    }

    /// How the TLS handshake went; none before its end, and without TLS.
    pub(crate) fn handshake(&self) -> Option<HandshakeKind> {
        self.tls.as_ref().and_then(|tls| tls.handshake_kind())
    }
}

/// Nothing, where nothing could be done yet. A connection that is still being made cannot be read or written either.
fn would_block(done: io::Result<usize>) -> io::Result<Option<usize>> {
    match done {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::NotConnected) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Notes whether a read left the socket empty: it did when it filled less than it might have.
struct Noting<'a> {
    stream: &'a mut TcpStream,
    short: bool,
}

impl Read for Noting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(buffer)?;
        self.short = read < buffer.len();
        Ok(read)
    }
}
