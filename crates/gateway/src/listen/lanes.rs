//! Tasks that take the calls of HTTP/2, one after the other and of any connection: a task is large, and made once for
//! many calls.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use keyward_wire::Version;
use keyward_wire::http2::{Opened, Reason};

use super::client::{Client, Waits};
use super::fault::Fault;
use crate::channel::Channel;
use crate::exchange::Exchange;
use crate::http2::{Http2, Line};
use crate::path::{self, After};
use crate::worker::Worker;

/// Lanes that are kept while they have no call.
const KEPT: usize = 128;

/// A call, and where it came from.
pub(crate) struct Job {
    pub(crate) client: Rc<Client>,
    pub(crate) line: Rc<Line>,
    pub(crate) opened: Opened,
}

/// The lanes of a worker that have no call.
#[derive(Default)]
pub(crate) struct Lanes {
    free: RefCell<Vec<Rc<Lane>>>,
}

/// One task.
#[derive(Default)]
struct Lane {
    job: Cell<Option<Job>>,
    waker: Cell<Option<Waker>>,
}

impl Lanes {
    /// Has a call taken.
    pub(crate) fn take(&self, worker: &Rc<Worker>, job: Job) {
        let free = self.free.borrow_mut().pop();
        let is_new = free.is_none();
        let lane = free.unwrap_or_default();
        lane.job.set(Some(job));
        if is_new {
            tokio::task::spawn_local(serve(Rc::clone(worker), lane));
        } else if let Some(waker) = lane.waker.take() {
            waker.wake();
        }
    }

    /// Keeps a lane that has no call any more. Whether there is room for it.
    fn keep(&self, lane: &Rc<Lane>) -> bool {
        let mut free = self.free.borrow_mut();
        let is_kept = free.len() < KEPT;
        if is_kept {
            free.push(Rc::clone(lane));
        }
        is_kept
    }
}

async fn serve(worker: Rc<Worker>, lane: Rc<Lane>) {
    let waits = Waits::new(&worker.deadlines);
    loop {
        let job = poll_fn(|cx| match lane.job.take() {
            Some(job) => Poll::Ready(job),
            None => {
                lane.waker.set(Some(cx.waker().clone()));
                Poll::Pending
            }
        });
        call(&worker, job.await, &waits).await;
        waits.disarm();
        if !worker.lanes.keep(&lane) {
            return;
        }
    }
}

/// One call on its stream.
async fn call(worker: &Rc<Worker>, job: Job, waits: &Waits) {
    let Job { client, line, opened } = job;
    let stream = Http2::new(line, opened.stream, &worker.buffers);
    let mut exchange = match opened.head {
        Ok(head) => Exchange::begin(worker, &client, head),
        Err((fault, line)) => Exchange::refused(worker, &client, Version::Http2, Fault::of(fault, &line)),
    };
    let mut channel = Channel::Http2(Box::new(stream));
    let after = path::take(&mut exchange, &mut channel, waits).await;
    if let (After::Cut, Channel::Http2(stream)) = (after, &mut channel) {
        stream.cut(if exchange.denial.is_some() { Reason::INTERNAL_ERROR } else { Reason::CANCEL });
    }
}
