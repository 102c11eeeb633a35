//! The audit trail: one chain of events per team.
//!
//! Each event's hash covers it and the hash before. Where a trail ends is sealed, so that events cannot be taken
//! off its end; how many events all trails hold together is sealed, so that no trail can be taken away whole.

use keyward_model::audit::{Actor, AuditDraft, AuditEvent};
use keyward_model::integrity::Mac;
use keyward_model::team::TeamId;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};

use crate::db::Session;
use crate::row::{Cell, Type, equal, signed, unsigned};
use crate::tables::{AUDIT_EVENT, AUDIT_HEAD};
use crate::{StoreError, Tx};

mod list;
mod verify;

pub use list::AuditFilter;
pub use verify::AuditVerification;

impl Tx {
    /// Adds an event to the trail of `team`, with the transaction's cause and time.
    pub async fn audit(&mut self, team: TeamId, draft: AuditDraft) -> Result<(), StoreError> {
        let mac = self.mac()?;
        self.total.check(&*mac)?;
        let head = Head::of(self.session(), &*mac, team).await?;
        let cause = self.cause().clone();
        let mut event = AuditEvent {
            team,
            sequence: head.sequence + 1,
            at: self.now(),
            actor: cause.actor,
            address: cause.address,
            agent: cause.agent.map(|agent| agent.chars().take(200).collect()),
            request_id: cause.request_id,
            action: draft.action,
            kind: draft.kind,
            target: draft.target,
            target_name: draft.target_name,
            before: draft.before,
            after: draft.after,
            reason: draft.reason,
            hash: String::new(),
        };
        event = settled(event)?;
        event.hash = event.chain(&head.hash, &*mac);
        let insert = AUDIT_EVENT.insert(cells(&event, &head.hash), None);
        self.session().run(&insert).await?;
        let next = Head { sequence: event.sequence, hash: event.hash };
        next.store(self.session(), &*mac, team).await?;
        self.total.events += 1;
        self.audited.insert((event.kind, event.target));
        Ok(())
    }
}

/// The event as it will be read back: a decimal number may change its last digit on the way through JSON, and the
/// hash must be over what is read.
fn settled(mut event: AuditEvent) -> Result<AuditEvent, StoreError> {
    let other = |error: serde_json::Error| StoreError::Other(error.to_string());
    let mut text = serde_json::to_string(&event).map_err(other)?;
    // Each round brings the digits to a fixed point; two have always been enough.
    for _ in 0..8 {
        event = serde_json::from_str(&text).map_err(other)?;
        let again = serde_json::to_string(&event).map_err(other)?;
        if again == text {
            return Ok(event);
        }
        text = again;
    }
    Err(StoreError::Other("a number of the change cannot be written down exactly".to_owned()))
}

/// Where a trail ends.
struct Head {
    sequence: u64,
    hash: String,
}

impl Head {
    /// The end of a team's trail. One that is damaged, or missing though the trail is not empty, is an error:
    /// an event added behind it would hide the damage.
    async fn of<C: ConnectionTrait>(session: &Session<C>, mac: &dyn Mac, team: TeamId) -> Result<Self, StoreError> {
        let query = AUDIT_HEAD.select().and_where(Expr::col("team_id").eq(team.to_string())).to_owned();
        let corrupt = || StoreError::Corrupt { what: format!("the end of the audit trail of {team}") };
        let Some(row) = session.row(&query).await? else {
            let any = AUDIT_EVENT.select().and_where(Expr::col("team_id").eq(team.to_string())).limit(1).to_owned();
            return match session.row(&any).await? {
                Some(_) => Err(corrupt()),
                None => Ok(Self { sequence: 0, hash: String::new() }),
            };
        };
        let cells = AUDIT_HEAD.read(&row, Some(mac)).map_err(|_| corrupt())?;
        let [_, sequence, hash] = <[Cell; 3]>::try_from(cells).map_err(|_| corrupt())?;
        let sequence = sequence.int().and_then(|sequence| u64::try_from(sequence).ok());
        Ok(Self { sequence: sequence.ok_or_else(corrupt)?, hash: hash.text().ok_or_else(corrupt)? })
    }

