//! Many rules at once, each in the cheapest way that says the same.
//!
//! Invariant: what it says of a rule is what the rule's [`Evaluator`] says, outcome for outcome; only the moment differs
//! at which it is said, because rules see matching events alone: windows that ended and silences are decided at the
//! rule's next matching event, or at the end. Events are looked up in the [`Index`] some at a time, kept once for all
//! rules, and their groups are numbered once. Rolling windows of counts and of different values hold numbers of events and cost a step
//! per event; everything else goes through the evaluator of the rule.

mod blocks;
mod keys;
mod log;
mod pairs;
mod slab;
mod told;
mod window;

use std::sync::Arc;

use tocsin_model::event::Event;
use tocsin_model::firing::{Contribution, Exact, Firing};
use tocsin_model::rule::window::{Window as RuleWindow, WindowKind};
use tocsin_model::rule::{Measure, Rule, Trigger};
use tocsin_model::time::{Span, Timestamp};

use crate::compile::Compiled;
use crate::contents::NAMED_EVENTS;
use crate::evaluator::{Evaluator, Outcome};
use crate::index::{BLOCK, Hit, Index};
use keys::{Group, Keys, NONE};
use log::Log;
use pairs::{EARLY, Found, Pair, Pairs};
use slab::Slab;

/// Most steps that are kept before they are taken.
const MOST_STEPS: usize = 4_096;

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
    /// Of the events at hand: which rules they match, and what that touches.
    hits: Vec<Hit>,
    steps: Vec<Step>,
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

/// An event, one of the rules that it matches, and one of the groups that it belongs to there.
#[derive(Debug, Clone, Copy)]
struct Step {
    hit: Hit,
    group: Group,
    /// The hash of the pair of rule and group.
    pair: u32,
}

