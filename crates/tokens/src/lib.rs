//! The life of a token: issued, edited, switched, rotated, revoked, expired, verified, explained.
//!
//! [`Tokens`] changes tokens; each operation is a file of its own, and writes the audit event in the transaction
//! of the change. [`Live`] holds every token in memory for verifying, kept up by the change feed. No HTTP, no SQL.

mod approve;
mod create;
mod edit;
mod expiry;
mod explain;
mod failure;
mod grant;
mod housekeeping;
mod import;
mod keys;
mod kinship;
mod live;
mod management;
mod overdue;
mod reason;
mod rehash;
mod revoke;
mod revoke_many;
mod rotate;
mod rotation;
mod switch;
mod tokens;
mod verify;

pub use approve::ApproveError;
pub use create::{CreateError, CreateToken, Creation, IdempotencyKey, Issued};
pub use edit::{EditError, EditToken};
pub use expiry::{Expiry, ExpiryError, LONGEST_LIFETIME_DAYS};
pub use explain::{DryRun, ExplainError, Explainer, for_consumer};
pub use failure::Failure;
pub use grant::INSTALLATION_TEAM;
pub use housekeeping::HousekeepingReport;
pub use import::{ImportError, ImportHash, ImportToken, ImportTokens, Imported};
pub use keys::{KeySummary, Keys, RotateKeyError};
pub use live::{Live, LiveToken, Rehash};
pub use management::{MANAGEMENT_SCOPES, every_management_scope};
pub use overdue::OverdueToken;
pub use revoke::{RevokeError, RevokeToken, Revoked};
pub use revoke_many::{BulkSelector, RevokeManyError, RevokeTokens, RevokedMany};
pub use rotate::{RotateError, RotateToken, Rotated};
pub use rotation::{ExtendRotation, RotationError};
pub use switch::SwitchError;
pub use tokens::{Changed, Tokens};
pub use verify::Verification;
