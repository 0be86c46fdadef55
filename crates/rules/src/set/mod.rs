//! Many rules at once, each in the cheapest way that says the same.
//!
//! Invariant: what it says of a rule is what the rule's [`Evaluator`] says, outcome for outcome; only the moment differs
//! at which it is said, because rules see matching events alone: windows that ended and silences are decided at the
//! rule's next matching event, or at the end. An event is looked up in the [`Index`], kept once for all rules, and its
//! groups are numbered once. Rolling windows of counts and of different values hold numbers of events and cost a step
//! per event; everything else goes through the evaluator of the rule.

mod keys;
mod log;
mod slab;
mod told;
mod window;

use std::hash::BuildHasher as _;
use std::num::NonZeroU32;
use std::sync::Arc;

use foldhash::fast::RandomState;
use tocsin_model::event::Event;
use tocsin_model::firing::{Contribution, Exact, Firing, GroupValue};
use tocsin_model::rule::window::{Window as RuleWindow, WindowKind};
use tocsin_model::rule::{Measure, Rule, Trigger};
use tocsin_model::time::{Span, Timestamp};

use crate::compile::Compiled;
use crate::contents::NAMED_EVENTS;
use crate::evaluator::{Evaluator, Outcome};
use crate::index::Index;
use crate::table::{Kept, Table, half};
use keys::{Group, Keys};
use log::Log;
use slab::Slab;
use window::Window;

/// What rules keep in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Pairs of a rule and a group with an event in the window.
    pub live: usize,
    /// Pairs of a rule and a group that were seen.
    pub pairs: usize,
    /// The bytes of those pairs, their windows and the table that finds them.
    pub bytes: usize,
}

/// Evaluates many rules over events in order.
#[derive(Debug)]
pub struct RuleSet {
    index: Index,
    rules: Vec<One>,
    shared: Shared,
}

#[derive(Debug)]
struct One {
    matched: u64,
    way: Way,
}

/// How a rule is evaluated.
#[derive(Debug)]
enum Way {
    Rolling(Rolling),
    Any(Box<Evaluator>),
}

/// A rule that counts events, or different values, over a rolling window.
#[derive(Debug, Clone, Copy)]
struct Rolling {
    rule: u32,
    length: Span,
    /// The number of the length in the log.
    beginning: usize,
    suppress_for: Span,
    /// What the count has to reach.
    least: u64,
    /// Whose values are counted; none: events are.
    counted: Option<usize>,
    /// What it groups by.
    list: usize,
}

/// A rule and a group: as large as what the processor fetches at once, and not across two of those.
#[derive(Debug)]
#[repr(align(64))]
struct Pair {
    rule: u32,
    group: u32,
    window: Window,
    fired: Option<Timestamp>,
    /// How the first event spelt the group, when others did otherwise before.
    spelt: Option<Box<Arc<[GroupValue]>>>,
}

/// Where a pair stands.
#[derive(Debug)]
struct Place {
    hash: u32,
    /// One more: so that a table needs no room to say that a place is free.
    next: NonZeroU32,
}

impl Kept for Place {
    fn hash(&self) -> u32 {
        self.hash
    }
}

/// What all rolling rules have together.
#[derive(Debug)]
struct Shared {
    keys: Keys,
    log: Log,
    /// Where pairs stand.
    table: Table<Place>,
    pairs: Slab<Pair>,
    hasher: RandomState,
}

impl RuleSet {
    /// Rules that have seen nothing; a rule's number is its place among them.
    #[must_use]
    pub fn new(rules: &[Arc<Compiled>]) -> Self {
        Self::numbering_up_to(rules, u32::MAX)
    }

    fn numbering_up_to(rules: &[Arc<Compiled>], last: u32) -> Self {
        let longest = rules.iter().filter_map(|rule| rolling(rule.rule())).map(|(length, ..)| length).max();
        let mut shared = Shared {
            keys: Keys::default(),
            log: Log::new(longest.unwrap_or_default(), last),
            table: Table::default(),
            pairs: Slab::default(),
            hasher: RandomState::default(),
        };
        let ways = rules.iter().enumerate().map(|(number, rule)| One { matched: 0, way: shared.way(number, rule) });
        let rules_of_set = ways.collect();
        Self { index: Index::new(rules), rules: rules_of_set, shared }
    }

