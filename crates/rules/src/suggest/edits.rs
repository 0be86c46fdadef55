//! What would have kept a false positive away, and at what price: each edit is run over the same history.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use tocsin_model::event::Event;
use tocsin_model::field::{EventKind, FIELDS, Field};
use tocsin_model::rule::window::{Length, Unit, Window, WindowKind};
use tocsin_model::rule::{Condition, Rule, Test, Trigger, Wanted};
use tocsin_model::time::{Span, Timestamp};
use tocsin_model::value::{Canonical, Decimal, FieldKind};

use super::readings::{Label, Readings};
use crate::compile::{Compiled, Lists, compile};
use crate::group::combinations;
use crate::live::group_key;
use crate::overlap::{Side, inspect};

/// Most exceptions that are tried.
const MOST_EXCEPTIONS: usize = 6;

/// A change of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EditKind {
    /// A further condition: the field is not this. The value is written as conditions are.
    Exception {
        /// The field.
        field: Field,
        /// The value, `*`, `?` and backslashes escaped.
        value: String,
    },
    /// A higher threshold.
    Threshold(Decimal),
    /// A shorter window.
    Window(Length),
}

/// A change with what it would have done.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// The change.
    pub kind: EditKind,
    /// The rule with it.
    pub rule: Rule,
    /// How often the rule fired without it.
    pub firings_before: u64,
    /// How often with it.
    pub firings: u64,
    /// Alerts closed as false positives that would not have been raised.
    pub removes: Vec<String>,
    /// Alerts closed as true positives that would not have been raised. Such an edit is not to be made lightly.
    pub loses: Vec<String>,
}

/// Edits that would have kept `target` away, the best one first: those that lose no true positive, then those that
/// remove the most false ones, then those that leave the most firings. `events` as for
/// [`suggest`](super::suggest()). None when the rule has no threshold.
#[must_use]
pub fn edits(rule: &Arc<Compiled>, lists: &Lists, events: &[Event], labels: &[Label], target: &Label) -> Vec<Edit> {
    let matching: Vec<&Event> = events.iter().filter(|event| rule.matches(event)).collect();
    let behind: Vec<&Event> = matching.iter().copied().filter(|event| is_behind(rule.rule(), event, target)).collect();
    let kinds = matching.iter().map(|event| event.kind).collect();
    edits_among(rule, lists, events, labels, target, exceptions(rule.rule(), &kinds, &behind))
}

/// As [`edits`], with the exceptions that are tried: [`exceptions`] finds them. The events need no more fields than the
/// rule and those look at.
#[must_use]
pub fn edits_among(
    rule: &Arc<Compiled>,
    lists: &Lists,
    events: &[Event],
    labels: &[Label],
    target: &Label,
    exceptions: Vec<EditKind>,
) -> Vec<Edit> {
    let Trigger::AtLeast(own) = rule.rule().trigger else { return Vec::new() };
    let before = Before { readings: Readings::of(rule, events), own };
    let mut kinds = exceptions;
    let step = if rule.rule().measure.is_whole() { 1_000 } else { 1 };
    if let (Some(peak), true) = (before.readings.peak(target), rule.rule().window.is_some()) {
        kinds.push(EditKind::Threshold(Decimal::from_thousandths(peak.thousandths() + step)));
    }
    kinds.extend(shorter(rule.rule()).into_iter().map(EditKind::Window));
    let mut all: Vec<Edit> =
        kinds.into_iter().filter_map(|kind| before.tried(rule, lists, events, labels, target, kind)).collect();
    // Of the windows that do it, the longest changes least.
    let longest = all.iter().position(|edit| matches!(edit.kind, EditKind::Window(_)));
    let mut at = 0;
    all.retain(|edit| {
        at += 1;
        !matches!(edit.kind, EditKind::Window(_)) || Some(at - 1) == longest
    });
    all.sort_by_key(|edit| (edit.loses.len(), Reverse(edit.removes.len()), Reverse(edit.firings)));
    all
}

/// The rule as it is.
struct Before {
    readings: Readings,
    own: Decimal,
}

impl Before {
    /// What a change does; `None` when it does not keep the target away, or leaves nothing to match.
    fn tried(
        &self,
        rule: &Compiled,
        lists: &Lists,
        events: &[Event],
        labels: &[Label],
        target: &Label,
        kind: EditKind,
    ) -> Option<Edit> {
        let edited = kind.made(rule.rule());
        if inspect(Side { rule: &edited, lists }).never {
            return None;
        }
        let Trigger::AtLeast(threshold) = edited.trigger else { return None };
        let after = Readings::of(&Arc::new(compile(edited.clone(), lists).ok()?), events);
        let keeps =
            |readings: &Readings, label: &Label, at: Decimal| readings.peak(label).is_some_and(|peak| peak >= at);
        let gone = |label: &Label| keeps(&self.readings, label, self.own) && !keeps(&after, label, threshold);
        if keeps(&after, target, threshold) {
            return None;
        }
        let lost = |is_true: bool| -> Vec<String> {
            let its = labels.iter().filter(|label| label.is_true == is_true && gone(label));
            its.map(|label| label.alert.clone()).collect()
        };
        let mut removes = lost(false);
        if !removes.contains(&target.alert) {
            removes.push(target.alert.clone());
        }
        let mut loses = lost(true);
        loses.retain(|alert| *alert != target.alert);
        Some(Edit {
            firings_before: self.readings.firings(self.own).len() as u64,
            firings: after.firings(threshold).len() as u64,
            rule: edited,
            kind,
            removes,
            loses,
        })
    }
}

