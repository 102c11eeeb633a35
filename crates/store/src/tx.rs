//! The transaction: rows, their changes in the feed, and the audit events that say so, all or nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use keyward_model::Timestamp;
use keyward_model::audit::Cause;
use keyward_model::integrity::Mac;
use keyward_model::resource::Kind;
use keyward_model::team::TeamId;
use sea_orm::DatabaseTransaction;
use sea_orm::sea_query::{Expr, ExprTrait, Query};

use crate::audit::Total;
use crate::db::{Backend, Session};
use crate::listen::CHANNEL;
use crate::row::{Cell, Type, signed};
use crate::{Store, StoreError};

/// A transaction. Only one is open at a time; the others wait for their turn. Dropped, it never happened.
pub struct Tx {
    store: Store,
    session: Session<DatabaseTransaction>,
    mac: Option<Arc<dyn Mac>>,
    cause: Cause,
    revision: u64,
    now: Timestamp,
    /// What changed, and so must be named by an audit event.
    changed: BTreeSet<(Kind, String)>,
    /// What audit events name.
    pub(crate) audited: BTreeSet<(Kind, String)>,
    pub(crate) total: Total,
}

impl Store {
    /// Begins a transaction that makes changes because of `cause`.
    pub async fn begin(&self, cause: Cause) -> Result<Tx, StoreError> {
        let mac = self.mac()?;
        self.begin_with(cause, Some(mac)).await
    }

    /// Begins the transaction that makes the first keys, before [`Store::attach`]. It can read and write the key
    /// ring, and nothing else until [`Tx::seal_with`].
    pub async fn begin_unsealed(&self, cause: Cause) -> Result<Tx, StoreError> {
        self.begin_with(cause, None).await
    }

    async fn begin_with(&self, cause: Cause, mac: Option<Arc<dyn Mac>>) -> Result<Tx, StoreError> {
        let session = self.db().write().await?;
        // Taking the next revision takes the row's lock too: writers of all nodes go one after the other, and
        // revisions become visible in their order and without gaps.
        let take = Query::update()
            .table("revision")
            .value("value", Expr::col("value").add(1i64))
            .returning(Query::returning().columns(["value", "audit_events", "audit_seal"]))
            .to_owned();
        let row = session.row(&take).await?.ok_or_else(|| StoreError::Corrupt { what: "the revision".to_owned() })?;
        let revision = row.try_get::<i64>("", "value").ok().and_then(|value| u64::try_from(value).ok());
        let revision = revision.ok_or_else(|| StoreError::Corrupt { what: "the revision".to_owned() })?;
        let total = Total::of(&row)?;
        let now = self.clock().now();
        Ok(Tx {
            store: self.clone(),
            session,
            mac,
            cause,
            revision,
            now,
            changed: BTreeSet::new(),
            audited: BTreeSet::new(),
            total,
        })
    }
}

impl Tx {
    /// The revision that its changes will have.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// When it began; the time of everything it writes.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Why it happens.
    pub fn cause(&self) -> &Cause {
        &self.cause
    }

    /// Hands over the key that seals what follows, in the transaction that makes the key.
    pub fn seal_with(&mut self, mac: Arc<dyn Mac>) {
        self.mac = Some(mac);
    }

    /// Commits, and wakes whoever follows the feed. Returns the revision.
    ///
    /// Everything changed must be named by an audit event of its kind and id; for keys, of their kind.
    pub async fn commit(self) -> Result<u64, StoreError> {
        let unaudited = self.changed.iter().find(|change| match change.0 {
            Kind::Key => !self.audited.iter().any(|event| event.0 == Kind::Key),
            _ => !self.audited.contains(change),
        });
        if let Some((kind, id)) = unaudited {
            return Err(StoreError::Unaudited { what: format!("{kind} {id}") });
        }
        if !self.audited.is_empty() {
            self.total.store(&self.session, &*self.mac()?).await?;
        }
        if self.session.backend() == Backend::Postgres {
            let tell = Query::select()
                .expr(Expr::cust_with_values("pg_notify($1, $2)", [CHANNEL.to_owned(), self.revision.to_string()]))
                .to_owned();
            self.session.row(&tell).await?;
        }
        let Self { store, session, revision, .. } = self;
        session.commit().await?;
        store.committed(revision);
        Ok(revision)
    }

    pub(crate) fn session(&self) -> &Session<DatabaseTransaction> {
        &self.session
    }

    pub(crate) fn mac(&self) -> Result<Arc<dyn Mac>, StoreError> {
        self.mac.clone().ok_or(StoreError::Unattached)
    }

    /// Notes in the feed that something changed. A second change of the same thing in one transaction is the same
    /// step of the feed.
    pub(crate) async fn changed(&mut self, team: Option<TeamId>, kind: Kind, id: String) -> Result<(), StoreError> {
        let ordinal = signed(self.changed.len() as u64);
        if !self.changed.insert((kind, id.clone())) {
            return Ok(());
        }
        let team = team.map_or(Cell::Null(Type::Text), |team| team.to_string().into());
        let values: [Cell; 6] = [
            signed(self.revision).into(),
            ordinal.into(),
            self.now.as_millis().into(),
            team,
            kind.as_str().into(),
            id.into(),
        ];
        let insert = Query::insert()
            .into_table("change")
            .columns(["revision", "ordinal", "at", "team_id", "kind", "id"])
            .values_panic(values.map(Expr::from))
            .to_owned();
        self.session.run(&insert).await.map(drop)
    }
}
