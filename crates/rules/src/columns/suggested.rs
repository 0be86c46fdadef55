//! Suggestions from columns.

use tocsin_model::time::Timestamp;

use super::preview::Found;
use crate::evaluator::once_a_window;
use crate::judge::Asked;
use crate::live::group_key;
use crate::suggest::{Label, Readings, Refusal, Stretch, Suggestions, suggest_from, threshold};

impl Found<'_> {
    /// What [`crate::suggest()`] says, whatever the bounds.
    ///
    /// # Errors
    /// Why nothing is suggested.
    pub fn suggest(&self, labels: &[Label], budget: u64) -> Result<Suggestions, Refusal> {
        let own = threshold(self.rule.rule())?;
        let stretch = self.columns.stretch();
        stretch.is_enough()?;
        suggest_from(&self.readings(), own, self.rule.rule(), stretch, labels, budget)
    }

    fn readings(&self) -> Readings {
        let rule = self.rule.rule();
        let (mut all, mut groups) = (Vec::new(), Vec::new());
        if let (Some(grouped), Some(readings)) = (self.preview.grouped.get(), self.preview.readings.get()) {
            let of = Timestamp::from_millis;
            for group in 0..grouped.groups() {
                let (from, to) = readings.range(grouped, group);
                let asked = (from..to).filter_map(|at| {
                    let (told, value) = (readings.told(grouped, at)?, readings.values.exact(at)?);
                    Some(Asked { group, at: of(told.at), start: of(told.start), end: of(told.end), value })
                });
                all.extend(asked);
                groups.push((group_key(&grouped.shown(self.columns, group)), group));
            }
        }
        let matched = self.summary().matched;
        Readings::new(all, groups, rule.suppress_for, once_a_window(rule), matched)
    }
}

impl super::Columns {
    /// The history that they hold.
    #[must_use]
    pub fn stretch(&self) -> Stretch {
        let from = self.times.get(0).map(Timestamp::from_millis);
        Stretch { events: self.len() as u64, from, to: self.last() }
    }
}
