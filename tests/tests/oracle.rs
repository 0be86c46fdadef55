//! The engine against the oracle: thousands of random rules over random events have to fire alike, and a boundary that
//! is wrong in the oracle on purpose has to be noticed.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::Value;
use std::collections::BTreeMap;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use tocsin_model::event::EventFile;
use tocsin_model::firing::Firing;
use tocsin_model::rule::document::{self, Format};
use tocsin_model::time::Timestamp;
use tocsin_model::tree::Tree;
use tocsin_rules::{Backtest, Bounds, CURVE_POINTS, Compiled, Gaps, backtest, compile};
use tocsin_testkit::environment;
use tocsin_tests::cases::{Case, SHAPES, lists};
use tocsin_tests::oracle::ratio::Ratio;
use tocsin_tests::oracle::{Fired, Oracle, Slip, Verdict};

/// Window, measure and trigger.
type Shape = (&'static str, &'static str, &'static str);

/// Runs the engine over the texts of a case.
fn engine(case: &Case) -> Result<(Verdict, Backtest), String> {
    let reading = document::read(&case.document(), Format::Json);
    let document = reading.document.ok_or_else(|| format!("{:?}", reading.findings.errors))?;
    let lists = lists().into_iter().collect();
    let at = Timestamp::from_millis;
    let compiled: Arc<Compiled> = Arc::new(compile(document.rule, &lists).map_err(|problems| format!("{problems:?}"))?)
        .with_gaps(&Gaps::new(case.gaps.iter().map(|&(from, to)| (at(from), at(to)))));
    let file = EventFile::parse(&case.file()).map_err(|problems| format!("{problems:?}"))?;
    let time = |time: Option<i64>| time.map(at);
    let bounds = Bounds { from: time(case.bounds.from), to: time(case.bounds.to) };
    let found = backtest(&compiled, &file.events, bounds, true);
    // Without a curve there is a quicker way, which has to say the same.
    let quick = backtest(&compiled, &file.events, bounds, false);
    assert_eq!((quick.matched, &quick.firings), (found.matched, &found.firings), "{}", case.scenario());
    let verdict = Verdict {
        events: found.events as usize,
        matched: found.matched as usize,
        dropped: file.dropped as usize,
        marked: file.marked as usize,
        firings: found.firings.iter().map(fired).collect(),
    };
    Ok((verdict, found))
}

fn fired(firing: &Firing) -> Fired {
    let (over, under) = firing.value.parts();
    Fired {
        group: firing.group.iter().map(|value| spelling(&value.spelling)).collect(),
        at: firing.fired_at.millis(),
        window: (firing.window_start.millis(), firing.window_end.millis()),
        value: Ratio::new(over, under * 1_000),
        occurrences: firing.occurrences,
        last_seen: firing.last_seen.millis(),
        events: firing.events.first.clone(),
        total: firing.events.total as usize,
    }
}

fn spelling(tree: &Tree) -> Value {
    match tree {
        Tree::Null => Value::Null,
        Tree::Bool(truth) => Value::Bool(*truth),
        Tree::Number(text) => serde_json::from_str(text).unwrap(),
        Tree::Text(text) => Value::String(text.clone()),
        Tree::List(_) | Tree::Map(_) => panic!("a group's value is no {}", tree.sort()),
    }
}

fn oracle(case: &Case, slip: Option<Slip>) -> Oracle {
    case.oracle(slip)
}

/// What is wrong with the curve, if anything.
fn curve_fault(case: &Case, found: &Backtest) -> Option<String> {
    let Some(curve) = &found.curve else {
        return (case.rule["trigger"]["kind"] == "atLeast").then(|| "no curve".to_owned());
    };
    let oracle = oracle(case, None);
    let steps = oracle.steps();
    let thresholds: Vec<i128> = curve.iter().map(|point| point.threshold.thousandths()).collect();
    if steps.len() <= CURVE_POINTS && steps != thresholds {
        return Some(format!("the curve has {thresholds:?} and should have {steps:?}"));
    }
    curve.iter().find_map(|point| {
        let expected = oracle.at_threshold(point.threshold.thousandths());
        let has = (point.candidates as usize, point.firings as usize);
        (has != expected).then(|| format!("at {} the curve has {has:?} and should have {expected:?}", point.threshold))
    })
}

const REFUSED: &str = "the engine refuses the case: ";

const CURVE: &str = "the curve: ";

/// What the engine says that the oracle, which said `expected`, does not, in words; `None` when they agree.
fn difference(case: &Case, expected: &Verdict, with_curve: bool) -> Option<String> {
    let (engine, found) = match engine(case) {
        Ok(found) => found,
        Err(refused) => return Some(format!("{REFUSED}{refused}")),
    };
    if engine != *expected {
        return Some(format!("the engine says\n{engine:#?}\nthe oracle says\n{expected:#?}"));
    }
    let fault = if with_curve { curve_fault(case, &found) } else { None };
    fault.map(|fault| format!("{CURVE}{fault}"))
}

/// The smallest case like `case` that differs, in words; with a curve only when nothing else differs.
fn shrunk(case: Case, with_curve: bool) -> String {
    let differs = |less: &Case| {
        let found = difference(less, &oracle(less, None).verdict(), with_curve);
        found.filter(|found| !found.starts_with(REFUSED))
    };
    let small = case.shrunk(|less| differs(less).is_some());
    format!("{}\n{}", differs(&small).unwrap_or_default(), small.scenario())
}

/// The cases of a run, each with its number; every one has a seed of its own, so that threads can share them.
struct Run {
    base: u64,
    count: usize,
    next: AtomicUsize,
}

impl Run {
    fn new(test: &str) -> Self {
        let count = environment::number("TOCSIN_TEST_CASES", 10_000) as usize;
        Self { base: environment::random(test).random(), count, next: AtomicUsize::new(0) }
    }

    fn case(&self, number: usize) -> (Shape, Case, Verdict) {
        let shape = SHAPES[number % SHAPES.len()];
        let mut random = StdRng::seed_from_u64(self.base.wrapping_add(number as u64));
        let (case, expected) = Case::random(&mut random, shape);
        (shape, case, expected)
    }

    /// Calls `look` with every case, in several threads, until it has seen enough.
    fn each(&self, look: impl Fn(usize, Shape, Case, Verdict) -> ControlFlow<()> + Sync) {
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    loop {
                        let number = self.next.fetch_add(1, Ordering::Relaxed);
                        if number >= self.count {
                            return;
                        }
                        let (shape, case, expected) = self.case(number);
                        if look(number, shape, case, expected).is_break() {
                            return;
                        }
                    }
                });
            }
        });
    }
}

