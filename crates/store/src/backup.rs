//! Backups: the whole database as lines of JSON, the same from and for SQLite and PostgreSQL.
//!
//! The first line says what it is, each line after it is one row, and the last one holds the number of rows and
//! the SHA-256 of every byte before it. What is sealed stays sealed: without the master key a backup opens nothing.

use keyward_model::Timestamp;
use serde::{Deserialize, Serialize};

mod dump;
mod line;
mod restore;

pub use dump::DumpError;
pub use restore::RestoreError;

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DumpSummary {
    /// The revision of the installation when it was made.
    pub revision: u64,
    /// How many rows.
    pub rows: u64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The first line.
#[derive(Serialize, Deserialize)]
struct Header {
    /// `keyward backup`.
    format: String,
    /// Of these lines.
    format_version: u32,
    /// Of the rows.
    schema: i64,
    /// Where it came from; for people.
    backend: String,
    revision: u64,
    created_at: Timestamp,
}

/// The last line.
#[derive(Serialize, Deserialize)]
struct Trailer {
    rows: u64,
    sha256: String,
}

const FORMAT: &str = "keyward backup";
const FORMAT_VERSION: u32 = 1;
