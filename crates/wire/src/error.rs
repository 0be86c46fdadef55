//! Errors as the window gets them: a code it treats differently, a sentence to show, the field concerned.

use serde::Serialize;
use tocsin_engine::{EngineError, ErrorCode};

/// What a command answers.
pub type Answer<T> = Result<T, ErrorView>;

/// Why a command was not done.
#[derive(Debug, Clone, Serialize, specta::Type)]
pub struct ErrorView {
    /// invalid, not-found, conflict, unavailable or internal.
    pub code: &'static str,
    /// A sentence to show.
    pub message: String,
    /// The field of the request that it is about.
    pub field: Option<String>,
}

impl ErrorView {
    /// An error of that kind.
    pub fn new(code: ErrorCode, field: Option<&str>, message: &impl ToString) -> Self {
        Self { code: code.as_str(), message: message.to_string(), field: field.map(str::to_owned) }
    }

    /// A request with a field that cannot be read.
    pub fn invalid(field: &str, message: impl ToString) -> Self {
        Self::new(ErrorCode::Invalid, Some(field), &message)
    }

    /// A use case that ended without an answer; a mistake of ours.
    pub fn internal(error: &impl ToString) -> Self {
        let message = format!("that ended unexpectedly ({}): please report it", error.to_string());
        Self::new(ErrorCode::Internal, None, &message)
    }
}

impl From<EngineError> for ErrorView {
    fn from(error: EngineError) -> Self {
        Self::new(error.code(), error.field(), &error)
    }
}
