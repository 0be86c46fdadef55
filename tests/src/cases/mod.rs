//! Random rules with events that they bite on: small alphabets, so that things collide, and times on the edges of
//! windows, of suppression and of nights on which clocks change.

pub mod events;
pub mod rules;

use rand::Rng;
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use serde_json::{Value, json};

use crate::oracle::{Bounds, Lists, Oracle, Slip, Verdict};

/// Window, measure and trigger: every combination that rules allow.
pub const SHAPES: [(&str, &str, &str); 28] = [
    ("none", "count", "atLeast"),
    ("none", "count", "unseen"),
    ("none", "count", "rare"),
    ("rolling", "count", "atLeast"),
    ("rolling", "distinct", "atLeast"),
    ("rolling", "sum", "atLeast"),
    ("rolling", "mean", "atLeast"),
    ("rolling", "max", "atLeast"),
    ("rolling", "share", "atLeast"),
    ("rolling", "count", "absent"),
    ("fixed", "count", "atLeast"),
    ("fixed", "distinct", "atLeast"),
    ("fixed", "sum", "atLeast"),
    ("fixed", "mean", "atLeast"),
    ("fixed", "max", "atLeast"),
    ("fixed", "share", "atLeast"),
    ("fixed", "count", "baseline"),
    ("fixed", "distinct", "baseline"),
    ("fixed", "sum", "baseline"),
    ("fixed", "mean", "baseline"),
    ("fixed", "max", "baseline"),
    ("fixed", "share", "baseline"),
    ("schedule", "count", "atLeast"),
    ("schedule", "distinct", "atLeast"),
    ("schedule", "sum", "atLeast"),
    ("schedule", "mean", "atLeast"),
    ("schedule", "max", "atLeast"),
    ("schedule", "share", "atLeast"),
];

/// A rule and what it is asked.
#[derive(Debug, Clone)]
pub struct Case {
    /// The rule's document.
    pub rule: Value,
    /// The lines of the events file.
    pub lines: Vec<Value>,
    /// Which firings are wanted.
    pub bounds: Bounds,
    /// Stretches in which nothing could be heard, in ms of UTC.
    pub gaps: Vec<(i64, i64)>,
}

/// What `list:NAME` stands for in every case.
#[must_use]
pub fn lists() -> Lists {
    let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
    Lists::from([
        ("scanners".to_owned(), texts(&["10.0.0.0/24", "::ffff:203.0.113.9"])),
        ("people".to_owned(), texts(&["ANA", "zo*"])),
    ])
}

impl Case {
    /// A case of that shape. Most are drawn again when they do not fire, a few times at most: cases in which nothing
    /// happens tell less. With what the oracle says of it.
    pub fn random(random: &mut impl Rng, shape: (&str, &str, &str)) -> (Self, Verdict) {
        let most = if shape.2 == "baseline" { 12 } else { 5 };
        let draws = if random.random_bool(0.7) { most } else { 1 };
        let mut drawn = Self::draw(random, shape);
        let mut verdict = drawn.verdict();
        for _ in 1..draws {
            if verdict.firings.is_empty() {
                drawn = Self::draw(random, shape);
                verdict = drawn.verdict();
            }
        }
        if random.random_bool(0.25) {
            drawn.bounds = drawn.random_bounds(random, &verdict);
            verdict = drawn.verdict();
        }
        (drawn, verdict)
    }

    fn draw(random: &mut impl Rng, shape: (&str, &str, &str)) -> Self {
        let plan = rules::Plan::random(random, shape);
        let rule = plan.rule(random, shape);
        let lines = events::lines(random, &plan);
        let gaps = if plan.silences { events::gaps(random, &plan, &lines) } else { Vec::new() };
        Self { lines, rule, bounds: Bounds::default(), gaps }
    }

    fn verdict(&self) -> Verdict {
        self.oracle(None).verdict()
    }

    /// What should come of it; a slip makes that wrong.
    #[must_use]
    pub fn oracle(&self, slip: Option<Slip>) -> Oracle {
        Oracle::new(&self.rule, &self.lines, &lists(), self.bounds, slip).with_gaps(&self.gaps)
    }

