//! The events that share a group with one of them: all that can say anything about what became of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use tocsin_model::event::Event;
use tocsin_model::field::Field;
use tocsin_model::time::Timestamp;

use super::column::Column;
use super::dictionary::MISSING;
use super::preview::Preview;
use super::{Columns, ColumnsError, plain};
use crate::compile::Compiled;

/// What a rule saw of the groups of an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Alike {
    /// The event itself and those that match and share a group with it, in the order of time and id. The others have no
    /// more than the fields that the rule looks at.
    pub events: Vec<Event>,
    /// The time of the last event there is, of whatever group: windows up to here are over.
    pub last: Timestamp,
}

impl Preview {
    /// The events that match a rule, in the order of time and id, with no more than these fields.
    ///
    /// # Errors
    /// [`ColumnsError::NotLoaded`] names the fields that have no column.
    pub fn matching_events(
        &mut self,
        columns: &mut Columns,
        rule: &Compiled,
        fields: &BTreeSet<Field>,
    ) -> Result<Vec<Event>, ColumnsError> {
        self.begin(columns, rule)?;
        let missing: BTreeSet<Field> = fields.difference(&columns.fields()).cloned().collect();
        if !missing.is_empty() {
            return Err(ColumnsError::NotLoaded(missing));
        }
        self.match_events(columns, rule);
        let fields: Vec<Field> = fields.iter().cloned().collect();
        let mut events = Vec::new();
        if let Some(matching) = self.matching.get() {
            matching.events.each(|at| events.push(plain::event(columns, &fields, at)));
        }
        Ok(events)
    }

    /// The events that match a rule and share a group with an event that does, which need not be in the columns.
    ///
    /// # Errors
    /// [`ColumnsError::NotLoaded`] names the fields of the rule that have no column.
    pub fn alike(&mut self, columns: &mut Columns, rule: &Arc<Compiled>, event: Event) -> Result<Alike, ColumnsError> {
        self.begin(columns, rule)?;
        self.match_events(columns, rule);
        let columns: &Columns = columns;
        let last = columns.last().map_or(event.time, |last| last.max(event.time));
        let fields: Vec<Field> = Columns::fields_of(rule).into_iter().collect();
        let parts: Vec<Part<'_>> =
            rule.rule().group_by.iter().filter_map(|field| Part::new(columns, field, &event)).collect();
        let mut events = Vec::new();
        if let Some(matching) = self.matching.get() {
            matching.events.each(|at| {
                if parts.iter().all(|part| part.has(at)) && columns.ids.get(at) != event.id {
                    events.push(plain::event(columns, &fields, at));
                }
            });
        }
        let place = events.partition_point(|one| (one.time, &one.id) < (event.time, &event.id));
        events.insert(place, event);
        Ok(Alike { events, last })
    }
}

/// What one field of the groups of an event says.
struct Part<'a> {
    column: &'a Column,
    /// By number whether it is one of the event's values; number 0 when it has none.
    wanted: Vec<bool>,
}

impl<'a> Part<'a> {
    fn new(columns: &'a Columns, field: &Field, event: &Event) -> Option<Self> {
        let column = columns.column(field)?;
        let said = event.get(field).map(|value| value.members()).unwrap_or_default();
        let is_said = column.values().members().iter().map(|member| said.iter().any(|one| one.is(member)));
        Some(Self { column, wanted: std::iter::once(said.is_empty()).chain(is_said).collect() })
    }

    fn has(&self, at: usize) -> bool {
        let is_wanted = |code: u32| self.wanted.get(code as usize).copied().unwrap_or(false);
        let mut found = self.column.first(at) == MISSING && is_wanted(MISSING);
        self.column.each(at, |code| found |= is_wanted(code));
        found
    }
}
