//! Probes: requests of Keyward's own by which it sees how targets are, over and over, whether calls come or not.
//!
//! One task per target for the whole process, on the runtime of the feed and not on the workers'. What it finds is
//! written into the upstream's health, which all workers choose by, and into a note for whoever asks. A task ends when
//! the upstream it is of is replaced or gone; the one that takes over from it keeps its time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keyward_model::upstream::{ActiveHealth, UpstreamSpec};
use keyward_model::{Clock, Random, Timestamp};
use tokio::task::JoinSet;

use crate::state::upstream::Upstream;

mod ask;

pub(crate) use ask::ProbeError;

/// Within which the first probes of an upstream are spread.
const FIRST: Duration = Duration::from_secs(1);

/// What the targets of an upstream are asked.
#[derive(Clone, Debug)]
pub(crate) struct Probe {
    pub(crate) active: ActiveHealth,
}

impl Probe {
    pub(crate) fn of(spec: &UpstreamSpec) -> Option<Self> {
        spec.health.active.clone().map(|active| Self { active })
    }
}

/// What the probes of one target came to. Written by its task, read by whoever asks; never by a call.
#[derive(Default)]
pub(crate) struct Note(Mutex<Noted>);

/// What is noted of a target.
#[derive(Clone, Debug, Default)]
pub(crate) struct Noted {
    /// The last probe; none before the first.
    pub(crate) last: Option<Probed>,
    /// When the last good one was.
    pub(crate) good_at: Option<Timestamp>,
    /// When the last bad one was, and what was wrong.
    pub(crate) bad: Option<(Timestamp, String)>,
    /// When the next one is due.
    due: Option<Duration>,
}

/// One probe.
#[derive(Clone, Debug)]
pub(crate) struct Probed {
    pub(crate) at: Timestamp,
    pub(crate) good: bool,
    /// The status answered, if anything was.
    pub(crate) status: Option<u16>,
    pub(crate) took: Duration,
}

impl Note {
    /// What is noted.
    pub(crate) fn noted(&self) -> Noted {
        self.with(|noted| noted.clone())
    }

    fn with<T>(&self, act: impl FnOnce(&mut Noted) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The probes of this process.
pub(crate) struct Probes {
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    /// By the place of the upstream in memory, which is held here.
    running: HashMap<usize, Running>,
    over: bool,
}

/// The tasks of one upstream; they end when this is dropped.
struct Running {
    upstream: Arc<Upstream>,
    _tasks: JoinSet<()>,
}

impl Probes {
    pub(crate) fn new(clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self { clock, random, running: HashMap::new(), over: false }
    }

    /// Probes the targets of these upstreams from now on, and no others. What was probed already is not begun anew.
    pub(crate) fn follow<'u>(&mut self, upstreams: impl Iterator<Item = &'u Arc<Upstream>>) {
        let wanted = upstreams.filter(|upstream| upstream.probe.is_some() && !self.over);
        let wanted: HashMap<usize, &Arc<Upstream>> =
            wanted.map(|upstream| (Arc::as_ptr(upstream) as usize, upstream)).collect();
        self.running.retain(|key, running| {
            debug_assert_eq!(*key, Arc::as_ptr(&running.upstream) as usize);
            wanted.contains_key(key)
        });
        for (key, upstream) in wanted {
            self.running.entry(key).or_insert_with(|| begin(upstream, &self.clock, &self.random));
        }
    }

    /// Ends all of them, and begins no more.
    pub(crate) fn end(&mut self) {
        self.over = true;
        self.running.clear();
    }
}

fn begin(upstream: &Arc<Upstream>, clock: &Arc<dyn Clock>, random: &Arc<dyn Random>) -> Running {
    let mut tasks = JoinSet::new();
    for place in 0..upstream.targets.len() {
        tasks.spawn(keep_asking(Arc::clone(upstream), place, Arc::clone(clock), Arc::clone(random)));
    }
    Running { upstream: Arc::clone(upstream), _tasks: tasks }
}

/// Probes one target until it is told to end.
async fn keep_asking(upstream: Arc<Upstream>, place: usize, clock: Arc<dyn Clock>, random: Arc<dyn Random>) {
    let (Some(probe), Some(target), Some(note)) =
        (&upstream.probe, upstream.targets.get(place), upstream.ledger.notes.get(place))
    else {
        return;
    };
    let interval = Duration::from_secs(probe.active.interval_seconds.into());
    loop {
        let first = || clock.monotonic() + part_of(FIRST.min(interval), &*random);
        let due = note.with(|noted| *noted.due.get_or_insert_with(first));
        tokio::time::sleep(due.saturating_sub(clock.monotonic())).await;
        let (at, begun) = (clock.now(), clock.monotonic());
        // From one probe's begin to the next it is the interval, give or take a tenth, so that targets that were made
        // together are not probed together for ever. Said before it is sent: whoever takes over does not send it again.
        let next = begun + interval * 9 / 10 + part_of(interval / 5, &*random);
        note.with(|noted| noted.due = Some(next));
        let outcome = ask::ask(target, probe).await;
        let now = clock.monotonic();
        let good = outcome.as_ref().is_ok_and(|status| probe.active.is_good(*status));
        note.with(|noted| {
            let status = outcome.as_ref().ok().copied();
            noted.last = Some(Probed { at, good, status, took: now.saturating_sub(begun) });
            match &outcome {
                _ if good => noted.good_at = Some(at),
                Ok(status) => noted.bad = Some((at, format!("it answered {status}"))),
                Err(error) => noted.bad = Some((at, error.to_string())),
            }
        });
        let problem = || outcome.as_ref().map_or_else(ProbeError::to_string, |status| format!("it answered {status}"));
        match upstream.health.observed(place, good, now) {
            Some(false) => {
                let problem = problem();
                tracing::warn!(upstream = %target.upstream, target = %target.name, problem, "a target fails its probes and is left out");
            }
            Some(true) => {
                tracing::info!(upstream = %target.upstream, target = %target.name, "a target answers its probes and is back");
            }
            None => {}
        }
    }
}

/// Somewhere between nothing and `whole`.
fn part_of(whole: Duration, random: &dyn Random) -> Duration {
    let mut bytes = [0; 4];
    random.fill(&mut bytes);
    whole.mul_f64(f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX))
}
