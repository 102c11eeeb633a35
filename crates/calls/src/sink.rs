//! Where records end up: one trait, so that a column store can take the place of the tables of today.

use futures_util::future::BoxFuture;
use keyward_model::call::CallRecord;
use keyward_model::token::{LastUse, TokenId};

/// Takes records and uses of tokens for good.
pub trait Sink: Send + Sync + 'static {
    /// Keeps `records`; all or none. A record kept before is passed over.
    fn insert<'a>(&'a self, records: &'a [CallRecord]) -> BoxFuture<'a, Result<(), WriteError>>;

    /// Adds to the uses of tokens.
    fn add_uses<'a>(&'a self, uses: &'a [(TokenId, LastUse)]) -> BoxFuture<'a, Result<(), WriteError>>;
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
