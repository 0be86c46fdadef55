//! Why an event made a rule fire, or not.

use std::sync::Arc;

use tocsin_model::event::{Event, EventFile};
use tocsin_model::rule::Rule;
use tocsin_rules::{Compiled, Explanation, explain};

use tocsin_store::LogPlace;

use super::App;
use super::rules::{RuleFile, check_rule, parse_events};
use super::rules_kept::RuleToTest;
use crate::error::EngineError;
use crate::evaluate::log::{Names, each};

/// What became of an event.
#[derive(Debug)]
pub struct Explained {
    /// The rule.
    pub rule: Rule,
    /// The event.
    pub event: Event,
    /// What became of it.
    pub explanation: Explanation,
}

/// Explains an event of an events file: the one with this id, or the last one in the order of time and id. Those before
/// it are its history; those after it decide windows that end later.
///
/// # Errors
/// [`EngineError::Rule`] and [`EngineError::Events`] name everything that is wrong with either;
/// [`EngineError::Field`] an id that is not in the file.
pub fn explain_file(
    rule: RuleFile,
    events_name: &str,
    events: &[u8],
    id: Option<&str>,
) -> Result<Explained, EngineError> {
    let check = check_rule(rule)?;
    let Some(compiled) = check.compiled else {
        return Err(EngineError::Rule { file: check.file, problems: check.findings.errors });
    };
    among(&compiled, events_name, events, id)
}

impl App {
    /// As [`explain_file`], for a rule that is kept.
    ///
    /// # Errors
    /// As [`explain_file`], and [`EngineError::Missing`] when there is no rule of that name.
    pub fn explain_kept(
        &self,
        name: &str,
        events_name: &str,
        events: &[u8],
        id: Option<&str>,
    ) -> Result<Explained, EngineError> {
        among(&self.compiled(RuleToTest::Kept(name.to_owned()))?, events_name, events, id)
    }

    /// Explains a stored event or vendor's alert, by its id or by the one that its source gave it; of several the newest.
    ///
    /// # Errors
    /// [`EngineError::Rule`] when the rule cannot be used; [`EngineError::Missing`] when the rule or the event is not
    /// there.
    pub fn explain_stored(&self, rule: RuleToTest, id: &str) -> Result<Explained, EngineError> {
        let compiled = self.compiled(rule)?;
        let mut events = Vec::new();
        let asked = self.store.read(|reader| {
            let asked = reader.event_named(id)?.map_or_else(|| id.to_owned(), |id| id.to_string());
            let names: Names =
                reader.source_names()?.into_iter().map(|(row, name, demo)| (row, (name, demo))).collect();
            each(reader, LogPlace::default(), reader.log_end()?, &names, |entry| {
                let is_demo = names.get(&entry.source).is_some_and(|(_, demo)| *demo);
                if entry.event.id == asked || (!is_demo && compiled.matches(&entry.event)) {
                    events.push(entry.event);
                }
            })?;
            Ok(asked)
        })?;
        events.sort_by(|left, right| (left.time, &left.id).cmp(&(right.time, &right.id)));
        explained(&compiled, events, &asked).ok_or_else(|| EngineError::Missing(format!("event with the id “{id}”")))
    }
}

fn among(
    compiled: &Arc<Compiled>,
    events_name: &str,
    events: &[u8],
    id: Option<&str>,
) -> Result<Explained, EngineError> {
    let EventFile { events, .. } = parse_events(events_name, events)?;
    let id = match (id, events.last()) {
        (Some(id), _) => id.to_owned(),
        (None, Some(last)) => last.id.clone(),
        (None, None) => return Err(EngineError::field_error("event", format!("{events_name} holds no event"))),
    };
    explained(compiled, events, &id)
        .ok_or_else(|| EngineError::field_error("event", format!("{events_name} has no event with the id “{id}”")))
}

/// Explains one of these events, which stand in the order of time and id.
fn explained(rule: &Arc<Compiled>, events: Vec<Event>, id: &str) -> Option<Explained> {
    let explanation = explain(rule, &events, id)?;
    let event = events.into_iter().find(|event| event.id == id)?;
    Some(Explained { rule: rule.rule().clone(), event, explanation })
}