    /// How many events a rule matched.
    #[must_use]
    pub fn matched(&self, rule: usize) -> u64 {
        self.rules.get(rule).map_or(0, |one| one.matched)
    }

    /// Takes the next event, and adds what it set off to `out`, with the numbers of the rules.
    pub fn process(&mut self, event: &Event, out: &mut Vec<(usize, Outcome)>) {
        let matching = self.index.matching(event);
        // Most events match nothing and are done with here.
        if !matching.is_empty() {
            tell(matching, &mut self.rules, &mut self.shared, event, out);
        }
    }

    /// Decides what is still open after the last event, whose time this is.
    pub fn finish(&mut self, last: Timestamp) -> Vec<(usize, Outcome)> {
        let mut out = Vec::new();
        for (rule, one) in self.rules.iter_mut().enumerate() {
            if let Way::Any(evaluator) = &mut one.way {
                out.extend(evaluator.finish(last).into_iter().map(|outcome| (rule, outcome)));
            }
        }
        out
    }

    /// What rolling windows take; rules that are evaluated otherwise are not counted.
    #[must_use]
    pub fn memory(&self) -> Memory {
        let pairs = &self.shared.pairs;
        let held: usize = pairs.iter().map(|pair| pair.window.bytes()).sum();
        Memory {
            live: pairs.iter().filter(|pair| pair.window.len() > 0).count(),
            pairs: pairs.len(),
            bytes: pairs.bytes() + held + self.shared.table.bytes(),
        }
    }
}

/// Tells an event to the rules that it matches.
#[inline(never)]
fn tell(matching: &[usize], rules: &mut [One], shared: &mut Shared, event: &Event, out: &mut Vec<(usize, Outcome)>) {
    shared.warm(matching.iter().filter_map(|rule| rules.get(*rule)), event);
    let mut number = None;
    for rule in matching {
        let Some(one) = rules.get_mut(*rule) else { continue };
        one.matched += 1;
        match &mut one.way {
            Way::Any(evaluator) => {
                out.extend(evaluator.process_matching(event).into_iter().map(|outcome| (*rule, outcome)));
            }
            Way::Rolling(rolling) => {
                let number = *number.get_or_insert_with(|| shared.begin(event));
                shared.take(rolling, event, number, |outcome| out.push((*rule, outcome)));
            }
        }
    }
}

/// What is wanted of a rolling window of counts: its length, the field whose values are counted, and the threshold.
fn rolling(rule: &Rule) -> Option<(Span, Option<&tocsin_model::field::Field>, u64)> {
    let Some(RuleWindow { kind: WindowKind::Rolling(length), .. }) = &rule.window else { return None };
    let Trigger::AtLeast(threshold) = rule.trigger else { return None };
    let counted = match &rule.measure {
        Measure::Count => None,
        Measure::Distinct(field) => Some(field),
        Measure::Sum(_) | Measure::Mean(_) | Measure::Max(_) | Measure::Share { .. } => return None,
    };
    // The smallest whole number that reaches it.
    let least = (threshold.thousandths().max(0) + 999) / 1_000;
    Some((length.span(), counted, u64::try_from(least).unwrap_or(u64::MAX)))
}

impl Shared {
    fn way(&mut self, number: usize, rule: &Arc<Compiled>) -> Way {
        let found = rolling(rule.rule()).zip(u32::try_from(number).ok());
        let Some(((length, counted, least), number)) = found else {
            return Way::Any(Box::new(Evaluator::new(Arc::clone(rule))));
        };
        Way::Rolling(Rolling {
            rule: number,
            length,
            beginning: self.log.length(length),
            suppress_for: rule.rule().suppress_for,
            least,
            counted: counted.map(|field| self.log.count(field)),
            list: self.keys.list(&rule.rule().group_by),
        })
    }

