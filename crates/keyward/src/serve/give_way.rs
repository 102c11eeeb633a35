//! The end of a process that another has taken over from: it finishes its calls, and nothing it still counts is lost.

use std::time::Duration;

use keyward_gateway::{Handed, Patience, UnderWay};

use super::{Heir, Serving};

/// Between two looks at what calls under way have used.
const LATE: Duration = Duration::from_millis(50);
/// Looks between two lines of the log about what is waited for: ten seconds.
const ROUNDS_PER_REPORT: u32 = 200;

/// Takes back time from what is under way.
#[derive(Clone)]
pub(crate) struct Hurry {
    patience: Patience,
    most: Duration,
}

impl Hurry {
    /// From now on no longer than an ordinary end takes.
    pub(crate) fn up(&self) {
        self.patience.at_most(self.most);
    }
}

impl Serving {
    /// Takes up no calls, so that the process that is prepared may. Answers what is used of limits.
    pub(crate) async fn pause(&self, heir: &Heir) -> Handed {
        self.gateway.pause(self.clock.monotonic().saturating_sub(heir.came)).await
    }

    /// Takes calls up again: the other process did not.
    pub(crate) fn resume(&self) {
        self.gateway.open();
    }

    /// For whoever does not want to wait as long as streams may last.
    pub(crate) fn hurry(&self) -> Hurry {
        Hurry { patience: self.gateway.patience(), most: self.drain_timeout }
    }

    /// Ends after another process has begun to take up calls. The jobs of the node are its own from now on, and so are
    /// its files of calls.
    pub(crate) async fn give_way(self, heir: Heir) {
        let Self { gateway, control, jobs, drain_timeout, handover_timeout, books, .. } = self;
        control.refuse_readiness();
        jobs.end().await;
        let (loads, limits) = (gateway.loads(), gateway.limits());
        let (files, captures) = (books.calls.clone(), books.captures.clone());
        let mut finished = std::pin::pin!(async {
            tokio::join!(
                gateway.give_way(handover_timeout),
                control.drain(drain_timeout),
                files.give_away(),
                captures.give_away()
            )
        });
        let mut heir = Some(heir);
        for round in 0u32.. {
            if round % ROUNDS_PER_REPORT == 0 {
                let UnderWay { connections, calls } = loads.under_way();
                tracing::info!(connections, calls, "waits for calls under way, while another process serves new ones");
            }
            let over = tokio::time::timeout(LATE, &mut finished).await.is_ok();
            heir = tell(heir, limits.late()).await;
            if over {
                break;
            }
        }
        books.close().await;
    }
}

/// What calls under way have used is counted where new calls are.
async fn tell(heir: Option<Heir>, late: Handed) -> Option<Heir> {
    if late.is_empty() {
        return heir;
    }
    match heir?.add_late(late).await {
        Ok(heir) => Some(heir),
        Err(error) => {
            tracing::warn!(%error, "the process that took over does not hear of the last quotas used here");
            None
        }
    }
}
