//! What rules had to do with one another over stored events.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use tocsin_model::event::Event;
use tocsin_model::field::Field;
use tocsin_model::firing::Firing;
use tocsin_model::rule::Rule;
use tocsin_model::time::Timestamp;
use tocsin_model::value::Canonical;

use crate::backtest::{Bounds, backtest};
use crate::compile::Compiled;
use crate::index::Index;

/// What one rule did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RuleCount {
    /// Events that match it.
    pub matched: u64,
    /// How often it fired.
    pub firings: u64,
}

/// What two rules did together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shared {
    /// Events that match both.
    pub matched: u64,
    /// Firings of the first with which one of the second coincides: they are of the same group, as far as both rules
    /// group by the same fields, and from the start of its window to what last joined it each touches the other.
    pub left: u64,
    /// Firings of the second with which one of the first coincides.
    pub right: u64,
}

/// Rules over events.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coincidence {
    /// Each rule, in the order they were given.
    pub rules: Vec<RuleCount>,
    /// Each pair that was asked for, in that order.
    pub pairs: Vec<Shared>,
}

/// Runs rules over events, which stand in the order of (time, id) with no id twice, and looks at pairs of them, given
/// by their places, none twice.
#[must_use]
pub fn coincide(rules: &[Arc<Compiled>], pairs: &[(usize, usize)], events: &[Event]) -> Coincidence {
    let firings: Vec<Vec<Firing>> =
        rules.iter().map(|rule| backtest(rule, events, Bounds::default(), false).firings).collect();
    let mut matched = vec![0; rules.len()];
    let mut shared = vec![0; pairs.len()];
    // Few rules match an event: only pairs of those are looked up, not all pairs for every event.
    let places: HashMap<(usize, usize), usize> = pairs.iter().enumerate().map(|(at, pair)| (*pair, at)).collect();
    let mut index = Index::new(rules);
    for event in events {
        let matching = index.matching(event);
        for left in matching {
            matched.get_mut(*left).into_iter().for_each(|count| *count += 1);
            let asked = matching.iter().filter_map(|right| places.get(&(*left, *right)));
            asked.for_each(|at| shared.get_mut(*at).into_iter().for_each(|count| *count += 1));
        }
    }
    Coincidence::of(rules, pairs, &firings, &matched, &shared)
}

impl Coincidence {
    /// From the firings of each rule, how many events match each of them, and how many match both of each pair.
    pub(crate) fn of(
        rules: &[Arc<Compiled>],
        pairs: &[(usize, usize)],
        firings: &[Vec<Firing>],
        matched: &[u64],
        shared: &[u64],
    ) -> Self {
        let count =
            |(matched, firings): (&u64, &Vec<Firing>)| RuleCount { matched: *matched, firings: firings.len() as u64 };
        let side = |at: usize| Some((rules.get(at)?.rule(), firings.get(at)?.as_slice()));
        let pair = |(matched, (left, right)): (&u64, &(usize, usize))| {
            let mut found = Shared { matched: *matched, ..Shared::default() };
            if let (Some(left), Some(right)) = (side(*left), side(*right)) {
                let fields = common(left.0, right.0);
                found.left = with_one_of(left, &Spans::of(right, &fields), &fields);
                found.right = with_one_of(right, &Spans::of(left, &fields), &fields);
            }
            found
        };
        Self {
            rules: matched.iter().zip(firings).map(count).collect(),
            pairs: shared.iter().zip(pairs).map(pair).collect(),
        }
    }
}

fn common<'a>(left: &'a Rule, right: &Rule) -> BTreeSet<&'a Field> {
    left.group_by.iter().filter(|field| right.group_by.contains(field)).collect()
}

/// The values of the common fields, in the fields' order.
fn key(rule: &Rule, firing: &Firing, fields: &BTreeSet<&Field>) -> Vec<Option<Canonical>> {
    let place = |field: &&Field| rule.group_by.iter().position(|own| own == *field);
    let value = |at: usize| firing.group.get(at).and_then(|value| value.canonical.clone());
    fields.iter().filter_map(place).map(value).collect()
}

/// From the start of its window to what last joined it.
fn span(firing: &Firing) -> (Timestamp, Timestamp) {
    (firing.window_start, firing.last_seen.max(firing.window_end))
}

fn with_one_of((rule, firings): (&Rule, &[Firing]), others: &Spans, fields: &BTreeSet<&Field>) -> u64 {
    firings.iter().filter(|firing| others.touch(&key(rule, firing, fields), span(firing))).count() as u64
}

/// When the firings of each group were.
struct Spans(HashMap<Vec<Option<Canonical>>, Vec<(Timestamp, Timestamp)>>);

impl Spans {
    fn of((rule, firings): (&Rule, &[Firing]), fields: &BTreeSet<&Field>) -> Self {
        let mut groups: HashMap<_, Vec<_>> = HashMap::new();
        for firing in firings {
            groups.entry(key(rule, firing, fields)).or_default().push(span(firing));
        }
        for spans in groups.values_mut() {
            spans.sort_unstable();
            // Of each the latest end so far, so that one look tells whether any of them reaches far enough.
            let mut latest: Option<Timestamp> = None;
            for (_, end) in spans {
                let until = latest.map_or(*end, |latest| latest.max(*end));
                (*end, latest) = (until, Some(until));
            }
        }
        Self(groups)
    }

    fn touch(&self, group: &[Option<Canonical>], (start, end): (Timestamp, Timestamp)) -> bool {
        let Some(spans) = self.0.get(group) else { return false };
        let begun = spans.partition_point(|(from, _)| *from <= end);
        begun.checked_sub(1).and_then(|last| spans.get(last)).is_some_and(|(_, until)| *until >= start)
    }
}
