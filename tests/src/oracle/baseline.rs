//! Windows that stand out of those before them.

use super::Slip;
use super::fact::Fact;
use super::measure;
use super::ratio::{Ratio, median};
use super::rule::{Measure, Rule, Trigger, Window};
use super::trigger::{Candidate, fixed_window};

type Held<'a> = ((i64, i64), Vec<&'a Fact>);

/// The candidates of a group, from its windows that hold an event, in order.
#[must_use]
pub fn candidates(rule: &Rule, windows: &[Held]) -> Vec<Candidate> {
    let Trigger::Baseline { learn, deviations, minimum, at_least } = &rule.trigger else { panic!("no baseline") };
    let mut found = Vec::new();
    for (window, held) in windows {
        let Some(value) = measure::value(rule, held) else { continue };
        let history = history(rule, windows, window.0, *learn);
        let least = minimum + usize::from(rule.slip == Some(Slip::BaselineMinimum));
        let Some(limit) = limit(&history, *deviations).filter(|_| history.len() >= least) else { continue };
        let above = value > limit || (value == limit && rule.slip == Some(Slip::BaselineStrict));
        let enough = value > *at_least || (value == *at_least && rule.slip != Some(Slip::BaselineAtLeast));
        if above && enough {
            let events = held.iter().map(|fact| fact.id.clone()).collect();
            found.push(Candidate { at: window.1, window: *window, value, events });
        }
    }
    found
}

/// What a window has to be above: centre + k x spread.
fn limit(history: &[Ratio], deviations: Ratio) -> Option<Ratio> {
    let centre = median(history)?;
    let away: Vec<Ratio> = history.iter().map(|value| value.apart(centre)).collect();
    let spread =
        median(&away)?.times(Ratio::text("1.4826")).max(centre.times(Ratio::text("0.05"))).max(Ratio::whole(1));
    Some(centre.plus(deviations.times(spread)))
}

/// The values of the group's windows that lie in [start - learn, start), from the one with its first event on.
fn history(rule: &Rule, windows: &[Held], start: i64, learn: i64) -> Vec<Ratio> {
    let Window::Fixed(length, zone) = rule.window else { panic!("not a fixed window") };
    let counts_empty = matches!(rule.measure, Measure::Count | Measure::Distinct(_) | Measure::Sum(_));
    let mut values = Vec::new();
    let mut next = windows[0].0;
    while next.0 < start {
        let learnt =
            if rule.slip == Some(Slip::BaselineLearn) { next.0 > start - learn } else { next.0 >= start - learn };
        let held = windows.iter().find(|(window, _)| *window == next);
        // A window without events is zero, or is left out; one whose events have no value is left out.
        let empty = (counts_empty && rule.slip != Some(Slip::BaselineEmpty)).then(|| Ratio::whole(0));
        if learnt {
            values.extend(held.map_or(empty, |(_, held)| measure::value(rule, held)));
        }
        next = fixed_window(length, zone, next.1, rule.slip);
    }
    values
}
