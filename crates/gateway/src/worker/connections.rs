//! The callers connected to one worker: how many there are, and how they are told to leave.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Waker};

use tokio::sync::Notify;

use crate::intake::{Load, count};

/// The connections of a worker.
pub(crate) struct Connections {
    load: Arc<Load>,
    draining: Cell<bool>,
    next: Cell<u64>,
    open: RefCell<HashMap<u64, Option<Waker>>>,
    left: Notify,
}

impl Connections {
    /// None yet; how many there are is said in `load`.
    pub(crate) fn new(load: Arc<Load>) -> Self {
        Self {
            load,
            draining: Cell::default(),
            next: Cell::default(),
            open: RefCell::default(),
            left: Notify::default(),
        }
    }

    /// Counts a connection in, until what is answered is dropped.
    pub(crate) fn enter(self: &Rc<Self>) -> Place {
        let number = self.next.replace(self.next.get() + 1);
        self.open.borrow_mut().insert(number, None);
        count(&self.load.connections, |open| open + 1);
        Place { connections: Rc::clone(self), number, known: Cell::new(false) }
    }

    /// How many are open.
    pub(crate) fn open(&self) -> usize {
        self.open.borrow().len()
    }

    /// Waits until one leaves.
    pub(crate) async fn one_gone(&self) {
        self.left.notified().await;
    }

    /// Waits until none is open.
    pub(crate) async fn all_gone(&self) {
        while self.open() > 0 {
            self.one_gone().await;
        }
    }

    /// Whether connections should close when their call is over.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.get()
    }

    /// From now on connections close when their call is over. Idle ones may bring one more.
    pub(crate) fn leave(&self) {
        self.draining.set(true);
    }

    /// Connections are kept again.
    pub(crate) fn stay(&self) {
        self.draining.set(false);
    }

    /// Tells every connection to close when its call is over, and the idle ones at once.
    pub(crate) fn drain(&self) {
        self.draining.set(true);
        let wakers: Vec<Waker> = self.open.borrow_mut().values_mut().filter_map(Option::take).collect();
        wakers.into_iter().for_each(Waker::wake);
    }
}

/// One connection's place among the others.
pub(crate) struct Place {
    connections: Rc<Connections>,
    number: u64,
    known: Cell<bool>,
}

impl Place {
    /// Has the task woken when draining begins. A task's waker stays the same, so once is enough.
    pub(crate) fn wake_on_drain(&self, cx: &Context<'_>) {
        if !self.known.replace(true) {
            self.connections.open.borrow_mut().insert(self.number, Some(cx.waker().clone()));
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.open.borrow_mut().remove(&self.number);
        count(&self.connections.load.connections, |open| open.saturating_sub(1));
        self.connections.left.notify_one();
    }
}
