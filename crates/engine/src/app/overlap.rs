//! What rules have to do with one another: proven from what they say, and measured over events.

use tocsin_model::event::Event;
use tocsin_model::rule::Rule;
use tocsin_model::time::Timestamp;
use tocsin_rules::{
    Coincidence, Inspection, Proof, Relation, RuleCount, Shared, Side, Stretch, Wide, coincide, inspect, prove,
};

use super::App;
use super::rules::{RuleFile, parse_events};
use super::rules_kept::{Ready, RuleToTest, folded, ready_file, ready_kept};
use crate::error::EngineError;

/// The events that something was measured over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// How many.
    pub events: u64,
    /// When the first was; `None` when there is none.
    pub from: Option<Timestamp>,
    /// When the last was.
    pub to: Option<Timestamp>,
}

/// What rules have to do with one another.
#[derive(Debug)]
pub struct Overlap {
    /// What the measured part was measured over.
    pub sample: Sample,
    /// Each rule.
    pub rules: Vec<OverlapRule>,
    /// The pairs of them that were looked at.
    pub pairs: Vec<OverlapPair>,
}

/// One rule by itself.
#[derive(Debug)]
pub struct OverlapRule {
    /// What it says.
    pub rule: Rule,
    /// Proven: what its conditions say among themselves.
    pub proven: Inspection,
    /// Measured: what it did.
    pub measured: RuleCount,
}

/// Two rules, by their places.
#[derive(Debug)]
pub struct OverlapPair {
    /// The first.
    pub left: usize,
    /// The second.
    pub right: usize,
    /// Proven: what the events that match them have to do with one another.
    pub events: Option<Relation>,
    /// Proven: they fire alike.
    pub fire_alike: bool,
    /// Proven: whenever the first fires the second does, or goes on.
    pub left_with_right: Option<Wide>,
    /// Proven: whenever the second fires the first does, or goes on.
    pub right_with_left: Option<Wide>,
    /// Measured: what they did together.
    pub measured: Shared,
}

impl OverlapPair {
    /// Whether there is anything to say of them.
    #[must_use]
    pub const fn is_something(&self) -> bool {
        self.events.is_some()
            || self.left_with_right.is_some()
            || self.right_with_left.is_some()
            || self.measured.matched > 0
            || self.measured.left > 0
            || self.measured.right > 0
    }
}

/// An events file.
#[derive(Debug, Clone, Copy)]
pub struct EventsFile<'a> {
    /// Its name, for messages.
    pub name: &'a str,
    /// What is in it.
    pub bytes: &'a [u8],
}

/// Compares rules of files over an events file, without a store.
///
/// # Errors
/// [`EngineError::Rule`] and [`EngineError::Events`] name everything that is wrong with any of them.
pub fn overlap_files(rules: Vec<RuleFile>, events: EventsFile<'_>) -> Result<Overlap, EngineError> {
    let rules = rules.into_iter().map(ready_file).collect::<Result<Vec<_>, _>>()?;
    let pairs = among_all(rules.len());
    over_file(&rules, pairs, events)
}

impl App {
    /// Compares rules with one another: those that are named; a single one with every other that is kept; without a name
    /// all that are kept. Over an events file, or over everything that is stored, without demo data.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is no rule of a name, and as [`overlap_files`].
    pub fn overlap(&self, rules: Vec<RuleToTest>, events: Option<EventsFile<'_>>) -> Result<Overlap, EngineError> {
        let named = rules.len();
        let mut rules = rules.into_iter().map(|rule| self.ready(rule)).collect::<Result<Vec<_>, _>>()?;
        if named < 2 {
            let own = rules.first().map(|own| folded(&own.compiled.rule().name));
            let others = self.kept_rules()?.into_iter().filter(|kept| own.as_ref() != Some(&folded(&kept.record.name)));
            rules.extend(others.map(ready_kept).collect::<Result<Vec<_>, _>>()?);
        }
        let pairs = match named {
            1 => (1..rules.len()).map(|other| (0, other)).collect(),
            _ => among_all(rules.len()),
        };
        if let Some(events) = events {
            return over_file(&rules, pairs, events);
        }
        let compiled: Vec<_> = rules.iter().map(|rule| rule.compiled.clone()).collect();
        let (found, Stretch { events, from, to }) = self.coincide_in_columns(&compiled, &pairs)?;
        Ok(compared(&rules, pairs, found, Sample { events, from, to }))
    }
}

fn among_all(count: usize) -> Vec<(usize, usize)> {
    (0..count).flat_map(|left| (left + 1..count).map(move |right| (left, right))).collect()
}

fn over_file(rules: &[Ready], pairs: Vec<(usize, usize)>, events: EventsFile<'_>) -> Result<Overlap, EngineError> {
    let events = parse_events(events.name, events.bytes)?.events;
    let time = |event: Option<&Event>| event.map(|event| event.time);
    let sample = Sample { events: events.len() as u64, from: time(events.first()), to: time(events.last()) };
    let compiled: Vec<_> = rules.iter().map(|rule| rule.compiled.clone()).collect();
    let found = coincide(&compiled, &pairs, &events);
    Ok(compared(rules, pairs, found, sample))
}

fn compared(rules: &[Ready], pairs: Vec<(usize, usize)>, found: Coincidence, sample: Sample) -> Overlap {
    let sides: Vec<Side<'_>> =
        rules.iter().map(|rule| Side { rule: rule.compiled.rule(), lists: &rule.lists }).collect();
    let alone = sides.iter().zip(found.rules).map(|(side, measured)| OverlapRule {
        rule: side.rule.clone(),
        proven: inspect(*side),
        measured,
    });
    let pair = |((left, right), measured): ((usize, usize), Shared)| {
        let (first, second) = (*sides.get(left)?, *sides.get(right)?);
        let Proof { events, fire_alike, left_with_right, right_with_left } = prove(first, second);
        Some(OverlapPair { left, right, events, fire_alike, left_with_right, right_with_left, measured })
    };
    Overlap { sample, rules: alone.collect(), pairs: pairs.into_iter().zip(found.pairs).filter_map(pair).collect() }
}
