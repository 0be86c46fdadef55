//! What happened to an alert, told in order.

use crate::time::Timestamp;

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The person at this machine.
    Person,
    /// The source, by a report.
    Source,
    /// Tocsin itself.
    System,
}

impl Actor {
    /// The word that the store and every interface use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "you",
            Self::Source => "source",
            Self::System => "tocsin",
        }
    }

    /// Reads back [`Self::as_str`].
    #[must_use]
    pub fn from_stored(word: &str) -> Option<Self> {
        [Self::Person, Self::Source, Self::System].into_iter().find(|actor| actor.as_str() == word)
    }
}

/// One entry of an alert's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What, as a word: received, updated, acknowledged, snoozed, closed, reopened, noted, undone, notified,
    /// held (until quiet hours end), not-notified.
    pub what: String,
    /// The particulars in words; may be empty.
    pub detail: String,
    /// Whether it was taken back.
    pub undone: bool,
}
