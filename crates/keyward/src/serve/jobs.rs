//! What goes on beside the calls: reports, flushes, re-hashing, retention.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

/// Jobs that run until dropped.
#[derive(Default)]
pub(crate) struct Jobs {
    tasks: JoinSet<()>,
}

impl Jobs {
    /// Does something again and again, the first time at once. A failure is logged when it begins and when it ends,
    /// and never stops the job.
    pub(crate) fn every<F, E>(
        &mut self,
        period: Duration,
        name: &'static str,
        job: impl Fn() -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = Result<(), E>> + Send,
        E: std::fmt::Display + Send,
    {
        let job = Arc::new(job);
        self.tasks.spawn(async move {
            let mut failing = false;
            loop {
                match job().await {
                    Ok(()) if failing => {
                        failing = false;
                        tracing::info!(job = name, "works again");
                    }
                    Ok(()) => {}
                    Err(error) if failing => tracing::debug!(job = name, %error, "still fails"),
                    Err(error) => {
                        failing = true;
                        tracing::warn!(job = name, %error, "fails, and will be tried again");
                    }
                }
                tokio::time::sleep(period).await;
            }
        });
    }

    /// Runs something for as long as the process serves.
    pub(crate) fn run(&mut self, job: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(job);
    }

    /// Ends them all.
    pub(crate) async fn end(mut self) {
        self.tasks.shutdown().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn a_job_that_fails_is_tried_again() {
        let runs = AtomicU32::new(0);
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        let mut jobs = Jobs::default();
        jobs.every(Duration::from_millis(1), "test", move || {
            let run = runs.fetch_add(1, Ordering::SeqCst);
            let _ = sender.send(run);
            async move { if run < 2 { Err("not yet") } else { Ok(()) } }
        });
        for run in 0..4 {
            assert_eq!(receiver.recv().await, Some(run));
        }
        jobs.end().await;
    }
}
