//! A small installation: a database, a key ring, a clock that stands still, and everything that follows them.

use std::sync::Arc;
use std::time::Duration;

use keyward_model::api::ApiSpec;
use keyward_model::app::{App, AppSpec};
use keyward_model::audit::{Actor, AuditDraft, AuditEvent, Cause};
use keyward_model::clock::ManualClock;
use keyward_model::id::Id;
use keyward_model::resource::Kind;
use keyward_model::scope::ScopeSet;
use keyward_model::secret::{Hidden, SecretSpec};
use keyward_model::team::{Team, TeamSpec};
use keyward_model::token::{Token, TokenId};
use keyward_model::{Clock, Code, Denial, Random, Record, Resource, Timestamp};
use keyward_store::feed::Follower;
use keyward_store::{AuditFilter, PageRequest, SecretValue, Store};
use keyward_tokens::{CreateToken, Explainer, Issued, Keys, Live, LiveToken, Tokens};
use keyward_vault::{KeyRing, MasterKey, SystemRandom, Vault};

pub(crate) const DAY: Duration = Duration::from_secs(86_400);

pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Store,
    pub(crate) vault: Arc<Vault>,
    pub(crate) tokens: Tokens,
    pub(crate) live: Arc<Live>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) explainer: Explainer,
    pub(crate) follower: Follower,
    pub(crate) team: Team,
    pub(crate) app: App,
    pub(crate) directory: tempfile::TempDir,
}

impl World {
    /// A team `crm` with an app `shop` that is entitled to everything on an api `orders`.
    pub(crate) async fn new() -> Self {
        Self::with(TeamSpec::default()).await
    }

    pub(crate) async fn with(team: TeamSpec) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let clock = Arc::new(ManualClock::at("2030-01-01T00:00:00Z".parse().expect("a moment")));
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let url = format!("sqlite://{}", directory.path().join("keyward.db").display());
        let store = Store::open(&url, clock.clone()).await.expect("a database");
        let master = MasterKey::generate(&SystemRandom);
        let vault = Arc::new(first_keys(&store, &master, random.clone(), clock.now()).await);
        store.attach(vault.clone());

        let live = Live::new(store.clone(), vault.clone());
        let keys = Keys::new(store.clone(), vault.clone(), master, random.clone());
        let follower = Follower::start(store.clone(), vec![keys.clone(), live.clone()]).await.expect("a follower");
        let tokens = Tokens::new(store.clone(), vault.clone(), clock.clone(), random);
        let explainer = Explainer::new(store.clone(), live.clone(), clock.clone());
        let team = add_team(&store, &clock, "crm", team).await;
        let entitled = AppSpec { scopes: scopes(&["orders:*", "keyward:*"]), ..AppSpec::default() };
        let app = add(&store, &clock, &team, "shop", entitled).await;
        add(&store, &clock, &team, "orders.v1", orders()).await;
        Self { clock, store, vault, tokens, live, keys, explainer, follower, team, app, directory }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) async fn add_team(&self, name: &str) -> Team {
        add_team(&self.store, &self.clock, name, TeamSpec::default()).await
    }

    pub(crate) async fn add<T: Resource>(&self, team: &Team, name: &str, spec: T) -> Record<T> {
        add(&self.store, &self.clock, team, name, spec).await
    }

    pub(crate) async fn change<T: Resource>(&self, record: &Record<T>, spec: T) -> Record<T> {
        let changed = Record { version: record.version + 1, spec, ..record.clone() };
        let mut tx = self.store.begin(cause()).await.expect("a transaction");
        tx.update(&changed).await.expect("an update");
        tx.audit(changed.team, draft(T::KIND, &changed.id.to_string())).await.expect("an event");
        self.settle(tx.commit().await.expect("a commit")).await;
        changed
    }

    /// Enters a secret, or another value of it.
    pub(crate) async fn enter_secret(&self, name: &str, value: &str) {
        let secret = match self.store.resource::<SecretSpec>(self.team.id, name).await.expect("an answer") {
            Some(secret) => secret,
            None => self.add(&self.team, name, SecretSpec::default()).await,
        };
        let record = secret.id.to_string();
        let sealed = self.vault.seal(self.team.id, &record, &Hidden::new(value));
        let value = SecretValue {
            secret: secret.id,
            team: self.team.id,
            key_version: sealed.key_version,
            sealed: sealed.bytes,
        };
        let mut tx = self.store.begin(cause()).await.expect("a transaction");
        tx.put_secret_value(&value).await.expect("a value");
        tx.audit(self.team.id, draft(Kind::Secret, &record)).await.expect("an event");
        self.settle(tx.commit().await.expect("a commit")).await;
    }

    /// Waits until what was committed is acted upon.
    pub(crate) async fn settle(&self, revision: u64) {
        assert!(self.follower.wait_for(revision, Duration::from_secs(20)).await, "revision {revision} is not applied");
    }

    pub(crate) async fn settle_all(&self) {
        self.settle(self.store.revision().await.expect("a revision")).await;
    }

    pub(crate) async fn issue(&self, request: CreateToken) -> Issued {
        let issued = self.tokens.create(cause(), self.team.id, request, &everything()).await.expect("a token");
        self.settle(issued.revision).await;
        issued
    }

    /// What becomes of a text at the door: the token, or the code of the refusal.
    pub(crate) fn present(&self, text: &str) -> Result<Arc<LiveToken>, Code> {
        self.live.present(text).map_err(|denial| denial.code)
    }

    /// Whether a text would be let in right now, as far as the token itself decides.
    pub(crate) fn admits(&self, text: &str) -> Result<(), Code> {
        let admit = || -> Result<(), Denial> {
            let found = self.live.present(text)?;
            let disabled = found.app().spec.disabled;
            let address = "192.0.2.1".parse().expect("an address");
            let trace = &mut keyward_model::check::Silent;
            keyward_policy::checks::admit_token(&found.facts(), disabled, self.now(), address, None, None, trace)
        };
        admit().map_err(|denial| denial.code)
    }

    pub(crate) async fn stored(&self, id: TokenId) -> Token {
        self.store.token(self.team.id, id).await.expect("an answer").expect("the token").token
    }

    /// What the trail says of a token, oldest first.
    pub(crate) async fn trail(&self, id: TokenId) -> Vec<AuditEvent> {
        let filter = AuditFilter { target: Some(id.to_string()), ..AuditFilter::default() };
        let page = self.store.audit_events(self.team.id, &filter, &PageRequest::default()).await.expect("the trail");
        page.items.into_iter().rev().collect()
    }

    pub(crate) async fn actions(&self, id: TokenId) -> Vec<String> {
        self.trail(id).await.into_iter().map(|event| event.action).collect()
    }

    /// Runs SQL past the store.
    pub(crate) async fn sql(&self, statement: &str) {
        use sqlx::{Connection, Executor};
        let url = format!("sqlite://{}", self.directory.path().join("keyward.db").display());
        let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("a connection");
        connection.execute(sqlx::AssertSqlSafe(statement.to_owned())).await.expect("a statement");
        connection.close().await.expect("closed");
    }
}

