//! Thresholds that the history of a rule speaks for, and edits that would have kept a false positive away.

use std::collections::BTreeMap;

use tocsin_model::alert::Action;
use tocsin_model::event::Event;
use tocsin_model::id::AlertId;
use tocsin_model::rule::Rule;
use tocsin_model::rule::document::Dialect;
use tocsin_model::status::CloseReason;
use tocsin_model::time::{Span, Timestamp};
use tocsin_model::tree::Tree;
use tocsin_rules::{Edit, EditKind, LEAST_READINGS, Label, Refusal, Stretch, Suggestions, edits, suggest};
use tocsin_store::{FiringRecord, Reader, StoreError};

use super::App;
use super::overlap::EventsFile;
use super::rules::{RuleFile, check_text, parse_events};
use super::rules_kept::{AddedRule, KeptRule, Ready, RuleToTest, Stored, ready_file, ready_kept, stored_events};
use crate::error::EngineError;

/// Most firings of a rule whose alerts are looked at.
const MOST_FIRINGS: u64 = 100_000;

/// Suggestions for a rule.
#[derive(Debug)]
pub struct Suggested {
    /// The rule.
    pub rule: Rule,
    /// What is suggested, and what it rests on.
    pub found: Suggestions,
}

/// Edits that would have kept an alert away.
#[derive(Debug)]
pub struct WhatIf {
    /// The rule as it is.
    pub rule: Rule,
    /// The alert.
    pub alert: AlertId,
    /// The history that the edits were run over.
    pub stretch: Stretch,
    /// Alerts of the rule that were closed as true positives.
    pub labelled_true: u64,
    /// Alerts of the rule that were closed as false positives.
    pub labelled_false: u64,
    /// The edits, the best one first.
    pub edits: Vec<Edit>,
}

/// Suggests thresholds from an events file, without a store and without labels. `budget` is in firings a week.
///
/// # Errors
/// [`EngineError::Rule`] and [`EngineError::Events`] name everything that is wrong with either;
/// [`EngineError::Field`] says why nothing is suggested.
pub fn suggest_file(rule: RuleFile, events: EventsFile<'_>, budget: u64) -> Result<Suggested, EngineError> {
    over_file(&ready_file(rule)?, events, budget)
}

impl App {
    /// As [`suggest_file`], or without an events file over everything that is stored, with the alerts of the rule of
    /// that name as labels.
    ///
    /// # Errors
    /// As [`suggest_file`], and [`EngineError::Missing`] when there is no rule of that name.
    pub fn suggest_thresholds(
        &self,
        rule: RuleToTest,
        events: Option<EventsFile<'_>>,
        budget: u64,
    ) -> Result<Suggested, EngineError> {
        let ready = self.ready(rule)?;
        if let Some(events) = events {
            return over_file(&ready, events, budget);
        }
        let labels = match self.kept_rule(&ready.compiled.rule().name) {
            Ok(kept) => self.labels(&kept)?,
            Err(EngineError::Missing(_)) => BTreeMap::new(),
            Err(error) => return Err(error),
        };
        let stored = self.history_of(&ready)?;
        suggested(&ready, &stored.events, stretch(&stored), &closed(labels), budget)
    }

