//! History must not notify: what is over an hour old becomes one summary.

use tocsin_model::notification::{Arrival, Notification};
use tocsin_model::time::{Span, Timestamp};

use crate::plan::{Matter, Plan, Running, Telling, is_within};

/// The summary of old alerts that was shown last.
#[derive(Debug, Default)]
pub(crate) struct History {
    last: Option<Running>,
}

impl History {
    /// Remembers what stands on the screen now.
    pub(crate) fn shown(&mut self, running: Running) {
        self.last = Some(running);
    }
}

impl Plan {
    /// Folds what is old into one summary. Batches of one long import follow each other closely, so a summary that
    /// grew less than a minute ago grows on instead of making way for the next.
    pub(crate) fn fold_history(mut self, history: &History, now: Timestamp) -> Self {
        let (old, news): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.undecided).into_iter().partition(|row| is_history(&row.notification, now));
        self.undecided = news;
        if !old.is_empty() {
            let before = history.last.as_ref().filter(|running| is_within(running.touched, Span::MINUTE, now));
            let matter = Matter::History(Running::with(before, &old, now));
            self.tellings.push(Telling { places: old.into_iter().flat_map(|row| row.places).collect(), matter });
        }
        self
    }
}

/// A delivery is news whatever its own time; but whatever has waited for more than an hour (the machine slept, or
/// there was no server) is not news any more.
fn is_history(notification: &Notification, now: Timestamp) -> bool {
    let hour_ago = now.minus(Span::HOUR);
    let imported = notification.arrival == Arrival::Imported;
    notification.queued_at < hour_ago || (imported && notification.alert.content.time < hour_ago)
}
