//! Why a desktop shows no notifications, in words a person can act on.

use tocsin_model::notification::{Outcome, SkipReason};

/// Why nothing can be shown right now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// There is no D-Bus session bus to speak to.
    #[error(
        "Desktop notifications are off: there is no D-Bus session bus. Start Tocsin from a desktop session (or under “dbus-run-session”); alerts are still collected."
    )]
    NoBus,
    /// The bus has no notification server, and none can be started.
    #[error(
        "Desktop notifications are off: no notification server answers on this desktop. Start one (your desktop's own, or dunst or mako); alerts are still collected."
    )]
    NoServer,
    /// A server is there but takes too long.
    #[error(
        "Desktop notifications wait: the notification server did not answer in time. Tocsin tries again; if this stays, restart the server or sign in again."
    )]
    Slow,
    /// A server answered with an error.
    #[error(
        "Desktop notifications wait: the notification server refused one ({0}). Tocsin tries again; if this stays, look at the server's own log."
    )]
    Refused(String),
}

impl Problem {
    /// What this means for a notification that could not be shown: without a server it is a named skip, so that a
    /// machine without a desktop is no error; anything else is a failure to be tried again.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::NoBus | Self::NoServer => Outcome::Skipped(SkipReason::NoServer),
            Self::Slow | Self::Refused(_) => Outcome::Failed(self.to_string()),
        }
    }

    /// Whether the next notification of the same batch would meet it too.
    pub(crate) const fn ends_batch(&self) -> bool {
        match self {
            Self::NoBus | Self::NoServer | Self::Slow => true,
            Self::Refused(_) => false,
        }
    }
}
