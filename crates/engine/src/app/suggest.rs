//! Thresholds that the history of a rule speaks for, and edits that would have kept a false positive away.

use std::collections::BTreeMap;

use tocsin_model::alert::Action;
use tocsin_model::event::Event;
use tocsin_model::id::{AlertId, EventId};
use tocsin_model::rule::Rule;
use tocsin_model::rule::document::Dialect;
use tocsin_model::rule::window::{Window, WindowKind};
use tocsin_model::status::CloseReason;
use tocsin_model::time::{Span, Timestamp};
use tocsin_model::tree::Tree;
use tocsin_rules::{
    Columns, Edit, EditKind, LEAST_READINGS, Label, Refusal, Stretch, Suggestions, edits_among, exceptions, is_behind,
    suggest,
};
use tocsin_store::{JudgedFiring, Reader, StoreError};

use super::App;
use super::overlap::EventsFile;
use super::rules::{RuleFile, check_text, parse_events};
use super::rules_kept::{AddedRule, KeptRule, Ready, RuleToTest, ready_file, ready_kept};
use crate::error::EngineError;
use crate::evaluate::log::find;
use crate::evaluate::names::Names;

/// Most events behind an alert whose fields are all read: what they have in common shows in fewer.
const MOST_BEHIND: usize = 1_000;
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
    /// The rule's document with each of them, as JSON.
    pub documents: Vec<String>,
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
        let found = self.suggest_in_columns(&ready.compiled, &closed(labels), budget)?;
        Ok(Suggested { rule: ready.compiled.rule().clone(), found })
    }

    /// What would have kept an alert of a rule away, and what that would have lost.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is no such rule; [`EngineError::Field`] when the alert is not one of its, or
    /// was right.
    pub fn what_if(&self, name: &str, alert: AlertId) -> Result<WhatIf, EngineError> {
        let kept = self.kept_rule(name)?;
        let (dialect, tree) = (kept.document.dialect, kept.to_document());
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
        let ready = self.over_stored(ready_kept(kept)?)?;
        let Tried { mut edits, stretch } = self.try_edits(&ready, &labels, &target)?;
        // Shield's documents know neither thresholds nor another window that means the same there.
        edits.retain(|edit| dialect == Dialect::Tocsin || matches!(edit.kind, EditKind::Exception { .. }));
        let documents = edits.iter().map(|edit| {
            let mut tree = tree.clone();
            edit_tree(&mut tree, &edit.kind, ready.compiled.rule());
            serde_json::to_string_pretty(&tree).unwrap_or_default()
        });
        let documents = documents.collect();
        let labelled_true = labels.iter().filter(|label| label.is_true).count() as u64;
        Ok(WhatIf {
            rule: ready.compiled.rule().clone(),
            alert,
            stretch,
            labelled_true,
            labelled_false: labels.len() as u64 - labelled_true,
            edits,
            documents,
        })
    }

    /// The edits that would have kept the target away. Columns hold the history; of the events behind the target all
    /// fields are read, since each of them may be what an exception is about.
    fn try_edits(&self, ready: &Ready, labels: &[Label], target: &Label) -> Result<Tried, EngineError> {
        let Ready { compiled, lists } = ready;
        let mut fields = Columns::fields_of(compiled);
        let (events, _) = self.matching_events(compiled, &fields)?;
        let kinds = events.iter().map(|event| event.kind).collect();
        let behind = events.iter().filter(|event| is_behind(compiled.rule(), event, target));
        let ids = behind.filter_map(|event| event.id.parse::<EventId>().ok()).take(MOST_BEHIND);
        let behind = self.store.read(|reader| {
            let mut names = Names::read(reader)?;
            names.look_for([compiled.as_ref()]);
            ids.map(|id| find(reader, id, &names)).collect::<Result<Vec<Option<Event>>, _>>()
        })?;
        let tried = exceptions(compiled.rule(), &kinds, &behind.iter().flatten().collect::<Vec<_>>());
        fields.extend(tried.iter().filter_map(|kind| match kind {
            EditKind::Exception { field, .. } => Some(field.clone()),
            EditKind::Threshold(_) | EditKind::Window(_) => None,
        }));
        drop(events);
        let (events, stretch) = self.matching_events(compiled, &fields)?;
        Ok(Tried { edits: edits_among(compiled, lists, &events, labels, target, tried), stretch })
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
        edit_tree(&mut document.tree, &edit.kind, &found.rule);
        let check = check_text(record.name, &document.to_json(), |_| Ok(record.current.lists))?;
        let added = self.keep_rule(check)?;
        if let Some(text) = note {
            self.act_on_alerts(&[alert], &Action::Note { text: text.to_owned() })?;
        }
        Ok(added)
    }

    /// Every alert of a rule with whether it was right, where somebody said so.
    pub(super) fn labels(&self, kept: &KeptRule) -> Result<Labels, EngineError> {
        Ok(self.store.read(|reader| labels(reader, kept.record.row, &kept.document.rule))?)
    }
}

