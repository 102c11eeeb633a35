//! Where calls end up: one trait for files, for tables of a database, and for tests.

use std::net::IpAddr;

use futures_util::future::BoxFuture;
use keyward_model::call::CallRecord;
use keyward_model::token::{LastUse, TokenId};

use crate::batch::Batch;
use crate::geo::Location;

/// Takes calls and uses of tokens for good. Asked from the writer's thread.
pub trait Sink: Send + Sync + 'static {
    /// Keeps `records`; all or none. A record kept before is passed over.
    fn insert<'a>(&'a self, records: &'a [CallRecord]) -> BoxFuture<'a, Result<(), WriteError>>;

    /// Keeps a batch as it came from the lanes, and the counts of calls whose details gave way; all or nothing. Unless
    /// a sink knows better, its records are inserted and the counts are passed over.
    fn append<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Result<(), WriteError>> {
        Box::pin(async move { self.insert(&batch.records(|address| self.locate(address))).await })
    }

    /// Adds to the uses of tokens.
    fn add_uses<'a>(&'a self, uses: &'a [(TokenId, LastUse)]) -> BoxFuture<'a, Result<(), WriteError>>;

    /// Where an address is, for those who follow along.
    fn locate(&self, address: IpAddr) -> Location {
        let _ = address;
        Location::default()
    }
}

/// Why records could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Nothing can be written at present; the same records may be written later.
    #[error("call records wait, for the store takes none at present: {0}")]
    Later(String),
    /// These records cannot be written, now or later.
    #[error("the store refuses these call records: {0}")]
    Refused(String),
}
