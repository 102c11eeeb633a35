//! The gateway as a whole: started, followed by the feed, drained.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwap;
use keyward_calls::{Captures, Recorder, SecurityLog};
use keyward_model::{Clock, Random};
use keyward_store::feed::Follow;
use keyward_store::{Store, StoreError};
use keyward_tokens::Live;
use keyward_vault::Vault;
use tokio::sync::{oneshot, watch};

use crate::config::GatewayConfig;
use crate::figures::{self, UpstreamFigures};
use crate::intake::{Intake, Load, Loads, Patience, UnderWay};
use crate::limits::{Handed, Limits};
use crate::listen::connection::Face;
use crate::listeners::Listeners;
use crate::state::{Following, empty};
use crate::targets::Targets;
use crate::tls::{CertificateStanding, TlsError, TlsTermination};
use crate::trace::Tracer;
use crate::worker::{self, Parts, Shared};

/// How often quotas are written down: what a crash may lose.
const FLUSH: Duration = Duration::from_secs(1);
/// Subjects written down each second. The more there are, the less often: a row costs the store as much as half a call.
const FLUSHED_PER_SECOND: usize = 1000;
/// How long it may take, however many there are.
const LATEST_FLUSH: u32 = 10;
/// How often is looked for what is no longer used.
const SWEEP: Duration = Duration::from_secs(60);
/// For every worker to stop taking up connections; one that hangs does not hold up the callers of the others.
const QUIET: Duration = Duration::from_secs(2);
/// Counts that changed longer ago than this before another process began to start are in the store.
const WRITTEN_DOWN: Duration = Duration::from_secs(60);

/// What a gateway works with.
pub struct Deps {
    /// For the records it follows and the quotas it writes down; never asked on the path of a call.
    pub store: Store,
    /// Opens the secrets of connections.
    pub vault: Arc<Vault>,
    /// Every token.
    pub live: Arc<Live>,
    /// One for each worker.
    pub recorders: Vec<Recorder>,
    /// Wall and monotonic time.
    pub clock: Arc<dyn Clock>,
    /// For request ids.
    pub random: Arc<dyn Random>,
    /// Traces calls, where that is on.
    pub tracer: Option<Tracer>,
    /// Takes down what is refused for its form.
    pub security: Arc<SecurityLog>,
    /// Keeps what apis capture of their calls; without, nothing is captured.
    pub captures: Option<Captures>,
}

/// The gateway did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken or not this machine's.
    #[error("the gateway cannot listen on {address}: {error}; set another address, or stop what holds it")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        error: std::io::Error,
    },
    /// A thread could not be started.
    #[error("a worker of the gateway cannot be started: {0}")]
    Worker(std::io::Error),
    /// A certificate, or its key, cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The configuration contradicts itself.
    #[error("the gateway's configuration is not usable: {0}")]
    Config(String),
    /// The quotas used so far are not known.
    #[error("the quotas used so far cannot be read: {0}")]
    Store(#[from] StoreError),
}

/// A running gateway.
pub struct Gateway {
    address: SocketAddr,
    tls_address: Option<SocketAddr>,
    /// Dropped, it ends the watch over the files of certificates.
    tls: Option<Tls>,
    store: Store,
    limits: Arc<Limits>,
    targets: Arc<Targets>,
    following: Arc<Following>,
    workers: Vec<JoinHandle<std::io::Result<()>>>,
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    intake: watch::Sender<Intake>,
    loads: Loads,
    drain_timeout: Duration,
    /// Dropped, it ends the flushing.
    flush_on: oneshot::Sender<()>,
    flushing: tokio::task::JoinHandle<()>,
}

impl Gateway {
    /// Listens, and answers with `route_not_found` until a `Follower` has loaded [`Self::follower`].
    pub async fn start(config: GatewayConfig, deps: Deps) -> Result<Gateway, StartError> {
        let listeners = Listeners::bind(&config)?;
        Self::start_on(listeners, config, deps).await
    }

