//! What is proven of conditions: of those of two rules, and of one rule's among themselves.

use std::collections::{BTreeMap, BTreeSet};

use tocsin_model::field::{EventKind, Field};
use tocsin_model::rule::{Condition, Rule, Test, Wanted};
use tocsin_model::value::FieldKind;

use super::cells::{Asked, MOST_TESTS, bits, cells};
use super::demand::{Demand, Holds};
use crate::compile::{Lists, plain};

/// A rule with the values of its lists.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// The values of the lists that it names. A list is the same for two rules only while it holds the same values.
    pub lists: &'a Lists,
}

/// What is proven of the events that match two rules, by their conditions and sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// The same events match both.
    Equal,
    /// Every event that matches the first matches the second.
    Within,
    /// Every event that matches the second matches the first.
    Covers,
    /// No event matches both. Only conditions say so, never sources: an event of a file may name none.
    Apart,
}

/// What is proven of one condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// No event meets it.
    Never,
    /// Every event of the kinds that have its field meets it.
    Always,
    /// Every event that shows the field at all meets it.
    IfPresent,
    /// Every event that meets the other conditions meets it.
    Implied,
}

/// What is proven of one rule's conditions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inspection {
    /// No event can meet them all.
    pub never: bool,
    /// The conditions that there is something to say of, by their places.
    pub conditions: Vec<(usize, Standing)>,
}

/// What the conditions and sources of two rules prove; `None` when nothing is, and when one of them never matches.
#[must_use]
pub fn relate(left: Side<'_>, right: Side<'_>) -> Option<Relation> {
    let ground = Ground::of(&[left, right]);
    let (first, second) = (ground.bundle(0, None), ground.bundle(1, None));
    if !first.possible(&ground) || !second.possible(&ground) {
        return None;
    }
    let within = first.implies(&second, &ground) && comes_from(left.rule, right.rule);
    let covers = second.implies(&first, &ground) && comes_from(right.rule, left.rule);
    match (within, covers) {
        (true, true) => Some(Relation::Equal),
        (true, false) => Some(Relation::Within),
        (false, true) => Some(Relation::Covers),
        (false, false) => (!first.and(&second).possible(&ground)).then_some(Relation::Apart),
    }
}

/// What the conditions of a rule prove among themselves. Of conditions that imply one another the later ones are named.
#[must_use]
pub fn inspect(side: Side<'_>) -> Inspection {
    let ground = Ground::of(&[side]);
    let never = !ground.bundle(0, None).possible(&ground);
    let mut left_out = Vec::new();
    let mut conditions = Vec::new();
    for (at, condition) in side.rule.conditions.iter().enumerate().rev() {
        let mut others = left_out.clone();
        others.push(at);
        if let Some(standing) = ground.standing(at, condition, (!never).then_some(&others)) {
            if standing == Standing::Implied {
                left_out = others;
            }
            conditions.push((at, standing));
        }
    }
    conditions.reverse();
    Inspection { never, conditions }
}

/// Whether every event of the first rule's sources is one of the second's; one that names no source is of any.
fn comes_from(first: &Rule, second: &Rule) -> bool {
    let named = |rule: &Rule| -> BTreeSet<String> { rule.sources.iter().map(|name| plain(name)).collect() };
    second.sources.is_empty() || (!first.sources.is_empty() && named(first).is_subset(&named(second)))
}

/// The conditions of one or two rules with the cells of every field that they look at.
struct Ground<'a> {
    sides: Vec<&'a [Condition]>,
    /// Of each side and condition its bit among those of its field.
    bits: Vec<Vec<u64>>,
    cells: BTreeMap<&'a Field, Option<BTreeSet<u64>>>,
}

impl<'a> Ground<'a> {
    fn of(sides: &[Side<'a>]) -> Self {
        let mut asked: BTreeMap<&Field, Vec<Asked<'_>>> = BTreeMap::new();
        let mut places = Vec::new();
        for side in sides {
            let mut of_side = Vec::new();
            for condition in &side.rule.conditions {
                let tests = asked.entry(&condition.field).or_default();
                // Beyond the last bit there are no cells, so that the bit makes no difference.
                of_side.push(bits().nth(tests.len().min(MOST_TESTS - 1)).unwrap_or_default());
                tests.push(Asked { test: &condition.test, lists: side.lists });
            }
            places.push(of_side);
        }
        let cells = asked.into_iter().map(|(field, tests)| (field, cells(field, &tests))).collect();
        Self { sides: sides.iter().map(|side| side.rule.conditions.as_slice()).collect(), bits: places, cells }
    }

    /// The conditions of a side, without some.
    fn bundle(&self, side: usize, without: Option<&[usize]>) -> Bundle<'a> {
        let mut bundle = Bundle::default();
        let (Some(conditions), Some(bits)) = (self.sides.get(side), self.bits.get(side)) else { return bundle };
        for (at, (condition, bit)) in conditions.iter().zip(bits).enumerate() {
            if without.is_none_or(|without| !without.contains(&at)) {
                bundle.add(condition, *bit);
            }
        }
        bundle
    }

