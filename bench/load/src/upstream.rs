//! The service behind the proxies: the same answer to everything, head and body in one write.

use std::io::{self, Read, Write};
use std::net::SocketAddr;

use mio::event::Event;
use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};
use slab::Slab;

/// Tokens of the upstream's sockets begin here; those below belong to the client's side.
pub(crate) const FIRST_TOKEN: usize = 1 << 32;

const LISTENER: Token = Token(FIRST_TOKEN - 1);
const LONGEST_HEAD: usize = 64 * 1024;

/// A listener and the connections that came in.
#[derive(Debug)]
pub(crate) struct Upstream {
    listener: TcpListener,
    connections: Slab<Connection>,
    answer: Vec<u8>,
    scratch: Box<[u8]>,
    /// Requests answered so far.
    pub(crate) answered: u64,
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    /// The beginning of a head that came in pieces.
    head: Vec<u8>,
    /// Bytes of the answer under way that are sent; none while no answer is.
    sent: Option<usize>,
}

/// What is left to do with a connection.
enum After {
    Keep,
    Close,
}

impl Upstream {
    /// Listens; answers will have bodies of `body_bytes`.
    pub(crate) fn listen(address: SocketAddr, body_bytes: usize, registry: &Registry) -> io::Result<Self> {
        let mut listener = TcpListener::bind(address)?;
        registry.register(&mut listener, LISTENER, Interest::READABLE)?;
        let mut answer = format!(
            "HTTP/1.1 200 OK\r\nServer: keyward-load\r\nContent-Type: text/plain\r\nContent-Length: {body_bytes}\r\n\r\n"
        )
        .into_bytes();
        answer.resize(answer.len() + body_bytes, b'k');
        let scratch = vec![0; LONGEST_HEAD].into_boxed_slice();
        Ok(Self { listener, connections: Slab::new(), answer, scratch, answered: 0 })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Takes an event, if it is one of the upstream's.
    pub(crate) fn handle(&mut self, event: &Event, registry: &Registry) -> bool {
        let Token(token) = event.token();
        if event.token() == LISTENER {
            self.accept(registry);
            return true;
        }
        let Some(place) = token.checked_sub(FIRST_TOKEN) else { return false };
        let Some(connection) = self.connections.get_mut(place) else { return true };
        let after = connection.serve(&self.answer, &mut self.scratch, &mut self.answered);
        if matches!(after, Ok(After::Close) | Err(_)) {
            self.connections.remove(place);
        }
        true
    }

    fn accept(&mut self, registry: &Registry) {
        while let Ok((mut stream, _)) = self.listener.accept() {
            let entry = self.connections.vacant_entry();
            let token = Token(FIRST_TOKEN + entry.key());
            let ready = stream.set_nodelay(true);
            if ready
                .and_then(|()| registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE))
                .is_ok()
            {
                entry.insert(Connection { stream, head: Vec::new(), sent: None });
            }
        }
    }
}

impl Connection {
    /// Answers what has come. Events are edge-triggered: a read that does not fill the buffer was the last.
    fn serve(&mut self, answer: &[u8], scratch: &mut [u8], answered: &mut u64) -> io::Result<After> {
        if self.sent.is_some() && !self.send(answer)? {
            return Ok(After::Keep);
        }
        loop {
            let read = match self.stream.read(scratch) {
                Ok(0) => return Ok(After::Close),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(After::Keep),
                Err(error) => return Err(error),
            };
            let drained = read < scratch.len();
            if self.is_whole(&scratch[..read])? {
                *answered += 1;
                self.sent = Some(0);
                if !self.send(answer)? {
                    return Ok(After::Keep);
                }
            }
            if drained {
                return Ok(After::Keep);
            }
        }
    }

    /// Whether a request ends with these bytes. A proxy sends none before it has its answer to the last, and requests
    /// here have no bodies: a head's end is the end.
    fn is_whole(&mut self, bytes: &[u8]) -> io::Result<bool> {
        if self.head.is_empty() && bytes.ends_with(b"\r\n\r\n") {
            return Ok(true);
        }
        self.head.extend_from_slice(bytes);
        let whole = self.head.ends_with(b"\r\n\r\n");
        if whole {
            self.head.clear();
        } else if self.head.len() > LONGEST_HEAD {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(whole)
    }

    /// Sends what is left of the answer; says whether that was all of it.
    fn send(&mut self, answer: &[u8]) -> io::Result<bool> {
        let mut sent = self.sent.unwrap_or(0);
        while sent < answer.len() {
            match self.stream.write(&answer[sent..]) {
                Ok(written) => sent += written,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.sent = Some(sent);
                    return Ok(false);
                }
                Err(error) => return Err(error),
            }
        }
        self.sent = None;
        Ok(true)
    }
}
