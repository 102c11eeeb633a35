//! The sink of today: call records in their own database, uses of tokens beside the tokens.

use futures_util::future::{BoxFuture, FutureExt, TryFutureExt};
use keyward_model::call::CallRecord;
use keyward_model::token::{LastUse, TokenId};
use keyward_store::{CallStore, Store, StoreError};

use crate::sink::{Sink, WriteError};

/// Writes records to the database of calls and uses of tokens to the store.
pub struct StoreSink {
    calls: CallStore,
    store: Store,
}

impl StoreSink {
    /// A sink over both databases.
    pub fn new(calls: CallStore, store: Store) -> Self {
        Self { calls, store }
    }
}

impl Sink for StoreSink {
    fn insert<'a>(&'a self, records: &'a [CallRecord]) -> BoxFuture<'a, Result<(), WriteError>> {
        self.calls.insert(records).map_err(write_error).boxed()
    }

    fn add_uses<'a>(&'a self, uses: &'a [(TokenId, LastUse)]) -> BoxFuture<'a, Result<(), WriteError>> {
        self.store.add_uses(uses).map_err(write_error).boxed()
    }
}

fn write_error(error: StoreError) -> WriteError {
    let reason = error.to_string();
    match error {
        StoreError::Conflict { .. } | StoreError::Corrupt { .. } | StoreError::Other(_) => WriteError::Refused(reason),
        _ => WriteError::Later(reason),
    }
}
