//! An installation of the test's own: store, key ring, tokens in memory, a gateway, and what it is configured with.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use keyward_calls::{CallLog, Captures, Pace, SecurityFilter, SecurityLog, Sink, WriteError, Writer};
use keyward_gateway::{Deps, Gateway, GatewayConfig, Limits, Targets, Tracer};
use keyward_model::api::ApiSpec;
use keyward_model::app::AppSpec;
use keyward_model::audit::{AuditDraft, Cause};
use keyward_model::call::CallRecord;
use keyward_model::captured::CapturedCall;
use keyward_model::clock::SystemClock;
use keyward_model::id::Id;
use keyward_model::resource::Kind;
use keyward_model::scope::ScopeSet;
use keyward_model::secret::{Hidden, SecretSpec};
use keyward_model::security::{SecurityEvent, SecurityKind};
use keyward_model::team::{TeamId, TeamSpec};
use keyward_model::token::{LastUse, TokenId};
use keyward_model::upstream::UpstreamSpec;
use keyward_model::{Clock, Name, Record, Resource};
use keyward_store::feed::{Follow, Follower};
use keyward_store::{INSTALLATION, PageRequest, SecretValue, Store, Tx};
use keyward_tokens::{CreateToken, Issued, Live, RevokeToken, Tokens};
use keyward_vault::{KeyRing, MasterKey, SystemRandom, Vault};
use serde_json::{Value, json};

use crate::client::Client;

/// The installation.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) tokens: Tokens,
    pub(crate) vault: Arc<Vault>,
    pub(crate) team: TeamId,
    gateway: Option<Gateway>,
    running: Option<Running>,
    clock: Arc<dyn Clock>,
    tracer: Option<Tracer>,
    pub(crate) captures: Captures,
    kept: Arc<Kept>,
    security: Arc<SecurityLog>,
    /// Security events of each kind up to the last that was waited for.
    met: Mutex<HashMap<SecurityKind, u64>>,
    _directory: tempfile::TempDir,
}

/// What lives as long as the gateway.
struct Running {
    address: SocketAddr,
    log: Arc<CallLog>,
    writer: Writer,
    follower: Follower,
}

/// Where records end up.
#[derive(Default)]
struct Kept(Mutex<Vec<CallRecord>>);

impl Sink for Kept {
    fn insert<'a>(&'a self, records: &'a [CallRecord]) -> BoxFuture<'a, Result<(), WriteError>> {
        self.0.lock().unwrap().extend_from_slice(records);
        Box::pin(async { Ok(()) })
    }

    fn add_uses<'a>(&'a self, _uses: &'a [(TokenId, LastUse)]) -> BoxFuture<'a, Result<(), WriteError>> {
        Box::pin(async { Ok(()) })
    }
}

