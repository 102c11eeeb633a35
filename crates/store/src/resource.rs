//! Resources: team, app, api, upstream, connection, secret, subscription, policy. All of one shape.

use keyward_model::id::Id;
use keyward_model::integrity::Mac;
use keyward_model::resource::Kind;
use keyward_model::team::{Team, TeamId, TeamSpec};
use keyward_model::{Record, Resource, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, Order, SelectStatement};
use sea_orm::{ConnectionTrait, QueryResult};

use crate::db::Session;
use crate::row::{Cell, Table, signed};
use crate::{Page, PageRequest, Store, StoreError, Tx, tables};

mod write;

pub(crate) use write::explained;

impl Store {
    /// The resource of `team` with this name. Teams have [`Store::team_by_name`].
    pub async fn resource<T: Resource>(&self, team: TeamId, name: &str) -> Result<Option<Record<T>>, StoreError> {
        one(&self.read(), &*self.mac()?, by_name::<T>(team, name)).await
    }

    /// The resource of `team` with this id.
    pub async fn resource_by_id<T: Resource>(&self, team: TeamId, id: Id<T>) -> Result<Option<Record<T>>, StoreError> {
        one(&self.read(), &*self.mac()?, by_id(team, id)).await
    }

    /// The resource with this id, whosever it is: for following the change feed.
    pub async fn resource_of_any_team<T: Resource>(&self, id: Id<T>) -> Result<Option<Record<T>>, StoreError> {
        one(&self.read(), &*self.mac()?, by_id_alone(id)).await
    }

    /// A page of the resources of `team`, by name.
    pub async fn resources<T: Resource>(
        &self,
        team: TeamId,
        page: &PageRequest,
    ) -> Result<Page<Record<T>>, StoreError> {
        paged(self, all::<T>(Some(team)), page).await
    }

    /// Every resource of `team`, by name.
    pub async fn all_resources<T: Resource>(&self, team: TeamId) -> Result<Vec<Record<T>>, StoreError> {
        many(&self.read(), &*self.mac()?, all::<T>(Some(team))).await
    }

    /// Every resource of the installation, for loading.
    ///
    /// A damaged row is left out and logged, so that it does not stop the others from being served; whatever
    /// stands on it is refused. A damaged policy is an error: leaving it out would allow what it forbids.
    pub async fn resources_of_all_teams<T: Resource>(&self) -> Result<Vec<Record<T>>, StoreError> {
        let session = self.read();
        let mac = self.mac()?;
        let mut records = Vec::new();
        for row in session.rows(&all::<T>(None)).await? {
            match read(&row, &*mac) {
                Ok(record) => records.push(record),
                Err(damaged) if T::KIND == Kind::Policy => return Err(damaged),
                Err(damaged) => tracing::error!(%damaged, "a row is left out"),
            }
        }
        Ok(records)
    }

    /// The team with this name.
    pub async fn team_by_name(&self, name: &str) -> Result<Option<Team>, StoreError> {
        one(&self.read(), &*self.mac()?, team_by_name(name)).await
    }

    /// The team with this id.
    pub async fn team_by_id(&self, id: TeamId) -> Result<Option<Team>, StoreError> {
        one(&self.read(), &*self.mac()?, by_id_alone::<TeamSpec>(id)).await
    }

    /// A page of all teams, by name: for whoever runs the installation.
    pub async fn teams_of_installation(&self, page: &PageRequest) -> Result<Page<Team>, StoreError> {
        paged(self, all::<TeamSpec>(None), page).await
    }
}

impl Tx {
    /// As [`Store::resource`], inside the transaction.
    pub async fn resource<T: Resource>(&self, team: TeamId, name: &str) -> Result<Option<Record<T>>, StoreError> {
        one(self.session(), &*self.mac()?, by_name::<T>(team, name)).await
    }

    /// As [`Store::resource_by_id`], inside the transaction.
    pub async fn resource_by_id<T: Resource>(&self, team: TeamId, id: Id<T>) -> Result<Option<Record<T>>, StoreError> {
        one(self.session(), &*self.mac()?, by_id(team, id)).await
    }

    /// As [`Store::all_resources`], inside the transaction.
    pub async fn all_resources<T: Resource>(&self, team: TeamId) -> Result<Vec<Record<T>>, StoreError> {
        many(self.session(), &*self.mac()?, all::<T>(Some(team))).await
    }

    /// Every resource of the installation, for rules that hold across teams. A damaged one is an error.
    pub async fn resources_of_all_teams<T: Resource>(&self) -> Result<Vec<Record<T>>, StoreError> {
        many(self.session(), &*self.mac()?, all::<T>(None)).await
    }

