//! The log of calls: its recorders, those who follow along, and its counters.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use keyward_model::call::CallRecord;
use keyward_model::token::{LastUse, TokenId};
use serde::Serialize;
use tokio::sync::{broadcast, oneshot};

use crate::lane::Lane;
use crate::programs::{Program, Programs};
use crate::recorder::Recorder;
use crate::uses::Uses;

/// Records that a follower may lag behind before it misses some.
const FOLLOWER_LAG: usize = 1024;

/// The log of all calls of this node.
pub struct CallLog {
    pub(crate) lanes: Vec<Arc<Lane>>,
    pub(crate) followers: broadcast::Sender<Arc<CallRecord>>,
    pub(crate) written: AtomicU64,
    /// Dropped behind the lanes: by the writer, when the store was gone for long.
    pub(crate) given_up: AtomicU64,
    /// Whether the last attempt to write failed.
    pub(crate) failing: AtomicBool,
    /// Uses of tokens without a call record: those of the management API.
    pub(crate) other_uses: Mutex<Uses>,
    programs: Arc<Programs>,
    pub(crate) requests: Sender<Request>,
    /// Taken by the writer.
    pub(crate) requested: Mutex<Option<Receiver<Request>>>,
}

/// What the writer is asked for.
pub(crate) enum Request {
    /// To write everything now, and say whether it is written.
    Flush(oneshot::Sender<bool>),
    /// To write everything and end.
    Stop(oneshot::Sender<()>),
    /// To end.
    Abandon,
}

/// The counters of the log since the start. `recorded` = `written` + `dropped` + what is under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CallStats {
    /// Records pushed.
    pub recorded: u64,
    /// Records whose detail was dropped because the queue, or the writer's backlog, was full.
    pub dropped: u64,
    /// Records written.
    pub written: u64,
}

impl CallLog {
    /// A log with a recorder for each of `workers`, each holding up to `capacity` records.
    pub fn new(workers: usize, capacity: usize) -> (Arc<CallLog>, Vec<Recorder>) {
        let lanes: Vec<Arc<Lane>> = (0..workers).map(|_| Arc::new(Lane::new(capacity))).collect();
        let programs = Arc::new(Programs::default());
        let recorders = lanes.iter().map(|lane| Recorder::new(Arc::clone(lane), Arc::clone(&programs))).collect();
        let (requests, requested) = channel();
        let log = CallLog {
            lanes,
            followers: broadcast::channel(FOLLOWER_LAG).0,
            written: AtomicU64::new(0),
            given_up: AtomicU64::new(0),
            failing: AtomicBool::new(false),
            other_uses: Mutex::default(),
            programs,
            requests,
            requested: Mutex::new(Some(requested)),
        };
        (Arc::new(log), recorders)
    }

    /// Every record from now on, as the writer meets it; whoever lags by more than 1024 misses some.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<CallRecord>> {
        self.followers.subscribe()
    }

    /// Counts a use of a token that makes no call record. Not for the path of a call: it takes a lock.
    pub fn count_use(&self, token: TokenId, uses: LastUse) {
        self.other_uses.lock().unwrap_or_else(PoisonError::into_inner).add(token, uses);
    }

    /// The programs that were noted of a token since the start, the latest first.
    pub fn programs(&self, token: TokenId) -> Vec<Program> {
        self.programs.of(token)
    }

    /// The counters.
    pub fn stats(&self) -> CallStats {
        // Outcomes before the count of records: read the other way round, they could exceed it.
        let written = self.written.load(Ordering::Acquire);
        let given_up = self.given_up.load(Ordering::Acquire);
        let dropped = given_up + self.lanes.iter().map(|lane| lane.dropped()).sum::<u64>();
        let recorded = self.lanes.iter().map(|lane| lane.recorded()).sum();
        CallStats { recorded, dropped, written }
    }

    /// Whether calls are written down. Where they are not, they wait in memory as far as there is room.
    pub fn is_writing(&self) -> bool {
        !self.failing.load(Ordering::Relaxed)
    }

    /// Waits until all records pushed before are written. Answers whether they are: not while the store is gone,
    /// and not without a writer.
    pub async fn flush(&self) -> bool {
        if self.requested.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
            return false;
        }
        let (done, outcome) = oneshot::channel();
        self.requests.send(Request::Flush(done)).is_ok() && outcome.await.unwrap_or(false)
    }
}

impl std::fmt::Debug for CallLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallLog").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
