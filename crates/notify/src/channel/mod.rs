//! Ways out. The stages know a channel only by this trait, so that they are tested without D-Bus.

mod board;
pub(crate) mod desktop;

use notify_rust::Urgency;
use tocsin_model::id::AlertId;
use tocsin_model::time::Timestamp;

use crate::problem::Problem;

/// What a notification server can do, as far as we use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Capabilities {
    /// It has buttons.
    pub(crate) actions: bool,
    /// It reads the body as markup.
    pub(crate) body_markup: bool,
}

/// What a pop-up stands for, and so what a click on it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// One alert.
    Alert(AlertId),
    /// The summary of old alerts.
    History,
    /// The summary of a storm.
    Storm,
    /// The summary of quiet hours.
    Quiet,
}

/// A pop-up, ready for the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Card {
    /// Always plain text.
    pub(crate) summary: String,
    /// Escaped exactly when the server reads markup.
    pub(crate) body: String,
    pub(crate) urgency: Urgency,
    /// Id and label of each.
    pub(crate) actions: &'static [(&'static str, &'static str)],
    pub(crate) category: &'static str,
    pub(crate) target: Target,
    /// Whether it takes the place of what is shown for the same target.
    pub(crate) in_place: bool,
}

/// Something that shows pop-ups.
pub(crate) trait Channel {
    /// Makes sure that there is a server, and says what it can do.
    fn ready(&mut self, now: Timestamp) -> impl Future<Output = Result<Capabilities, Problem>> + Send;

    /// Shows `card`.
    fn show(&mut self, card: Card, now: Timestamp) -> impl Future<Output = Result<(), Problem>> + Send;
}
