//! `keyward serve`: everything started in order, and ended in the reverse.

use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use keyward_api::ApiState;
use keyward_calls::{CallLog, Calls, CallsError, CallsPlace, Captures, Geo, Pace, SecurityLog, Writer};
use keyward_gateway::{Deps, Gateway, GatewayConfig, Listeners, StartError};
use keyward_model::Clock;
use keyward_store::Store;
use keyward_store::feed::{Follow, Follower};
use keyward_tokens::{Explainer, Keys, Live, Tokens};

use crate::configuration::Configuration;
use crate::failure::{Exit, Failure};
use crate::installation::{Installation, InstallationError};
use handover::{Before, Heir, Sockets};
use jobs::Jobs;
use limit_view::GatewayLimits;
use logging::Logged;
use target_view::GatewayTargets;
use telemetry::Telemetry;
use work::Desk;

mod control;
pub(crate) mod descriptors;
mod figures;
mod give_way;
mod guard;
pub(crate) mod handover;
mod jobs;
mod limit_view;
mod listen;
pub(crate) mod logging;
pub(crate) mod pages;
mod progress;
mod room;
mod signals;
mod stall;
mod target_view;
mod telemetry;
mod test_caller;
pub(crate) mod web;
mod work;

pub(crate) use listen::bind;
pub(crate) use signals::Signals;

/// Records that each worker may have waiting for the writer.
const RECORDS_WAITING: usize = 65_536;

/// Everything that runs.
pub(crate) struct Serving {
    gateway: Gateway,
    control: control::Control,
    jobs: Jobs,
    drain_timeout: Duration,
    /// For calls under way after another process has taken over.
    handover_timeout: Duration,
    clock: Arc<dyn Clock>,
    books: Books,
}

/// What is written down, and where to: closed when nothing serves any more.
struct Books {
    writer: Writer,
    telemetry: Option<Telemetry>,
    /// Kept up until the end: without it, the last calls would be decided on old tokens.
    follower: Arc<Follower>,
    store: Store,
    calls: Calls,
    security: Arc<SecurityLog>,
    captures: Captures,
}

/// Where it can be reached.
pub(crate) struct Places {
    /// Where calls go.
    pub(crate) gateway: SocketAddr,
    /// The control plane, as others reach it.
    pub(crate) control: String,
}

/// Sockets and the process they are taken over from.
pub(crate) type Taken = (Listeners, Before);

