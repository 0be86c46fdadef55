//! Why an alert of a rule was raised: each of its firings as it was kept, with the verdict of each condition in words.

use serde_json::Value;
use tocsin_model::id::{AlertId, EventId};
use tocsin_model::rule::Rule;
use tocsin_model::time::Timestamp;
use tocsin_rules::{asked, compile, verdicts};
use tocsin_store::{FiringOfAlert, FiringRecord, Reader, StoreError};

use super::App;
use super::rules_kept::read_version;
use crate::error::EngineError;
use crate::evaluate::log::find;
use crate::evaluate::names::Names;

/// Firings of an alert that are shown.
const SHOWN: u64 = 50;

/// A firing of an alert.
#[derive(Debug)]
pub struct Why {
    /// The rule's name; it may have been removed.
    pub rule: String,
    /// The firing.
    pub firing: FiringRecord,
    /// What the event that made it fire says to each condition.
    pub conditions: Vec<WhyCondition>,
}

/// What an event said to a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhyCondition {
    /// Its place in the rule's document.
    pub path: String,
    /// The field it looks at.
    pub field: String,
    /// Whether it held. Every event behind a firing met every condition.
    pub holds: bool,
    /// Why, in one sentence.
    pub reason: String,
}

/// What is kept of a firing, read.
#[derive(Debug, Clone, PartialEq)]
pub struct FiringFacts {
    /// The group, as `username=ana hostname=null`; empty without groups.
    pub group: String,
    /// The window.
    pub window: Option<(Timestamp, Timestamp)>,
    /// The word of the measure.
    pub measure: String,
    /// The word of the trigger.
    pub trigger: String,
    /// What was measured.
    pub value: Option<f64>,
    /// From what on it fires; none where the trigger has no threshold.
    pub threshold: Option<f64>,
    /// The ids of the first hundred events behind it, in order.
    pub events: Vec<String>,
    /// How many there were.
    pub total: u64,
    /// The event that made it fire, or the last known one of its window; none where nothing came.
    pub event: Option<String>,
}

impl FiringFacts {
    /// Reads what explains a firing.
    #[must_use]
    pub fn of(firing: &FiringRecord) -> Self {
        let kept = &firing.explanation;
        let text = |key: &str| kept[key].as_str().unwrap_or_default().to_owned();
        let time = |key: &str| kept[key].as_str().and_then(|text| Timestamp::parse(text).ok());
        let events: Vec<String> = kept["events"]["first"].as_array().map(|all| texts(all)).unwrap_or_default();
        let made_it = firing.candidate.parse::<EventId>().ok().map(|id| id.to_string());
        Self {
            group: kept["group"].as_object().map(group).unwrap_or_default(),
            window: time("windowStart").zip(time("windowEnd")),
            measure: text("measure"),
            trigger: text("trigger"),
            value: kept["value"].as_f64(),
            threshold: kept["threshold"].as_str().and_then(|text| text.parse().ok()),
            total: kept["events"]["total"].as_u64().unwrap_or(0),
            event: made_it.or_else(|| events.last().cloned()),
            events,
        }
    }
}

fn texts(all: &[Value]) -> Vec<String> {
    all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn group(members: &serde_json::Map<String, Value>) -> String {
    let one = |(field, value): (&String, &Value)| match value.as_str() {
        Some(text) => format!("{field}={text}"),
        None => format!("{field}={value}"),
    };
    members.iter().map(one).collect::<Vec<_>>().join(" ")
}

impl App {
    /// The firings that raised or updated an alert, the newest first, at most 50; none for an alert of a vendor.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is no alert of that id.
    pub fn why_alert(&self, id: AlertId) -> Result<Vec<Why>, EngineError> {
        let found = self.store.read(|reader| {
            let Some((row, _)) = reader.alert(id)? else { return Ok(None) };
            let mut names = Names::read(reader)?;
            let firings = reader.why_alert(row, SHOWN)?;
            firings.into_iter().map(|firing| why(reader, firing, &mut names)).collect::<Result<Vec<_>, _>>().map(Some)
        })?;
        found.ok_or_else(|| EngineError::Missing(format!("there is no alert {id}: it may have been removed")))
    }
}

fn why(reader: &Reader<'_>, found: FiringOfAlert, names: &mut Names) -> Result<Why, StoreError> {
    let FiringOfAlert { rule, document, lists, firing } = found;
    let Some(document) = read_version(&document) else { return Ok(Why { rule, firing, conditions: Vec::new() }) };
    let id = FiringFacts::of(&firing).event.and_then(|id| id.parse::<EventId>().ok());
    let compiled = compile(document.rule.clone(), &lists).ok();
    names.look_for(&compiled);
    let event = id.map(|id| find(reader, id, names)).transpose()?.flatten();
    let read = event.zip(compiled);
    let conditions = match read {
        Some((event, compiled)) => verdicts(&compiled, &event)
            .into_iter()
            .map(|one| WhyCondition { path: one.path, field: one.field, holds: one.holds, reason: one.reason })
            .collect(),
        None => without_event(&document.rule),
    };
    Ok(Why { rule, firing, conditions })
}

/// Events go with time; what the conditions asked stays.
fn without_event(rule: &Rule) -> Vec<WhyCondition> {
    let one = |(at, condition): (usize, &tocsin_model::rule::Condition)| WhyCondition {
        path: format!("$.conditions[{at}]"),
        field: condition.field.name().to_owned(),
        holds: true,
        reason: format!("{}, and every event behind the firing met it", asked(condition)),
    };
    rule.conditions.iter().enumerate().map(one).collect()
}
