//! A worker: one thread, one runtime, one listener, one pool of upstream connections. Workers share state, never work.

use std::cell::RefCell;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use keyward_calls::{Captures, Recorder, SecurityLog};
use keyward_model::{Clock, Random, Timestamp};
use keyward_tokens::Live;
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::watch;
use uuid::Uuid;

use crate::buffers::Buffers;
use crate::config::GatewayConfig;
use crate::deadlines::Deadlines;
use crate::forward::choice::Choices;
use crate::forward::http2::pool::Http2Pool;
use crate::forward::pool::Pool;
use crate::intake::{Intake, Load};
use crate::limits::Limits;
use crate::listen::connection::Face;
use crate::listen::lanes::Lanes;
use crate::state::{GatewayState, Snapshot};
use crate::trace::Tracer;

mod accept;
mod awake;
mod connections;

use awake::Awake;
use connections::Connections;
pub(crate) use connections::Place;

/// How often idle upstream connections are looked over.
const SWEEP: Duration = Duration::from_secs(5);
/// From the last connection taken up to the moment idle ones are closed.
const LAST_LOOK: Duration = Duration::from_millis(50);
/// For which idle connections may bring one more call, to be told then to come back to the process that takes over:
/// whoever calls without pause never meets a connection that closes.
const FAREWELL: Duration = Duration::from_millis(200);

/// What all workers share.
pub(crate) struct Shared {
    pub(crate) state: ArcSwap<GatewayState>,
    pub(crate) live: Arc<Live>,
    pub(crate) limits: Arc<Limits>,
    /// The revision of the store that `state` and `live` follow.
    pub(crate) applied: AtomicU64,
    /// Whether the store was read once. Until then nothing is known, and no call is taken up: it would be refused for
    /// no fault of its own.
    pub(crate) loaded: watch::Sender<bool>,
    /// Workers that take up no more, and whose idle connections are closed, while the intake is paused.
    pub(crate) quiet: watch::Sender<usize>,
}

impl Shared {
    /// The revision applied.
    pub(crate) fn revision(&self) -> u64 {
        self.applied.load(Ordering::Relaxed)
    }
}

/// What one worker has to itself.
pub(crate) struct Worker {
    pub(crate) config: Arc<GatewayConfig>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) deadlines: Rc<Deadlines>,
    pub(crate) connections: Rc<Connections>,
    pub(crate) pool: Pool,
    pub(crate) http2: Http2Pool,
    pub(crate) choices: Choices,
    /// Which of the workers this is.
    pub(crate) number: usize,
    /// What is under way.
    pub(crate) load: Arc<Load>,
    pub(crate) recorder: Recorder,
    /// None while calls are not traced.
    pub(crate) tracer: Option<Tracer>,
    pub(crate) security: Arc<SecurityLog>,
    /// Where captures of calls go; none where nothing is captured.
    pub(crate) captures: Option<Captures>,
    pub(crate) buffers: Rc<Buffers>,
    pub(crate) lanes: Lanes,
    pub(crate) awake: Awake,
    random: Arc<dyn Random>,
    /// The state as last seen.
    seen: RefCell<Rc<Snapshot>>,
    /// Randomness for request ids, drawn in bulk.
    dice: RefCell<Dice>,
    /// The time as answers say it, and the second it is of.
    date: RefCell<(i64, [u8; 29])>,
}

struct Dice {
    bytes: [u8; 1000],
    used: usize,
}

/// What a worker is started with.
pub(crate) struct Parts {
    pub(crate) number: usize,
    pub(crate) config: Arc<GatewayConfig>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) recorder: Recorder,
    pub(crate) tracer: Option<Tracer>,
    pub(crate) security: Arc<SecurityLog>,
    pub(crate) captures: Option<Captures>,
    pub(crate) load: Arc<Load>,
}

impl Worker {
    fn new(parts: Parts) -> Rc<Self> {
        let seen = RefCell::new(Rc::new(Snapshot(parts.shared.state.load_full())));
        Rc::new(Self {
            pool: Pool::new(parts.config.max_idle_upstream),
            http2: Http2Pool::default(),
            choices: Choices::default(),
            number: parts.number,
            shared: parts.shared,
            clock: parts.clock,
            deadlines: Rc::default(),
            connections: Rc::new(Connections::new(Arc::clone(&parts.load))),
            load: parts.load,
            recorder: parts.recorder,
            tracer: parts.tracer,
            security: parts.security,
            captures: parts.captures,
            buffers: Rc::default(),
            lanes: Lanes::default(),
            awake: Awake::new(parts.config.busy_poll),
            config: parts.config,
            date: RefCell::default(),
            random: parts.random,
            seen,
            dice: RefCell::new(Dice { bytes: [0; 1000], used: 1000 }),
        })
    }

    /// The configuration for a call that begins now.
    pub(crate) fn state(&self) -> Rc<Snapshot> {
        let current = self.shared.state.load();
        let mut seen = self.seen.borrow_mut();
        if !Arc::ptr_eq(&current, &seen.0) {
            *seen = Rc::new(Snapshot(Arc::clone(&current)));
        }
        Rc::clone(&seen)
    }

