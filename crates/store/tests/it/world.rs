//! A store to test with, on either database, and things to put into it.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use keyward_model::app::{App, AppSpec};
use keyward_model::audit::{AuditDraft, Cause};
use keyward_model::clock::ManualClock;
use keyward_model::id::{Id, Identified};
use keyward_model::integrity::Mac;
use keyward_model::resource::Kind;
use keyward_model::team::{Team, TeamId, TeamSpec};
use keyward_model::token::{HashKind, LastUse, StoredCompactToken, StoredToken, Token, TokenHash, TokenId};
use keyward_model::{Clock, Random, Record, Resource, Timestamp};
use keyward_store::{Store, StoreError, TokenBatch, Tx};
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::postgres;

/// When tests begin.
pub(crate) const START: i64 = 1_900_000_000_000;

/// A database of the test's own.
pub(crate) enum Place {
    Sqlite { file: PathBuf, _directory: tempfile::TempDir },
    Postgres(postgres::Database),
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        Self::sqlite_in(&std::env::temp_dir())
    }

    /// A file in a directory that is on a certain disk.
    pub(crate) fn sqlite_in(parent: &Path) -> Self {
        let directory = tempfile::tempdir_in(parent).expect("a directory");
        let file = directory.path().join("keyward.db");
        Self::Sqlite { file, _directory: directory }
    }

    pub(crate) fn postgres() -> Self {
        Self::Postgres(postgres::Database::create())
    }

    /// A place of the same kind.
    pub(crate) fn another(&self) -> Self {
        match self {
            Self::Sqlite { .. } => Self::sqlite(),
            Self::Postgres(_) => Self::postgres(),
        }
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite { .. } => format!("sqlite://{}", self.file().display()),
            Self::Postgres(database) => database.url(),
        }
    }

    /// Where call records go: a file of their own, or the same server.
    pub(crate) fn another_file(&self) -> String {
        match self {
            Self::Sqlite { file, .. } => format!("sqlite://{}", file.with_file_name("calls.db").display()),
            Self::Postgres(database) => database.url(),
        }
    }

    /// The file of a SQLite database.
    pub(crate) fn file(&self) -> PathBuf {
        match self {
            Self::Sqlite { file, .. } => file.clone(),
            Self::Postgres(_) => panic!("not a file"),
        }
    }

    /// The name of a PostgreSQL database.
    pub(crate) fn database(&self) -> String {
        match self {
            Self::Sqlite { .. } => panic!("not on a server"),
            Self::Postgres(database) => database.name().to_owned(),
        }
    }

    /// Runs SQL past the store, as damage or an attacker would.
    pub(crate) async fn sql(&self, statement: &str) {
        let statement = statement.to_owned();
        match self {
            Self::Sqlite { .. } => {
                let mut connection = sqlx::SqliteConnection::connect(&self.url()).await.expect("a connection");
                // An attacker does not ask about references.
                connection.execute("PRAGMA foreign_keys = OFF").await.expect("a pragma");
                connection.execute(AssertSqlSafe(statement)).await.expect("a statement");
            }
            Self::Postgres(_) => {
                let mut connection = sqlx::PgConnection::connect(&self.url()).await.expect("a connection");
                connection.execute("SET session_replication_role = replica").await.expect("a setting");
                connection.execute(AssertSqlSafe(statement)).await.expect("a statement");
            }
        }
    }
}

/// A key that nobody else has.
pub(crate) struct TestMac(pub(crate) u8);

impl Mac for TestMac {
    fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &[self.0; 32]);
        let mut context = aws_lc_rs::hmac::Context::with_key(&key);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        context.sign().as_ref().try_into().expect("32 bytes")
    }
}

/// Different in every process, and never the same twice.
pub(crate) struct TestRandom;

impl Random for TestRandom {
    fn fill(&self, bytes: &mut [u8]) {
        use std::hash::{BuildHasher, Hasher};
        static COUNT: AtomicU64 = AtomicU64::new(0);
        for chunk in bytes.chunks_mut(8) {
            let mut hasher = std::hash::RandomState::new().build_hasher();
            hasher.write_u64(COUNT.fetch_add(1, Ordering::Relaxed));
            chunk.copy_from_slice(&hasher.finish().to_le_bytes()[..chunk.len()]);
        }
    }
}

/// A store with a clock that stands still.
pub(crate) struct World {
    pub(crate) place: Place,
    pub(crate) store: Store,
    pub(crate) clock: Arc<ManualClock>,
}

