//! What somebody has dealt with before it could be told is not told.

use tocsin_model::alert::Origin;
use tocsin_model::notification::{Notification, Occasion, SkipReason};
use tocsin_model::status::Status;
use tocsin_model::time::Timestamp;

use crate::plan::Plan;

impl Plan {
    /// Takes out what is closed, acknowledged or snoozed beyond `now`.
    pub(crate) fn skip_handled(mut self, now: Timestamp) -> Self {
        for row in std::mem::take(&mut self.undecided) {
            match reason_to_skip(&row.notification, now) {
                Some(reason) => self.skips.extend(row.places.into_iter().map(|place| (place, reason))),
                None => self.undecided.push(row),
            }
        }
        self
    }
}

fn reason_to_skip(notification: &Notification, now: Timestamp) -> Option<SkipReason> {
    let (alert, handling) = (&notification.alert, &notification.alert.handling);
    match handling.status {
        Status::Closed => Some(SkipReason::AlreadyClosed),
        // An alert of a rule that has doubled since somebody took it on.
        Status::Acknowledged if notification.occasion == Occasion::Worsened && alert.origin == Origin::Rule => None,
        Status::Acknowledged => Some(SkipReason::AlreadyAcknowledged),
        Status::New => handling.snoozed_until.filter(|until| *until > now).map(|_| SkipReason::Snoozed),
    }
}

#[cfg(test)]
mod tests {
    use tocsin_model::severity::Severity;
    use tocsin_model::time::Span;

    use super::*;
    use crate::samples::{NOW, delivered};

    #[test]
    fn what_was_handled_in_the_meantime_is_not_told() {
        let second = |sign: i64| Timestamp::from_millis(NOW.millis() + sign * Span::SECOND.millis());
        for (status, snoozed_until, reason) in [
            (Status::New, None, None),
            (Status::New, Some(second(1)), Some(SkipReason::Snoozed)),
            (Status::New, Some(NOW), None),
            (Status::New, Some(second(-1)), None),
            (Status::Acknowledged, None, Some(SkipReason::AlreadyAcknowledged)),
            (Status::Acknowledged, Some(second(1)), Some(SkipReason::AlreadyAcknowledged)),
            (Status::Closed, None, Some(SkipReason::AlreadyClosed)),
            (Status::Closed, Some(second(1)), Some(SkipReason::AlreadyClosed)),
        ] {
            for occasion in [Occasion::Raised, Occasion::Worsened, Occasion::SnoozeEnded] {
                let mut notification = delivered(1, Severity::High, NOW);
                notification.occasion = occasion;
                notification.alert.handling.status = status;
                notification.alert.handling.snoozed_until = snoozed_until;
                let plan = Plan::of(vec![notification]).skip_handled(NOW);
                let skips: Vec<_> = reason.into_iter().map(|reason| (0, reason)).collect();
                assert_eq!(plan.skips, skips, "{status:?} {snoozed_until:?} {occasion:?}");
                assert_eq!(plan.undecided.len(), usize::from(reason.is_none()));
            }
        }
    }
}