    /// Asks memory where the pairs are, for all rules that the event matches, before the first of them is needed. That is
    /// seldom in the processor's cache, and one after the other the answers would take most of an event's time. Nothing
    /// here waits for one, so all are on their way at once, the values of groups among them.
    fn warm<'a>(&self, rules: impl Iterator<Item = &'a One>, event: &Event) {
        let mut seen = false;
        for one in rules {
            let Way::Rolling(rolling) = &one.way else { continue };
            let Some((group, is_known)) = self.keys.warm(rolling.list, event) else { continue };
            // No branch: whether it is taken would not be known before the answer.
            seen |= is_known | self.table.peek(self.pair_hash(rolling.rule, group));
        }
        std::hint::black_box(seen);
    }

    fn pair_hash(&self, rule: u32, group: u64) -> u64 {
        self.hasher.hash_one(group.wrapping_add(u64::from(rule)))
    }

    /// An event that at least one of the rules matches; gives its number.
    fn begin(&mut self, event: &Event) -> u32 {
        self.keys.next_event();
        if self.log.is_full() {
            let off = self.log.renumber();
            self.pairs.iter_mut().for_each(|pair| pair.window.renumber(off));
        }
        self.log.push(event)
    }

    fn take(&mut self, rolling: &Rolling, event: &Event, number: u32, mut tell: impl FnMut(Outcome)) {
        if let Some(counted) = rolling.counted {
            self.log.tell(counted, number, event);
        }
        for at in 0..self.keys.find(rolling.list, event) {
            let Some(group) = self.keys.group(rolling.list, at) else { continue };
            if let Some(outcome) = self.take_in_group(rolling, group, event, number) {
                tell(outcome);
            }
        }
    }

    fn take_in_group(&mut self, rolling: &Rolling, group: Group, event: &Event, number: u32) -> Option<Outcome> {
        let first = self.log.beginning(rolling.beginning);
        let place = self.pair(rolling, group, event);
        let pair = self.pairs.get_mut(place)?;
        pair.window.leave(first);
        pair.window.push(number, rolling.counted, &self.log);
        let value = match rolling.counted {
            None => Some(pair.window.len() as u64).filter(|count| *count >= rolling.least),
            Some(counted) => pair.window.distinct(counted, rolling.least, &self.log),
        }?;
        let joins = pair.fired.is_some_and(|fired| event.time < fired.plus(rolling.suppress_for));
        let shown = match &pair.spelt {
            Some(spelt) => Arc::clone(spelt),
            None => self.keys.shown(rolling.list, group.number),
        };
        if joins {
            return Some(Outcome::Joined { group: shown, at: event.time });
        }
        pair.fired = Some(event.time);
        let events = pair.window.numbers().take(NAMED_EVENTS).map(|number| self.log.id(number)).collect();
        Some(Outcome::Fired(Firing {
            group: shown.to_vec(),
            fired_at: event.time,
            window_start: event.time.minus(rolling.length),
            window_end: event.time,
            value: Exact::whole(value),
            occurrences: 1,
            last_seen: event.time,
            events: Contribution { first: events, total: pair.window.len() as u64 },
        }))
    }

    /// The place of the pair; a new one is made.
    fn pair(&mut self, rolling: &Rolling, of: Group, event: &Event) -> usize {
        let (rule, group) = (rolling.rule, of.number);
        let hash = self.pair_hash(rule, of.hash);
        let look = |place: &Place| {
            let at = place.next.get() as usize - 1;
            let pair = self.pairs.get(at)?;
            (pair.rule == rule && pair.group == group).then_some(at)
        };
        self.table.find(hash, look).unwrap_or_else(|| {
            let at = self.pairs.len();
            self.table.insert(Place { hash: half(hash), next: NonZeroU32::MIN.saturating_add(at as u32) });
            let spelt = (!of.is_spelt_as_first).then(|| Box::new(self.keys.spelt(rolling.list, group, event)));
            self.pairs.push(Pair { rule, group, window: Window::default(), fired: None, spelt });
            at
        })
    }
}

/// A hash again, from its half.
const fn whole(half: u32) -> u64 {
    (half as u64) << 32 | half as u64
}

#[cfg(test)]
mod tests;
