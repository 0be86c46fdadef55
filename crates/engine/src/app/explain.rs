//! Why an event made a rule fire, or not.

use std::sync::Arc;

use tocsin_model::event::{Event, EventFile};
use tocsin_model::id::EventId;
use tocsin_model::rule::Rule;
use tocsin_rules::{Alike, Compiled, Explanation, explain, explain_until};

use super::App;
use super::rules::{RuleFile, check_rule, parse_events};
use super::rules_kept::RuleToTest;
use crate::error::EngineError;
use crate::evaluate::log::find;
use crate::evaluate::names::Names;

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
        self.explain_ready(&self.compiled(rule)?, id)
    }

    /// As [`Self::explain_stored`], for a rule that is ready.
    pub(super) fn explain_ready(&self, compiled: &Arc<Compiled>, id: &str) -> Result<Explained, EngineError> {
        let compiled = compiled.with_gaps(&self.gaps()?);
        let event = self.store.read(|reader| {
            let mut names = Names::read(reader)?;
            names.look_for([compiled.as_ref()]);
            let of_id = |id: EventId| find(reader, id, &names);
            // Our own id leads straight there; a source's may have to be looked for.
            match id.parse().ok().map(of_id).transpose()?.flatten() {
                Some(event) => Ok(Some(event)),
                None => reader.event_named(id)?.map(of_id).transpose().map(Option::flatten),
            }
        })?;
        let missing = || EngineError::Missing(format!("event with the id “{id}”"));
        let event = event.ok_or_else(missing)?;
        let told = if compiled.matches(&event) {
            // What became of it in its groups: their history decides, which the columns find without reading the rest.
            let Alike { events, last } = self.alike(&compiled, event.clone())?;
            explain_until(&compiled, &events, &event.id, last)
        } else {
            explain(&compiled, std::slice::from_ref(&event), &event.id)
        };
        let explanation = told.ok_or_else(missing)?;
        Ok(Explained { rule: compiled.rule().clone(), event, explanation })
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
