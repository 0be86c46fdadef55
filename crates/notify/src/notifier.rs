//! The door of this crate.

use tokio::sync::mpsc::UnboundedSender;

use tocsin_model::id::NotificationId;
use tocsin_model::notification::{Choice, Notification, Outcome, SkipReason};
use tocsin_model::settings::NotifySettings;
use tocsin_model::time::{Span, Timestamp};

use crate::channel::Channel;
use crate::channel::desktop::{Desktop, Settings};
use crate::pipeline::Pipeline;

/// Tells the person at this desktop. Dropping it ends everything it started.
#[derive(Debug)]
pub struct Notifier {
    pipeline: Pipeline<Desktop>,
}

impl Notifier {
    /// Connects nothing yet: the first [`Self::deliver`] or [`Self::probe`] does. What a person clicks goes into
    /// `choices`.
    #[must_use]
    pub fn new(choices: UnboundedSender<Choice>, settings: Settings) -> Self {
        Self { pipeline: Pipeline::new(Desktop::new(choices, settings)) }
    }

    /// Tells `batch`, as far as `wishes` let it be told now, and says what became of each notification, in the same order. Ends within about three seconds
    /// even when the server never answers. Must run inside a tokio runtime.
    ///
    /// Without a server the outcome is `Skipped(NoServer)`. That is not final: keep the row and offer it again after
    /// [`try_again_after`]; whatever waited for more than an hour by then joins one summary. `Held` is not final
    /// either: offer it again at the instant it names, with that instant in `held_until`.
    pub async fn deliver(
        &mut self,
        batch: Vec<Notification>,
        wishes: &NotifySettings,
        now: Timestamp,
    ) -> Vec<(NotificationId, Outcome)> {
        let ids: Vec<_> = batch.iter().map(|notification| notification.id).collect();
        ids.into_iter().zip(self.pipeline.deliver(batch, wishes, now).await).collect()
    }

    /// Asks the desktop without telling anything, for a start-up check, a doctor or a status bar: the sentence of
    /// [`Self::problem`].
    pub async fn probe(&mut self, now: Timestamp) -> Option<String> {
        self.pipeline.channel.ready(now).await.err().map(|problem| problem.to_string())
    }

    /// A sentence for the status bar when this desktop shows no notifications: why, and what to do. `None` when all
    /// is well, or nothing has been tried yet.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        self.pipeline.channel.problem().map(|problem| problem.to_string())
    }
}

/// How long to wait before a notification that came to `outcome` is offered again, after `attempts` earlier tries;
/// `None` when the outcome is final, or says itself when.
#[must_use]
pub fn try_again_after(outcome: &Outcome, attempts: u32) -> Option<Span> {
    match outcome {
        Outcome::Failed(_) => Some(Span::from_millis((Span::SECOND.millis() << attempts.min(9)).min(300_000))),
        Outcome::Skipped(SkipReason::NoServer) => Some(Span::MINUTE),
        Outcome::Shown
        | Outcome::Summarised
        | Outcome::Held(_)
        | Outcome::Skipped(
            SkipReason::AlreadyClosed | SkipReason::AlreadyAcknowledged | SkipReason::Snoozed | SkipReason::Below(_),
        ) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_still_be_told_is_tried_again() {
        let failed = Outcome::Failed("busy".to_owned());
        for (outcome, attempts, wait) in [
            (failed.clone(), 0, Some(1_000)),
            (failed.clone(), 3, Some(8_000)),
            (failed, u32::MAX, Some(300_000)),
            (Outcome::Skipped(SkipReason::NoServer), 9, Some(60_000)),
            (Outcome::Skipped(SkipReason::Snoozed), 0, None),
            (Outcome::Shown, 0, None),
            (Outcome::Summarised, 0, None),
        ] {
            assert_eq!(try_again_after(&outcome, attempts), wait.map(Span::from_millis), "{outcome:?}");
        }
    }

    #[test]
    fn a_delivery_may_move_between_threads() {
        fn assert_send<T: Send>(_: &T) {}
        let (choices, _) = tokio::sync::mpsc::unbounded_channel();
        let mut notifier = Notifier::new(choices, Settings::default());
        assert_send(&notifier.deliver(vec![], &NotifySettings::default(), Timestamp::from_millis(0)));
    }
}
