//! PostgreSQL: a server that several nodes share.

use std::sync::Arc;

use sea_orm::SqlxPostgresConnector;
use sea_orm::sea_query::{Expr, Query};
use sqlx::ConnectOptions;
use sqlx::Postgres;
use sqlx::pool::PoolOptions;
use sqlx::postgres::PgConnectOptions;

use super::{ACQUIRE, Db, Pools, Target};
use crate::OpenError;

/// Connections at most, of each process.
const CONNECTIONS: u32 = 16;

/// The server that `url` names.
pub(super) fn target(url: &str) -> Result<Target, OpenError> {
    // The parser's own words are not passed on: they might quote the password.
    let parsed = url.contains("://").then(|| url.parse::<PgConnectOptions>().ok()).flatten();
    let bad = || OpenError::BadUrl("this is not the URL of a PostgreSQL database".to_owned());
    let options = parsed.ok_or_else(bad)?;
    let database = options.get_database().unwrap_or_else(|| options.get_username()).to_owned();
    let place = format!("{}:{}/{database}", options.get_host(), options.get_port());
    let options = options
        .application_name("keyward")
        .options([
            // Waiting longer for another node's change helps nobody.
            ("lock_timeout", "5s"),
            // A node that stopped in the middle of a change must not hold up the others.
            ("idle_in_transaction_session_timeout", "15s"),
        ])
        .disable_statement_logging();
    Ok(Target::Postgres { options: Box::new(options), place })
}

/// Sees that the server answers and takes changes.
pub(super) async fn prepare(db: &Db, place: &str) -> Result<(), OpenError> {
    let opening = |error| OpenError::from_store(error, place);
    let query = Query::select().expr_as(Expr::cust("current_setting('transaction_read_only')"), "read_only").to_owned();
    let row = db.read().row(&query).await.map_err(opening)?;
    let read_only = row.and_then(|row| row.try_get::<String>("", "read_only").ok());
    if read_only.as_deref() == Some("on") {
        return Err(OpenError::ReadOnly { place: place.to_owned() });
    }
    Ok(())
}

/// One pool for reading and writing.
pub(super) fn pools(options: &PgConnectOptions) -> Pools {
    let pool = PoolOptions::<Postgres>::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(ACQUIRE)
        .connect_lazy_with(options.clone());
    let both = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
    Pools { read: both.clone(), write: both, log: Arc::default() }
}
