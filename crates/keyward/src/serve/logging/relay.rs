//! Lines on their way to a collector: into a bounded queue, for whoever sends them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use keyward_model::Clock;
use keyward_model::clock::SystemClock;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::line::Line;

/// Lines that may wait to be sent.
const WAITING: usize = 2048;
/// What the names of threads begin with that send. What they say is not sent: it would never end.
pub(in crate::serve) const SENDERS: &str = "telemetry";

/// Hands lines over. Waits for nobody.
pub(super) struct Relay {
    clock: SystemClock,
    lines: SyncSender<Box<Line>>,
    dropped: Arc<AtomicU64>,
}

/// The lines that wait to be sent.
pub(crate) struct Logged {
    lines: Receiver<Box<Line>>,
    dropped: Arc<AtomicU64>,
}

pub(super) fn relay() -> (Relay, Logged) {
    let (sender, lines) = sync_channel(WAITING);
    let dropped = Arc::new(AtomicU64::new(0));
    let relay = Relay { clock: SystemClock::new(), lines: sender, dropped: Arc::clone(&dropped) };
    (relay, Logged { lines, dropped })
}

impl<S: Subscriber> Layer<S> for Relay {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if std::thread::current().name().is_some_and(|name| name.starts_with(SENDERS)) {
            return;
        }
        if self.lines.try_send(Box::new(Line::of(event, self.clock.now()))).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Logged {
    /// The next line that waits.
    pub(in crate::serve) fn next(&self) -> Option<Line> {
        self.lines.try_recv().ok().map(|line| *line)
    }

    /// Lines that found no room since the start.
    pub(in crate::serve) fn dropped(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.dropped)
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[test]
    fn what_finds_no_room_is_dropped_and_counted_and_senders_are_not_heard() {
        let (relay, logged) = relay();
        let subscriber = Arc::new(tracing_subscriber::registry().with(relay));
        let dispatch = tracing::Dispatch::from(subscriber);
        let sends = dispatch.clone();
        let sender = std::thread::Builder::new().name("telemetry-logs".to_owned());
        let sent = sender.spawn(move || tracing::dispatcher::with_default(&sends, || tracing::info!("unheard")));
        sent.unwrap().join().unwrap();
        tracing::dispatcher::with_default(&dispatch, || {
            for number in 0..WAITING + 3 {
                tracing::info!(number, "line");
            }
        });
        let lines: Vec<Line> = std::iter::from_fn(|| logged.next()).collect();
        assert_eq!(lines.len(), WAITING);
        assert!(lines.iter().all(|line| line.message == "line"));
        assert_eq!(logged.dropped().load(Ordering::Relaxed), 3);
    }
}
