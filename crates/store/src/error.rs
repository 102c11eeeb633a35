//! What can go wrong in the store, sorted by what can be done about it.

/// Why the store did not do what was asked. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database does not answer, or too slowly. Trying again later helps.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// No room is left. Writing works again by itself once there is.
    #[error("the disk of the database is full; free some space on it, and writing goes on by itself")]
    Full,
    /// The database takes no changes.
    #[error("the database is read-only; check the rights of its files and the state of its disk or server")]
    ReadOnly,
    /// Something else holds the place, or still refers to what should go.
    #[error("{what}")]
    Conflict {
        /// In words: what is in the way.
        what: String,
    },
    /// The version given is not the one stored: somebody else changed it, or it is gone.
    #[error("it was changed or deleted in the meantime; read it again and repeat the change")]
    Stale,
    /// A row is not what was written: damaged on disk, or edited past Keyward.
    #[error("{what} is damaged: it is not what Keyward wrote; restore it from a backup")]
    Corrupt {
        /// Which row.
        what: String,
    },
    /// Rows changed, and no audit event says so.
    #[error("{what} was changed and no audit event names it; the change was not committed")]
    Unaudited {
        /// Which row.
        what: String,
    },
    /// The key ring was not opened yet, so that rows can be neither sealed nor checked.
    #[error("the store was used before its key ring was opened")]
    Unattached,
    /// The cursor is none that this store gave out for this list.
    #[error("the cursor is not one of this list; begin again without it")]
    BadCursor,
    /// Anything else; the text is for the log.
    #[error("the database failed: {0}")]
    Other(String),
}

/// Why a database could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The URL is none of a database that Keyward can use.
    #[error("{0}; write sqlite:///absolute/path/keyward.db or postgres://user@host:5432/database")]
    BadUrl(String),
    /// Nothing answers there, or it refuses the login.
    #[error("the database at {place} cannot be reached: {reason}")]
    Unreachable {
        /// Host or path; never a password.
        place: String,
        /// Why.
        reason: String,
    },
    /// A newer Keyward has used this database.
    #[error(
        "the database is of schema {found} and this Keyward knows schemas up to {known}; \
         start the newer Keyward, or restore a backup made before its first start"
    )]
    NewerThanBinary {
        /// The schema of the database.
        found: i64,
        /// The newest schema this binary knows.
        known: i64,
    },
    /// The database takes no changes.
    #[error(
        "the database at {place} is read-only; Keyward has to write to it: check the rights of its files and directory, or the state of its disk or server"
    )]
    ReadOnly {
        /// Host or path.
        place: String,
    },
    /// No room is left.
    #[error("the disk of the database at {place} is full; free some space on it and start again")]
    Full {
        /// Host or path.
        place: String,
    },
    /// The file is no database, or a damaged one.
    #[error("{place} is damaged or is no database ({reason}); restore a backup to another path and start from that")]
    Corrupt {
        /// Path.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Anything else.
    #[error("the database at {place} could not be opened: {reason}")]
    Other {
        /// Host or path.
        place: String,
        /// Why.
        reason: String,
    },
}

impl OpenError {
    /// The same trouble, met while opening the database at `place`.
    pub(crate) fn from_store(error: StoreError, place: &str) -> Self {
        let place = place.to_owned();
        match error {
            StoreError::Unavailable(reason) => Self::Unreachable { place, reason },
            StoreError::Full => Self::Full { place },
            StoreError::ReadOnly => Self::ReadOnly { place },
            StoreError::Corrupt { what } => Self::Corrupt { place, reason: what },
            other => Self::Other { place, reason: other.to_string() },
        }
    }
}
