//! What programs and people read of `rule suggest`. Every suggestion says what it rests on.

use serde::Serialize;
use tocsin_engine::{Basis, Edit, EditKind, Effect, Stretch, Suggested, Suggestion, WhatIf};
use tocsin_model::firing::Exact;
use tocsin_model::time::{Span, Timestamp};
use tocsin_model::value::Decimal;
use tocsin_model::words::{counted, grouped};

use crate::rule_view::{Number, columns};

/// `rule suggest`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SuggestView<'a> {
    rule: &'a str,
    sample: SampleView,
    now: EffectView,
    suggestions: Vec<SuggestionView>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SampleView {
    events: u64,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    /// Whole days.
    days: i64,
    matched: u64,
    windows: u64,
    labels: LabelsView,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LabelsView {
    true_positives: u64,
    false_positives: u64,
    /// True positives that the rule as it is now finds at no threshold.
    out_of_reach: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct EffectView {
    threshold: Number,
    firings: u64,
    busiest_week: u64,
    true_positives_kept: u64,
    false_positives_kept: u64,
}

#[derive(Debug, Serialize)]
struct SuggestionView {
    name: &'static str,
    /// budget, labels, halfway or not-noise.
    basis: &'static str,
    reason: String,
    #[serde(flatten)]
    effect: EffectView,
}

fn number(decimal: Decimal) -> Number {
    Number(Exact::fraction(decimal.thousandths(), 1).unwrap_or_else(|| Exact::whole(0)))
}

fn days(stretch: &Stretch) -> i64 {
    stretch.span().millis() / Span::DAY.millis()
}

impl From<&Effect> for EffectView {
    fn from(effect: &Effect) -> Self {
        Self {
            threshold: number(effect.threshold),
            firings: effect.firings,
            busiest_week: effect.busiest_week,
            true_positives_kept: effect.true_kept,
            false_positives_kept: effect.false_kept,
        }
    }
}

impl SuggestionView {
    fn new(name: &'static str, suggestion: &Suggestion) -> Self {
        let (basis, reason) = match suggestion.basis {
            Basis::Budget(budget) => ("budget", format!("the lowest with at most {budget} firings in any seven days")),
            Basis::Labels(count) => {
                ("labels", format!("the highest that keeps all {count} alerts closed as true positives"))
            }
            Basis::Halfway => {
                ("halfway", "no alert was closed as a true positive, so halfway between sensitive and quiet".to_owned())
            }
            Basis::NotNoise => {
                ("not-noise", "the lowest with less than one firing an hour in any seven days".to_owned())
            }
        };
        Self { name, basis, reason, effect: EffectView::from(&suggestion.effect) }
    }
}

impl<'a> From<&'a Suggested> for SuggestView<'a> {
    fn from(suggested: &'a Suggested) -> Self {
        let found = &suggested.found;
        Self {
            rule: &suggested.rule.name,
            sample: SampleView {
                events: found.stretch.events,
                from: found.stretch.from,
                to: found.stretch.to,
                days: days(&found.stretch),
                matched: found.matched,
                windows: found.readings,
                labels: LabelsView {
                    true_positives: found.labelled_true,
                    false_positives: found.labelled_false,
                    out_of_reach: found.out_of_reach,
                },
            },
            now: EffectView::from(&found.now),
            suggestions: vec![
                SuggestionView::new("quiet", &found.quiet),
                SuggestionView::new("balanced", &found.balanced),
                SuggestionView::new("sensitive", &found.sensitive),
            ],
        }
    }
}

impl SuggestView<'_> {
    /// What people read.
    pub(crate) fn lines(&self) -> Vec<String> {
        let (sample, labels) = (&self.sample, &self.sample.labels);
        let mut lines = vec![format!(
            "“{}” over {} of {}: {} match, {}; {} closed as true positives, {} as false ones",
            self.rule,
            counted(sample.events, "event"),
            counted(sample.days.max(0).unsigned_abs(), "day"),
            grouped(sample.matched),
            counted(sample.windows, "window"),
            counted(labels.true_positives, "alert"),
            grouped(labels.false_positives)
        )];
        if labels.out_of_reach > 0 {
            lines.push(format!("{} of the true positives this rule finds at no threshold", labels.out_of_reach));
        }
        let cells = |name: &str, effect: &EffectView, reason: &str| {
            vec![
                name.to_owned(),
                effect.threshold.text(),
                grouped(effect.firings),
                grouped(effect.busiest_week),
                format!("{} of {}", effect.true_positives_kept, labels.true_positives),
                format!("{} of {}", effect.false_positives_kept, labels.false_positives),
                reason.to_owned(),
            ]
        };
        let mut rows = vec![cells("now", &self.now, "")];
        rows.extend(self.suggestions.iter().map(|one| cells(one.name, &one.effect, &one.reason)));
        lines.push(String::new());
        let header = ["", "THRESHOLD", "FIRINGS", "BUSIEST WEEK", "TRUE KEPT", "FALSE KEPT", "WHY"];
        lines.extend(columns(&header, rows));
        lines
    }
}

