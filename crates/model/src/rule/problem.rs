//! What is wrong with a rule's document: where, why, and what to do.

use std::fmt;

/// One thing that is wrong, or, as a warning, may not be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Its place in the document as a JSON path: `$.conditions[0].values[1]`.
    pub path: String,
    /// What is wrong, one clause.
    pub reason: String,
    /// What to do, one clause.
    pub remedy: String,
}

impl Problem {
    /// A problem at a place.
    #[must_use]
    pub fn new(path: impl fmt::Display, reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { path: path.to_string(), reason: reason.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Problem {
    /// `$.window.zone: “Berlin” is no time zone; use an IANA name such as Europe/Berlin`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}; {}", self.path, self.reason, self.remedy)
    }
}

/// Everything that was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    /// What keeps the rule from being taken.
    pub errors: Vec<Problem>,
    /// What does not.
    pub warnings: Vec<Problem>,
}

impl Findings {
    /// Notes what keeps the rule from being taken.
    pub fn error(&mut self, path: impl fmt::Display, reason: impl Into<String>, remedy: impl Into<String>) {
        self.errors.push(Problem::new(path, reason, remedy));
    }

    /// Notes what does not.
    pub fn warning(&mut self, path: impl fmt::Display, reason: impl Into<String>, remedy: impl Into<String>) {
        self.warnings.push(Problem::new(path, reason, remedy));
    }
}
