//! Migrations: forward only, at start, under a lock, each in the transaction that also notes it.

use sea_orm::DatabaseTransaction;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};

use crate::db::{Backend, Db, Session};
use crate::{OpenError, StoreError};

/// The schemas of one component, oldest first. What was released once never changes.
pub(crate) struct Schemas {
    /// Whose they are; the store and the call records may share a database.
    pub(crate) component: &'static str,
    /// Statements in SQLite's words.
    pub(crate) steps: &'static [&'static str],
}

/// The store's own schemas.
pub(crate) const STORE: Schemas = Schemas {
    component: "store",
    steps: &[
        include_str!("migrate/0001_first.sql"),
        include_str!("migrate/0002_people.sql"),
        include_str!("migrate/0003_token_places.sql"),
    ],
};
/// The schemas of the call records.
pub(crate) const CALLS: Schemas = Schemas {
    component: "calls",
    steps: &[include_str!("migrate/calls_0001_first.sql"), include_str!("migrate/calls_0002_rollup.sql")],
};

impl Schemas {
    /// The newest schema this binary knows.
    pub(crate) fn known(&self) -> i64 {
        i64::try_from(self.steps.len()).unwrap_or(i64::MAX)
    }
}

/// Brings the database up to the newest schema.
pub(crate) async fn migrate(db: &Db, schemas: &Schemas) -> Result<(), OpenError> {
    let opening = |error| OpenError::from_store(error, &db.place());
    let transaction = db.write_at_length().await.map_err(opening)?;
    lock(&transaction).await.map_err(opening)?;
    let found = version(&transaction, schemas.component).await.map_err(opening)?;
    if found > schemas.known() {
        return Err(OpenError::NewerThanBinary { found, known: schemas.known() });
    }
    if found == schemas.known() {
        return Ok(());
    }
    for step in schemas.steps.iter().skip(usize::try_from(found).unwrap_or(0)) {
        for statement in statements(step, db.backend()) {
            transaction.run_text(&statement).await.map_err(opening)?;
        }
    }
    let note = Query::insert()
        .into_table("keyward_schema")
        .columns(["component", "version"])
        .values_panic([schemas.component.into(), schemas.known().into()])
        .on_conflict(OnConflict::column("component").update_column("version").to_owned())
        .to_owned();
    transaction.run(&note).await.map_err(opening)?;
    transaction.commit().await.map_err(opening)?;
    tracing::info!(component = schemas.component, from = found, to = schemas.known(), "the database was migrated");
    Ok(())
}

/// Lets one process through at a time. SQLite's write transaction is such a lock by itself.
async fn lock(transaction: &Session<DatabaseTransaction>) -> Result<(), StoreError> {
    if transaction.backend() == Backend::Postgres {
        // "keyward" in ASCII; released with the transaction.
        transaction.run_text("SELECT pg_advisory_xact_lock(30231165970543204)").await?;
    }
    let table = "CREATE TABLE IF NOT EXISTS keyward_schema (
        component TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL)";
    for statement in statements(table, transaction.backend()) {
        transaction.run_text(&statement).await?;
    }
    Ok(())
}

async fn version(transaction: &Session<DatabaseTransaction>, component: &str) -> Result<i64, StoreError> {
    let query = Query::select()
        .column("version")
        .from("keyward_schema")
        .and_where(Expr::col("component").eq(component))
        .to_owned();
    let Some(row) = transaction.row(&query).await? else { return Ok(0) };
    row.try_get("", "version").map_err(|_| StoreError::Corrupt { what: "the schema version".to_owned() })
}

/// The statements of a step in the words of the database.
///
/// They are written for SQLite. PostgreSQL's INTEGER is too small, its BLOB is BYTEA, and its text sorts by the
/// machine's language unless told otherwise; SQLite checks types only in STRICT tables.
fn statements(step: &str, backend: Backend) -> Vec<String> {
    let plain: String = step.lines().filter(|line| !line.trim_start().starts_with("--")).collect::<Vec<_>>().join("\n");
    let each = plain.split(';').map(str::trim).filter(|statement| !statement.is_empty());
    each.map(|statement| match backend {
        Backend::Sqlite if statement.starts_with("CREATE TABLE") => format!("{statement} STRICT"),
        Backend::Sqlite => statement.to_owned(),
        Backend::Postgres => {
            statement.replace(" INTEGER", " BIGINT").replace(" BLOB", " BYTEA").replace(" TEXT", " TEXT COLLATE \"C\"")
        }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_put_into_the_words_of_each_database() {
        let step = "-- a note; with a semicolon\nCREATE TABLE t (a TEXT NOT NULL, b BLOB, c INTEGER);\n\nCREATE INDEX i ON t (a);";
        assert_eq!(
            statements(step, Backend::Sqlite),
            ["CREATE TABLE t (a TEXT NOT NULL, b BLOB, c INTEGER) STRICT", "CREATE INDEX i ON t (a)"]
        );
        assert_eq!(
            statements(step, Backend::Postgres),
            ["CREATE TABLE t (a TEXT COLLATE \"C\" NOT NULL, b BYTEA, c BIGINT)", "CREATE INDEX i ON t (a)"]
        );
    }
}
