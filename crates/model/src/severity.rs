//! How bad an alert is.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Severity as Tocsin ranks it, worst last. `Unknown` stands between medium and high: a word nobody
/// recognised may be anything, so it is not buried at the end of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing, nothing to do.
    Informational,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// The source's word was not recognised; it is kept beside.
    Unknown,
    /// High.
    High,
    /// Critical.
    Critical,
}

/// The text names no severity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a severity: use critical, high, medium, low, informational or unknown")]
pub struct SeverityError(String);

impl Severity {
    /// Every severity, worst first.
    pub const ALL: [Self; 6] =
        [Self::Critical, Self::High, Self::Unknown, Self::Medium, Self::Low, Self::Informational];

    /// The word that every interface prints.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Unknown => "unknown",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Informational => "informational",
        }
    }

    /// Its place in the order, 0 (informational) to 5 (critical); what the store keeps.
    #[must_use]
    pub const fn rank(self) -> i64 {
        match self {
            Self::Informational => 0,
            Self::Low => 1,
            Self::Medium => 2,
            Self::Unknown => 3,
            Self::High => 4,
            Self::Critical => 5,
        }
    }

    /// Reads back [`Self::rank`].
    #[must_use]
    pub const fn from_rank(rank: i64) -> Option<Self> {
        Some(match rank {
            0 => Self::Informational,
            1 => Self::Low,
            2 => Self::Medium,
            3 => Self::Unknown,
            4 => Self::High,
            5 => Self::Critical,
            _ => return None,
        })
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = SeverityError;

    /// Reads our own words (and `info`), in any case.
    fn from_str(text: &str) -> Result<Self, SeverityError> {
        let word = text.trim().to_ascii_lowercase();
        if word == "info" {
            return Ok(Self::Informational);
        }
        Self::ALL
            .into_iter()
            .find(|severity| severity.as_str() == word)
            .ok_or_else(|| SeverityError(text.chars().take(64).collect()))
    }
}
