//! Listing a trail, newest first.

use keyward_model::Timestamp;
use keyward_model::audit::AuditEvent;
use keyward_model::resource::Kind;
use keyward_model::team::TeamId;
use sea_orm::sea_query::{Expr, ExprTrait, Order};

use super::sound;
use crate::find::begins_with;
use crate::row::signed;
use crate::tables::AUDIT_EVENT;
use crate::{Page, PageRequest, Store, StoreError};

/// Which events are wanted; all that is given must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// What the action begins with: `token.` finds all that was done to tokens.
    pub action_prefix: Option<String>,
    /// To what kind of thing.
    pub kind: Option<Kind>,
    /// To which one: its id.
    pub target: Option<String>,
    /// By whom: the id of a management token or of a user.
    pub actor: Option<String>,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
}

impl Store {
    /// A page of the trail of `team`, newest first. Each event is held against its hash.
    pub async fn audit_events(
        &self,
        team: TeamId,
        filter: &AuditFilter,
        page: &PageRequest,
    ) -> Result<Page<AuditEvent>, StoreError> {
        let mac = self.mac()?;
        let mut query = AUDIT_EVENT.select();
        query.and_where(Expr::col("team_id").eq(team.to_string()));
        if let Some(prefix) = &filter.action_prefix {
            query.and_where(begins_with("action", prefix));
        }
        if let Some(kind) = filter.kind {
            query.and_where(Expr::col("kind").eq(kind.as_str()));
        }
        if let Some(target) = &filter.target {
            query.and_where(Expr::col("target").eq(target.as_str()));
        }
        if let Some(actor) = &filter.actor {
            query.and_where(Expr::col("actor").eq(actor.as_str()));
        }
        if let Some(from) = filter.from {
            query.and_where(Expr::col("at").gte(from.as_millis()));
        }
        if let Some(to) = filter.to {
            query.and_where(Expr::col("at").lt(to.as_millis()));
        }
        if let Some(cursor) = &page.after {
            let sequence: u64 = cursor.parse().map_err(|_| StoreError::BadCursor)?;
            query.and_where(Expr::col("sequence").lt(signed(sequence)));
        }
        query.order_by("sequence", Order::Desc).limit(page.asked());
        let rows = self.read().rows(&query).await?;
        let events =
            rows.iter().map(|row| sound(row, &*mac).map(|found| found.0).ok_or_else(|| AUDIT_EVENT.corrupt(row)));
        let events = events.collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(events, page, |event| event.sequence.to_string()))
    }
}