    /// What would have kept an alert of a rule away, and what that would have lost.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is no such rule; [`EngineError::Field`] when the alert is not one of its, or
    /// was right.
    pub fn what_if(&self, name: &str, alert: AlertId) -> Result<WhatIf, EngineError> {
        let kept = self.kept_rule(name)?;
        let dialect = kept.document.dialect;
        let mut labels = self.labels(&kept)?;
        let target = match labels.get(&alert) {
            Some((target, Some(false) | None)) => Label { is_true: false, ..target.clone() },
            Some((_, Some(true))) => {
                let message = "this alert was closed as a true positive: name one that should not have been raised";
                return Err(EngineError::field_error("for", message));
            }
            None => {
                let message = format!("“{name}” raised no alert {alert}: “alert list --query origin:rule” names them");
                return Err(EngineError::field_error("for", message));
            }
        };
        labels.remove(&alert);
        let mut labels = closed(labels);
        labels.push(target.clone());
        let ready = ready_kept(kept)?;
        let stored = self.history_of(&ready)?;
        let mut found = edits(&ready.compiled, &ready.lists, &stored.events, &labels, &target);
        // Shield's documents know neither thresholds nor another window that means the same there.
        found.retain(|edit| dialect == Dialect::Tocsin || matches!(edit.kind, EditKind::Exception { .. }));
        let labelled_true = labels.iter().filter(|label| label.is_true).count() as u64;
        Ok(WhatIf {
            rule: ready.compiled.rule().clone(),
            alert,
            stretch: stretch(&stored),
            labelled_true,
            labelled_false: labels.len() as u64 - labelled_true,
            edits: found,
        })
    }

    /// Makes one of the edits of [`Self::what_if`], counted from 1. The rule gets a new version, as when it is added
    /// again. One that loses a true positive needs a note, which is kept with the alert.
    ///
    /// # Errors
    /// As [`Self::what_if`], and [`EngineError::Field`] when there is no such edit or its note is missing.
    pub fn make_edit(
        &self,
        name: &str,
        alert: AlertId,
        number: usize,
        note: Option<&str>,
    ) -> Result<AddedRule, EngineError> {
        let found = self.what_if(name, alert)?;
        let edit = number.checked_sub(1).and_then(|at| found.edits.get(at)).ok_or_else(|| {
            EngineError::field_error("apply", format!("there is no edit {number}, only 1 to {}", found.edits.len()))
        })?;
        let note = note.map(str::trim).filter(|note| !note.is_empty());
        if !edit.loses.is_empty() && note.is_none() {
            let message = format!(
                "this edit would have lost {} alerts that were closed as true positives ({}): take another one, or say \
                 with a note why it is right all the same",
                edit.loses.len(),
                edit.loses.join(", ")
            );
            return Err(EngineError::field_error("note", message));
        }
        let KeptRule { record, mut document } = self.kept_rule(name)?;
        edit_tree(&mut document.tree, &edit.kind);
        let check = check_text(record.name, &document.to_json(), |_| Ok(record.current.lists))?;
        let added = self.keep_rule(check)?;
        if let Some(text) = note {
            self.act_on_alerts(&[alert], &Action::Note { text: text.to_owned() })?;
        }
        Ok(added)
    }

    fn history_of(&self, ready: &Ready) -> Result<Stored, EngineError> {
        Ok(self.store.read(|reader| stored_events(reader, |event| ready.compiled.matches(event)))?)
    }

    /// Every alert of a rule with whether it was right, where somebody said so.
    fn labels(&self, kept: &KeptRule) -> Result<Labels, EngineError> {
        Ok(self.store.read(|reader| labels(reader, kept.record.row, &kept.document.rule))?)
    }
}

/// Labels by their alerts, and what was said.
type Labels = BTreeMap<AlertId, (Label, Option<bool>)>;

fn labels(reader: &Reader<'_>, rule_row: i64, rule: &Rule) -> Result<Labels, StoreError> {
    let mut labels = Labels::new();
    for firing in reader.firings_of_rule(rule_row, MOST_FIRINGS)? {
        let Some(id) = firing.alert else { continue };
        if let Some((label, _)) = labels.get_mut(&id) {
            label.spans.push(span(rule, &firing));
            continue;
        }
        let Some((_, alert)) = reader.alert(id)? else { continue };
        let said = alert.handling.close_reason.as_ref().and_then(verdict);
        let (spans, group_key) = (vec![span(rule, &firing)], firing.group_key);
        let label = Label { alert: id.to_string(), group_key, spans, is_true: said == Some(true) };
        labels.insert(id, (label, said));
    }
    Ok(labels)
}

/// Whether a reason says that an alert was right. Benign is what happened and nobody needs to know.
fn verdict(reason: &CloseReason) -> Option<bool> {
    match reason.as_str() {
        "true-positive" => Some(true),
        "false-positive" | "benign" => Some(false),
        _ => None,
    }
}

