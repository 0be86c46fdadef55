//! Where an alert stands, and why it was closed.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What has been done about an alert. Snoozed is not a status but a time (`snoozed_until`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nobody has looked at it.
    New,
    /// Somebody has taken it on.
    Acknowledged,
    /// Done; the close reason says why.
    Closed,
}

/// The text names no status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a status: use new, acknowledged or closed")]
pub struct StatusError(String);

impl Status {
    /// Every status, in the order of the work.
    pub const ALL: [Self; 3] = [Self::New, Self::Acknowledged, Self::Closed];

    /// The word that every interface prints.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Acknowledged => "acknowledged",
            Self::Closed => "closed",
        }
    }

    /// What the store keeps: 0 new, 1 acknowledged, 2 closed.
    #[must_use]
    pub const fn rank(self) -> i64 {
        match self {
            Self::New => 0,
            Self::Acknowledged => 1,
            Self::Closed => 2,
        }
    }

    /// Reads back [`Self::rank`].
    #[must_use]
    pub const fn from_rank(rank: i64) -> Option<Self> {
        Some(match rank {
            0 => Self::New,
            1 => Self::Acknowledged,
            2 => Self::Closed,
            _ => return None,
        })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

impl FromStr for Status {
    type Err = StatusError;

    fn from_str(text: &str) -> Result<Self, StatusError> {
        let word = text.trim().to_ascii_lowercase();
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == word)
            .ok_or_else(|| StatusError(text.chars().take(64).collect()))
    }
}

/// Why an alert was closed. The built-in reasons have names; a team's own are any short word.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CloseReason(String);

/// The text cannot be a close reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CloseReasonError {
    /// Empty, too long, or with characters that are not letters, digits or `-`.
    #[error(
        "“{0}” cannot be a close reason: use true-positive, benign, false-positive, duplicate, informational, other, or a word of your own with letters, digits and “-”, at most 40"
    )]
    Malformed(String),
    /// `source-resolved` and `expired` say what a source did, so no person may claim them.
    #[error(
        "the close reason “{0}” is set by the system only: choose true-positive, benign, false-positive, duplicate, informational, other or a word of your own"
    )]
    Reserved(String),
}

impl CloseReason {
    /// The reasons a person is offered, in the order of their number keys.
    pub const OFFERED: [&'static str; 6] =
        ["true-positive", "benign", "false-positive", "duplicate", "informational", "other"];

    const RESERVED: [&'static str; 2] = ["source-resolved", "expired"];

    /// The source closed it.
    #[must_use]
    pub fn source_resolved() -> Self {
        Self("source-resolved".to_owned())
    }

    /// The source no longer has it.
    #[must_use]
    pub fn expired() -> Self {
        Self("expired".to_owned())
    }

    /// A reason a person gave, in lower case.
    ///
    /// # Errors
    /// When it is reserved for the system, or no short word.
    pub fn from_person(text: &str) -> Result<Self, CloseReasonError> {
        let word = text.trim().to_lowercase();
        if Self::RESERVED.contains(&word.as_str()) {
            return Err(CloseReasonError::Reserved(word));
        }
        let fits = !word.is_empty()
            && word.chars().count() <= 40
            && word.chars().all(|letter| letter.is_alphanumeric() || letter == '-');
        if fits { Ok(Self(word)) } else { Err(CloseReasonError::Malformed(text.chars().take(64).collect())) }
    }

    /// Takes a reason from the store as it stands.
    #[must_use]
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The word itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the system set it, so that what a source says later may undo it.
    #[must_use]
    pub fn is_system(&self) -> bool {
        Self::RESERVED.contains(&self.0.as_str())
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_cannot_claim_what_only_a_source_does() {
        assert!(matches!(CloseReason::from_person("Source-Resolved"), Err(CloseReasonError::Reserved(_))));
        assert!(matches!(CloseReason::from_person("expired"), Err(CloseReasonError::Reserved(_))));
        assert!(CloseReason::from_person("false-positive").is_ok());
        assert!(CloseReason::from_person("red-team-exercise").is_ok());
        for text in ["", "  ", "two words", "a/b", &"x".repeat(41)] {
            assert!(matches!(CloseReason::from_person(text), Err(CloseReasonError::Malformed(_))), "{text}");
        }
    }
}
