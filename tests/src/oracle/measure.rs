//! What a window measures.

use std::collections::BTreeSet;

use super::Slip;
use super::fact::Fact;
use super::ratio::Ratio;
use super::rule::{Measure, Rule};
use super::value::number;

fn numbers(events: &[&Fact], field: &str) -> Vec<i128> {
    events.iter().flat_map(|fact| fact.members(field)).map(|member| number(&member.canonical).unwrap()).collect()
}

/// The value over the events of a window; `None` when it has none.
#[must_use]
pub fn value(rule: &Rule, events: &[&Fact]) -> Option<Ratio> {
    match &rule.measure {
        Measure::Count => Some(Ratio::whole(events.len())),
        Measure::Distinct(field) => {
            let all = events.iter().flat_map(|fact| fact.members(field));
            Some(Ratio::whole(all.map(|member| &member.canonical).collect::<BTreeSet<_>>().len()))
        }
        Measure::Sum(field) => {
            let numbers = numbers(events, field);
            (!numbers.is_empty()).then(|| Ratio::thousandths(numbers.iter().sum()))
        }
        Measure::Mean(field) => {
            let numbers = numbers(events, field);
            (!numbers.is_empty()).then(|| Ratio::new(numbers.iter().sum(), 1_000 * numbers.len() as i128))
        }
        Measure::Max(field) => numbers(events, field).into_iter().max().map(Ratio::thousandths),
        Measure::Share(conditions, minimum) => {
            let least = minimum + usize::from(rule.slip == Some(Slip::ShareMinimum));
            let meets = |fact: &&&Fact| conditions.iter().all(|one| one.met(fact, rule.slip) == Some(true));
            let inner = events.iter().filter(meets).count();
            (events.len() >= least).then(|| Ratio::new(100 * inner as i128, events.len() as i128))
        }
    }
}
