//! From what was found in columns to what is drawn.

use std::sync::Arc;

use tocsin_rules::{Bounds, Columns, Compiled, Found, Mark, Slices, group_key};

use super::super::App;
use super::beside::{Alerts, Beside};
use super::desk::{BeforeKey, Desk};
use super::told::notifications;
use super::{BUSIEST, Before, EffectBucket, FiringMark, MARKS, RuleEffect};
use crate::error::EngineError;

impl Desk {
    /// What a rule would have done.
    pub(super) fn effect(
        &mut self,
        app: &App,
        rule: &Arc<Compiled>,
        beside: &Beside,
        bounds: Bounds,
        slices: &Slices,
    ) -> Result<RuleEffect, EngineError> {
        let mut fields = Columns::fields_of(rule);
        fields.extend(beside.current.iter().flat_map(|current| Columns::fields_of(&current.rule)));
        self.follow(app, &fields)?;
        let before = self.before(beside, bounds)?;
        let history = &mut self.history;
        let (demo, stretch) = (history.is_demo(), history.columns.stretch());
        let rule = &rule.with_gaps(&history.gaps);
        let mut found = self.preview.run(&mut history.columns, rule, bounds)?;
        let summary = found.summary();
        let buckets = buckets(&mut found, slices);
        let kept = found.keeps(&beside.alerts.closed, beside.alerts.version);
        Ok(RuleEffect {
            events: stretch.events,
            first: stretch.from,
            last: stretch.to,
            demo,
            matched: buckets.iter().map(|bucket| u64::from(bucket.matched)).sum(),
            firings: summary.firings,
            occurrences: summary.occurrences,
            groups: found.groups(),
            notifications: notifications(&found, rule.rule(), &beside.notify),
            buckets,
            marks: found.newest(MARKS).into_iter().map(|mark| marked(mark, &beside.alerts)).collect(),
            curve: found.kept_curve(),
            busiest: found.busiest(BUSIEST),
            known: beside.alerts.known(&kept),
            before,
        })
    }

    /// What the version that counts does: found once, not with each edit.
    fn before(&mut self, beside: &Beside, bounds: Bounds) -> Result<Option<Before>, EngineError> {
        let Some(current) = &beside.current else { return Ok(None) };
        let key = BeforeKey {
            document: current.document.clone(),
            lists: current.lists.clone(),
            changes: self.history.changes,
            bounds,
            notify: beside.notify.clone(),
        };
        if let Some((_, before)) = self.before.as_ref().filter(|(known, _)| *known == key) {
            return Ok(Some(*before));
        }
        let rule = current.rule.with_gaps(&self.history.gaps);
        let found = self.preview.run(&mut self.history.columns, &rule, bounds)?;
        let notifications = notifications(&found, current.rule.rule(), &beside.notify);
        let before = Before { firings: found.summary().firings, notifications };
        self.before = Some((key, before));
        Ok(Some(before))
    }
}

fn buckets(found: &mut Found<'_>, slices: &Slices) -> Vec<EffectBucket> {
    let (matched, firings) = (found.matched_in(slices), found.firings_in(slices));
    let peaks = found.peaks_in(slices).unwrap_or_else(|| vec![None; slices.len()]);
    let counts = matched.into_iter().zip(firings).zip(peaks);
    let bucket = |((from, _), ((matched, firings), peak))| EffectBucket { from, matched, firings, peak };
    slices.each().zip(counts).map(bucket).collect()
}

fn marked(mark: Mark, alerts: &Alerts) -> FiringMark {
    let raised = if alerts.is_empty() { None } else { alerts.at(&group_key(&mark.group), mark.at) };
    FiringMark {
        at: mark.at,
        value: mark.value.nearest(),
        group: mark.group,
        label: raised.and_then(|(_, label)| label),
        alert: raised.map(|(alert, _)| alert),
    }
}
