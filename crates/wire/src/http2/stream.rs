//! What is known of one stream.

use std::task::Waker;

use super::frame::Reason;
use crate::fields::Fields;

/// Why a stream carries nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// The client ended it.
    Reset(Reason),
    /// What the client sent on it breaks the protocol.
    Broken,
    /// The connection is closed.
    Closed,
}

#[derive(Debug)]
pub(super) struct Stream {
    pub(super) id: u32,
    /// What came and nobody took yet.
    pub(super) content: Vec<u8>,
    pub(super) trailers: Option<Fields>,
    /// Whether the client said that nothing more comes.
    pub(super) ended: bool,
    /// Content that is still to come, where the head says how much.
    pub(super) left: Option<u64>,
    /// Bytes that the client may send.
    pub(super) room: i64,
    /// Bytes that were taken, and that the client was not told of.
    pub(super) owed: u32,
    /// Bytes that the client takes.
    pub(super) window: i64,
    /// Whether the client has its answer, or the head of it.
    pub(super) answered: bool,
    /// Whether the client knows that nothing more comes.
    pub(super) finished: bool,
    pub(super) gone: Option<Gone>,
    /// Whether it has something to send, and no room for it.
    pub(super) waits: bool,
    /// Who sees to it.
    pub(super) waker: Option<Waker>,
}

impl Stream {
    pub(super) fn new(id: u32, ended: bool, left: Option<u64>, room: i64, window: i64) -> Self {
        Self {
            id,
            content: Vec::new(),
            trailers: None,
            ended,
            left,
            room,
            owed: 0,
            window,
            answered: false,
            finished: false,
            gone: None,
            waits: false,
            waker: None,
        }
    }

    /// Has whoever asks woken with the next thing that happens.
    pub(super) fn wake_later(&mut self, waker: &Waker) {
        match &mut self.waker {
            Some(known) => known.clone_from(waker),
            None => self.waker = Some(waker.clone()),
        }
    }

    pub(super) fn wake(&self) {
        if let Some(waker) = &self.waker {
            waker.wake_by_ref();
        }
    }
}