/// `rule suggest --for`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WhatIfView<'a> {
    rule: &'a str,
    alert: String,
    events: u64,
    days: i64,
    true_positives: u64,
    false_positives: u64,
    edits: Vec<EditView<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct EditView<'a> {
    /// For --apply.
    number: usize,
    /// exception, threshold or window.
    kind: &'static str,
    what: String,
    firings_before: u64,
    firings: u64,
    /// Alerts closed as false positives that would not have been raised.
    removes: &'a [String],
    /// Alerts closed as true positives that would not have been raised.
    loses: &'a [String],
    needs_note: bool,
}

impl<'a> From<&'a WhatIf> for WhatIfView<'a> {
    fn from(found: &'a WhatIf) -> Self {
        Self {
            rule: &found.rule.name,
            alert: found.alert.to_string(),
            events: found.stretch.events,
            days: days(&found.stretch),
            true_positives: found.labelled_true,
            false_positives: found.labelled_false,
            edits: found.edits.iter().enumerate().map(|(at, edit)| EditView::new(at + 1, edit)).collect(),
        }
    }
}

impl<'a> EditView<'a> {
    fn new(number: usize, edit: &'a Edit) -> Self {
        let (kind, what) = match &edit.kind {
            EditKind::Exception { field, value } => ("exception", format!("add the condition {field} is not {value}")),
            EditKind::Threshold(threshold) => ("threshold", format!("raise the threshold to {threshold}")),
            EditKind::Window(length) => ("window", format!("shorten the window to {length}")),
        };
        Self {
            number,
            kind,
            what,
            firings_before: edit.firings_before,
            firings: edit.firings,
            removes: &edit.removes,
            loses: &edit.loses,
            needs_note: !edit.loses.is_empty(),
        }
    }
}

impl WhatIfView<'_> {
    /// What people read.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "What would have kept {} away, over {} of {}. Alerts that were closed: {}, {}",
            self.alert,
            counted(self.events, "event"),
            counted(self.days.max(0).unsigned_abs(), "day"),
            counted(self.true_positives, "true positive"),
            counted(self.false_positives, "false positive")
        )];
        if self.edits.is_empty() {
            lines.push("No edit does: change its conditions by hand.".to_owned());
        }
        for edit in &self.edits {
            lines.push(format!(
                "{}. {}: {} instead of {}, removes {}, loses {}{}",
                edit.number,
                edit.what,
                counted(edit.firings, "firing"),
                grouped(edit.firings_before),
                counted(edit.removes.len() as u64, "false positive"),
                counted(edit.loses.len() as u64, "true positive"),
                if edit.needs_note { " (refused without --note)" } else { "" }
            ));
        }
        lines
    }
}
