//! `rules-peer [--events N] [--pairs N] [--seed N]`: the same rules over the same events, ours and rsigma-eval's with
//! its correlations, by turns. Firings have to be equal before anything is said about time; time is the thread's CPU
//! time, and what counts is the ratio within a pair, since the machine is never quiet.

#![forbid(unsafe_code)]

mod evaluators;
mod work;

use std::time::Duration;

use cpu_time::ThreadTime;
use evaluators::{Firing, Made, compiled, event, lines, ours, peer, theirs};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tocsin_model::event::Event;
use work::{Pair, Request};

struct Options {
    events: usize,
    pairs: usize,
    seed: u64,
}

fn options() -> Result<Options, String> {
    let mut options = Options { events: 100_000, pairs: 5, seed: rand::random() };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().and_then(|value| value.replace('_', "").parse::<u64>().ok());
        let value = value.ok_or_else(|| format!("{name} needs a number"))?;
        match name.as_str() {
            "--events" => options.events = value as usize,
            "--pairs" => options.pairs = (value as usize).max(1),
            "--seed" => options.seed = value,
            other => return Err(format!("there is no {other}: use --events, --pairs and --seed")),
        }
    }
    Ok(options)
}

fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let begun = ThreadTime::now();
    let result = run();
    (result, begun.elapsed())
}

/// Time for an event, ours and theirs, pair by pair.
struct Measured {
    pairs: Vec<(f64, f64)>,
    firings: usize,
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

impl Measured {
    fn print(&self, name: &str, events: usize) {
        let ours = median(self.pairs.iter().map(|(ours, _)| *ours).collect());
        let theirs = median(self.pairs.iter().map(|(_, theirs)| *theirs).collect());
        let ratios: Vec<f64> = self.pairs.iter().map(|(ours, theirs)| theirs / ours).collect();
        let (low, high) = (ratios.iter().copied().fold(f64::MAX, f64::min), ratios.iter().copied().fold(0.0, f64::max));
        println!(
            "{name:<34} {events:>8} {:>8} {ours:>12.0} {theirs:>12.0} {:>8.2} ({low:.2}-{high:.2})",
            self.firings,
            median(ratios)
        );
    }
}

fn sorted(mut firings: Vec<Firing>) -> Vec<Firing> {
    firings.sort();
    firings
}

fn measure(rules: &[Pair], requests: &[Request], pairs: usize, from_text: bool) -> Measured {
    let compiled = compiled(rules);
    let events: Vec<Event> = requests.iter().map(|request| event(&request.line)).collect();
    let mut measured = Measured { pairs: Vec::new(), firings: 0 };
    for _ in 0..pairs {
        let (found, our_time) = timed(|| {
            if from_text { ours(&compiled, lines(requests)) } else { ours(&compiled, events.iter().map(Made::Ready)) }
        });
        let mut engine = peer(rules);
        let (expected, their_time) = timed(|| {
            theirs(
                &mut engine,
                requests.iter().map(|request| {
                    let made = if from_text { Made::Text(request.text.as_str()) } else { Made::Ready(&request.fields) };
                    (request.seconds, made)
                }),
            )
        });
        let (found, expected) = (sorted(found), sorted(expected));
        assert!(found == expected, "ours fired {} times, theirs {}", found.len(), expected.len());
        assert!(!found.is_empty(), "rules that never fire show nothing");
        measured.firings = found.len();
        let each = |time: Duration| time.as_nanos() as f64 / requests.len() as f64;
        measured.pairs.push((each(our_time), each(their_time)));
    }
    measured
}

fn main() {
    let options = options().unwrap_or_else(|problem| {
        eprintln!("rules-peer: {problem}");
        std::process::exit(2)
    });
    println!("seed {}, {} pairs; thread-CPU time in ns an event, medians", options.seed, options.pairs);
    println!("{:<34} {:>8} {:>8} {:>12} {:>12} {:>8}", "shape", "events", "firings", "ours", "theirs", "ratio");
    let mut random = StdRng::seed_from_u64(options.seed);
    let requests = work::requests(&mut random, options.events, false);
    for (count, part) in [(1, 1), (10, 1), (100, 1), (1_000, 10)] {
        let rules = work::rules(&mut random, count);
        let some = &requests[..requests.len() / part];
        measure(&rules, some, options.pairs, false).print(&format!("{count} rules, events ready"), some.len());
        measure(&rules, some, options.pairs, true).print(&format!("{count} rules, from JSON"), some.len());
    }
    for part in [20, 10, 5] {
        let hot = work::requests(&mut random, options.events / part, true);
        measure(&work::hot_rule(), &hot, options.pairs.min(3), false)
            .print("one user, distinct paths of a day", hot.len());
    }
}
