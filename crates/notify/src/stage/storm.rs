//! A storm does not cover the screen: five single pop-ups a minute, the rest in one that grows.

use std::cmp::Reverse;
use std::collections::VecDeque;

use tocsin_model::time::{Span, Timestamp};

use crate::plan::{Matter, Plan, Running, Telling, is_within};

/// Most single pop-ups in any minute.
pub(crate) const SINGLES_A_MINUTE: usize = 5;

/// What was shown lately.
#[derive(Debug, Default)]
pub(crate) struct Storm {
    singles: VecDeque<Timestamp>,
    rest: Option<Running>,
}

impl Storm {
    /// Remembers that one alert was shown by itself.
    pub(crate) fn single_shown(&mut self, now: Timestamp) {
        self.singles.retain(|at| is_within(*at, Span::MINUTE, now));
        self.singles.push_back(now);
    }

    /// Remembers the summary that stands on the screen now.
    pub(crate) fn rest_shown(&mut self, running: Running) {
        self.rest = Some(running);
    }

    fn room(&self, now: Timestamp) -> usize {
        let recent = self.singles.iter().filter(|at| is_within(**at, Span::MINUTE, now)).count();
        SINGLES_A_MINUTE.saturating_sub(recent)
    }
}

impl Plan {
    /// Decides everything that is left: as many single tellings as the minute has room for, the worst first; the
    /// rest joins the summary of this minute.
    pub(crate) fn limit_storm(mut self, storm: &Storm, now: Timestamp) -> Self {
        let mut singles = std::mem::take(&mut self.undecided);
        // Stable, so that equals keep the order they came in.
        singles.sort_by_key(|row| Reverse(row.notification.alert.content.severity));
        let rest = singles.split_off(storm.room(now).min(singles.len()));
        self.tellings.extend(
            singles
                .into_iter()
                .map(|row| Telling { places: row.places, matter: Matter::Alert(Box::new(row.notification)) }),
        );
        if !rest.is_empty() {
            let before = storm.rest.as_ref().filter(|running| is_within(running.started, Span::MINUTE, now));
            let matter = Matter::Storm(Running::with(before, &rest, now));
            self.tellings.push(Telling { places: rest.into_iter().flat_map(|row| row.places).collect(), matter });
        }
        self
    }
}
