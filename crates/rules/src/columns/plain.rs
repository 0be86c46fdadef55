//! Rules whose trigger looks at more than one window's value: the plain evaluator over the matching events, which are
//! made again from the columns.

use std::sync::Arc;

use tocsin_model::event::Event;
use tocsin_model::event_fields::EventFields;
use tocsin_model::field::{EventKind, Field};
use tocsin_model::firing::Firing;
use tocsin_model::time::Timestamp;
use tocsin_model::value::Value;

use super::Columns;
use super::mask::Mask;
use crate::backtest::{Bounds, Ledger};
use crate::compile::Compiled;
use crate::evaluator::Evaluator;

/// The firings of a rule over the events that match it.
pub(super) fn firings(columns: &Columns, matching: &Mask, rule: &Arc<Compiled>, bounds: Bounds) -> Vec<Firing> {
    let fields: Vec<Field> = Columns::fields_of(rule).into_iter().collect();
    let mut evaluator = Evaluator::new(Arc::clone(rule));
    let mut ledger = Ledger::default();
    matching.each(|at| ledger.note(evaluator.process_matching(&event(columns, &fields, at)), bounds));
    if let Some(last) = columns.last() {
        ledger.note(evaluator.finish(last), bounds);
    }
    ledger.firings(bounds)
}

/// An event with what the columns know of these fields.
pub(super) fn event(columns: &Columns, fields: &[Field], at: usize) -> Event {
    let kind = columns.known_kinds.get(columns.kinds.get(at) as usize).copied();
    let said = fields.iter().filter_map(|field| Some((field.clone(), value(columns, field, at)?)));
    Event {
        id: columns.ids.get(at),
        source: None,
        time: Timestamp::from_millis(columns.time(at)),
        kind: kind.unwrap_or(EventKind::Generic),
        fields: EventFields::from(said.collect::<Vec<_>>()),
        unreadable: Vec::new(),
    }
}

fn value(columns: &Columns, field: &Field, at: usize) -> Option<Value> {
    let column = columns.column(field)?;
    let mut members = Vec::new();
    column.each(at, |code| members.extend(column.values().member(code).cloned()));
    Value::of(members)
}
