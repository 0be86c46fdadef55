//! Both evaluators over the same events, by turns.

use std::time::Duration;

use cpu_time::ThreadTime;
use tocsin_model::event::Event;
use tocsin_rules::{Memory, RuleSet};

use crate::evaluators::{Firing, Made, compiled, event, lines, ours, peer, theirs};
use crate::work::{Pair, Request};

/// What something gives, and the thread's CPU time that it took.
pub fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let begun = ThreadTime::now();
    let result = run();
    (result, begun.elapsed())
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

/// Runs both and holds the firings against one another.
pub fn measure(rules: &[Pair], requests: &[Request], pairs: usize, from_text: bool) -> Measured {
    let compiled = compiled(rules);
    let events: Vec<Event> = requests.iter().map(|request| event(&request.line)).collect();
    let mut measured = Measured { pairs: Vec::new(), firings: 0, memory: None };
    for _ in 0..pairs {
        let mut set = RuleSet::new(&compiled);
        let (found, our_time) = timed(|| {
            if from_text {
                ours(&mut set, &compiled, lines(requests))
            } else {
                ours(&mut set, &compiled, events.iter().map(Made::Ready))
            }
        });
        measured.memory = Some(set.memory());
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
