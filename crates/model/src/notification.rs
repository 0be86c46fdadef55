//! What is told to a person, and what became of the telling.

use crate::activity::{Activity, Actor};
use crate::alert::Alert;
use crate::id::{AlertId, NotificationId};
use crate::severity::Severity;
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
    /// The end of the quiet hours that it waited for; none when it did not.
    pub held_until: Option<Timestamp>,
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
    /// Held back until then: these are quiet hours.
    Held(Timestamp),
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
    /// The alert is milder than this, the mildest severity that is told.
    Below(Severity),
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
            Self::Below(Severity::Critical) => "below-critical",
            Self::Below(Severity::High) => "below-high",
            Self::Below(Severity::Unknown) => "below-unknown",
            Self::Below(Severity::Medium) => "below-medium",
            Self::Below(Severity::Low) => "below-low",
            Self::Below(Severity::Informational) => "below-informational",
            Self::NoServer => "no-server",
        }
    }

    /// Reads back [`Self::as_str`].
    #[must_use]
    pub fn from_stored(word: &str) -> Option<Self> {
        [Self::AlreadyClosed, Self::AlreadyAcknowledged, Self::Snoozed, Self::NoServer]
            .into_iter()
            .chain(Severity::ALL.map(Self::Below))
            .find(|reason| reason.as_str() == word)
    }

    /// Why, for the person who asks “why did I not get this?”.
    #[must_use]
    pub fn explained(self) -> String {
        match self {
            Self::AlreadyClosed => "it was closed before it could be told".to_owned(),
            Self::AlreadyAcknowledged => "somebody had taken it on before it could be told".to_owned(),
            Self::Snoozed => "it was snoozed before it could be told".to_owned(),
            Self::Below(floor) => format!("only {floor} and worse is told (setting notify.from)"),
            Self::NoServer => "this desktop showed no notifications".to_owned(),
        }
    }
}

/// What became of telling one occasion, as the outbox keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Since when it waited for the end of quiet hours, and that end.
    pub held: Option<(Timestamp, Timestamp)>,
    /// When it was settled, and the word for how.
    pub done: Option<(Timestamp, String)>,
}

impl Told {
    /// What to say of it in the alert's history; what was shown by itself, or called off, stands there already.
    #[must_use]
    pub fn entries(&self) -> Vec<Activity> {
        let entry = |at, what: &str, detail: String| Activity {
            at,
            actor: Actor::System,
            what: what.to_owned(),
            detail,
            undone: false,
        };
        let held = self.held.map(|(since, until)| entry(since, "held", format!("quiet hours until {until}")));
        let done = self.done.as_ref().and_then(|(at, word)| match (word.as_str(), SkipReason::from_stored(word)) {
            ("shown" | "cancelled", _) => None,
            ("summarised", _) if self.held.is_some() => {
                Some(entry(*at, "notified", "in one summary after quiet hours".to_owned()))
            }
            ("summarised", _) => Some(entry(*at, "notified", "in a summary of several".to_owned())),
            (_, Some(reason)) => Some(entry(*at, "not-notified", reason.explained())),
            (other, None) => Some(entry(*at, "not-notified", other.to_owned())),
        });
        held.into_iter().chain(done).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_kept_and_explained() {
        let all =
            [SkipReason::AlreadyClosed, SkipReason::AlreadyAcknowledged, SkipReason::Snoozed, SkipReason::NoServer];
        for reason in all.into_iter().chain(Severity::ALL.map(SkipReason::Below)) {
            assert_eq!(SkipReason::from_stored(reason.as_str()), Some(reason));
            assert!(reason.explained().len() > 20, "{reason:?}");
        }
        assert_eq!(SkipReason::from_stored("shown"), None);
    }

    #[test]
    fn a_history_says_what_became_of_telling() {
        let at = Timestamp::from_millis;
        let done = |word: &str| Some((at(9), word.to_owned()));
        let words = |told: Told| told.entries().into_iter().map(|entry| (entry.what, entry.detail)).collect::<Vec<_>>();
        let pair = |what: &str, detail: &str| (what.to_owned(), detail.to_owned());
        assert_eq!(words(Told { held: None, done: done("shown") }), []);
        assert_eq!(words(Told { held: None, done: done("cancelled") }), []);
        let below = [pair("not-notified", "only medium and worse is told (setting notify.from)")];
        assert_eq!(words(Told { held: None, done: done("below-medium") }), below);
        let held = pair("held", "quiet hours until 1970-01-01T00:00:00.005Z");
        assert_eq!(words(Told { held: Some((at(1), at(5))), done: None }), std::slice::from_ref(&held));
        let both = [held, pair("notified", "in one summary after quiet hours")];
        assert_eq!(words(Told { held: Some((at(1), at(5))), done: done("summarised") }), both);
    }
}
