//! One stream of a caller's connection that speaks HTTP/2.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use keyward_wire::Fields;
use keyward_wire::fields::{forget, wipe};
use keyward_wire::http2::{Block, Connection, Gone, Reason};

use crate::buffers::{BUFFER, Buffers, Loan};
use crate::transfer::{Lost, ROOM, Sink, Source};

/// A connection as its streams see it.
pub(crate) struct Line {
    connection: RefCell<Connection>,
    /// Of the task that reads and writes.
    waker: RefCell<Option<Waker>>,
    woken: Cell<bool>,
}

impl Line {
    pub(crate) fn new(connection: Connection) -> Rc<Self> {
        Rc::new(Self { connection: RefCell::new(connection), waker: RefCell::default(), woken: Cell::default() })
    }

    /// Does something with the connection, whose task sees to what is to be sent then.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Connection) -> T) -> T {
        let mut connection = self.connection.borrow_mut();
        let done = act(&mut connection);
        if !connection.unsent().is_empty() {
            self.wake();
        }
        done
    }

    /// The same for the connection's own task.
    pub(crate) fn own<T>(&self, act: impl FnOnce(&mut Connection) -> T) -> T {
        act(&mut self.connection.borrow_mut())
    }

    /// The task of the connection looks after it now, and wants to be woken when there is something to do.
    pub(crate) fn attend(&self, waker: &Waker) {
        self.woken.set(false);
        let mut known = self.waker.borrow_mut();
        if !known.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *known = Some(waker.clone());
        }
    }

    fn wake(&self) {
        if !self.woken.replace(true)
            && let Some(waker) = &*self.waker.borrow()
        {
            waker.wake_by_ref();
        }
    }
}

/// One stream.
pub(crate) struct Http2 {
    line: Rc<Line>,
    id: u32,
    /// Content that came, of which everything before `at` is taken.
    chunk: Vec<u8>,
    at: usize,
    over: bool,
    trailers: Option<Fields>,
    head: Head,
    /// Content that waits for room, of which everything before `sent` has left.
    out: Loan,
    sent: usize,
    ending: Ending,
    /// Why it ends, where it ends before its answer does.
    reason: Reason,
}

/// The head of the answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Head {
    /// It comes.
    Waits,
    Sent,
    /// The stream was gone.
    Lost,
}

/// How far the end of the answer has come.
enum Ending {
    /// More content may follow.
    Open,
    /// None follows; the trailers do.
    Finished(Option<Fields>),
    /// The caller was told.
    Told,
}

impl Http2 {
    pub(crate) fn new(line: Rc<Line>, id: u32, buffers: &Rc<Buffers>) -> Self {
        Self {
            line,
            id,
            chunk: Vec::new(),
            at: 0,
            over: false,
            trailers: None,
            head: Head::Waits,
            out: Loan::new(buffers),
            sent: 0,
            ending: Ending::Open,
            reason: Reason::INTERNAL_ERROR,
        }
    }

    /// Whether content is there that nobody has taken.
    pub(crate) fn has_unread(&self) -> bool {
        self.at < self.chunk.len()
    }

    /// Ready once the caller has given up on its call.
    pub(crate) fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.head == Head::Lost {
            return Poll::Ready(());
        }
        self.line.own(|connection| connection.poll_gone(self.id, cx.waker())).map(drop)
    }

    /// Sends an answer that another follows. One that cannot be sent is missed by nobody.
    pub(crate) fn send_interim(&mut self, status: u16, fields: impl FnOnce(Block<'_>)) {
        self.line.with(|connection| connection.interim(self.id, status, fields));
    }

    /// Sends the head of the answer; `is_whole` where nothing follows it. Where the stream is gone, so is whoever waits
    /// for the rest, which shows when that is sent.
    pub(crate) fn send_head(&mut self, status: u16, is_whole: bool, fields: impl FnOnce(Block<'_>)) {
        let sent = self.line.with(|connection| connection.head(self.id, status, is_whole, fields));
        self.head = if sent.is_ok() { Head::Sent } else { Head::Lost };
        if is_whole {
            self.ending = Ending::Told;
        }
    }

    /// Has the stream end for that reason, where its answer is not whole: the caller can tell.
    pub(crate) fn cut(&mut self, reason: Reason) {
        self.reason = reason;
    }
}

impl Drop for Http2 {
    fn drop(&mut self) {
        let unread = self.chunk.len() - self.at;
        let open = self.line.with(|connection| {
            connection.end(self.id, self.reason, unread);
            connection.open()
        });
        if open == 0 {
            // From here on the connection idles, which is not waited out for ever.
            self.line.wake();
        }
    }
}

impl Source for Http2 {
    fn poll_content(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, Lost>> {
        if self.has_unread() {
            return Poll::Ready(Ok(true));
        }
        if self.over {
            return Poll::Ready(Ok(false));
        }
        wipe(&mut self.chunk);
        self.at = 0;
        // The stream gets it for what comes next; what came once is no reason to hold that much.
        if self.chunk.capacity() > 2 * BUFFER {
            self.chunk = Vec::new();
        }
        let there = self.line.own(|connection| connection.poll_content(self.id, &mut self.chunk, cx.waker()));
        let there = ready!(there).map_err(lost)?;
        if !there {
            self.trailers = self.line.own(|connection| connection.trailers(self.id));
            self.over = true;
        }
        Poll::Ready(Ok(there))
    }

    fn content(&self) -> &[u8] {
        &self.chunk[self.at..]
    }

    fn consume(&mut self, bytes: usize) {
        self.at += bytes;
        self.line.with(|connection| connection.taken(self.id, bytes));
    }

    fn trailers(&mut self) -> Result<Option<Fields>, Lost> {
        Ok(self.trailers.take())
    }
}

impl Sink for Http2 {
    fn room(&self) -> usize {
        ROOM.saturating_sub(self.out.len() - self.sent)
    }

    fn push(&mut self, content: &[u8]) {
        if matches!(self.ending, Ending::Open) {
            self.out.ready().extend_from_slice(content);
        }
    }

    fn finish(&mut self, trailers: Option<Fields>) {
        if matches!(self.ending, Ending::Open) {
            self.ending = Ending::Finished(trailers.filter(|trailers| !trailers.is_empty()));
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        match self.head {
            // Nothing waits here before the head of the answer. Behind one that could not be sent nothing ever leaves.
            Head::Waits => return Poll::Ready(Ok(())),
            Head::Lost => return Poll::Ready(Err(Lost::Closed)),
            Head::Sent => {}
        }
        let ends = matches!(self.ending, Ending::Finished(None));
        if self.sent < self.out.len() || ends {
            let content = &self.out[self.sent..];
            let sent = self.line.with(|connection| connection.send(self.id, content, ends, cx.waker()));
            let sent = sent.map_err(lost)?;
            self.sent += sent.bytes;
            if !sent.is_all {
                forget(&mut self.out, self.sent);
                self.sent = 0;
                return Poll::Pending;
            }
            self.out.rest();
            self.sent = 0;
        }
        match std::mem::replace(&mut self.ending, Ending::Told) {
            Ending::Open => self.ending = Ending::Open,
            Ending::Finished(Some(trailers)) => {
                self.line.with(|connection| connection.finish(self.id, &trailers)).map_err(lost)?;
            }
            Ending::Finished(None) | Ending::Told => {}
        }
        Poll::Ready(Ok(()))
    }
}

fn lost(gone: Gone) -> Lost {
    match gone {
        Gone::Reset(reason) => Lost::Reset(reason.0.into()),
        Gone::Broken => Lost::Malformed,
        Gone::Closed => Lost::Closed,
    }
}
