//! Invitations.

use keyward_model::integrity::Mac;
use keyward_model::invitation::{Invitation, InvitationId};
use keyward_model::resource::Kind;
use keyward_model::team::TeamId;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait, QueryResult};

use crate::db::Session;
use crate::row::Cell;
use crate::tables::INVITATION;
use crate::{Store, StoreError, Tx};

/// An invitation, and the hash of the code in its link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredInvitation {
    /// The invitation.
    pub invitation: Invitation,
    /// The hash of its code, in hexadecimal.
    pub digest: String,
}

impl Store {
    /// The open invitations into a team, those that are over included, the oldest first.
    pub async fn invitations(&self, team: TeamId) -> Result<Vec<Invitation>, StoreError> {
        let query = INVITATION.select().and_where(Expr::col("team_id").eq(team.to_string())).to_owned();
        let found = many(&self.read(), &*self.mac()?, query).await?;
        Ok(found.into_iter().map(|stored| stored.invitation).collect())
    }

    /// The invitation whose code has this hash.
    pub async fn invitation_by_digest(&self, digest: &str) -> Result<Option<Invitation>, StoreError> {
        let found = many(&self.read(), &*self.mac()?, by_digest(digest)).await?.pop();
        Ok(found.map(|stored| stored.invitation))
    }
}

impl Tx {
    /// As [`Store::invitation_by_digest`], inside the transaction.
    pub async fn invitation_by_digest(&self, digest: &str) -> Result<Option<Invitation>, StoreError> {
        let found = many(self.session(), &*self.mac()?, by_digest(digest)).await?.pop();
        Ok(found.map(|stored| stored.invitation))
    }

    /// An invitation into `team`.
    pub async fn invitation(&self, team: TeamId, id: InvitationId) -> Result<Option<Invitation>, StoreError> {
        let query = INVITATION
            .select()
            .and_where(Expr::col("id").eq(id.to_string()))
            .and_where(Expr::col("team_id").eq(team.to_string()))
            .to_owned();
        Ok(many(self.session(), &*self.mac()?, query).await?.pop().map(|stored| stored.invitation))
    }

    /// Adds an invitation.
    pub async fn insert_invitation(&mut self, stored: &StoredInvitation) -> Result<(), StoreError> {
        let mac = self.mac()?;
        let StoredInvitation { invitation, digest } = stored;
        let cells: Vec<Cell> = vec![
            invitation.id.to_string().into(),
            invitation.team.to_string().into(),
            digest.as_str().into(),
            invitation.expires_at.as_millis().into(),
            serde_json::to_string(invitation).expect("an invitation is JSON").into(),
        ];
        self.session().run(&INVITATION.insert(cells, Some(&*mac))).await?;
        self.changed(Some(invitation.team), Kind::Invitation, invitation.id.to_string()).await
    }

    /// Deletes an invitation: accepted, or taken back.
    pub async fn delete_invitation(&mut self, invitation: &Invitation) -> Result<(), StoreError> {
        let delete = Query::delete()
            .from_table(INVITATION.name)
            .and_where(Expr::col("id").eq(invitation.id.to_string()))
            .to_owned();
        if self.session().run(&delete).await? == 0 {
            return Err(StoreError::Stale);
        }
        self.changed(Some(invitation.team), Kind::Invitation, invitation.id.to_string()).await
    }
}

fn by_digest(digest: &str) -> SelectStatement {
    INVITATION.select().and_where(Expr::col("digest").eq(digest)).to_owned()
}

async fn many<C: ConnectionTrait>(
    session: &Session<C>,
    mac: &dyn Mac,
    mut query: SelectStatement,
) -> Result<Vec<StoredInvitation>, StoreError> {
    let query = query.order_by("id", Order::Asc);
    session.rows(query).await?.iter().map(|row| read(row, mac)).collect()
}

fn read(row: &QueryResult, mac: &dyn Mac) -> Result<StoredInvitation, StoreError> {
    let read = |cells| {
        let [_, _, digest, _, doc] = <[Cell; 5]>::try_from(cells).ok()?;
        let invitation = serde_json::from_str(&doc.text()?).ok()?;
        Some(StoredInvitation { invitation, digest: digest.text()? })
    };
    read(INVITATION.read(row, Some(mac))?).ok_or_else(|| INVITATION.corrupt(row))
}
