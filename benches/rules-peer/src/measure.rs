//! Both evaluators over the same events, by turns.

use std::time::Duration;

use cpu_time::ThreadTime;
use serde_json::Value;
use tocsin_rules::{Memory, RuleSet};

use crate::evaluators::{Firing, compiled, event, ours, peer, theirs};
use crate::work::{Pair, Request};

/// What something gives, and the thread's CPU time that it took.
fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let begun = ThreadTime::now();
    let result = run();
    (result, begun.elapsed())
}

/// What asking for the time takes itself: as long as two events of ours.
fn empty() -> Duration {
    (0..1_000).map(|_| timed(|| ()).1).min().unwrap_or_default()
}

/// The middle one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Time for an event, ours and theirs, pair by pair.
pub struct Measured {
    pairs: Vec<(f64, f64)>,
    firings: usize,
    memory: Option<Memory>,
}

impl Measured {
    /// How many times ours is as fast.
    pub fn ratio(&self) -> f64 {
        median(self.ratios())
    }

    fn ratios(&self) -> Vec<f64> {
        self.pairs.iter().map(|(ours, theirs)| theirs / ours).collect()
    }

    pub fn print(&self, name: &str, events: usize) {
        let ours = median(self.pairs.iter().map(|(ours, _)| *ours).collect());
        let theirs = median(self.pairs.iter().map(|(_, theirs)| *theirs).collect());
        let ratios = self.ratios();
        let (low, high) = (ratios.iter().copied().fold(f64::MAX, f64::min), ratios.iter().copied().fold(0.0, f64::max));
        let each = self.memory.map_or(0, |memory| memory.bytes / memory.live.max(1));
        println!(
            "{name:<34} {events:>8} {:>8} {ours:>12.0} {theirs:>12.0} {:>8.2} ({low:.2}-{high:.2}) {each:>8}",
            self.firings,
            self.ratio()
        );
    }
}

fn sorted(mut firings: Vec<Firing>) -> Vec<Firing> {
    firings.sort();
    firings
}

/// So many events are made at a time. An event that has just come in is in the processor's cache, so those that are
/// made before the clock starts are few.
const CHUNK: usize = 64;

/// Time that `run` takes for all requests, some of them at once, made into events by `make`: before, or within the time
/// and then so many together.
pub fn clocked<T>(
    requests: &[Request],
    made_in_time: Option<usize>,
    make: impl Fn(&Request) -> T,
    mut run: impl FnMut(&[Request], &[T]),
) -> Duration {
    let (mut spent, empty) = (Duration::ZERO, empty());
    let make = |some: &[Request]| -> Vec<T> { some.iter().map(&make).collect() };
    for some in requests.chunks(CHUNK) {
        let ((), time) = if let Some(together) = made_in_time {
            timed(|| some.chunks(together).for_each(|some| run(some, &make(some))))
        } else {
            let made = make(some);
            timed(|| run(some, &made))
        };
        spent += time.saturating_sub(empty);
    }
    spent
}

/// Runs both and holds the firings against one another.
pub fn measure(rules: &[Pair], requests: &[Request], pairs: usize, from_text: bool) -> Measured {
    let compiled = compiled(rules);
    let mut measured = Measured { pairs: Vec::new(), firings: 0, memory: None };
    for _ in 0..pairs {
        let (mut set, mut found) = (RuleSet::new(&compiled), Vec::new());
        let make = |request: &Request| event(&request.line);
        // A delivery at a time, as the product has them.
        let our_time = clocked(requests, from_text.then_some(CHUNK), make, |_, events| {
            ours(&mut set, &compiled, events, &mut found);
        });
        measured.memory = Some(set.memory());
        let (mut engine, mut expected) = (peer(rules), Vec::new());
        let make = |request: &Request| -> Value { serde_json::from_str(&request.text).expect("texts are JSON") };
        // One at a time: several at once are no quicker there on one thread.
        let their_time = clocked(requests, from_text.then_some(1), make, |requests, values| {
            for (request, value) in requests.iter().zip(values) {
                theirs(&mut engine, request.seconds, value, &mut expected);
            }
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