fn span(rule: &Rule, firing: &FiringRecord) -> (Timestamp, Timestamp) {
    let time = |key: &str, or: Timestamp| {
        firing.explanation[key].as_str().and_then(|text| Timestamp::parse(text).ok()).unwrap_or(or)
    };
    let window = (time("windowStart", firing.fired_at), time("windowEnd", firing.last_seen));
    Label::span(rule, (firing.fired_at, firing.last_seen), window)
}

fn closed(labels: Labels) -> Vec<Label> {
    labels.into_values().filter(|(_, said)| said.is_some()).map(|(label, _)| label).collect()
}

fn stretch(stored: &Stored) -> Stretch {
    let to = stored.events.last().map(|event| event.time);
    Stretch { events: stored.looked_at, from: stored.first, to }
}

fn over_file(ready: &Ready, events: EventsFile<'_>, budget: u64) -> Result<Suggested, EngineError> {
    let events = parse_events(events.name, events.bytes)?.events;
    let time = |event: Option<&Event>| event.map(|event| event.time);
    let stretch = Stretch { events: events.len() as u64, from: time(events.first()), to: time(events.last()) };
    suggested(ready, &events, stretch, &[], budget)
}

fn suggested(
    ready: &Ready,
    events: &[Event],
    stretch: Stretch,
    labels: &[Label],
    budget: u64,
) -> Result<Suggested, EngineError> {
    let found = suggest(&ready.compiled, events, stretch, labels, budget).map_err(refused)?;
    Ok(Suggested { rule: ready.compiled.rule().clone(), found })
}

fn refused(refusal: Refusal) -> EngineError {
    let days = |span: Span| span.millis() / Span::DAY.millis();
    let (field, message) = match refusal {
        Refusal::NoThreshold => {
            ("trigger", "only a rule with an atLeast trigger has a threshold to suggest: change its trigger".to_owned())
        }
        Refusal::TooShort(span) => (
            "events",
            format!(
                "the history covers {} days, and a suggestion needs 7 at least: wait, or name a longer events file",
                days(span)
            ),
        ),
        Refusal::TooFew(count) => (
            "events",
            format!(
                "only {count} windows of this rule held an event, and a suggestion needs {LEAST_READINGS} at least: wait, \
                 or widen its conditions"
            ),
        ),
    };
    EngineError::field_error(field, message)
}

/// Writes an edit into a document, which keeps its other keys as they are.
fn edit_tree(tree: &mut Tree, kind: &EditKind) {
    let Tree::Map(members) = tree else { return };
    let text = |text: &str| Tree::Text(text.to_owned());
    match kind {
        EditKind::Exception { field, value } => {
            let condition = [
                ("type".to_owned(), text(field.name())),
                ("values".to_owned(), Tree::List(vec![text(value)])),
                ("isNot".to_owned(), Tree::Bool(true)),
            ];
            if let Some((_, Tree::List(conditions))) = members.iter_mut().find(|(key, _)| key == "conditions") {
                conditions.push(Tree::Map(condition.into()));
            }
        }
        EditKind::Threshold(threshold) => {
            let value = Tree::Number(threshold.to_string());
            let trigger = Tree::Map(vec![("kind".to_owned(), text("atLeast")), ("value".to_owned(), value)]);
            set(members, "trigger", trigger);
        }
        EditKind::Window(length) => {
            if let Some((_, Tree::Map(window))) = members.iter_mut().find(|(key, _)| key == "window") {
                set(window, "thresholdTime", text(&length.count.to_string()));
                set(window, "thresholdType", text(length.unit.as_str()));
            }
        }
    }
}

fn set(members: &mut Vec<(String, Tree)>, key: &str, value: Tree) {
    match members.iter_mut().find(|(name, _)| name == key) {
        Some((_, old)) => *old = value,
        None => members.push((key.to_owned(), value)),
    }
}
