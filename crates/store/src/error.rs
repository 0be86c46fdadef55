//! What can go wrong with the store, in words for the person who has to act.

use std::path::PathBuf;

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database file could not be opened.
    #[error("cannot open the store at {path}: {cause}. Check that the folder exists and can be written")]
    Open {
        /// The file.
        path: PathBuf,
        /// What SQLite or the system said.
        cause: String,
    },
    /// A newer version wrote it.
    #[error(
        "the store at {path} was written by a newer version of Tocsin (schema {found}, this version knows {known}): update Tocsin, or restore a backup made before the update"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The schema in the file.
        found: i64,
        /// The newest schema this version knows.
        known: i64,
    },
    /// The schema could not be made or upgraded.
    #[error("cannot prepare the store at {path}: {cause}")]
    Migration {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        cause: String,
    },
    /// The file is damaged.
    #[error("the store is damaged ({0}): stop Tocsin and restore a backup")]
    Damaged(String),
    /// There is no space left.
    #[error("the disk is full, so nothing more can be stored: free some space; Tocsin goes on by itself")]
    Full,
    /// Reading or writing the file failed.
    #[error("the disk refused to store this ({0}): check the disk; senders will try again")]
    Io(String),
    /// Another process held the database too long.
    #[error("the store is busy with another program's writing: try again")]
    Busy,
    /// More is queued than can be kept waiting.
    #[error("more is coming in than can be stored: senders are asked to try again")]
    Overloaded,
    /// The store was closed.
    #[error("the store is closed, because Tocsin is stopping")]
    Stopped,
    /// A name or identity is already there.
    #[error("{0} is already there")]
    Conflict(String),
    /// A cursor that no list gave out, or one of another order.
    #[error("“{0}” is not a cursor of this list: start again without one")]
    Cursor(String),
    /// The database refused a statement; a mistake of ours.
    #[error("the store could not do that ({0}): please report it")]
    Statement(String),
}

impl StoreError {
    /// Whether it concerns the disk, so that the connection must be opened anew before going on.
    #[must_use]
    pub const fn is_disk(&self) -> bool {
        matches!(self, Self::Full | Self::Io(_) | Self::Damaged(_))
    }

    /// The same error for another operation of the same failed transaction.
    pub(crate) fn repeat(&self) -> Self {
        match self {
            Self::Full => Self::Full,
            Self::Busy => Self::Busy,
            Self::Overloaded => Self::Overloaded,
            Self::Stopped => Self::Stopped,
            Self::Damaged(cause) => Self::Damaged(cause.clone()),
            Self::Open { .. } | Self::Newer { .. } | Self::Migration { .. } | Self::Io(_) => Self::Io(self.to_string()),
            Self::Conflict(_) | Self::Cursor(_) | Self::Statement(_) => Self::Statement(self.to_string()),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let text = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::ReadOnly) => Self::Io(text),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(text),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            _ => Self::Statement(text),
        }
    }
}
