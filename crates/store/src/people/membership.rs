//! Memberships.

use keyward_model::Timestamp;
use keyward_model::integrity::Mac;
use keyward_model::membership::Membership;
use keyward_model::resource::Kind;
use keyward_model::team::TeamId;
use keyward_model::user::UserId;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait, QueryResult};

use crate::db::Session;
use crate::resource::explained;
use crate::row::{Cell, signed};
use crate::tables::MEMBERSHIP;
use crate::{Store, StoreError, Tx};

impl Store {
    /// Every membership of a user, in whatever team.
    pub async fn memberships_of_user(&self, user: UserId) -> Result<Vec<Membership>, StoreError> {
        many(&self.read(), &*self.mac()?, of_user(user)).await
    }

    /// The members of a team, the oldest first.
    pub async fn members(&self, team: TeamId) -> Result<Vec<Membership>, StoreError> {
        many(&self.read(), &*self.mac()?, of_team(team)).await
    }

    /// A user's membership of a team.
    pub async fn membership(&self, team: TeamId, user: UserId) -> Result<Option<Membership>, StoreError> {
        Ok(many(&self.read(), &*self.mac()?, one(team, user)).await?.pop())
    }
}

impl Tx {
    /// As [`Store::memberships_of_user`], inside the transaction.
    pub async fn memberships_of_user(&self, user: UserId) -> Result<Vec<Membership>, StoreError> {
        many(self.session(), &*self.mac()?, of_user(user)).await
    }

    /// As [`Store::members`], inside the transaction.
    pub async fn members(&self, team: TeamId) -> Result<Vec<Membership>, StoreError> {
        many(self.session(), &*self.mac()?, of_team(team)).await
    }

    /// As [`Store::membership`], inside the transaction.
    pub async fn membership(&self, team: TeamId, user: UserId) -> Result<Option<Membership>, StoreError> {
        Ok(many(self.session(), &*self.mac()?, one(team, user)).await?.pop())
    }

    /// Adds a member.
    pub async fn insert_membership(&mut self, membership: &Membership) -> Result<(), StoreError> {
        let mac = self.mac()?;
        let taken = || "they are a member already, or the team does not exist".to_owned();
        let insert = MEMBERSHIP.insert(cells(membership), Some(&*mac));
        self.session().run(&insert).await.map_err(|error| explained(error, taken))?;
        self.changed(Some(membership.team), Kind::Membership, membership.user.to_string()).await
    }

    /// Changes a membership. Its version is the new one: one more than the one that it replaces.
    pub async fn update_membership(&mut self, membership: &Membership) -> Result<(), StoreError> {
        let mac = self.mac()?;
        let update = MEMBERSHIP
            .update(cells(membership), Some(&*mac))
            .and_where(Expr::col("version").eq(signed(membership.version) - 1))
            .to_owned();
        if self.session().run(&update).await? == 0 {
            return Err(StoreError::Stale);
        }
        self.changed(Some(membership.team), Kind::Membership, membership.user.to_string()).await
    }

    /// Ends a membership.
    pub async fn delete_membership(&mut self, team: TeamId, user: UserId) -> Result<(), StoreError> {
        let delete = Query::delete()
            .from_table(MEMBERSHIP.name)
            .and_where(Expr::col("user_id").eq(user.to_string()))
            .and_where(Expr::col("team_id").eq(team.to_string()))
            .to_owned();
        if self.session().run(&delete).await? == 0 {
            return Err(StoreError::Stale);
        }
        self.changed(Some(team), Kind::Membership, user.to_string()).await
    }
}

fn of_user(user: UserId) -> SelectStatement {
    all().and_where(Expr::col("user_id").eq(user.to_string())).to_owned()
}

fn of_team(team: TeamId) -> SelectStatement {
    all().and_where(Expr::col("team_id").eq(team.to_string())).to_owned()
}

fn one(team: TeamId, user: UserId) -> SelectStatement {
    of_team(team).and_where(Expr::col("user_id").eq(user.to_string())).to_owned()
}

fn all() -> SelectStatement {
    MEMBERSHIP.select().order_by("created_at", Order::Asc).order_by("user_id", Order::Asc).to_owned()
}

async fn many<C: ConnectionTrait>(
    session: &Session<C>,
    mac: &dyn Mac,
    query: SelectStatement,
) -> Result<Vec<Membership>, StoreError> {
    session.rows(&query).await?.iter().map(|row| read(row, mac)).collect()
}

fn cells(membership: &Membership) -> Vec<Cell> {
    vec![
        membership.user.to_string().into(),
        membership.team.to_string().into(),
        membership.role.as_str().into(),
        serde_json::to_string(&membership.apps).expect("ids are JSON").into(),
        signed(membership.version).into(),
        membership.created_at.as_millis().into(),
        membership.updated_at.as_millis().into(),
    ]
}

fn read(row: &QueryResult, mac: &dyn Mac) -> Result<Membership, StoreError> {
    let cells = MEMBERSHIP.read(row, Some(mac))?;
    membership(cells).ok_or_else(|| MEMBERSHIP.corrupt(row))
}

fn membership(cells: Vec<Cell>) -> Option<Membership> {
    let [user, team, role, apps, version, created_at, updated_at] = <[Cell; 7]>::try_from(cells).ok()?;
    Some(Membership {
        user: user.text()?.parse().ok()?,
        team: team.text()?.parse().ok()?,
        role: role.text()?.parse().ok()?,
        apps: serde_json::from_str(&apps.text()?).ok()?,
        version: version.int()?.try_into().ok()?,
        created_at: Timestamp::from_millis(created_at.int()?),
        updated_at: Timestamp::from_millis(updated_at.int()?),
    })
}