impl World {
    pub(crate) async fn new(place: Place) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::from_millis(START)));
        let store = open(&place.url(), clock.clone()).await;
        Self { place, store, clock }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Another process's view of the same database.
    pub(crate) async fn another_store(&self) -> Store {
        open(&self.place.url(), self.clock.clone()).await
    }

    pub(crate) fn id<T: Identified>(&self) -> Id<T> {
        Id::new(&*self.clock, &TestRandom)
    }

    pub(crate) fn record<T: Resource>(&self, team: TeamId, name: &str, spec: T) -> Record<T> {
        let now = self.now();
        Record {
            id: self.id(),
            team,
            name: name.parse().expect("a name"),
            version: 1,
            created_at: now,
            updated_at: now,
            source: None,
            spec,
        }
    }

    /// A team that is stored.
    pub(crate) async fn team(&self, name: &str) -> Team {
        let id: TeamId = self.id();
        let team = Record { id, ..self.record(id, name, TeamSpec::default()) };
        self.insert(&team).await;
        team
    }

    /// An app that is stored.
    pub(crate) async fn app(&self, team: &Team, name: &str) -> App {
        let app = self.record(team.id, name, AppSpec::default());
        self.insert(&app).await;
        app
    }

    /// A token that is stored.
    pub(crate) async fn token(&self, app: &App, name: &str) -> StoredToken {
        let stored = self.unstored_token(app, name);
        self.insert_token(&stored).await;
        stored
    }

    pub(crate) fn unstored_token(&self, app: &App, name: &str) -> StoredToken {
        let token = serde_json::json!({
            "id": TokenId::random(&TestRandom),
            "team": app.team,
            "app": app.id,
            "prefix": "kw",
            "last_four": "aB3d",
            "version": 1,
            "state": "active",
            "name": name,
            "created_at": self.now(),
            "updated_at": self.now(),
        });
        let token: Token = serde_json::from_value(token).expect("a token");
        let mut digest = [0; 32];
        TestRandom.fill(&mut digest);
        let hash = TokenHash { kind: HashKind::Pepper, key_version: 1, digest, key_prefix: None, key_secret: None };
        StoredToken { token, hash }
    }

    pub(crate) async fn insert<T: Resource>(&self, record: &Record<T>) -> u64 {
        let mut tx = self.store.begin(cause()).await.expect("a transaction");
        tx.insert(record).await.expect("inserted");
        audit(&mut tx, record.team, T::KIND, record.id.to_string()).await;
        tx.commit().await.expect("committed")
    }

    pub(crate) async fn update<T: Resource>(&self, record: &Record<T>) -> Result<u64, StoreError> {
        let mut tx = self.store.begin(cause()).await?;
        tx.update(record).await?;
        audit(&mut tx, record.team, T::KIND, record.id.to_string()).await;
        tx.commit().await
    }

    pub(crate) async fn insert_token(&self, stored: &StoredToken) -> u64 {
        let mut tx = self.store.begin(cause()).await.expect("a transaction");
        tx.insert_token(stored).await.expect("inserted");
        audit(&mut tx, stored.token.team, Kind::Token, stored.token.id.to_string()).await;
        tx.commit().await.expect("committed")
    }

    pub(crate) async fn update_token(&self, token: &Token) -> Result<u64, StoreError> {
        let mut tx = self.store.begin(cause()).await?;
        tx.update_token(token).await?;
        audit(&mut tx, token.team, Kind::Token, token.id.to_string()).await;
        tx.commit().await
    }
}

pub(crate) async fn open(url: &str, clock: Arc<ManualClock>) -> Store {
    let store = Store::open(url, clock).await.expect("a store");
    store.attach(Arc::new(TestMac(7)));
    store
}

pub(crate) fn cause() -> Cause {
    Cause::machine("test")
}

pub(crate) fn draft(kind: Kind, target: impl Into<String>) -> AuditDraft {
    AuditDraft {
        action: format!("{kind}.change"),
        kind,
        target: target.into(),
        target_name: "a name".to_owned(),
        before: None,
        after: Some(serde_json::json!({ "something": [1, 2, { "more": "text" }] })),
        reason: None,
    }
}

pub(crate) async fn audit(tx: &mut Tx, team: TeamId, kind: Kind, target: impl Into<String>) {
    tx.audit(team, draft(kind, target)).await.expect("an audit event");
}

pub(crate) fn last_use(at: Timestamp, address: &str, calls: u64) -> LastUse {
    LastUse { at, address: address.parse::<IpAddr>().expect("an address"), calls }
}

/// Runs each of these tests on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(crate::world::World::new(crate::world::Place::sqlite()).await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(crate::world::World::new(crate::world::Place::postgres()).await).await;
            })+
        }
    };
}
pub(crate) use on_both;

/// All tokens, as they are loaded at a start.
pub(crate) async fn all_tokens(store: &Store) -> Result<TokenBatch, StoreError> {
    let mut all = TokenBatch { tokens: Vec::new(), damaged: Vec::new() };
    for mut stretch in store.token_stretches_of_all_teams().await? {
        while let Some(batch) = store.tokens_of_stretch(&mut stretch, 100, &Arc::default()).await? {
            all.tokens.extend(batch.tokens);
            all.damaged.extend(batch.damaged);
        }
    }
    Ok(all)
}

/// Whether what is held for verifying is what was stored.
pub(crate) fn is_held(stored: &StoredToken, held: &StoredCompactToken) -> bool {
    let (facts, whole) = (held.token.facts(held.team, held.app), stored.token.facts());
    stored.hash == held.hash
        && (held.token.name(), held.token.version()) == (stored.token.spec.name.as_str(), stored.token.version)
        && format!(
            "{:?}",
            (facts.id, facts.team, facts.app, facts.state, facts.scopes, facts.restrictions, facts.limits)
        ) == format!(
            "{:?}",
            (whole.id, whole.team, whole.app, whole.state, whole.scopes, whole.restrictions, whole.limits)
        )
}
