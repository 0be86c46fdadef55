//! What a rule means, a second time: a slow and plain reading of the rule model that shares no code with the product.
//!
//! It takes the document and the lines of an events file as JSON values and answers with every firing. Windows are
//! gathered anew for every question, CRON is walked minute by minute, values are exact fractions. The property test
//! compares it with the engine. A [`Slip`] makes one boundary wrong on purpose: the test has to notice each.

pub mod baseline;
pub mod calendar;
pub mod condition;
pub mod fact;
pub mod measure;
pub mod ratio;
pub mod rule;
pub mod trigger;
pub mod value;

use serde_json::Value;
use std::collections::BTreeMap;

pub use condition::Lists;
use fact::{Fact, facts};
use ratio::Ratio;
use rule::Rule;
use trigger::Candidate;

/// A boundary that is wrong on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slip {
    /// `gte` is `gt` and the reverse; `lte` and `lt` too.
    NumberEdge,
    /// A rolling window holds what happened at t - D.
    RollingStart,
    /// A rolling window does not hold what happened at t - D + 1 ms.
    RollingShort,
    /// A rolling window holds later ids of the same time.
    RollingOrder,
    /// A fixed window holds what happens at its end.
    FixedEnd,
    /// Fixed minutes and hours do not restart at local midnight.
    FixedMidnight,
    /// Fixed days are 24 hours of UTC.
    FixedDays,
    /// A schedule's window holds its first tick and not its last.
    TickOpensNext,
    /// A repeated minute counts at its second occurrence.
    SecondOfRepeated,
    /// A skipped minute does not tick.
    NoTickInGap,
    /// The measure has to be above the threshold.
    ThresholdStrict,
    /// The threshold is a thousandth less.
    ThresholdLow,
    /// The threshold is a thousandth more.
    ThresholdHigh,
    /// A share needs one event more than it says.
    ShareMinimum,
    /// Suppression holds at its end.
    SuppressionEnd,
    /// Suppression ends a millisecond early.
    SuppressionShort,
    /// What joins a firing makes its suppression longer.
    SuppressionGrows,
    /// An event at the deadline comes too late to end a silence.
    AbsentDeadline,
    /// A silence that ends at the last event of all is not told.
    AbsentLast,
    /// Time in gaps counts towards a silence.
    GapCounts,
    /// Of a gap in which a silence begins all of it is added.
    GapWhole,
    /// A silence that is long enough as a gap begins goes on after it.
    GapBeginning,
    /// A baseline's windows may be equal to what is usual.
    BaselineStrict,
    /// A baseline's measure has to be above `atLeast`.
    BaselineAtLeast,
    /// A baseline needs one window more than it says.
    BaselineMinimum,
    /// A window that begins at start - learn is too old.
    BaselineLearn,
    /// Empty windows do not count.
    BaselineEmpty,
    /// A value that was shown learn ago is still known.
    LearnStart,
    /// One earlier event more is needed than it says.
    HistoryMinimum,
    /// A value that was shown by exactly the share is rare.
    RareShare,
    /// A firing at `--from` is not listed.
    From,
    /// A firing at `--to` is listed.
    To,
}

impl Slip {
    /// Every one.
    pub const ALL: [Self; 32] = [
        Self::NumberEdge,
        Self::RollingStart,
        Self::RollingShort,
        Self::RollingOrder,
        Self::FixedEnd,
        Self::FixedMidnight,
        Self::FixedDays,
        Self::TickOpensNext,
        Self::SecondOfRepeated,
        Self::NoTickInGap,
        Self::ThresholdStrict,
        Self::ThresholdLow,
        Self::ThresholdHigh,
        Self::ShareMinimum,
        Self::SuppressionEnd,
        Self::SuppressionShort,
        Self::SuppressionGrows,
        Self::AbsentDeadline,
        Self::AbsentLast,
        Self::GapCounts,
        Self::GapWhole,
        Self::GapBeginning,
        Self::BaselineStrict,
        Self::BaselineAtLeast,
        Self::BaselineMinimum,
        Self::BaselineLearn,
        Self::BaselineEmpty,
        Self::LearnStart,
        Self::HistoryMinimum,
        Self::RareShare,
        Self::From,
        Self::To,
    ];
}

/// The firings that are wanted: at or after the first time, before the second, in ms of UTC.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bounds {
    /// Earlier firings are not listed.
    pub from: Option<i64>,
    /// Nothing at or after it fires.
    pub to: Option<i64>,
}

/// One firing.
#[derive(Debug, Clone, PartialEq)]
pub struct Fired {
    /// How the group's first event spells each of its values; null for none.
    pub group: Vec<Value>,
    /// When it fired, in ms of UTC.
    pub at: i64,
    /// Where its window begins and ends.
    pub window: (i64, i64),
    /// The exact value.
    pub value: Ratio,
    /// Candidates from it up to the group's next firing.
    pub occurrences: u64,
    /// When the last of them was.
    pub last_seen: i64,
    /// The first hundred events behind the value.
    pub events: Vec<String>,
    /// How many there are.
    pub total: usize,
}

/// What comes of a rule over events.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// How many events there are.
    pub events: usize,
    /// How many meet the conditions.
    pub matched: usize,
    /// How many lines repeat an id.
    pub dropped: usize,
    /// How many events have a field that cannot be read.
    pub marked: usize,
    /// Every firing, in the order of output.
    pub firings: Vec<Fired>,
}

