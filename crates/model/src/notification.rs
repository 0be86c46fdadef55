//! What is told to a person, and what became of the telling.

use crate::alert::Alert;
use crate::id::{AlertId, NotificationId};
use crate::time::Timestamp;

/// Why a person is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// A new alert.
    Raised,
    /// An open alert became worse.
    Worsened,
    /// A snooze is over.
    SnoozeEnded,
}

impl Occasion {
    /// The word that the store keeps.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Worsened => "worsened",
            Self::SnoozeEnded => "snooze-ended",
        }
    }

    /// Reads back [`Self::as_str`].
    #[must_use]
    pub fn from_stored(word: &str) -> Option<Self> {
        [Self::Raised, Self::Worsened, Self::SnoozeEnded].into_iter().find(|occasion| occasion.as_str() == word)
    }
}

/// How an alert came in: a delivery is news whatever its time, an import may be history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// By the listener.
    Delivered,
    /// From a file, or by a first sync or a catch-up.
    Imported,
}

impl Arrival {
    /// The word that the store keeps.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Imported => "imported",
        }
    }

    /// Reads back [`Self::as_str`].
    #[must_use]
    pub fn from_stored(word: &str) -> Option<Self> {
        [Self::Delivered, Self::Imported].into_iter().find(|arrival| arrival.as_str() == word)
    }
}

/// One thing to tell: an outbox row with its alert as it is now.
#[derive(Debug, Clone)]
pub struct Notification {
    /// The same through every retry.
    pub id: NotificationId,
    /// Why.
    pub occasion: Occasion,
    /// How the alert came in.
    pub arrival: Arrival,
    /// When it was put into the outbox.
    pub queued_at: Timestamp,
    /// How often it was tried before.
    pub attempts: u32,
    /// The alert as it is now.
    pub alert: Alert,
}

/// What a person chose on a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Show the alert.
    Open(AlertId),
    /// Show the list (a summary was clicked).
    OpenList,
    /// Acknowledge it.
    Acknowledge(AlertId),
    /// Snooze it for an hour.
    SnoozeHour(AlertId),
}

/// What became of a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Shown by itself.
    Shown,
    /// Shown as part of a summary of several.
    Summarised,
    /// Not shown, for a named reason.
    Skipped(SkipReason),
    /// Could not be shown now; to be tried again.
    Failed(String),
}

/// Why a notification was not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    /// The alert was closed before it could be told.
    AlreadyClosed,
    /// Somebody had taken the alert on before it could be told.
    AlreadyAcknowledged,
    /// The alert was snoozed before it could be told.
    Snoozed,
    /// This desktop shows no notifications.
    NoServer,
}

impl SkipReason {
    /// The word that the store keeps.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AlreadyClosed => "already-closed",
            Self::AlreadyAcknowledged => "already-acknowledged",
            Self::Snoozed => "snoozed",
            Self::NoServer => "no-server",
        }
    }
}