impl EditKind {
    /// The rule with the change.
    fn made(&self, rule: &Rule) -> Rule {
        let mut edited = rule.clone();
        match self {
            Self::Exception { field, value } => edited.conditions.push(Condition {
                field: field.clone(),
                negated: true,
                test: Test::AnyOf(vec![Wanted::parse(value)]),
            }),
            Self::Threshold(threshold) => edited.trigger = Trigger::AtLeast(*threshold),
            Self::Window(length) => {
                let replaced = |kind: &WindowKind| match kind {
                    WindowKind::Rolling(_) => WindowKind::Rolling(*length),
                    WindowKind::Fixed(_) => WindowKind::Fixed(*length),
                    WindowKind::Schedule(cron) => WindowKind::Schedule(cron.clone()),
                };
                edited.window = rule.window.as_ref().map(|own| Window { kind: replaced(&own.kind), zone: own.zone });
            }
        }
        edited
    }
}

/// Values that all events behind the target show, one a field: what it groups by first. Only fields that every matching
/// event's kind has, which are `kinds`: a condition on another one would exclude more than its value.
#[must_use]
pub fn exceptions(rule: &Rule, kinds: &BTreeSet<EventKind>, behind: &[&Event]) -> Vec<EditKind> {
    let grouped = rule.group_by.iter().cloned();
    let fields = grouped.chain(FIELDS.iter().map(Field::Known).filter(|field| !rule.group_by.contains(field)));
    let named = |field: &Field| match field.kind() {
        FieldKind::Text | FieldKind::Hostname | FieldKind::Ip | FieldKind::MediaType => true,
        FieldKind::Bool | FieldKind::Number | FieldKind::Set => false,
    };
    let usable = fields.filter(|field| named(field) && kinds.iter().all(|kind| field.is_of(*kind)));
    let exception = |field: Field| {
        let value = shared(behind, &field)?;
        Some(EditKind::Exception { value: written(&value), field })
    };
    usable.filter_map(exception).take(MOST_EXCEPTIONS).collect()
}

/// Whether a matching event is behind a firing of the target, in its group.
#[must_use]
pub fn is_behind(rule: &Rule, event: &Event, target: &Label) -> bool {
    let reach = match rule.window.as_ref().map(|window| &window.kind) {
        Some(WindowKind::Rolling(length)) => length.span(),
        Some(WindowKind::Fixed(_) | WindowKind::Schedule(_)) | None => Span::default(),
    };
    let within = |(from, to): &(Timestamp, Timestamp)| from.minus(reach) <= event.time && event.time <= *to;
    let of_group = || combinations(event, &rule.group_by).iter().any(|group| *group_key(group) == *target.group_key);
    target.spans.iter().any(within) && of_group()
}

/// The one value that all of them show.
fn shared(events: &[&Event], field: &Field) -> Option<Canonical> {
    let mut values = events.iter().map(|event| match event.get(field).map(|value| value.members()) {
        Some([member]) => Some(member.canonical()),
        Some(_) | None => None,
    });
    let first = values.next()??;
    values.all(|other| other == Some(first)).then(|| first.clone())
}

/// A value as a condition has to write it.
fn written(value: &Canonical) -> String {
    let text = value.to_string();
    let escaped: String = text
        .chars()
        .flat_map(|letter| matches!(letter, '*' | '?' | '\\').then_some('\\').into_iter().chain([letter]))
        .collect();
    // What begins like the name of a list is meant as text.
    if escaped.starts_with("list:") { format!("\\{escaped}") } else { escaped }
}

/// The usual lengths below that of the rule's window, the longest first.
fn shorter(rule: &Rule) -> Vec<Length> {
    let own = match rule.window.as_ref().map(|window| &window.kind) {
        Some(WindowKind::Rolling(length) | WindowKind::Fixed(length)) => length.span(),
        Some(WindowKind::Schedule(_)) | None => return Vec::new(),
    };
    let usual = [(1, Unit::Days), (6, Unit::Hours), (1, Unit::Hours), (15, Unit::Minutes), (5, Unit::Minutes)];
    let usual = usual.into_iter().chain([(1, Unit::Minutes)]);
    usual.filter_map(|(count, unit)| Length::new(count, unit)).filter(|length| length.span() < own).collect()
}
