//! Errors as the window gets them: a code it treats differently, a sentence to show, the field concerned.

use serde::Serialize;
use specta::Type;
use tocsin_engine::EngineError;

/// What kind of error it is, as far as the window treats it differently.
#[derive(Debug, Clone, Copy, Serialize, Type)]
#[serde(rename_all = "kebab-case")]
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

impl From<tocsin_engine::ErrorCode> for ErrorCode {
    fn from(code: tocsin_engine::ErrorCode) -> Self {
        match code {
            tocsin_engine::ErrorCode::Invalid => Self::Invalid,
            tocsin_engine::ErrorCode::NotFound => Self::NotFound,
            tocsin_engine::ErrorCode::Conflict => Self::Conflict,
            tocsin_engine::ErrorCode::Unavailable => Self::Unavailable,
            tocsin_engine::ErrorCode::Internal => Self::Internal,
        }
    }
}

/// Why a command was not done.
#[derive(Debug, Clone, Serialize, Type)]
pub struct ErrorView {
    /// What kind of error it is.
    pub code: ErrorCode,
    /// One sentence for a person.
    pub message: String,
    /// Which input it is about.
    pub field: Option<String>,
}

impl ErrorView {
    /// A request with a field that cannot be read.
    pub(crate) fn invalid(field: &str, message: impl ToString) -> Self {
        Self { code: ErrorCode::Invalid, message: message.to_string(), field: Some(field.to_owned()) }
    }

    /// A use case that ended without an answer; a mistake of ours.
    pub(crate) fn internal(error: &impl ToString) -> Self {
        let message = format!("that ended unexpectedly ({}): please report it", error.to_string());
        Self { code: ErrorCode::Internal, message, field: None }
    }
}

impl From<EngineError> for ErrorView {
    fn from(error: EngineError) -> Self {
        Self { code: error.code().into(), message: error.to_string(), field: error.field().map(str::to_owned) }
    }
}
