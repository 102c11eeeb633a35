//! The sink over files: calls to their files, uses of tokens beside the tokens.

use std::net::IpAddr;

use futures_util::future::{BoxFuture, FutureExt, TryFutureExt};
use keyward_model::call::CallRecord;
use keyward_model::token::{LastUse, TokenId};
use keyward_store::{Store, StoreError};

use crate::batch::Batch;
use crate::call::Call;
use crate::files::CallFiles;
use crate::frame;
use crate::geo::Location;
use crate::sink::{Sink, WriteError};
use crate::tally::Tally;

/// Writes calls to files and uses of tokens to the store.
pub(crate) struct FilesSink {
    files: CallFiles,
    store: Store,
}

impl FilesSink {
    pub(crate) fn new(files: CallFiles, store: Store) -> Self {
        Self { files, store }
    }
}

impl Sink for FilesSink {
    fn insert<'a>(&'a self, records: &'a [CallRecord]) -> BoxFuture<'a, Result<(), WriteError>> {
        let mut bytes = Vec::new();
        records.iter().for_each(|record| frame::encode(&Call::from(record), &mut bytes));
        let appended = self.files.append(&bytes, &Tally::default());
        async { appended }.boxed()
    }

    fn append<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Result<(), WriteError>> {
        let appended = self.files.append(batch.frames(), &batch.held.tally);
        async { appended }.boxed()
    }

    fn add_uses<'a>(&'a self, uses: &'a [(TokenId, LastUse)]) -> BoxFuture<'a, Result<(), WriteError>> {
        self.store.add_uses(uses).map_err(write_error).boxed()
    }

    fn locate(&self, address: IpAddr) -> Location {
        self.files.geo().locate(address)
    }
}

pub(crate) fn write_error(error: StoreError) -> WriteError {
    let reason = error.to_string();
    match error {
        StoreError::Conflict { .. } | StoreError::Corrupt { .. } | StoreError::Other(_) => WriteError::Refused(reason),
        _ => WriteError::Later(reason),
    }
}
