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

#[cfg(test)]
mod tests {
    use tocsin_model::severity::Severity;

    use super::*;
    use crate::samples::{NOW, delivered, imported};

    const JUST_OVER: Span = Span::from_millis(3_600_001);

    fn is_folded(notification: Notification) -> bool {
        let plan = Plan::of(vec![notification]).fold_history(&History::default(), NOW);
        assert_eq!(plan.undecided.len() + plan.tellings.len(), 1);
        plan.undecided.is_empty()
    }

    #[test]
    fn an_import_of_over_an_hour_ago_is_history() {
        assert!(!is_folded(imported(1, Severity::High, Span::HOUR, NOW)));
        assert!(is_folded(imported(1, Severity::High, JUST_OVER, NOW)));
    }

    #[test]
    fn a_delivery_is_news_whatever_its_own_time() {
        let mut notification = delivered(1, Severity::High, NOW);
        notification.alert.content.time = NOW.minus(Span::DAY);
        assert!(!is_folded(notification));
    }

    #[test]
    fn what_waited_for_over_an_hour_is_history() {
        assert!(!is_folded(delivered(1, Severity::High, NOW.minus(Span::HOUR))));
        assert!(is_folded(delivered(1, Severity::High, NOW.minus(JUST_OVER))));
    }
}
