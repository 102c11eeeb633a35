//! Errors of the two databases, sorted by what can be done about them.

use std::io::ErrorKind;
use std::path::Path;

use sea_orm::{DbErr, RuntimeErr};

use crate::{OpenError, StoreError};

/// What an error of the database amounts to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Trying later helps.
    Unavailable(String),
    /// The connections in hand are of no more use; fresh ones may be.
    Lost(String),
    /// No room.
    Full,
    /// No changes.
    ReadOnly,
    /// The database itself is damaged.
    Corrupt(String),
    /// A unique place is taken.
    Taken,
    /// A reference leads nowhere, or would.
    Referred,
    /// Anything else.
    Other(String),
}

/// Sorts `error`. SQLite reports a full or read-only disk in several ways that say only "I/O error" or "cannot
/// open"; for these the directory of `file` is asked.
pub(crate) fn of(error: &DbErr, file: Option<&Path>) -> Fault {
    let error = match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => error.as_ref(),
        DbErr::ConnectionAcquire(_) => return Fault::Unavailable("no connection was to be had in time".to_owned()),
        other => return Fault::Other(other.to_string()),
    };
    of_sqlx(error, file)
}

/// Sorts an error of the driver.
pub(crate) fn of_sqlx(error: &sqlx::Error, file: Option<&Path>) -> Fault {
    match error {
        sqlx::Error::Database(answer) => {
            let code = answer.code().unwrap_or_default();
            match file {
                Some(file) => of_sqlite(code.parse().unwrap_or(0), answer.message(), file),
                None => of_postgres(&code, answer.message()),
            }
        }
        sqlx::Error::PoolTimedOut => Fault::Unavailable("no connection was to be had in time".to_owned()),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Fault::Unavailable(error.to_string()),
        _ => Fault::Other(error.to_string()),
    }
}

/// SQLite's result codes, <https://www.sqlite.org/rescode.html>.
fn of_sqlite(code: i32, message: &str, file: &Path) -> Fault {
    const BUSY: i32 = 5;
    const LOCKED: i32 = 6;
    const NOMEM: i32 = 7;
    const READONLY: i32 = 8;
    const READONLY_DBMOVED: i32 = 1032;
    const IOERR: i32 = 10;
    const CORRUPT: i32 = 11;
    const FULL: i32 = 13;
    const CANTOPEN: i32 = 14;
    const NOTADB: i32 = 26;
    const CONSTRAINT_FOREIGNKEY: i32 = 787;
    const CONSTRAINT_PRIMARYKEY: i32 = 1555;
    const CONSTRAINT_UNIQUE: i32 = 2067;
    match (code, code & 0xff) {
        (READONLY_DBMOVED, _) => Fault::Unavailable("its file was moved or replaced while in use".to_owned()),
        (CONSTRAINT_UNIQUE | CONSTRAINT_PRIMARYKEY, _) => Fault::Taken,
        (CONSTRAINT_FOREIGNKEY, _) => Fault::Referred,
        (_, BUSY | LOCKED) => Fault::Unavailable("another process holds the database's lock".to_owned()),
        (_, NOMEM) => Fault::Unavailable("there is not enough memory".to_owned()),
        (_, READONLY) => Fault::ReadOnly,
        (_, FULL) => Fault::Full,
        (_, CORRUPT | NOTADB) => Fault::Corrupt(message.to_owned()),
        (_, IOERR | CANTOPEN) => writable(file).err().unwrap_or_else(|| Fault::Lost(message.to_owned())),
        _ => Fault::Other(format!("{message} ({code})")),
    }
}

/// PostgreSQL's error codes, <https://www.postgresql.org/docs/15/errcodes-appendix.html>.
fn of_postgres(code: &str, message: &str) -> Fault {
    match code {
        "23505" => Fault::Taken,
        "23503" => Fault::Referred,
        "53100" => Fault::Full,
        "25006" => Fault::ReadOnly,
        "XX001" | "XX002" => Fault::Corrupt(message.to_owned()),
        "55P03" => Fault::Unavailable("another change holds the database's lock".to_owned()),
        "42501" => Fault::Other(format!("{message}; grant its role the right to create and change tables there")),
        // Not connected, not authenticated, no such database, out of resources, shut down, deadlocked.
        _ if ["08", "28", "3D", "40", "53", "57", "58"].contains(&code.get(..2).unwrap_or_default()) => {
            Fault::Unavailable(message.to_owned())
        }
        _ => Fault::Other(format!("{message} ({code})")),
    }
}

