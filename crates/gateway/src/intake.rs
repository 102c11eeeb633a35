//! Whether callers are taken up: told to the workers by the gateway, and counted back by them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::watch;

/// Whether connections are taken up. Those that come while none are wait in the kernel's queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Intake {
    /// Not yet.
    Held,
    /// As they come.
    Open,
    /// Another process is about to take them up: no new ones here, and those there are close when their call is over.
    Paused,
    /// No more.
    Over {
        /// Whether another process takes up those that wait.
        passed_on: bool,
        /// For calls under way; what is left then is cut off.
        patience: Duration,
    },
}

impl Intake {
    pub(crate) fn is_over(&self) -> bool {
        matches!(self, Self::Over { .. })
    }

    /// Waits until it is as wanted; at once over when the gateway is gone.
    pub(crate) async fn until(told: &mut watch::Receiver<Self>, is: impl Fn(&Self) -> bool) -> Self {
        match told.wait_for(is).await {
            Ok(intake) => *intake,
            Err(_) => Self::Over { passed_on: false, patience: Duration::ZERO },
        }
    }
}

/// Shortens the time that calls under way have.
#[derive(Clone, Debug)]
pub struct Patience(pub(crate) watch::Sender<Intake>);

impl Patience {
    /// From now on no longer than `most`. Nothing where no end has begun.
    pub fn at_most(&self, most: Duration) {
        self.0.send_if_modified(|intake| match intake {
            Intake::Over { patience, .. } if *patience > most => {
                *patience = most;
                true
            }
            _ => false,
        });
    }
}

/// What one worker has under way. Only its own thread changes it, so that nobody waits for a count.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Load {
    pub(crate) connections: AtomicUsize,
    pub(crate) calls: AtomicUsize,
}

/// Sets a count that only this thread changes.
pub(crate) fn count(counted: &AtomicUsize, change: impl FnOnce(usize) -> usize) {
    counted.store(change(counted.load(Ordering::Relaxed)), Ordering::Relaxed);
}

/// What all workers have under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnderWay {
    /// Connections of callers.
    pub connections: usize,
    /// Calls.
    pub calls: usize,
}

/// Counts of what is under way, for whoever watches.
#[derive(Clone, Debug)]
pub struct Loads(pub(crate) Arc<[Arc<Load>]>);

impl Loads {
    /// As it is now.
    pub fn under_way(&self) -> UnderWay {
        let sum = |of: fn(&Load) -> &AtomicUsize| self.0.iter().map(|load| of(load).load(Ordering::Relaxed)).sum();
        UnderWay { connections: sum(|load| &load.connections), calls: sum(|load| &load.calls) }
    }
}