/// What all rolling rules have together.
#[derive(Debug)]
struct Shared {
    keys: Keys,
    log: Log,
    /// Where pairs are found, and those that are large.
    pairs: Pairs,
    large: Slab<Pair>,
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
            pairs: Pairs::default(),
            large: Slab::default(),
        };
        let ways = rules.iter().enumerate().map(|(number, rule)| One { matched: 0, way: shared.way(number, rule) });
        let rules_of_set = ways.collect();
        Self { index: Index::new(rules), rules: rules_of_set, shared, hits: Vec::new(), steps: Vec::new() }
    }

    /// How many events a rule matched.
    #[must_use]
    pub fn matched(&self, rule: usize) -> u64 {
        self.rules.get(rule).map_or(0, |one| one.matched)
    }

    /// Takes the next event, and adds what it set off to `out`, with the numbers of the rules.
    pub fn process(&mut self, event: &Event, out: &mut Vec<(usize, Outcome)>) {
        self.process_all(std::slice::from_ref(event), out);
    }

    /// [`Self::process`] of events in their order, which is quicker: while one waits for memory the others go on.
    pub fn process_all(&mut self, events: &[Event], out: &mut Vec<(usize, Outcome)>) {
        for events in events.chunks(BLOCK) {
            self.hits.clear();
            self.index.hits(events, &mut self.hits);
            // Most events match nothing and are done with here.
            if !self.hits.is_empty() {
                self.tell(events, out);
            }
        }
    }

    /// Tells events to the rules that they match: first what they touch is found for all of them, then they are taken.
    fn tell(&mut self, events: &[Event], out: &mut Vec<(usize, Outcome)>) {
        let Self { rules, shared, hits, steps, .. } = self;
        shared.warm(rules, events, hits);
        let (mut of_event, mut logged) = (None, None);
        for hit in hits.iter() {
            let (Some(event), Some(one)) = (events.get(hit.event as usize), rules.get_mut(hit.rule as usize)) else {
                continue;
            };
            if of_event.replace(hit.event) != Some(hit.event) {
                shared.keys.next_event();
            }
            one.matched += 1;
            match &one.way {
                Way::Any(_) => steps.push(Step { hit: *hit, group: NONE, pair: 0 }),
                Way::Rolling(rolling) => {
                    for at in 0..shared.keys.find(rolling.list, event) {
                        let Some(group) = shared.keys.group(rolling.list, at) else { continue };
                        let pair = shared.pairs.hash(hit.rule, group.number);
                        steps.push(Step { hit: *hit, group, pair });
                    }
                }
            }
            // Few events belong to very many groups, but one that does must not take the memory of all.
            if steps.len() >= MOST_STEPS {
                shared.take_all(rules, events, steps, &mut logged, out);
            }
        }
        shared.take_all(rules, events, steps, &mut logged, out);
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
        let (pairs, large) = (&self.shared.pairs, &self.shared.large);
        let held: usize = large.iter().map(|pair| pair.window.bytes()).sum();
        Memory {
            live: pairs.early() + large.iter().filter(|pair| pair.window.len() > 0).count(),
            pairs: pairs.len(),
            bytes: pairs.bytes() + large.bytes() + held,
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

    /// Asks memory for the values of groups, of all events before the first of them is needed. They are seldom in the
    /// processor's cache, and one after the other the answers would take most of an event's time. Nothing here waits for
    /// one, so many are on their way at once.
    fn warm(&self, rules: &[One], events: &[Event], hits: &[Hit]) {
        let (mut seen, mut last) = (false, None);
        for hit in hits {
            let (Some(event), Some(one)) = (events.get(hit.event as usize), rules.get(hit.rule as usize)) else {
                continue;
            };
            if let Way::Rolling(rolling) = &one.way
                && last.replace((hit.event, rolling.list)) != Some((hit.event, rolling.list))
            {
                // No branch: whether it is taken would not be known before the answer.
                seen |= self.keys.peek(rolling.list, event);
            }
        }
        std::hint::black_box(seen);
    }

    /// Takes the steps of events, and clears them. `logged`: the last event that has a number.
    fn take_all(
        &mut self,
        rules: &mut [One],
        events: &[Event],
        steps: &mut Vec<Step>,
        logged: &mut Option<(u32, u32)>,
        out: &mut Vec<(usize, Outcome)>,
    ) {
        // Nothing but this, so that many are asked for at once. What is no rolling rule has no pair, which does no harm.
        let peek = |seen, step: &Step| seen | self.pairs.peek(step.pair);
        std::hint::black_box(steps.iter().fold(false, peek));
        for Step { hit, group, pair } in steps.drain(..) {
            let rule = hit.rule as usize;
            let (Some(event), Some(one)) = (events.get(hit.event as usize), rules.get_mut(rule)) else { continue };
            match &mut one.way {
                Way::Any(evaluator) => {
                    out.extend(evaluator.process_matching(event).into_iter().map(|outcome| (rule, outcome)));
                }
                Way::Rolling(rolling) => {
                    let known = logged.filter(|(of, _)| *of == hit.event);
                    let (_, number) = known.unwrap_or_else(|| (hit.event, self.begin(event)));
                    *logged = Some((hit.event, number));
                    out.extend(self.take(rolling, (group, pair), event, number).map(|outcome| (rule, outcome)));
                }
            }
        }
    }

    /// Puts an event into the log; gives its number.
    fn begin(&mut self, event: &Event) -> u32 {
        if self.log.is_full() {
            let off = self.log.renumber();
            self.pairs.renumber(off);
            self.large.iter_mut().for_each(|pair| pair.window.renumber(off));
        }
        self.log.push(event)
    }

    fn take(&mut self, rolling: &Rolling, (group, pair): (Group, u32), event: &Event, number: u32) -> Option<Outcome> {
        if let Some(counted) = rolling.counted {
            self.log.tell(counted, number, event);
        }
        let at = self.large(rolling, (group, pair), event, number)?;
        let pair = self.large.get_mut(at)?;
        pair.window.leave(self.log.beginning(rolling.beginning));
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

    /// Where the pair stands among the large ones. None: the event makes it no large one, and it has taken it.
    fn large(&mut self, rolling: &Rolling, (group, pair): (Group, u32), event: &Event, number: u32) -> Option<usize> {
        let first = self.log.beginning(rolling.beginning);
        let (mut early, spelt) = match self.pairs.find(rolling.rule, group.number, pair)? {
            Found::At(at) => return Some(at),
            Found::New(early) if !group.is_spelt_as_first => {
                (early, Some(Box::new(self.keys.spelt(rolling.list, group.number, event))))
            }
            Found::New(early) | Found::Early(early) => (early, None),
        };
        let held = early.leave(first);
        if spelt.is_none() && held < EARLY && !rolling.may_hold(held + 1, &self.log) {
            early.push(number);
            return None;
        }
        let mut pair = Pair { spelt, ..Pair::default() };
        early.numbers().for_each(|number| pair.window.push(number, rolling.counted, &self.log));
        let at = self.large.len();
        early.stands_at(at);
        self.large.push(pair);
        Some(at)
    }
}

impl Rolling {
    /// Whether so many events may be enough.
    fn may_hold(&self, events: usize, log: &Log) -> bool {
        let most = self.counted.map_or(1, |counted| log.most(counted));
        events.saturating_mul(most) as u64 >= self.least
    }
}

#[cfg(test)]
mod tests;
