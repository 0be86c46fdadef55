//! The way of a batch: skip, severity, quiet hours, history, storm, desktop, channel.

use tocsin_model::notification::{Notification, Outcome};
use tocsin_model::settings::NotifySettings;
use tocsin_model::time::Timestamp;

use crate::channel::{Capabilities, Channel};
use crate::plan::{Matter, Place, Plan, Telling};
use crate::problem::Problem;
use crate::stage::desktop::compose;
use crate::stage::history::History;
use crate::stage::quiet::Quiet;
use crate::stage::storm::Storm;

/// The stages with what they remember, and the way out.
#[derive(Debug)]
pub(crate) struct Pipeline<C> {
    history: History,
    storm: Storm,
    quiet: Quiet,
    pub(crate) channel: C,
}

impl<C: Channel> Pipeline<C> {
    pub(crate) fn new(channel: C) -> Self {
        Self { history: History::default(), storm: Storm::default(), quiet: Quiet::default(), channel }
    }

    /// One outcome for each notification of `batch`, in its order.
    pub(crate) async fn deliver(
        &mut self,
        batch: Vec<Notification>,
        wishes: &NotifySettings,
        now: Timestamp,
    ) -> Vec<Outcome> {
        let plan = Plan::of(batch)
            .skip_handled(now)
            .skip_milder(wishes.from)
            .hold_quiet(wishes.quiet_hours.as_ref(), now)
            .fold_quiet(&self.quiet, now)
            .fold_history(&self.history, now)
            .limit_storm(&self.storm, now);
        let mut told = self.tell(plan.tellings, now).await;
        told.extend(plan.skips.into_iter().map(|(place, reason)| (place, Outcome::Skipped(reason))));
        told.extend(plan.held.into_iter().map(|(place, until)| (place, Outcome::Held(until))));
        told.sort_by_key(|(place, _)| *place);
        told.into_iter().map(|(_, outcome)| outcome).collect()
    }

    async fn tell(&mut self, tellings: Vec<Telling>, now: Timestamp) -> Vec<(Place, Outcome)> {
        if tellings.is_empty() {
            return Vec::new();
        }
        let mut ready = self.channel.ready(now).await;
        let mut outcomes = Vec::new();
        for Telling { places, matter } in tellings {
            let telling = Telling { places, matter };
            let outcome = match &ready {
                Ok(capabilities) => match self.show(&telling, *capabilities, now).await {
                    Ok(outcome) => outcome,
                    Err(problem) => {
                        let outcome = problem.outcome();
                        if problem.ends_batch() {
                            ready = Err(problem);
                        }
                        outcome
                    }
                },
                Err(problem) => problem.outcome(),
            };
            outcomes.extend(telling.places.into_iter().map(|place| (place, outcome.clone())));
        }
        outcomes
    }

    /// Shows one pop-up. The stages remember it only when it was shown, so that a retry is counted once.
    async fn show(
        &mut self,
        telling: &Telling,
        capabilities: Capabilities,
        now: Timestamp,
    ) -> Result<Outcome, Problem> {
        self.channel.show(compose(telling, capabilities), now).await?;
        Ok(match &telling.matter {
            Matter::Alert(_) => {
                self.storm.single_shown(now);
                Outcome::Shown
            }
            Matter::History(running) => {
                self.history.shown(running.clone());
                Outcome::Summarised
            }
            Matter::Storm(running) => {
                self.storm.rest_shown(running.clone());
                Outcome::Summarised
            }
            Matter::Quiet(running) => {
                self.quiet.shown(running.clone());
                Outcome::Summarised
            }
        })
    }
}
