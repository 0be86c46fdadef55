//! `rules-peer [--events N] [--pairs N] [--seed N] [--rules N]`: the same rules over the same events, ours and
//! rsigma-eval's with its correlations, by turns. Firings have to be equal before anything is said about time; time is
//! the thread's CPU time, and what counts is the ratio within a pair, since the machine is never quiet. Ends with the
//! gates, and fails when one is missed. `--rules` leaves it at the rows of so many rules: 1, 10, 100, 1000 or 10000, or
//! at those that compare nothing but ours when it is 0.

#![forbid(unsafe_code)]

mod evaluators;
mod measure;
mod own;
mod work;

use std::process::ExitCode;

use measure::measure;
use own::{Run, growth};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use work::Users;

/// How many times the other's rate is owed at a hundred and at a thousand rules.
const AT_100: f64 = 10.0;
const AT_1000: f64 = 20.0;
/// How much more an event of one hot key may cost after a million than after ten thousand.
const HOT: f64 = 2.0;
/// How much more an event may cost with a hundred thousand groups than with a thousand.
const GROUPS: f64 = 1.5;

struct Options {
    events: usize,
    pairs: usize,
    seed: u64,
    /// Only the rows of so many rules; of none: what grows.
    rules: Option<usize>,
}

fn options() -> Result<Options, String> {
    let mut options = Options { events: 100_000, pairs: 5, seed: rand::random(), rules: None };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().and_then(|value| value.replace('_', "").parse::<u64>().ok());
        let value = value.ok_or_else(|| format!("{name} needs a number"))?;
        match name.as_str() {
            "--events" => options.events = value as usize,
            "--pairs" => options.pairs = (value as usize).max(1),
            "--seed" => options.seed = value,
            "--rules" => options.rules = Some(value as usize),
            other => return Err(format!("there is no {other}: use --events, --pairs, --seed and --rules")),
        }
    }
    Ok(options)
}

/// What is owed, and what was found.
struct Gate {
    held: bool,
    words: String,
}

fn main() -> ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(problem) => {
            eprintln!("rules-peer: {problem}");
            return ExitCode::from(2);
        }
    };
    println!("seed {}, {} pairs; thread-CPU time in ns an event, medians", options.seed, options.pairs);
    println!(
        "{:<34} {:>8} {:>8} {:>12} {:>12} {:>8} (least-most) bytes a live pair",
        "shape", "events", "firings", "ours", "theirs", "ratio"
    );
    let mut gates = beside(&options);
    println!();
    if options.rules.is_none_or(|only| only == 0) {
        gates.extend(alone(&options));
        println!();
    }
    for gate in &gates {
        println!("{} {}", if gate.held { "held   " } else { "MISSED " }, gate.words);
    }
    if gates.iter().all(|gate| gate.held) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Ours beside the other.
fn beside(options: &Options) -> Vec<Gate> {
    let mut random = StdRng::seed_from_u64(options.seed);
    let requests = work::requests(&mut random, 0, options.events, Users::Skewed);
    let mut gates = Vec::new();
    for (count, part) in [(1, 1), (10, 1), (100, 1), (1_000, 10), (10_000, 50)] {
        let rules = work::rules(&mut random, count);
        if options.rules.is_some_and(|only| only != count) {
            continue;
        }
        let some = &requests[..requests.len() / part];
        // The other one takes a minute for a few thousand events at ten thousand rules.
        let pairs = if count == 10_000 { 1 } else { options.pairs };
        let ready = measure(&rules, some, pairs, false);
        ready.print(&format!("{count} rules, events ready"), some.len());
        let owed = match count {
            100 => Some(AT_100),
            1_000 => Some(AT_1000),
            _ => None,
        };
        gates.extend(owed.map(|owed| Gate {
            held: ready.ratio() >= owed,
            words: format!("{count} rules: {:.1} times the other's rate, owed {owed}", ready.ratio()),
        }));
        if count < 10_000 {
            measure(&rules, some, pairs, true).print(&format!("{count} rules, from JSON"), some.len());
        }
    }
    if options.rules.is_some() {
        return gates;
    }
    for part in [20, 10, 5] {
        let hot = work::requests(&mut random, 0, options.events / part, Users::Even(1));
        measure(&work::hot_rule(), &hot, options.pairs.min(2), false)
            .print("one user, distinct paths of a day", hot.len());
    }
    gates
}

/// Ours on little and on much.
fn alone(options: &Options) -> Vec<Gate> {
    let run = |events: usize, users: usize| Run { events, users: Users::Even(users) };
    let (little, much) = (options.events / 10, options.events * 10);
    let hot = growth(
        &format!("one user, distinct paths of a day, {little} and {much} events"),
        &work::hot_rule(),
        run(little, 1),
        run(much, 1),
        options.pairs,
        options.seed,
    );
    let mut random = StdRng::seed_from_u64(options.seed);
    let groups = growth(
        &format!("100 rules, {much} events, 1000 and 100000 users"),
        &work::rules(&mut random, 100),
        run(much, 1_000),
        run(much, 100_000),
        options.pairs,
        options.seed,
    );
    vec![
        Gate {
            held: hot <= HOT,
            words: format!("one hot key: {hot:.2} times the cost after {much} events, at most {HOT}"),
        },
        Gate {
            held: groups <= GROUPS,
            words: format!("100000 groups: {groups:.2} times the cost of 1000, at most {GROUPS}"),
        },
    ]
}