/// A rule with the events it is asked about.
pub struct Oracle {
    rule: Rule,
    facts: Vec<Fact>,
    dropped: usize,
    bounds: Bounds,
    slip: Option<Slip>,
}

/// The canonical values of a group, null first.
type Key = Vec<Option<String>>;

impl Oracle {
    /// Reads a valid document and the lines of an events file.
    #[must_use]
    pub fn new(document: &Value, lines: &[Value], lists: &Lists, bounds: Bounds, slip: Option<Slip>) -> Self {
        let (facts, dropped) = facts(lines);
        Self { rule: Rule::read(document, lists, slip), facts, dropped, bounds, slip }
    }

    /// The same over events with these gaps in them, which do not overlap.
    #[must_use]
    pub fn with_gaps(mut self, gaps: &[(i64, i64)]) -> Self {
        self.rule.gaps = gaps.to_vec();
        self
    }

    /// What comes of it.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        Verdict {
            events: self.facts.len(),
            matched: self.facts.iter().filter(|fact| self.rule.matches(fact)).count(),
            dropped: self.dropped,
            marked: self.facts.iter().filter(|fact| fact.marked).count(),
            firings: self.firings(&self.rule),
        }
    }

    /// Candidates and firings of the rule if its threshold were so many thousandths.
    #[must_use]
    pub fn at_threshold(&self, thousandths: i128) -> (usize, usize) {
        let rule = self.rule.with_threshold(Ratio::thousandths(thousandths));
        let candidates = self.groups(&rule).into_values().flat_map(|(_, events)| self.candidates(&rule, &events));
        (candidates.filter(|candidate| self.lists(candidate.at)).count(), self.firings(&rule).len())
    }

    /// Every threshold at which the curve has a step, in thousandths, and the rule's own; no rule has one of zero. What
    /// comes before the bounds counts too: it suppresses.
    #[must_use]
    pub fn steps(&self) -> Vec<i128> {
        let groups = self.groups(&self.rule).into_values();
        let readings = groups.flat_map(|(_, events)| trigger::readings(&self.rule, &events));
        let reached = readings.filter(|reading| self.may_fire(reading.at)).map(|reading| reading.value.floor());
        let mut all: Vec<i128> = reached.chain(self.rule.threshold().map(Ratio::floor)).collect();
        all.retain(|threshold| *threshold > 0);
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Every group with its matching events in order, and how its first event spells it.
    fn groups(&self, rule: &Rule) -> BTreeMap<Key, (Vec<Value>, Vec<&Fact>)> {
        let mut groups: BTreeMap<Key, (Vec<Value>, Vec<&Fact>)> = BTreeMap::new();
        for fact in self.facts.iter().filter(|fact| rule.matches(fact)) {
            for (key, spelling) in rule.groups_of(fact) {
                groups.entry(key).or_insert((spelling, Vec::new())).1.push(fact);
            }
        }
        groups
    }

    fn candidates(&self, rule: &Rule, events: &[&Fact]) -> Vec<Candidate> {
        let mut found = trigger::candidates(rule, events, self.facts.last().map_or(0, |fact| fact.time));
        found.retain(|candidate| self.may_fire(candidate.at));
        found.sort_by_key(|candidate| candidate.at);
        found
    }

    fn may_fire(&self, at: i64) -> bool {
        self.bounds.to.is_none_or(|to| at < to || (at == to && self.slip == Some(Slip::To)))
    }

    fn lists(&self, at: i64) -> bool {
        self.bounds.from.is_none_or(|from| at > from || (at == from && self.slip != Some(Slip::From)))
    }

    fn firings(&self, rule: &Rule) -> Vec<Fired> {
        let mut all: Vec<(Key, Fired)> = Vec::new();
        for (key, (spelling, events)) in self.groups(rule) {
            let fired = self.suppressed(rule, &spelling, self.candidates(rule, &events));
            all.extend(fired.into_iter().map(|fired| (key.clone(), fired)));
        }
        all.retain(|(_, fired)| self.lists(fired.at));
        all.sort_by(|(left_key, left), (right_key, right)| (left.at, left_key).cmp(&(right.at, right_key)));
        all.into_iter().map(|(_, fired)| fired).collect()
    }

    /// Candidates at f <= t < f + S join the firing at f.
    fn suppressed(&self, rule: &Rule, group: &[Value], candidates: Vec<Candidate>) -> Vec<Fired> {
        let mut fired: Vec<Fired> = Vec::new();
        for candidate in candidates {
            if let Some(last) = fired.last_mut() {
                let begun = if self.slip == Some(Slip::SuppressionGrows) { last.last_seen } else { last.at };
                let end = begun + rule.suppress_for;
                let joins = match self.slip {
                    Some(Slip::SuppressionEnd) => candidate.at <= end,
                    Some(Slip::SuppressionShort) => candidate.at < end - 1,
                    _ => candidate.at < end,
                };
                if joins {
                    last.occurrences += 1;
                    last.last_seen = candidate.at;
                    continue;
                }
            }
            fired.push(Fired {
                group: group.to_vec(),
                at: candidate.at,
                window: candidate.window,
                value: candidate.value,
                occurrences: 1,
                last_seen: candidate.at,
                total: candidate.events.len(),
                events: candidate.events.into_iter().take(100).collect(),
            });
        }
        fired
    }
}
