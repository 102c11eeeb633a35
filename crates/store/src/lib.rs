//! Every line of SQL: migrations, transactions, the change feed. SQLite and PostgreSQL.
//!
//! - [`Store`] reads; [`Tx`] changes. A change, its step of the feed and its audit event commit together or not at
//!   all, under one revision of the whole installation.
//! - Rows are sealed with a key that is not in the database: what was damaged or edited past Keyward is an error
//!   that names the row.
//! - A function reads across teams only if its name says so.
//! - One set of queries serves both databases; so does one suite of tests.
//!
//! No business rules here: what may be done, others decide.

mod audit;
mod backup;
mod call;
mod change;
mod damage;
mod db;
mod error;
mod fault;
pub mod feed;
mod find;
mod idempotency;
mod key;
mod listen;
mod migrate;
mod node;
mod page;
mod people;
mod quota;
mod resource;
mod row;
mod secret;
mod store;
mod tables;
mod token;
mod tx;

pub use audit::{AuditFilter, AuditVerification};
pub use backup::{DumpError, DumpSummary, RestoreError};
pub use call::{AddressOrder, AddressRow, Addresses, CallFilter, CallStore, RollupRow};
pub use db::Backend;
pub use error::{OpenError, StoreError};
pub use idempotency::Remembered;
pub use node::NodeState;
pub use page::{Page, PageRequest};
pub use people::{Ceremony, Credential, CredentialKind, Session, StoredInvitation};
pub use quota::QuotaUse;
pub use secret::SecretValue;
pub use store::Store;
pub use token::{CorruptRow, TokenBatch, TokenFilter, TokenStretch};
pub use tx::Tx;

/// The team in whose audit trail stands what concerns the installation as a whole: keys, teams, restores. No team
/// has this id.
pub const INSTALLATION: keyward_model::team::TeamId = keyward_model::id::Id::from_uuid(uuid::Uuid::nil());
