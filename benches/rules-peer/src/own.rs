//! What grows: ours alone, on much and on little, by turns. The other evaluator would take hours for the much.

use std::sync::Arc;
use std::time::Duration;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tocsin_rules::{Compiled, Memory, RuleSet};

use crate::evaluators::{compiled, event, ours};
use crate::measure::{clocked, median};
use crate::work::{self, Pair, Request, Users};

/// So many requests are made at a time: a million would not fit into memory.
const PART: usize = 10_000;

/// A run of one set of rules over so many events.
#[derive(Clone, Copy)]
pub struct Run {
    pub events: usize,
    pub users: Users,
}

/// Nanoseconds an event, and what the rules kept in the end.
fn cost(rules: &[Arc<Compiled>], run: Run, seed: u64) -> (f64, Memory, usize) {
    let (mut random, mut set) = (StdRng::seed_from_u64(seed), RuleSet::new(rules));
    let (mut spent, mut found) = (Duration::ZERO, Vec::new());
    for from in (0..run.events).step_by(PART) {
        let requests = work::requests(&mut random, from, PART.min(run.events - from), run.users);
        let make = |request: &Request| event(&request.line);
        spent += clocked(&requests, None, make, |_, events| ours(&mut set, rules, events, &mut found));
    }
    (spent.as_nanos() as f64 / run.events as f64, set.memory(), found.len())
}

/// How much more an event costs in the larger run; prints both. The smaller one is run as often as it takes to see
/// about as many events, with another beginning each time.
pub fn growth(name: &str, rules: &[Pair], small: Run, large: Run, pairs: usize, seed: u64) -> f64 {
    let rules = compiled(rules);
    let often = (large.events / small.events).clamp(1, 20);
    let mut costs = Vec::new();
    let mut kept = None;
    for pair in 0..pairs as u64 {
        let few = (0..often as u64).map(|at| cost(&rules, small, seed.wrapping_add(pair * 100 + at)));
        let (few, fired): (Vec<f64>, Vec<usize>) = few.map(|(cost, _, firings)| (cost, firings)).unzip();
        let (large, memory, firings) = cost(&rules, large, seed.wrapping_add(pair * 100 + 99));
        assert!(firings + fired.iter().sum::<usize>() > 0, "rules that never fire show nothing");
        kept = Some((memory, firings));
        costs.push((median(few), large));
    }
    let ratios: Vec<f64> = costs.iter().map(|(small, large)| large / small).collect();
    let low = ratios.iter().copied().fold(f64::MAX, f64::min);
    let high = ratios.iter().copied().fold(0.0, f64::max);
    let (less, more): (Vec<f64>, Vec<f64>) = costs.into_iter().unzip();
    let ratio = median(ratios);
    println!("{name}: {:.0} ns, then {:.0} ns; {ratio:.2} ({low:.2}-{high:.2})", median(less), median(more));
    if let Some((memory, firings)) = kept {
        print_memory(memory, firings);
    }
    ratio
}

fn print_memory(memory: Memory, firings: usize) {
    let each = memory.bytes / memory.live.max(1);
    println!(
        "    {firings} firings; {} bytes for {} pairs of rule and group, {} of them live: {each} bytes a live pair",
        memory.bytes, memory.pairs, memory.live
    );
}
