//! Making, changing and deleting resources.

use keyward_model::id::Id;
use keyward_model::resource::Kind;
use keyward_model::team::TeamId;
use keyward_model::{Record, Resource};
use sea_orm::sea_query::{Expr, ExprTrait, Query};

use super::cells;
use crate::row::signed;
use crate::{StoreError, Tx, tables};

impl Tx {
    /// Adds a resource. Its name must be free in its team; a team's, in the installation.
    pub async fn insert<T: Resource>(&mut self, record: &Record<T>) -> Result<(), StoreError> {
        let mac = self.mac()?;
        let insert = tables::of(T::KIND).insert(cells(record), Some(&*mac));
        let taken = || format!("there is a {} named `{}` already, or its team does not exist", T::KIND, record.name);
        self.session().run(&insert).await.map_err(|error| explained(error, taken))?;
        self.changed(Some(record.team), T::KIND, record.id.to_string()).await
    }

    /// Changes a resource. `record.version` is the new version: one more than the one that it replaces, which must
    /// still be stored.
    pub async fn update<T: Resource>(&mut self, record: &Record<T>) -> Result<(), StoreError> {
        let mac = self.mac()?;
        let update = tables::of(T::KIND)
            .update(cells(record), Some(&*mac))
            .and_where(Expr::col("team_id").eq(record.team.to_string()))
            .and_where(Expr::col("version").eq(signed(record.version) - 1))
            .to_owned();
        if self.session().run(&update).await? == 0 {
            return Err(StoreError::Stale);
        }
        self.changed(Some(record.team), T::KIND, record.id.to_string()).await
    }

    /// Deletes a resource of `team`, and a secret's value with it. What still has tokens or, for a team, anything
    /// at all, stays.
    pub async fn delete<T: Resource>(&mut self, team: TeamId, id: Id<T>) -> Result<(), StoreError> {
        let delete = Query::delete()
            .from_table(tables::of(T::KIND).name)
            .and_where(Expr::col("id").eq(id.to_string()))
            .and_where(Expr::col("team_id").eq(team.to_string()))
            .to_owned();
        let in_use = || match T::KIND {
            Kind::App => "the app still has tokens; revoke them, and delete it when they are gone".to_owned(),
            kind => format!("the {kind} is still in use"),
        };
        if self.session().run(&delete).await.map_err(|error| explained(error, in_use))? == 0 {
            return Err(StoreError::Stale);
        }
        self.changed(Some(team), T::KIND, id.to_string()).await
    }
}

/// Puts a conflict into words that fit what was attempted.
pub(crate) fn explained(error: StoreError, words: impl FnOnce() -> String) -> StoreError {
    match error {
        StoreError::Conflict { .. } => StoreError::Conflict { what: words() },
        other => other,
    }
}