async fn first_keys(store: &Store, master: &MasterKey, random: Arc<dyn Random>, now: Timestamp) -> Vault {
    let (ring, keys) = KeyRing::create(master, &*random, now);
    // The store keeps its own handle on the key that seals; the ring is the same.
    let sealing = Arc::new(Vault::new(KeyRing::open(master, &keys).expect("the ring"), random.clone()));
    let mut tx = store.begin_unsealed(Cause::machine("init")).await.expect("a transaction");
    tx.seal_with(sealing);
    for key in &keys {
        tx.insert_key(key).await.expect("a key");
    }
    tx.audit(keyward_store::INSTALLATION, draft(Kind::Key, "ring")).await.expect("an event");
    tx.commit().await.expect("a commit");
    Vault::new(ring, random)
}

async fn add_team(store: &Store, clock: &ManualClock, name: &str, spec: TeamSpec) -> Team {
    let id = Id::new(clock, &SystemRandom);
    insert(store, record(id, id, name, spec, clock.now())).await
}

async fn add<T: Resource>(store: &Store, clock: &ManualClock, team: &Team, name: &str, spec: T) -> Record<T> {
    insert(store, record(Id::new(clock, &SystemRandom), team.id, name, spec, clock.now())).await
}

fn record<T: Resource>(id: Id<T>, team: keyward_model::team::TeamId, name: &str, spec: T, now: Timestamp) -> Record<T> {
    let name = name.parse().expect("a name");
    Record { id, team, name, version: 1, created_at: now, updated_at: now, source: None, spec }
}

async fn insert<T: Resource>(store: &Store, record: Record<T>) -> Record<T> {
    let mut tx = store.begin(cause()).await.expect("a transaction");
    tx.insert(&record).await.expect("a row");
    tx.audit(record.team, draft(T::KIND, &record.id.to_string())).await.expect("an event");
    tx.commit().await.expect("a commit");
    record
}

fn draft(kind: Kind, target: &str) -> AuditDraft {
    AuditDraft {
        action: format!("{kind}.change"),
        kind,
        target: target.to_owned(),
        target_name: target.to_owned(),
        before: None,
        after: None,
        reason: None,
    }
}

pub(crate) fn orders() -> ApiSpec {
    let spec = serde_json::json!({
        "api": "orders", "version": "v1", "base_path": "/orders", "upstream": "orders",
        "scopes": {"orders:read": "reading orders", "orders:write": "making orders"},
        "routes": [
            {"name": "list", "methods": ["GET"], "path": "/orders", "scopes": {"all": ["orders:read"]}},
            {"name": "create", "methods": ["POST"], "path": "/orders", "scopes": {"all": ["orders:write"]}},
        ],
    });
    serde_json::from_value(spec).expect("an api")
}

pub(crate) fn cause() -> Cause {
    Cause::machine("test")
}

/// A caller with a token of its own.
pub(crate) fn caller(id: &str) -> Cause {
    let actor = Actor::Token { id: id.parse().expect("an id"), name: "a caller".to_owned() };
    Cause { actor, ..cause() }
}

pub(crate) fn everything() -> ScopeSet {
    keyward_tokens::every_management_scope()
}

pub(crate) fn scopes(texts: &[&str]) -> ScopeSet {
    texts.iter().map(|text| text.parse::<keyward_model::scope::Scope>().expect("a scope")).collect()
}

/// A request for a token of the app `shop`, with the fields of `with` in place of the usual ones.
pub(crate) fn request(with: serde_json::Value) -> CreateToken {
    body(serde_json::json!({"app": "shop", "name": "checkout", "scopes": ["orders:read"]}), with)
}

/// A request body from its JSON, as it comes over the wire.
pub(crate) fn body<T: serde::de::DeserializeOwned>(mut usual: serde_json::Value, with: serde_json::Value) -> T {
    for (field, value) in with.as_object().expect("fields") {
        usual[field] = value.clone();
    }
    serde_json::from_value(usual).expect("a request")
}

/// The fields that a failure names, each once.
pub(crate) fn fields(failure: &dyn keyward_tokens::Failure) -> Vec<&str> {
    assert_eq!(failure.code(), Code::FieldInvalid, "{failure}");
    let mut fields: Vec<&str> = failure.fields().iter().map(|error| error.field.as_str()).collect();
    fields.dedup();
    fields
}