    /// What there is to say of a condition of the only side; with the others that count when the rule can match.
    fn standing(&self, at: usize, condition: &'a Condition, without: Option<&Vec<usize>>) -> Option<Standing> {
        let bit = self.bits.first()?.get(at).copied()?;
        let mut alone = Bundle::default();
        alone.add(condition, bit);
        if !alone.possible(self) {
            return Some(Standing::Never);
        }
        if Bundle::any(&condition.field).implies(&alone, self) {
            return Some(Standing::Always);
        }
        if without.is_some_and(|without| {
            let others = self.bundle(0, Some(without));
            !others.conditions.is_empty() && others.implies(&alone, self)
        }) {
            return Some(Standing::Implied);
        }
        let all = self.cells.get(&condition.field)?.as_ref()?.iter().all(|cell| cell & bit != 0);
        (all && !condition.negated).then_some(Standing::IfPresent)
    }
}

/// Conditions that have to hold together.
#[derive(Default)]
struct Bundle<'a> {
    fields: BTreeMap<&'a Field, Demand>,
    conditions: Vec<(&'a Condition, u64)>,
}

impl<'a> Bundle<'a> {
    /// No condition, but only events whose kind has the field.
    fn any(field: &'a Field) -> Self {
        Self { fields: BTreeMap::from([(field, Demand::default())]), conditions: Vec::new() }
    }

    fn add(&mut self, condition: &'a Condition, bit: u64) {
        self.fields.entry(&condition.field).or_default().add(bit, condition.negated);
        self.conditions.push((condition, bit));
    }

    fn and(&self, other: &Self) -> Self {
        let mut fields = self.fields.clone();
        for (field, demand) in &other.fields {
            let joined = fields.entry(field).or_default();
            *joined = joined.and(demand);
        }
        Self { fields, conditions: [self.conditions.as_slice(), &other.conditions].concat() }
    }

    /// The kinds of events of which some may meet all of them.
    fn kinds(&self, ground: &Ground<'_>) -> impl Iterator<Item = EventKind> {
        EventKind::ALL.into_iter().filter(|kind| {
            self.fields.iter().all(|(field, demand)| {
                // Fields say nothing of one another, so each is asked by itself.
                let cells = ground.cells.get(*field).and_then(Option::as_ref);
                field.is_of(*kind) && cells.is_none_or(|cells| demand.possible(cells, holds(field, *kind)))
            })
        })
    }

    fn possible(&self, ground: &Ground<'_>) -> bool {
        self.kinds(ground).next().is_some()
    }

    /// Whether every event that meets all of these meets all of the others.
    fn implies(&self, other: &Self, ground: &Ground<'_>) -> bool {
        self.kinds(ground).all(|kind| {
            other.conditions.iter().all(|(condition, bit)| {
                let field = &condition.field;
                let nothing = Demand::default();
                let demand = self.fields.get(field).unwrap_or(&nothing);
                let implied = match ground.cells.get(field).and_then(Option::as_ref) {
                    Some(cells) => demand.implies(*bit, condition.negated, cells, holds(field, kind)),
                    // Too much to look at, but a condition says what it says.
                    None => !names_list(condition) && self.conditions.iter().any(|(own, _)| own == condition),
                };
                field.is_of(kind) && implied
            })
        })
    }
}

fn names_list(condition: &Condition) -> bool {
    matches!(&condition.test, Test::AnyOf(wanted) if wanted.iter().any(|one| matches!(one, Wanted::List(_))))
}

/// How many values of a field an event of that kind can show.
fn holds(field: &Field, kind: EventKind) -> Holds {
    if field.kind() == FieldKind::Set || kind == EventKind::Alert { Holds::Many } else { Holds::One }
}