    /// The same on sockets that are bound already: one for each worker.
    pub async fn start_on(listeners: Listeners, config: GatewayConfig, deps: Deps) -> Result<Gateway, StartError> {
        check(&config, deps.recorders.len())?;
        let limits = Arc::new(Limits::load(Arc::clone(&deps.clock), &deps.store).await?);
        let shared = Arc::new(Shared {
            state: ArcSwap::from_pointee(empty(&deps.vault)),
            live: Arc::clone(&deps.live),
            limits: Arc::clone(&limits),
            applied: AtomicU64::new(0),
            loaded: watch::Sender::new(false),
            quiet: watch::Sender::new(0),
        });
        let listen = |error| StartError::Listen { address: config.listen, error };
        let tls = Tls::of(&config, &deps.clock)?;
        if listeners.plain.len() != config.workers || listeners.tls.len() != tls.as_ref().map_or(0, |_| config.workers)
        {
            let (plain, tls) = (listeners.plain.len(), listeners.tls.len());
            let problem = format!("{} workers need as many listeners, not {plain} and {tls}", config.workers);
            return Err(StartError::Config(problem));
        }
        let tls_address = listeners.tls.first().map(TcpListener::local_addr).transpose().map_err(listen)?;
        let address = listeners.plain[0].local_addr().map_err(listen)?;
        let (intake, told) = watch::channel(if config.held { Intake::Held } else { Intake::Open });
        let loads: Arc<[Arc<Load>]> = (0..config.workers).map(|_| Arc::default()).collect();
        let drain_timeout = config.drain_timeout;
        let (clock, random) = (Arc::clone(&deps.clock), Arc::clone(&deps.random));
        let following = Following::new(deps.store.clone(), deps.vault, Arc::clone(&shared), clock, random);
        let following = Arc::new(following);
        let targets = Arc::new(Targets::new(Arc::clone(&shared), Arc::clone(&deps.clock)));
        let config = Arc::new(config);
        let mut workers = Vec::with_capacity(config.workers);
        let mut over_tls = listeners.tls.into_iter();
        for (number, (plain, recorder)) in listeners.plain.into_iter().zip(deps.recorders).enumerate() {
            let mut faces = vec![(plain, Face::Plain)];
            if let (Some(tls), Some(listener)) = (&tls, over_tls.next()) {
                faces.push((listener, Face::Tls(Arc::clone(&tls.termination))));
            }
            let parts = Parts {
                number,
                config: Arc::clone(&config),
                shared: Arc::clone(&shared),
                clock: Arc::clone(&deps.clock),
                random: Arc::clone(&deps.random),
                recorder,
                tracer: deps.tracer.clone(),
                security: Arc::clone(&deps.security),
                captures: deps.captures.clone(),
                load: Arc::clone(&loads[number]),
            };
            let told = told.clone();
            let thread = std::thread::Builder::new().name(format!("gateway-{number}"));
            workers.push(thread.spawn(move || worker::run(parts, faces, told)).map_err(StartError::Worker)?);
        }
        let (flush_on, over) = oneshot::channel();
        let flushing = tokio::spawn(flush(Arc::clone(&limits), deps.store.clone(), over));
        Ok(Gateway {
            address,
            tls_address,
            tls,
            store: deps.store,
            limits,
            targets,
            following,
            workers,
            shared,
            clock: deps.clock,
            intake,
            loads: Loads(loads),
            drain_timeout,
            flush_on,
            flushing,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens for TLS.
    pub fn tls_address(&self) -> Option<SocketAddr> {
        self.tls_address
    }

    /// What keeps its configuration up. It belongs behind [`Live`] in the list of followers: the revision in the
    /// records of calls is the one this has applied.
    pub fn follower(&self) -> Arc<dyn Follow> {
        Arc::clone(&self.following) as Arc<dyn Follow>
    }

    /// How much of each limit is used.
    pub fn limits(&self) -> Arc<Limits> {
        Arc::clone(&self.limits)
    }

    /// How the targets of upstreams are.
    pub fn targets(&self) -> Arc<Targets> {
        Arc::clone(&self.targets)
    }

    /// What is under way.
    pub fn loads(&self) -> Loads {
        self.loads.clone()
    }

    /// What there is to watch.
    pub fn figures(&self) -> Figures {
        let tls = self.tls.as_ref().map(|tls| Arc::clone(&tls.termination));
        Figures { shared: Arc::clone(&self.shared), loads: self.loads(), clock: Arc::clone(&self.clock), tls }
    }

    /// Shortens the end of [`Self::give_way`].
    pub fn patience(&self) -> Patience {
        Patience(self.intake.clone())
    }

    /// Takes up connections from now on, also after a pause.
    pub fn open(&self) {
        self.limits.keep();
        self.intake.send_replace(Intake::Open);
    }

    /// Takes up no connections, so that another process may: those that come wait in the kernel's queue. Connections
    /// that are kept are closed, calls under way go on. Answers what is used of limits, when the other one began to
    /// start `since` ago; [`Limits::late`] says what comes to it. [`Self::open`] ends the pause.
    pub async fn pause(&self, since: Duration) -> Handed {
        self.shared.quiet.send_replace(0);
        let mut quiet = self.shared.quiet.subscribe();
        self.intake.send_replace(Intake::Paused);
        let workers = self.workers.len();
        let all = quiet.wait_for(|quiet| *quiet >= workers);
        if tokio::time::timeout(QUIET, all).await.is_err() {
            tracing::warn!("a worker of the gateway does not come to rest; its limits are handed over as they are");
        }
        self.limits.hand_over(since + WRITTEN_DOWN)
    }

    /// Takes up no more connections, lets the calls under way end within the time configured, writes the quotas down.
    pub async fn drain(self) {
        let patience = self.drain_timeout;
        self.end(Intake::Over { passed_on: false, patience }).await;
    }

    /// The same after another process has begun to take up connections: those that wait are left to it.
    pub async fn give_way(self, patience: Duration) {
        self.end(Intake::Over { passed_on: true, patience }).await;
    }

    async fn end(self, over: Intake) {
        // Fails only when every worker is gone already.
        let _ = self.intake.send(over);
        let workers = self.workers;
        let ended = tokio::task::spawn_blocking(move || {
            for worker in workers {
                match worker.join() {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => tracing::error!(%error, "a worker of the gateway failed"),
                    Err(_) => tracing::error!("a worker of the gateway panicked"),
                }
            }
        });
        let _ = ended.await;
        self.following.end().await;
        drop(self.tls);
        // Not aborted: what a flush has taken up and not written would be lost.
        drop(self.flush_on);
        let _ = self.flushing.await;
        if let Err(error) = self.limits.flush(&self.store).await {
            tracing::warn!(%error, "the quotas used since the last flush could not be written");
        }
    }
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway").field("address", &self.address).finish_non_exhaustive()
    }
}

/// What there is to watch of a gateway. Cheap to clone.
#[derive(Clone)]
pub struct Figures {
    shared: Arc<Shared>,
    loads: Loads,
    clock: Arc<dyn Clock>,
    tls: Option<Arc<TlsTermination>>,
}

impl Figures {
    /// How the certificates in front stand.
    pub fn certificates(&self) -> Vec<CertificateStanding> {
        self.tls.as_ref().map_or_else(Vec::new, |tls| tls.standing())
    }

    /// What is under way.
    pub fn under_way(&self) -> UnderWay {
        self.loads.under_way()
    }

    /// How the upstreams in use fare.
    pub fn upstreams(&self) -> Vec<UpstreamFigures> {
        figures::upstreams(&self.shared, self.clock.monotonic())
    }
}

/// TLS of the gateway's listeners, and the task that looks after its files.
struct Tls {
    termination: Arc<TlsTermination>,
    watch: tokio::task::AbortHandle,
}

impl Tls {
    fn of(config: &GatewayConfig, clock: &Arc<dyn Clock>) -> Result<Option<Self>, TlsError> {
        let Some(listener) = &config.tls else { return Ok(None) };
        let settings = listener.settings.clone();
        let termination = Arc::new(TlsTermination::load(settings, &[b"h2", b"http/1.1"], Arc::clone(clock))?);
        let watch = tokio::spawn(Arc::clone(&termination).watch()).abort_handle();
        Ok(Some(Self { termination, watch }))
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

fn check(config: &GatewayConfig, recorders: usize) -> Result<(), StartError> {
    let problem = |problem: String| Err(StartError::Config(problem));
    if config.workers == 0 {
        return problem("it needs at least one worker".to_owned());
    }
    if recorders != config.workers {
        return problem(format!("{} workers need as many recorders, not {recorders}", config.workers));
    }
    if config.proxy_protocol && config.trusted_proxies.is_empty() {
        return problem("the PROXY protocol is believed of trusted proxies alone, and there are none".to_owned());
    }
    if !(1024..=60_000).contains(&config.max_head_bytes) {
        return problem("max_head_bytes is out of range; use 1024 to 60000".to_owned());
    }
    Ok(())
}

/// Writes quotas down while the gateway runs. A store that is gone is tried again; the counting goes on.
async fn flush(limits: Arc<Limits>, store: Store, mut over: oneshot::Receiver<()>) {
    let (mut failing, mut wait, mut since_sweep) = (false, FLUSH, Duration::ZERO);
    loop {
        if tokio::time::timeout(wait, &mut over).await.is_ok() {
            return;
        }
        since_sweep += wait;
        let flushed = limits.flush(&store).await;
        let subjects = flushed.as_ref().copied().unwrap_or(0);
        wait = FLUSH * u32::try_from(subjects / FLUSHED_PER_SECOND).unwrap_or(LATEST_FLUSH).clamp(1, LATEST_FLUSH);
        if flushed.is_err() != failing {
            failing = flushed.is_err();
            match flushed {
                Err(error) => tracing::warn!(%error, "quotas cannot be written down just now; they are kept in memory"),
                Ok(_) => tracing::info!("quotas are written down again"),
            }
        }
        if since_sweep >= SWEEP {
            since_sweep = Duration::ZERO;
            limits.sweep();
        }
    }
}
