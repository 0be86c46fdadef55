//! Why an event made a rule fire, or not.

use std::sync::Arc;

use tocsin_model::event::{Event, EventFile};
use tocsin_model::rule::Rule;
use tocsin_rules::{Compiled, Explanation, explain};

use super::rules::{RuleFile, check_rule, parse_events};
use crate::error::EngineError;

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
/// [`EngineError::NotFound`] an id that is not in the file.
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
    let EventFile { events, .. } = parse_events(events_name, events)?;
    let id = match (id, events.last()) {
        (Some(id), _) => id.to_owned(),
        (None, Some(last)) => last.id.clone(),
        (None, None) => return Err(EngineError::field_error("event", format!("{events_name} holds no event"))),
    };
    explained(&compiled, events, &id)
        .ok_or_else(|| EngineError::field_error("event", format!("{events_name} has no event with the id “{id}”")))
}

/// Explains one of these events, which stand in the order of time and id.
pub(crate) fn explained(rule: &Arc<Compiled>, events: Vec<Event>, id: &str) -> Option<Explained> {
    let explanation = explain(rule, &events, id)?;
    let event = events.into_iter().find(|event| event.id == id)?;
    Some(Explained { rule: rule.rule().clone(), event, explanation })
}
