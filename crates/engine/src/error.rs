//! What a use case can answer instead of doing it.

use std::path::PathBuf;
use tocsin_ingest::listener::ListenerError;
use tocsin_model::alert::ActionError;
use tocsin_model::event::LineProblem;
use tocsin_model::query::QueryError;
use tocsin_model::rule::problem::Problem;
use tocsin_model::settings::SettingsError;
use tocsin_model::status::CloseReasonError;
use tocsin_rules::ColumnsError;
use tocsin_store::{BackupError, StoreError};

/// What kind of error it is, as far as anyone treats it differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    /// The request is not right; it says what would be.
    Invalid,
    /// There is no such thing.
    NotFound,
    /// It clashes with what is there.
    Conflict,
    /// It cannot be done now; later it may.
    Unavailable,
    /// It failed.
    Internal,
}

impl ErrorCode {
    /// The word that interfaces use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::NotFound => "not-found",
            Self::Conflict => "conflict",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }
}

/// Why a use case could not be done.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The search text cannot be read.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The action does not fit the alert.
    #[error(transparent)]
    Action(#[from] ActionError),
    /// The close reason cannot be used.
    #[error(transparent)]
    CloseReason(#[from] CloseReasonError),
    /// A setting does not fit.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The listener could not start.
    #[error(transparent)]
    Listener(#[from] ListenerError),
    /// One field of the request is wrong.
    #[error("{message}")]
    Field {
        /// The field.
        field: &'static str,
        /// What is wrong and what would be right.
        message: String,
    },
    /// There is no such thing.
    #[error("{0}")]
    Missing(String),
    /// It clashes with what is there.
    #[error("{0}")]
    Conflict(String),
    /// Another rule has the name.
    #[error("there is a rule “{0}” already: choose another name")]
    RuleNameTaken(String),
    /// A file could not be read or written.
    #[error("cannot use {path}: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: String,
    },
    /// The configuration file is wrong.
    #[error("the configuration {path} cannot be read: {cause}")]
    Config {
        /// The file.
        path: PathBuf,
        /// Where and why.
        cause: String,
    },
    /// A rule's document is wrong.
    #[error("the rule {file} cannot be used: {}", all(problems))]
    Rule {
        /// The file.
        file: String,
        /// Everything that is wrong, at least one thing.
        problems: Vec<Problem>,
    },
    /// An events file has lines that are no events.
    #[error("{file} is no events file: {}", lines(problems))]
    Events {
        /// The file.
        file: String,
        /// Every such line, at least one.
        problems: Vec<LineProblem>,
    },
    /// Another engine has the data directory.
    #[error("another Tocsin is running on {0}: use that one, or stop it first")]
    EngineRunning(PathBuf),
    /// Nothing answers.
    #[error("{0}")]
    Unreachable(String),
    /// The file cannot be restored.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// What is held of stored events cannot say it.
    #[error(transparent)]
    Columns(#[from] ColumnsError),
    /// Hashing a secret failed.
    #[error("the secret could not be prepared ({0}): try again")]
    Secret(String),
}

impl EngineError {
    /// What kind of error it is.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Store(StoreError::Conflict(_))
            | Self::Conflict(_)
            | Self::RuleNameTaken(_)
            | Self::EngineRunning(_) => ErrorCode::Conflict,
            Self::Store(
                StoreError::Full | StoreError::Busy | StoreError::Overloaded | StoreError::Stopped | StoreError::Io(_),
            )
            | Self::Listener(_)
            | Self::Unreachable(_) => ErrorCode::Unavailable,
            Self::Store(StoreError::Cursor(_))
            | Self::Query(_)
            | Self::Action(_)
            | Self::CloseReason(_)
            | Self::Settings(_)
            | Self::Field { .. }
            | Self::Config { .. }
            | Self::Rule { .. }
            | Self::Events { .. }
            | Self::Backup(_) => ErrorCode::Invalid,
            Self::Missing(_) => ErrorCode::NotFound,
            Self::Store(
                StoreError::Open { .. }
                | StoreError::Newer { .. }
                | StoreError::Migration { .. }
                | StoreError::Damaged(_)
                | StoreError::Statement(_),
            )
            | Self::File { .. }
            | Self::Columns(_)
            | Self::Secret(_) => ErrorCode::Internal,
        }
    }

    /// The field of the request that is wrong, where there is one.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Field { field, .. } => Some(field),
            Self::Query(_) => Some("query"),
            Self::Settings(error) => Some(error.field),
            Self::Rule { problems, .. } => problems.first().map(|problem| problem.path.as_str()),
            Self::CloseReason(_) => Some("reason"),
            Self::RuleNameTaken(_) => Some("name"),
            Self::Store(StoreError::Cursor(_)) => Some("after"),
            Self::Store(_)
            | Self::Action(_)
            | Self::Listener(_)
            | Self::Missing(_)
            | Self::Conflict(_)
            | Self::File { .. }
            | Self::Config { .. }
            | Self::Events { .. }
            | Self::EngineRunning(_)
            | Self::Unreachable(_)
            | Self::Backup(_)
            | Self::Columns(_)
            | Self::Secret(_) => None,
        }
    }

    /// An error about one field of a request.
    pub(crate) fn field_error(field: &'static str, message: impl ToString) -> Self {
        Self::Field { field, message: message.to_string() }
    }
}

/// How many lines a message names.
const NAMED_LINES: usize = 20;

fn all(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join(". ")
}

fn lines(problems: &[LineProblem]) -> String {
    let name = |problem: &LineProblem| format!("line {}: {}", problem.line, problem.reason);
    let mut text = problems.iter().take(NAMED_LINES).map(name).collect::<Vec<_>>().join("; ");
    if let Some(more) = problems.len().checked_sub(NAMED_LINES).filter(|more| *more > 0) {
        text.push_str(&format!("; and {more} more"));
    }
    text
}