/// Starts everything over an installation that is open.
pub(crate) async fn start(
    installation: &Arc<Installation>,
    configuration: &Configuration,
    listener: tokio::net::TcpListener,
    taken: Option<Taken>,
    logged: Option<Logged>,
    demo: bool,
) -> Result<(Serving, Places, Sockets), Failure> {
    let Installation { store, vault, clock, random, .. } = &**installation;
    let bound = listener.local_addr()?;
    let public_url: Arc<str> = configuration.control.public_url(bound).into();
    // Who takes over has the folder of calls last: calls wait for it in memory.
    let calls = match &taken {
        None => Some(open_calls(configuration, clock, false).await?),
        Some(_) => None,
    };

    let mut gateway_config = gateway_config(configuration, &public_url);
    let (listeners, before) = match taken {
        None => (Listeners::bind(&gateway_config).map_err(cannot_start)?, None),
        Some((listeners, before)) => {
            // A socket without a worker would leave its callers waiting.
            gateway_config.workers = listeners.plain.len();
            gateway_config.held = true;
            (listeners, Some(before))
        }
    };
    let control_socket = listener.as_fd().try_clone_to_owned()?.into();
    let sockets = Sockets { gateway: listeners.try_clone()?, control: control_socket };
    let (log, recorders) = CallLog::new(gateway_config.workers, RECORDS_WAITING);

    let keys = Keys::new(store.clone(), vault.clone(), installation.master.clone(), random.clone());
    let live = Live::new(store.clone(), vault.clone());
    let folder = configuration.data_dir.join("captures");
    let captures = Captures::open(&folder, configuration.calls.capture_bytes, clock.clone())?;
    let (tracer, telemetry) = telemetry::start(&configuration.telemetry, &configuration.node, random, logged)?.unzip();
    let security = SecurityLog::start(&configuration.data_dir, clock.clone(), random.clone());
    let deps = Deps {
        store: store.clone(),
        vault: vault.clone(),
        live: live.clone(),
        recorders,
        clock: clock.clone(),
        random: random.clone(),
        tracer,
        security: security.clone(),
        captures: Some(captures.clone()),
    };
    let gateway = Gateway::start_on(listeners, gateway_config, deps).await.map_err(cannot_start)?;
    // The keys first: a token is known under a new pepper only where the pepper is.
    let followers: Vec<Arc<dyn Follow>> = vec![keys.clone(), live.clone(), gateway.follower()];
    let follower = Arc::new(Follower::start(store.clone(), followers).await?);
    if let Some(before) = before {
        let (before, handed) = before.prepared().await?;
        gateway.limits().take_over(&handed);
        gateway.open();
        before.ready(gateway.limits()).await?;
    }
    let calls = match calls {
        Some(calls) => calls,
        None => open_calls(configuration, clock, true).await?,
    };
    let writer = Writer::start(Arc::clone(&log), calls.sink(store.clone()), Pace::default());

    let tokens = Arc::new(Tokens::new(store.clone(), vault.clone(), clock.clone(), random.clone()));
    let limits = GatewayLimits(gateway.limits());
    let targets = GatewayTargets(gateway.targets());
    let people = Arc::new(crate::people::people(installation, &public_url));
    let (draining, ready) = control::readiness(&follower, &log, gateway.figures(), clock.clone());
    let state = ApiState {
        store: store.clone(),
        calls: calls.clone(),
        captures: captures.clone(),
        tokens: tokens.clone(),
        live: live.clone(),
        people: people.clone(),
        demo,
        explainer: Arc::new(Explainer::new(store.clone(), live.clone(), clock.clone())),
        keys: keys.clone(),
        log,
        security: security.clone(),
        vault: vault.clone(),
        follower: follower.clone(),
        limits: Arc::new(limits),
        targets: Arc::new(targets),
        gateway: Arc::new(test_caller::LocalGateway::at(gateway.address(), clock.clone())),
        clock: clock.clone(),
        random: random.clone(),
        node: configuration.node.as_str().into(),
        public_url: public_url.clone(),
        gateway_url: gateway_url(gateway.address(), &public_url).into(),
        figures: Arc::new(figures::Figures {
            gateway: gateway.figures(),
            telemetry: telemetry.as_ref().map(Telemetry::counts),
        }),
        metrics_from: configuration.control.metrics_from.clone().into(),
        ready,
    };
    let control = control::start(listener, web::around(keyward_api::router(state)), draining, security.clone());
    let node = configuration.node.clone();
    let desk = Desk {
        installation: Arc::clone(installation),
        calls: calls.clone(),
        captures: captures.clone(),
        tokens,
        keys,
        live,
        people,
        follower: follower.clone(),
        most: configuration.calls.most,
        node,
    };
    let jobs = work::begin(desk);
    let places = Places { gateway: gateway.address(), control: public_url.to_string() };
    tracing::info!(gateway = %places.gateway, control = %bound, node = configuration.node, "Keyward serves");
    let serving = Serving {
        gateway,
        control,
        jobs,
        drain_timeout: configuration.gateway.drain_timeout,
        handover_timeout: configuration.gateway.handover_timeout,
        clock: clock.clone(),
        books: Books { writer, telemetry, follower, store: store.clone(), calls, security, captures },
    };
    Ok((serving, places, sockets))
}