#[test]
fn the_engine_fires_as_the_oracle_does() {
    let begun = Instant::now();
    let run = Run::new("the_engine_fires_as_the_oracle_does");
    let table: Mutex<BTreeMap<Shape, (usize, usize)>> = Mutex::default();
    let differences = AtomicUsize::new(0);
    run.each(|number, shape, case, expected| {
        // Every curve is many runs of the oracle: one case in four has one.
        let found = difference(&case, &expected, number % 4 == 0);
        if let Some(found) = found {
            // The rest would say the same at greater length.
            if differences.fetch_add(1, Ordering::Relaxed) < 2 {
                println!("case {number} {shape:?}: {found}");
                println!("shrunk: {}", shrunk(case, found.starts_with(CURVE)));
            }
        }
        let fires = !expected.firings.is_empty();
        let mut table = table.lock().unwrap();
        let (cases, fired) = table.entry(shape).or_default();
        (*cases, *fired) = (*cases + 1, *fired + usize::from(fires));
        ControlFlow::Continue(())
    });
    assert_eq!(differences.into_inner(), 0, "differences");
    let table = table.into_inner().unwrap();
    println!("{:<32} cases  that fire", "window, measure, trigger");
    for ((window, measure, trigger), (cases, fired)) in &table {
        println!("{:<32} {cases:>5} {fired:>10}", format!("{window} {measure} {trigger}"));
    }
    println!("{} cases in {:?}", run.count, begun.elapsed());
    // A short run, for a first look, cannot count so many.
    let least = 100.min(run.count / SHAPES.len() / 4);
    assert!(table.values().all(|(_, fired)| *fired >= least), "each fires in {least} cases at least");
}

/// In how many cases each wrong boundary has to be seen.
const OFTEN: usize = 3;

/// The oracle with one boundary wrong: the cases have to tell it from the engine.
#[test]
fn every_boundary_that_is_wrong_is_noticed() {
    let run = Run::new("every_boundary_that_is_wrong_is_noticed");
    let seen: Mutex<Vec<(Slip, usize)>> = Mutex::new(Slip::ALL.iter().map(|slip| (*slip, 0)).collect());
    run.each(|_, _, case, _| {
        let open = seen.lock().unwrap().clone().into_iter().filter(|(_, count)| *count < OFTEN);
        let open: Vec<Slip> = open.map(|(slip, _)| slip).collect();
        if open.is_empty() {
            return ControlFlow::Break(());
        }
        let (engine, _) = engine(&case).unwrap();
        for slip in open.into_iter().filter(|slip| oracle(&case, Some(*slip)).verdict() != engine) {
            let mut seen = seen.lock().unwrap();
            seen.iter_mut().filter(|(other, _)| *other == slip).for_each(|(_, count)| *count += 1);
        }
        ControlFlow::Continue(())
    });
    let looked = run.next.into_inner().min(run.count);
    let seen = seen.into_inner().unwrap();
    println!("{} wrong boundaries, each seen {OFTEN} times within {looked} cases", seen.len());
    let missed: Vec<_> = seen.iter().filter(|(_, count)| *count < OFTEN).collect();
    assert!(missed.is_empty(), "wrong boundaries that are not noticed {OFTEN} times: {missed:?}");
}