    /// Bounds at the times of firings and events, or a ms beside them.
    fn random_bounds(&self, random: &mut impl Rng, verdict: &Verdict) -> Bounds {
        let mut times: Vec<i64> = verdict.firings.iter().flat_map(|fired| [fired.at, fired.last_seen]).collect();
        times.push(rules::time_of(&self.lines[0]));
        times.sort_unstable();
        let pick = |random: &mut _, part: &[i64]| Some(part.choose(random)? + [0, 0, 0, -1, 1].choose(random)?);
        let (low, high) = times.split_at(times.len() / 2);
        let (from, to) = (pick(random, low), pick(random, high));
        match random.random_range(0..3) {
            0 => Bounds { from: pick(random, &times), to: None },
            1 => Bounds { from: None, to: pick(random, &times) },
            _ => Bounds { from, to },
        }
    }

    /// The document's text.
    #[must_use]
    pub fn document(&self) -> String {
        self.rule.to_string()
    }

    /// The events file's text.
    #[must_use]
    pub fn file(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// The same case with one thing less, each way in which it can have one.
    #[must_use]
    pub fn smaller(&self) -> Vec<Self> {
        let mut all = Vec::new();
        for at in 0..self.lines.len() {
            let mut less = self.clone();
            less.lines.remove(at);
            all.push(less);
        }
        for key in ["groupBy", "suppressFor", "sources"] {
            let mut less = self.clone();
            if less.rule.as_object_mut().and_then(|rule| rule.remove(key)).is_some() {
                all.push(less);
            }
        }
        for (at, _) in self.rule["conditions"].as_array().into_iter().flatten().enumerate() {
            let mut less = self.clone();
            less.rule["conditions"].as_array_mut().unwrap().remove(at);
            all.push(less);
        }
        if self.bounds.from.is_some() || self.bounds.to.is_some() {
            all.push(Self { bounds: Bounds::default(), ..self.clone() });
        }
        for at in 0..self.gaps.len() {
            let mut less = self.clone();
            less.gaps.remove(at);
            all.push(less);
        }
        for (at, line) in self.lines.iter().enumerate() {
            for field in line["fields"].as_object().into_iter().flat_map(|fields| fields.keys()) {
                let mut less = self.clone();
                less.lines[at]["fields"].as_object_mut().unwrap().remove(field);
                all.push(less);
            }
        }
        all
    }

    /// The smallest case that `differs` still, dropping greedily.
    #[must_use]
    pub fn shrunk(mut self, differs: impl Fn(&Self) -> bool) -> Self {
        while let Some(less) = self.smaller().into_iter().find(|less| {
            less.rule["conditions"].as_array().is_some_and(|all| !all.is_empty())
                && !less.lines.is_empty()
                && differs(less)
        }) {
            self = less;
        }
        self
    }

    /// The case as the files of a scenario.
    #[must_use]
    pub fn scenario(&self) -> String {
        let time = |at: i64| rules::rfc3339(at);
        let mut arguments = Vec::new();
        for (name, at) in [("--from", self.bounds.from), ("--to", self.bounds.to)] {
            arguments.extend(at.map(|at| [name.to_owned(), time(at)]).into_iter().flatten());
        }
        let rule = serde_json::to_string_pretty(&self.rule).unwrap();
        let gaps: Vec<_> = self.gaps.iter().map(|(from, to)| (time(*from), time(*to))).collect();
        let (file, arguments) = (self.file(), json!(arguments));
        format!("--- rule.json\n{rule}\n--- events.ndjson\n{file}--- arguments.json\n{arguments}\n--- gaps {gaps:?}\n")
    }
}

/// One of them.
pub(crate) fn one<'a, T>(random: &mut impl Rng, all: &'a [T]) -> &'a T {
    all.choose(random).unwrap()
}

/// Some of them, at least one, in any order.
pub(crate) fn some<T: Clone>(random: &mut impl Rng, all: &[T], most: usize) -> Vec<T> {
    let mut mixed = all.to_vec();
    mixed.shuffle(random);
    mixed.truncate(random.random_range(1..=most));
    mixed
}