    /// A fresh request id (UUIDv7) of the moment `at`.
    pub(crate) fn request_id(&self, at: Timestamp) -> Uuid {
        let bytes = self.roll::<10>();
        uuid::Builder::from_unix_timestamp_millis(u64::try_from(at.as_millis()).unwrap_or(0), &bytes).into_uuid()
    }

    /// The time in the form of `Date` (RFC 9110 section 5.6.7).
    pub(crate) fn date(&self) -> [u8; 29] {
        let mut date = self.date.borrow_mut();
        let now = self.clock.now().as_seconds();
        if date.0 != now {
            let since = Duration::from_secs(u64::try_from(now).unwrap_or(0));
            let text = httpdate::fmt_http_date(std::time::SystemTime::UNIX_EPOCH + since);
            if let Ok(text) = text.as_bytes().try_into() {
                *date = (now, text);
            }
        }
        date.1
    }

    /// A number that nobody can foresee.
    pub(crate) fn random(&self) -> u64 {
        u64::from_le_bytes(self.roll())
    }

    /// An id that nobody can foresee, and that is not all zero.
    pub(crate) fn nonzero<const N: usize>(&self) -> [u8; N] {
        let mut bytes = self.roll();
        while bytes == [0; N] {
            bytes = self.roll();
        }
        bytes
    }

    fn roll<const N: usize>(&self) -> [u8; N] {
        let mut dice = self.dice.borrow_mut();
        if dice.used + N > dice.bytes.len() {
            self.random.fill(&mut dice.bytes);
            dice.used = 0;
        }
        let mut bytes = [0; N];
        bytes.copy_from_slice(&dice.bytes[dice.used..dice.used + N]);
        dice.used += N;
        bytes
    }
}

/// Runs a worker on this thread until `drain` says so and its calls are over, or that takes too long.
pub(crate) fn run(
    parts: Parts,
    listeners: Vec<(TcpListener, Face)>,
    intake: watch::Receiver<Intake>,
) -> std::io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
    let outcome = runtime.block_on(async move {
        let worker = Worker::new(parts);
        let mut accepting = Vec::with_capacity(listeners.len());
        for (listener, face) in listeners {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            accepting.push(accept::accept(&worker, listener, face, intake.clone()));
        }
        tokio::task::spawn_local(Rc::clone(&worker.deadlines).keep_time());
        tokio::task::spawn_local(sweep(Rc::clone(&worker)));
        let stays = Rc::clone(&worker);
        tokio::task::spawn_local(async move { stays.awake.keep(&*stays.clock).await });
        tokio::task::spawn_local(pauses(Rc::clone(&worker), intake.clone()));
        futures_util::future::join_all(accepting).await;
        // What was sent to connections just taken up is on its way to being read.
        tokio::time::sleep(LAST_LOOK).await;
        worker.connections.drain();
        // Whoever is not done by then is cut off.
        tokio::select! {
            () = worker.connections.all_gone() => {}
            () = patience_over(intake) => {}
        }
        let left = worker.connections.open();
        if left > 0 {
            tracing::warn!(connections = left, worker = worker.number, "the time to finish is over; these are cut off");
        }
        Ok(())
    });
    // Drops the calls left over, each of which still writes its record; a name being looked up is not waited for.
    runtime.shutdown_background();
    outcome
}

/// Waits until calls under way have no more time, which may become shorter meanwhile.
async fn patience_over(mut intake: watch::Receiver<Intake>) {
    loop {
        let patience = match *intake.borrow_and_update() {
            Intake::Over { patience, .. } => patience,
            // The gateway is gone, and nobody waits.
            _ => return,
        };
        tokio::select! {
            () = tokio::time::sleep(patience) => return,
            changed = intake.changed() => if changed.is_err() {
                tokio::time::sleep(patience).await;
                return;
            }
        }
    }
}

/// Sends callers away while the intake is paused, and has them stay again where nobody took over.
async fn pauses(worker: Rc<Worker>, mut intake: watch::Receiver<Intake>) {
    while Intake::until(&mut intake, |intake| *intake == Intake::Paused || intake.is_over()).await == Intake::Paused {
        worker.connections.leave();
        tokio::select! {
            () = tokio::time::sleep(FAREWELL) => {
                worker.connections.drain();
                worker.shared.quiet.send_modify(|quiet| *quiet += 1);
            }
            _ = Intake::until(&mut intake, |intake| *intake != Intake::Paused) => {}
        }
        if Intake::until(&mut intake, |intake| *intake != Intake::Paused).await == Intake::Open {
            worker.connections.stay();
        }
    }
}

/// Closes upstream connections that idle too long, and lets go of a configuration that was replaced: it holds
/// credentials, and no call may come for long.
async fn sweep(worker: Rc<Worker>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let longest = worker.config.idle_upstream_timeout;
        worker.pool.sweep(worker.deadlines.elapsed(), longest);
        worker.http2.sweep(worker.clock.monotonic(), longest);
        drop(worker.state());
        worker.choices.sweep();
    }
}
