//! What somebody has dealt with before it could be told is not told.

use tocsin_model::alert::Handling;
use tocsin_model::notification::SkipReason;
use tocsin_model::status::Status;
use tocsin_model::time::Timestamp;

use crate::plan::Plan;

impl Plan {
    /// Takes out what is closed, acknowledged or snoozed beyond `now`.
    pub(crate) fn skip_handled(mut self, now: Timestamp) -> Self {
        for row in std::mem::take(&mut self.undecided) {
            match reason_to_skip(&row.notification.alert.handling, now) {
                Some(reason) => self.skips.extend(row.places.into_iter().map(|place| (place, reason))),
                None => self.undecided.push(row),
            }
        }
        self
    }
}

fn reason_to_skip(handling: &Handling, now: Timestamp) -> Option<SkipReason> {
    match handling.status {
        Status::Closed => Some(SkipReason::AlreadyClosed),
        Status::Acknowledged => Some(SkipReason::AlreadyAcknowledged),
        Status::New => handling.snoozed_until.filter(|until| *until > now).map(|_| SkipReason::Snoozed),
    }
}