    /// As [`Store::team_by_name`], inside the transaction.
    pub async fn team_by_name(&self, name: &str) -> Result<Option<Team>, StoreError> {
        one(self.session(), &*self.mac()?, team_by_name(name)).await
    }

    /// As [`Store::team_by_id`], inside the transaction.
    pub async fn team_by_id(&self, id: TeamId) -> Result<Option<Team>, StoreError> {
        one(self.session(), &*self.mac()?, by_id_alone::<TeamSpec>(id)).await
    }
}

fn all<T: Resource>(team: Option<TeamId>) -> SelectStatement {
    let mut query = tables::of(T::KIND).select();
    if let Some(team) = team {
        query.and_where(Expr::col("team_id").eq(team.to_string()));
    }
    query.order_by("name", Order::Asc).order_by("id", Order::Asc).to_owned()
}

fn by_name<T: Resource>(team: TeamId, name: &str) -> SelectStatement {
    all::<T>(Some(team)).and_where(Expr::col("name").eq(name)).to_owned()
}

fn by_id<T: Resource>(team: TeamId, id: Id<T>) -> SelectStatement {
    by_id_alone(id).and_where(Expr::col("team_id").eq(team.to_string())).to_owned()
}

fn by_id_alone<T: Resource>(id: Id<T>) -> SelectStatement {
    tables::of(T::KIND).select().and_where(Expr::col("id").eq(id.to_string())).to_owned()
}

fn team_by_name(name: &str) -> SelectStatement {
    tables::of(Kind::Team).select().and_where(Expr::col("name").eq(name)).to_owned()
}

async fn one<T: Resource, C: ConnectionTrait>(
    session: &Session<C>,
    mac: &dyn Mac,
    query: SelectStatement,
) -> Result<Option<Record<T>>, StoreError> {
    session.row(&query).await?.map(|row| read(&row, mac)).transpose()
}

async fn many<T: Resource, C: ConnectionTrait>(
    session: &Session<C>,
    mac: &dyn Mac,
    query: SelectStatement,
) -> Result<Vec<Record<T>>, StoreError> {
    session.rows(&query).await?.iter().map(|row| read(row, mac)).collect()
}

async fn paged<T: Resource>(
    store: &Store,
    mut query: SelectStatement,
    page: &PageRequest,
) -> Result<Page<Record<T>>, StoreError> {
    if let Some(cursor) = &page.after {
        // The cursor is the name of the last row before; names are unique in every list that is paged by them.
        let name: keyward_model::Name = cursor.parse().map_err(|_| StoreError::BadCursor)?;
        query.and_where(Expr::col("name").gt(name.as_str()));
    }
    let found = many(&store.read(), &*store.mac()?, query.limit(page.asked()).to_owned()).await?;
    Ok(Page::of(found, page, |record: &Record<T>| record.name.to_string()))
}

/// A row as it is stored.
fn cells<T: Resource>(record: &Record<T>) -> Vec<Cell> {
    let spec = serde_json::to_string(&record.spec).expect("a spec is JSON: it came in as such");
    vec![
        record.id.to_string().into(),
        record.team.to_string().into(),
        record.name.as_str().into(),
        signed(record.version).into(),
        record.created_at.as_millis().into(),
        record.updated_at.as_millis().into(),
        record.source.as_ref().map(ToString::to_string).into(),
        spec.into(),
    ]
}

/// A stored row, held against its seal.
fn read<T: Resource>(row: &QueryResult, mac: &dyn Mac) -> Result<Record<T>, StoreError> {
    let table: &Table = tables::of(T::KIND);
    record(table.read(row, Some(mac))?).ok_or_else(|| table.corrupt(row))
}

fn record<T: Resource>(cells: Vec<Cell>) -> Option<Record<T>> {
    let [id, team, name, version, created_at, updated_at, source, spec] = <[Cell; 8]>::try_from(cells).ok()?;
    Some(Record {
        id: id.text()?.parse().ok()?,
        team: team.text()?.parse().ok()?,
        name: name.text()?.parse().ok()?,
        version: version.int()?.try_into().ok()?,
        created_at: Timestamp::from_millis(created_at.int()?),
        updated_at: Timestamp::from_millis(updated_at.int()?),
        source: source.optional_text()?.map(|source| source.parse()).transpose().ok()?,
        spec: serde_json::from_str(&spec.text()?).ok()?,
    })
}