/// What was tried over a history.
struct Tried {
    edits: Vec<Edit>,
    stretch: Stretch,
}

/// Labels by their alerts, and what was said.
pub(super) type Labels = BTreeMap<AlertId, (Label, Option<bool>)>;

fn labels(reader: &Reader<'_>, rule_row: i64, rule: &Rule) -> Result<Labels, StoreError> {
    let mut labels = Labels::new();
    for firing in reader.judged_firings(rule_row, MOST_FIRINGS)? {
        let span = span(rule, &firing);
        let JudgedFiring { group_key, alert, close_reason, .. } = firing;
        if let Some((label, _)) = labels.get_mut(&alert) {
            label.spans.push(span);
            continue;
        }
        let said = close_reason.as_ref().and_then(verdict);
        let label = Label { alert: alert.to_string(), group_key, spans: vec![span], is_true: said == Some(true) };
        labels.insert(alert, (label, said));
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

fn span(rule: &Rule, firing: &JudgedFiring) -> (Timestamp, Timestamp) {
    let time =
        |text: &Option<String>, or: Timestamp| text.as_ref().and_then(|text| Timestamp::parse(text).ok()).unwrap_or(or);
    let (start, end) = &firing.window;
    let window = (time(start, firing.fired_at), time(end, firing.last_seen));
    Label::span(rule, (firing.fired_at, firing.last_seen), window)
}

fn closed(labels: Labels) -> Vec<Label> {
    labels.into_values().filter(|(_, said)| said.is_some()).map(|(label, _)| label).collect()
}

fn over_file(ready: &Ready, events: EventsFile<'_>, budget: u64) -> Result<Suggested, EngineError> {
    let events = parse_events(events.name, events.bytes)?.events;
    let time = |event: Option<&Event>| event.map(|event| event.time);
    let stretch = Stretch { events: events.len() as u64, from: time(events.first()), to: time(events.last()) };
    let found = suggest(&ready.compiled, &events, stretch, &[], budget).map_err(refused)?;
    Ok(Suggested { rule: ready.compiled.rule().clone(), found })
}

pub(super) fn refused(refusal: Refusal) -> EngineError {
    let days = |span: Span| span.millis() / Span::DAY.millis();
    let (field, message) = match refusal {
        Refusal::NoThreshold => {
            ("trigger", "only a rule with an atLeast trigger has a threshold to suggest: change its trigger".to_owned())
        }
        Refusal::NoWindow => (
            "window",
            "without a window each event fires, and no threshold changes that: add a window, or a condition".to_owned(),
        ),
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
fn edit_tree(tree: &mut Tree, kind: &EditKind, before: &Rule) {
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
            // Where it is not said how long a rule is quiet, it is as long as its window, and would be shorter too.
            if let (None, Some(Window { kind: WindowKind::Rolling(was), .. })) =
                (members.iter().find(|(key, _)| key == "suppressFor"), &before.window)
            {
                members.push(("suppressFor".to_owned(), text(&was.to_string())));
            }
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
