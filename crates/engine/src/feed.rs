//! What changed, for whoever shows it: hints with data, never the truth itself.

use tocsin_model::id::{AlertId, ChangeId};
use tokio::sync::broadcast;

/// Hints that may wait for a slow listener before it has to read again.
const CAPACITY: usize = 1_024;

/// One hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedItem {
    /// Alerts came in or changed.
    Alerts {
        /// New ones.
        added: Vec<AlertId>,
        /// Changed ones.
        updated: Vec<AlertId>,
        /// More changed than the lists say.
        many: bool,
    },
    /// Sources came, went or were changed.
    Sources,
    /// What has come from sources changed: counters, refusals, quarantine.
    Traffic,
    /// Events of a feed came in.
    Events,
    /// The settings changed.
    Settings,
    /// Saved views came, went or changed.
    Views,
    /// Rules came, went or changed.
    Rules,
    /// Rules fired, told or in shadow, or do worse.
    Fired,
    /// The engine's own state changed: listener, notifications, store.
    Engine,
    /// Something was done on a notification: whoever shows alerts can offer to take it back.
    Done {
        /// What undo needs.
        change: ChangeId,
        /// What was done, as a word.
        what: &'static str,
        /// How many alerts it changed.
        alerts: usize,
    },
    /// A notification was clicked: show this alert, or the list.
    Open(Option<AlertId>),
}

/// Sends hints to all who listen.
#[derive(Debug, Clone)]
pub(crate) struct Feed(broadcast::Sender<FeedItem>);

impl Default for Feed {
    fn default() -> Self {
        Self(broadcast::channel(CAPACITY).0)
    }
}

impl Feed {
    pub(crate) fn send(&self, item: FeedItem) {
        // Nobody listening is fine.
        let _ = self.0.send(item);
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<FeedItem> {
        self.0.subscribe()
    }
}
