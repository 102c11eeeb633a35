//! One keep-alive connection with at most one request under way.

use std::io;

use mio::Registry;

use crate::answer::{Answer, AnswerReader};
use crate::wire::{Destination, Wire};

/// A client.
#[derive(Debug)]
pub(crate) struct Client {
    /// Its connection.
    pub(crate) wire: Wire,
    token: usize,
    reader: AnswerReader,
    /// Whether an answer is owed.
    pub(crate) busy: bool,
    /// Whether the server said that it closes.
    closing: bool,
    /// Whether it has closed.
    ended: bool,
}

/// What an event came to.
#[derive(Debug)]
pub(crate) enum Progress {
    /// Nothing that matters yet.
    Waiting,
    /// The answer to the request under way is whole.
    Answered(Answer),
    /// The connection has ended, with no request under way. It can be opened anew.
    Closed,
    /// The connection, or the answer on it, broke while a request was under way, or could not be understood.
    Failed,
}

impl Client {
    /// Begins to connect; `token` is what its events carry.
    pub(crate) fn connect(to: &Destination, registry: &Registry, token: usize) -> io::Result<Self> {
        let wire = Wire::connect(to, registry, token)?;
        Ok(Self { wire, token, reader: AnswerReader::default(), busy: false, closing: false, ended: false })
    }

    /// Begins anew, on a new connection.
    pub(crate) fn reconnect(&mut self, to: &Destination, registry: &Registry) -> io::Result<()> {
        *self = Self::connect(to, registry, self.token)?;
        Ok(())
    }

    /// Sends a request. That the connection is broken shows in the next [`Client::advance`].
    pub(crate) fn send(&mut self, request: &[u8]) {
        self.busy = true;
        let _ = self.wire.send(request);
    }

    /// Goes on after an event. An answer is told once; that its connection ended right behind it, by
    /// [`Client::has_ended`].
    pub(crate) fn advance(&mut self, scratch: &mut [u8]) -> Progress {
        if self.wire.flush().is_err() {
            return self.over();
        }
        let mut answered = None;
        loop {
            let Ok(chunk) = self.wire.receive(scratch) else { return self.over() };
            if chunk.bytes > 0 {
                if !self.busy {
                    // An answer that nobody asked for.
                    return Progress::Failed;
                }
                match self.reader.feed(&scratch[..chunk.bytes]) {
                    Err(_) => return Progress::Failed,
                    Ok(None) => {}
                    Ok(Some(answer)) => {
                        self.busy = false;
                        self.closing = answer.closing;
                        answered = Some(answer);
                    }
                }
            }
            if chunk.ended {
                (self.closing, self.ended) = (true, true);
                return answered.map_or_else(|| self.over(), Progress::Answered);
            }
            // A read that left room took all data, but an end right behind it would not be told again.
            if chunk.blocked || (chunk.short && !self.closing) {
                return answered.map_or(Progress::Waiting, Progress::Answered);
            }
        }
    }

    /// Whether no further request can go this way.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing
    }

    /// Whether the server has closed.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    fn over(&self) -> Progress {
        if self.busy { Progress::Failed } else { Progress::Closed }
    }
}