    async fn store<C: ConnectionTrait>(
        &self,
        session: &Session<C>,
        mac: &dyn Mac,
        team: TeamId,
    ) -> Result<(), StoreError> {
        let cells = vec![team.to_string().into(), signed(self.sequence).into(), self.hash.as_str().into()];
        let put = AUDIT_HEAD
            .insert(cells, Some(mac))
            .on_conflict(OnConflict::column("team_id").update_columns(["sequence", "hash", "seal"]).to_owned())
            .to_owned();
        session.run(&put).await.map(drop)
    }
}

/// How many events all trails hold together.
pub(crate) struct Total {
    pub(crate) events: u64,
    /// The number that `seal` is over.
    sealed: u64,
    seal: Option<Vec<u8>>,
}

impl Total {
    /// From the row of the installation.
    pub(crate) fn of(row: &QueryResult) -> Result<Self, StoreError> {
        let events = row.try_get::<i64>("", "audit_events").ok().and_then(|events| u64::try_from(events).ok());
        let seal = row.try_get::<Option<Vec<u8>>>("", "audit_seal").map_err(|_| Self::corrupt())?;
        let events = events.ok_or_else(Self::corrupt)?;
        Ok(Self { events, sealed: events, seal })
    }

    /// Holds the number against its seal. None is sealed before the first event.
    pub(crate) fn check(&self, mac: &dyn Mac) -> Result<(), StoreError> {
        let sound = match &self.seal {
            Some(seal) => equal(seal, &seal_of(self.sealed, mac)),
            None => self.sealed == 0,
        };
        if sound { Ok(()) } else { Err(Self::corrupt()) }
    }

    pub(crate) async fn store(&self, session: &Session<DatabaseTransaction>, mac: &dyn Mac) -> Result<(), StoreError> {
        let update = Query::update()
            .table("revision")
            .value("audit_events", signed(self.events))
            .value("audit_seal", seal_of(self.events, mac).to_vec())
            .to_owned();
        session.run(&update).await.map(drop)
    }

    fn corrupt() -> StoreError {
        StoreError::Corrupt { what: "the count of audit events".to_owned() }
    }
}

fn seal_of(events: u64, mac: &dyn Mac) -> [u8; 32] {
    mac.mac(&[b"keyward audit total 1", &events.to_be_bytes()])
}

/// An event as it is stored, behind the event with the hash `previous`.
fn cells(event: &AuditEvent, previous: &str) -> Vec<Cell> {
    let actor = match &event.actor {
        Actor::Token { id, .. } => Cell::from(id.as_str()),
        Actor::User { id, .. } => Cell::from(id.to_string()),
        Actor::Stranger | Actor::Machine { .. } | Actor::Keyward { .. } => Cell::Null(Type::Text),
    };
    let doc = serde_json::to_string(event).expect("an audit event holds nothing that JSON cannot");
    vec![
        event.team.to_string().into(),
        signed(event.sequence).into(),
        event.at.as_millis().into(),
        event.action.as_str().into(),
        event.kind.as_str().into(),
        event.target.as_str().into(),
        actor,
        doc.into(),
        previous.into(),
        event.hash.as_str().into(),
    ]
}

/// A stored event and the hash before it; none when the row is not what was written.
fn sound(row: &QueryResult, mac: &dyn Mac) -> Option<(AuditEvent, String)> {
    let found = AUDIT_EVENT.read_unchecked(row).ok()?;
    let doc = found.get(7)?.clone().text()?;
    let previous = found.get(8)?.clone().text()?;
    let event: AuditEvent = serde_json::from_str(&doc).ok()?;
    let as_written = found == cells(&event, &previous);
    (as_written && equal(event.hash.as_bytes(), event.chain(&previous, mac).as_bytes())).then_some((event, previous))
}

/// The place of a row in its trail, as far as it can be read.
fn sequence_of(row: &QueryResult) -> u64 {
    row.try_get::<i64>("", "sequence").map(unsigned).unwrap_or(0)
}