pub(crate) fn cause() -> Cause {
    Cause::machine("test")
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

async fn audit(tx: &mut Tx, team: TeamId, kind: Kind, target: String) {
    let draft = AuditDraft {
        action: "test".to_owned(),
        kind,
        target_name: target.clone(),
        target,
        before: None,
        after: None,
        reason: None,
    };
    tx.audit(team, draft).await.unwrap();
}

impl World {
    /// With one worker and the usual limits.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With a configuration of its own.
    pub(crate) async fn with(configure: impl FnOnce(&mut GatewayConfig)) -> Self {
        Self::traced(None, configure).await
    }

    /// With calls traced, too.
    pub(crate) async fn traced(tracer: Option<Tracer>, configure: impl FnOnce(&mut GatewayConfig)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let captures = Captures::open(&directory.path().join("captures"), 1 << 24, Arc::clone(&clock)).unwrap();
        let url = format!("sqlite://{}", directory.path().join("keyward.db").display());
        let store = Store::open(&url, Arc::clone(&clock)).await.unwrap();
        let vault = vault(&store, &*clock).await;
        store.attach(Arc::clone(&vault) as _);
        let tokens = Tokens::new(store.clone(), Arc::clone(&vault), Arc::clone(&clock), Arc::new(SystemRandom));
        let team = Id::new(&*clock, &SystemRandom);
        let security = SecurityLog::start(directory.path(), Arc::clone(&clock), Arc::new(SystemRandom));
        let mut world = Self {
            store,
            tokens,
            vault,
            team,
            gateway: None,
            running: None,
            clock,
            tracer,
            captures,
            kept: Arc::default(),
            security,
            met: Mutex::default(),
            _directory: directory,
        };
        let spec: TeamSpec = serde_json::from_value(json!({})).unwrap();
        let record = world.record_of(team, "acme", spec);
        let mut tx = world.store.begin(cause()).await.unwrap();
        tx.insert(&record).await.unwrap();
        audit(&mut tx, team, Kind::Team, team.to_string()).await;
        tx.commit().await.unwrap();
        world.start(configure).await;
        world.put::<AppSpec>("shop", json!({ "scopes": ["*:*"] })).await;
        world
    }

    /// Starts the gateway, also anew after [`Self::stop`].
    pub(crate) async fn start(&mut self, configure: impl FnOnce(&mut GatewayConfig)) {
        let mut config = GatewayConfig::new(([127, 0, 0, 1], 0).into());
        config.workers = 1;
        config.errors_base = "http://control.test".to_owned();
        configure(&mut config);
        let (log, recorders) = CallLog::new(config.workers, 100_000);
        let pace = Pace { poll: Duration::from_millis(5), ..Pace::default() };
        let writer = Writer::start(Arc::clone(&log), Arc::clone(&self.kept) as _, pace);
        let live = Live::new(self.store.clone(), Arc::clone(&self.vault));
        let deps = Deps {
            store: self.store.clone(),
            vault: Arc::clone(&self.vault),
            live: Arc::clone(&live),
            recorders,
            clock: Arc::clone(&self.clock),
            random: Arc::new(SystemRandom),
            tracer: self.tracer.clone(),
            security: Arc::clone(&self.security),
            captures: Some(self.captures.clone()),
        };
        let gateway = Gateway::start(config, deps).await.unwrap();
        let followers: Vec<Arc<dyn Follow>> = vec![live, gateway.follower()];
        let follower = Follower::start(self.store.clone(), followers).await.unwrap();
        self.running = Some(Running { address: gateway.address(), log, writer, follower });
        self.gateway = Some(gateway);
    }

    /// Drains the gateway and waits for its records.
    pub(crate) async fn stop(&mut self) {
        self.gateway.take().unwrap().drain().await;
        self.running.take().unwrap().writer.stop().await;
    }

    /// The gateway, for a test that drains it by itself.
    pub(crate) fn take_gateway(&mut self) -> Gateway {
        self.gateway.take().unwrap()
    }

    /// Where it listens for TLS.
    pub(crate) fn tls_address(&self) -> SocketAddr {
        self.gateway.as_ref().unwrap().tls_address().unwrap()
    }

    /// How much of each limit is used.
    pub(crate) fn limits(&self) -> Arc<Limits> {
        self.gateway.as_ref().unwrap().limits()
    }

    /// How targets are.
    pub(crate) fn targets(&self) -> Arc<Targets> {
        self.gateway.as_ref().unwrap().targets()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.running().address
    }

    fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    /// A new connection to the gateway.
    pub(crate) async fn connect(&self) -> Client {
        Client::connect(self.address()).await
    }

    /// Waits until the gateway acts on `revision`.
    pub(crate) async fn settle(&self, revision: u64) {
        assert!(self.running().follower.wait_for(revision, Duration::from_secs(30)).await, "revision {revision}");
    }

    fn record_of<T: Resource>(&self, team: TeamId, called: &str, spec: T) -> Record<T> {
        let now = self.clock.now();
        let id =
            if T::KIND == Kind::Team { Id::from_uuid(team.as_uuid()) } else { Id::new(&*self.clock, &SystemRandom) };
        Record { id, team, name: name(called), version: 1, created_at: now, updated_at: now, source: None, spec }
    }

    /// Creates or replaces a resource of the team, and waits until the gateway acts on it.
    pub(crate) async fn put<T: Resource>(&self, called: &str, spec: Value) -> Record<T> {
        let spec: T = serde_json::from_value(spec).unwrap();
        let mut errors = Vec::new();
        spec.validate(&mut errors);
        assert_eq!(errors, []);
        let mut tx = self.store.begin(cause()).await.unwrap();
        let record = match tx.resource::<T>(self.team, called).await.unwrap() {
            Some(before) => {
                let record = Record { version: before.version + 1, spec, updated_at: tx.now(), ..before };
                tx.update(&record).await.unwrap();
                record
            }
            None => {
                let record = self.record_of(self.team, called, spec);
                tx.insert(&record).await.unwrap();
                record
            }
        };
        audit(&mut tx, self.team, T::KIND, record.id.to_string()).await;
        self.settle(tx.commit().await.unwrap()).await;
        record
    }

    /// Replaces the team's settings.
    pub(crate) async fn put_team(&self, spec: Value) {
        let mut tx = self.store.begin(cause()).await.unwrap();
        let before = tx.team_by_id(self.team).await.unwrap().unwrap();
        let spec: TeamSpec = serde_json::from_value(spec).unwrap();
        let record = Record { version: before.version + 1, spec, ..before };
        tx.update(&record).await.unwrap();
        audit(&mut tx, self.team, Kind::Team, self.team.to_string()).await;
        self.settle(tx.commit().await.unwrap()).await;
    }

    /// A secret with its value.
    pub(crate) async fn put_secret(&self, called: &str, value: &str) {
        let secret = self.put::<SecretSpec>(called, json!({})).await.id;
        let sealed = self.vault.seal(self.team, &secret.to_string(), &Hidden::new(value));
        let value = SecretValue { secret, team: self.team, key_version: sealed.key_version, sealed: sealed.bytes };
        let mut tx = self.store.begin(cause()).await.unwrap();
        tx.put_secret_value(&value).await.unwrap();
        audit(&mut tx, self.team, Kind::Secret, secret.to_string()).await;
        self.settle(tx.commit().await.unwrap()).await;
    }

    /// The orders api at `/orders`, version `v1` in the path, over one upstream of these targets.
    pub(crate) async fn orders(&self, targets: &[SocketAddr]) {
        self.upstream("orders", targets, json!({})).await;
        self.api("orders.v1", json!({})).await;
    }

    /// An upstream.
    pub(crate) async fn upstream(&self, called: &str, targets: &[SocketAddr], more: Value) {
        let urls: Vec<Value> = targets.iter().map(|target| json!({ "url": format!("http://{target}") })).collect();
        self.put::<UpstreamSpec>(called, merged(json!({ "targets": urls }), more)).await;
    }

    /// An api of `more` over what the orders api usually is.
    pub(crate) async fn api(&self, called: &str, more: Value) -> Record<ApiSpec> {
        let usual = json!({
            "api": "orders", "version": "v1", "base_path": "/orders", "upstream": "orders",
            "scopes": { "orders:read": "read", "orders:write": "write" },
            "routes": [
                { "name": "all", "methods": ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"], "path": "/any/{rest:path}" },
                { "name": "read", "methods": ["GET"], "path": "/orders/{id:int}", "scopes": { "all": ["orders:read"] } },
                { "name": "write", "methods": ["POST"], "path": "/orders", "scopes": { "all": ["orders:write"] } },
                { "name": "root", "methods": ["GET"], "path": "/" },
                { "name": "search", "methods": ["GET"], "path": "/search", "cost": 5 },
            ],
        });
        self.put::<ApiSpec>(called, merged(usual, more)).await
    }

    /// A token of the app `shop` with every scope.
    pub(crate) async fn token(&self) -> Issued {
        self.token_with(json!({})).await
    }

    /// A token with more said about it.
    pub(crate) async fn token_with(&self, more: Value) -> Issued {
        let usual = json!({ "app": "shop", "name": "test", "scopes": ["orders:read", "orders:write"] });
        let request: CreateToken = serde_json::from_value(merged(usual, more)).unwrap();
        let issued = self.tokens.create(cause(), self.team, request, &ScopeSet::default()).await.unwrap();
        self.settle(issued.revision).await;
        issued
    }

    /// Revokes a token, and waits until the gateway acts on it.
    pub(crate) async fn revoke(&self, token: &Issued) {
        let lost = RevokeToken { reason: "lost".to_owned() };
        let revoked = self.tokens.revoke(cause(), self.team, token.token.id, lost).await.unwrap();
        self.settle(revoked.revision).await;
    }

    /// The record of a call that is over.
    pub(crate) async fn record(&self, request_id: &str) -> CallRecord {
        self.records(|record| record.request_id.to_string() == request_id, 1).await.remove(0)
    }

    /// What was captured of a call that is over.
    pub(crate) async fn capture(&self, request_id: &str) -> CapturedCall {
        // It is handed over before the record is.
        self.record(request_id).await;
        self.captured(request_id).await.expect("a capture")
    }

    /// The same of one that may not have been captured, and whose record is there.
    pub(crate) async fn captured(&self, request_id: &str) -> Option<CapturedCall> {
        self.captures.flush().await;
        self.captures.find(self.team, request_id.parse().unwrap()).await.unwrap()
    }

    /// Waits for `count` records like this.
    pub(crate) async fn records(&self, wanted: impl Fn(&CallRecord) -> bool, count: usize) -> Vec<CallRecord> {
        let waiting = async {
            loop {
                assert!(self.running().log.flush().await);
                let found: Vec<_> =
                    self.kept.0.lock().unwrap().iter().filter(|record| wanted(record)).cloned().collect();
                if found.len() >= count {
                    return found;
                }
                // Records are written when a body is dropped, which may be a moment after its last byte arrived.
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("the records in time")
    }

    /// Waits for a security event of this kind that was not there the last time.
    pub(crate) async fn security_event(&self, kind: &str) -> SecurityEvent {
        let sought: SecurityKind = kind.parse().unwrap();
        let waiting = async {
            loop {
                let count = self.security.counts().into_iter().find(|(kind, _)| *kind == sought).unwrap().1;
                if self.met.lock().unwrap().insert(sought, count).unwrap_or(0) < count {
                    let filter = SecurityFilter { kind: Some(sought), ..SecurityFilter::default() };
                    let page = PageRequest { after: None, limit: 1 };
                    return self.security.list(filter, page).await.unwrap().items.pop().expect("what was counted");
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), waiting).await.unwrap_or_else(|_| panic!("no {kind} in time"))
    }

    /// How many security events of each kind were counted, none where there were none.
    pub(crate) fn security_counts(&self) -> Vec<(&'static str, u64)> {
        let counts = self.security.counts().into_iter().filter(|(_, count)| *count > 0);
        counts.map(|(kind, count)| (kind.as_str(), count)).collect()
    }

    /// Everything recorded so far.
    pub(crate) async fn all_records(&self) -> Vec<CallRecord> {
        assert!(self.running().log.flush().await);
        self.kept.0.lock().unwrap().clone()
    }
}

async fn vault(store: &Store, clock: &dyn Clock) -> Arc<Vault> {
    let master = MasterKey::generate(&SystemRandom);
    let (ring, sealed) = KeyRing::create(&master, &SystemRandom, clock.now());
    let vault = Arc::new(Vault::new(ring, Arc::new(SystemRandom)));
    let mut tx = store.begin_unsealed(cause()).await.unwrap();
    for key in &sealed {
        tx.insert_key(key).await.unwrap();
    }
    tx.seal_with(Arc::clone(&vault) as _);
    audit(&mut tx, INSTALLATION, Kind::Key, "ring".to_owned()).await;
    tx.commit().await.unwrap();
    vault
}

fn merged(mut usual: Value, more: Value) -> Value {
    if let (Value::Object(usual), Value::Object(more)) = (&mut usual, more) {
        usual.extend(more);
    }
    usual
}