/// Whether new files can be made beside `file`.
pub(crate) fn writable(file: &Path) -> Result<(), Fault> {
    let probe = file.with_extension(format!("probe-{}", std::process::id()));
    // A page of bytes: on some file systems an empty file fits on a full disk.
    let result = std::fs::write(&probe, [0u8; 4096]);
    let _ = std::fs::remove_file(&probe);
    result.map_err(|error| of_io(&error))
}

/// Sorts an error of the file system.
pub(crate) fn of_io(error: &std::io::Error) -> Fault {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => Fault::Full,
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => Fault::ReadOnly,
        ErrorKind::NotFound => Fault::Unavailable("its directory does not exist".to_owned()),
        _ => Fault::Unavailable(error.to_string()),
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Unavailable(reason) | Fault::Lost(reason) => Self::Unavailable(reason),
            Fault::Full => Self::Full,
            Fault::ReadOnly => Self::ReadOnly,
            Fault::Corrupt(reason) => Self::Corrupt { what: format!("the database ({reason})") },
            Fault::Taken => Self::Conflict { what: "this exists already".to_owned() },
            Fault::Referred => {
                Self::Conflict { what: "something still refers to this, or this refers to nothing".to_owned() }
            }
            Fault::Other(reason) => Self::Other(reason),
        }
    }
}

impl Fault {
    /// The same trouble, met while opening the database at `place`.
    pub(crate) fn opening(self, place: &str) -> OpenError {
        let place = place.to_owned();
        match self {
            Self::Unavailable(reason) | Self::Lost(reason) => OpenError::Unreachable { place, reason },
            Self::Full => OpenError::Full { place },
            Self::ReadOnly => OpenError::ReadOnly { place },
            Self::Corrupt(reason) => OpenError::Corrupt { place, reason },
            Self::Taken | Self::Referred => {
                OpenError::Other { place, reason: "it holds rows that do not fit together".to_owned() }
            }
            Self::Other(reason) => OpenError::Other { place, reason },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_troubles_of_sqlite_are_told_apart() {
        let here = std::env::temp_dir().join("keyward.db");
        assert_eq!(of_sqlite(13, "database or disk is full", &here), Fault::Full);
        assert_eq!(of_sqlite(8, "attempt to write a readonly database", &here), Fault::ReadOnly);
        assert_eq!(of_sqlite(776, "attempt to write a readonly database", &here), Fault::ReadOnly);
        assert!(matches!(of_sqlite(11, "malformed", &here), Fault::Corrupt(_)));
        assert!(matches!(of_sqlite(5, "locked", &here), Fault::Unavailable(_)));
        assert!(matches!(of_sqlite(778, "disk I/O error", &here), Fault::Lost(_)), "the directory can be written to");
        let nowhere = Path::new("/nonexistent/keyward.db");
        assert!(
            matches!(of_sqlite(14, "unable to open", nowhere), Fault::Unavailable(reason) if reason.contains("directory"))
        );
    }

    #[test]
    fn the_troubles_of_postgres_are_told_apart() {
        assert_eq!(of_postgres("53100", "could not extend file"), Fault::Full);
        assert_eq!(of_postgres("25006", "read-only transaction"), Fault::ReadOnly);
        assert!(matches!(of_postgres("57P01", "shutting down"), Fault::Unavailable(_)));
        assert!(matches!(of_postgres("53300", "too many clients"), Fault::Unavailable(_)));
        assert!(matches!(of_postgres("XX001", "invalid page"), Fault::Corrupt(_)));
        assert!(matches!(of_postgres("42P01", "no such table"), Fault::Other(_)));
    }
}