impl Serving {
    /// Ends in order: no more work taken on, calls under way finished, records and counters written down.
    pub(crate) async fn drain(self) {
        let Self { gateway, control, jobs, drain_timeout, books, .. } = self;
        control.refuse_readiness();
        tokio::join!(gateway.drain(), control.drain(drain_timeout));
        jobs.end().await;
        books.close().await;
    }
}

impl Books {
    /// Writes down what is left. Nothing serves any more.
    async fn close(self) {
        let Self { writer, telemetry, follower, store, calls, security, captures } = self;
        captures.close().await;
        let sent = async {
            if let Some(telemetry) = telemetry {
                telemetry.end().await;
            }
        };
        tokio::join!(writer.stop(), sent, security.flush());
        drop(follower);
        // Leaves SQLite's files as one each. Nothing is lost where it takes too long.
        let closed = async { tokio::join!(store.close(), calls.close()) };
        let _ = tokio::time::timeout(Duration::from_secs(2), closed).await;
        tracing::info!("everything is finished and written down");
    }
}

/// Calls are files beside what would be their SQLite file, or rows where a server is named.
async fn open_calls(configuration: &Configuration, clock: &Arc<dyn Clock>, taken: bool) -> Result<Calls, Failure> {
    let url = &configuration.store.calls_url;
    let place = match url.file_path() {
        Some(file) => CallsPlace::Folder(file.with_extension("")),
        None => CallsPlace::Database(url.as_str().to_owned()),
    };
    let (geo, clock) = (Geo::open(&configuration.calls.geo), Arc::clone(clock));
    let opened = if taken { Calls::take_over(place, geo, clock).await } else { Calls::open(place, geo, clock).await };
    opened.map_err(|error| match error {
        CallsError::Database(error) => InstallationError::from(error).into(),
        CallsError::Files(error) => Failure::new(Exit::Failed, error.to_string()),
    })
}

fn gateway_config(configuration: &Configuration, public_url: &str) -> GatewayConfig {
    let gateway = &configuration.gateway;
    let usual = GatewayConfig::new(gateway.listen);
    GatewayConfig {
        workers: gateway.workers.map_or(usual.workers, std::num::NonZeroUsize::get),
        errors_base: public_url.to_owned(),
        node: configuration.node.clone(),
        tls: gateway.tls.clone(),
        trusted_proxies: gateway.trusted_proxies.clone(),
        forwarded_header: gateway.forwarded_header,
        proxy_protocol: gateway.proxy_protocol,
        head_timeout: gateway.head_timeout,
        body_timeout: gateway.body_timeout,
        idle_timeout: gateway.idle_timeout,
        write_timeout: gateway.write_timeout,
        max_head_bytes: gateway.max_head_bytes,
        max_uri_bytes: gateway.max_uri_bytes,
        max_headers: gateway.max_headers,
        max_body_bytes: gateway.max_body_bytes,
        max_connections: gateway.max_connections,
        max_requests_in_flight: gateway.max_requests_in_flight,
        busy_poll: gateway.busy_poll,
        drain_timeout: gateway.drain_timeout,
        ..usual
    }
}

/// Where calls go: the address listened at, and where that is every one, the host under which the control plane is
/// reached.
fn gateway_url(address: SocketAddr, public_url: &str) -> String {
    if !address.ip().is_unspecified() {
        return format!("http://{address}");
    }
    let host = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    // What stands behind the last colon is the port, but within the brackets of an IPv6 address.
    let host = host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |(host, _)| host);
    format!("http://{host}:{}", address.port())
}

fn cannot_start(error: StartError) -> Failure {
    match error {
        StartError::Listen { address, error } => listen::cannot(address, "the gateway", "--gateway-listen", &error),
        StartError::Config(problem) => Failure::usage(format!("the gateway cannot start: {problem}")),
        StartError::Store(error) => error.into(),
        other => Failure::new(Exit::Failed, other.to_string()),
    }
}
