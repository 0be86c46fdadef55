//! Why an event made a rule fire, or the first stage that failed and the nearest change that would have fired.
//!
//! The same evaluator answers: nothing is decided here that it does not decide.

mod conditions;
mod run;
mod window;
mod words;

pub use conditions::ConditionVerdict;
pub use window::{GroupVerdict, unheard};

use std::sync::Arc;

use tocsin_model::event::Event;
use tocsin_model::field::Field;
use tocsin_model::rule::{Condition, Measure, Mode, Rule, Trigger};
use tocsin_model::time::Timestamp;

use crate::compile::Compiled;
use run::Run;

/// A stage of a rule, in the order in which an event goes through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Whether the rule looks at the event's source.
    Source,
    /// Whether what the rule looks at could be read.
    Parse,
    /// Whether the event meets the conditions.
    Conditions,
    /// Which groups it belongs to.
    Group,
    /// Whether the value of a window reached the threshold.
    Window,
    /// Whether an earlier firing of the group held it back.
    Suppression,
    /// Whether the rule is enabled and live.
    Mode,
    /// Whether the rule's channels say to tell anybody.
    Channel,
}

impl Stage {
    /// The word of machine-readable output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Parse => "parse",
            Self::Conditions => "conditions",
            Self::Group => "group",
            Self::Window => "window",
            Self::Suppression => "suppression",
            Self::Mode => "mode",
            Self::Channel => "channel",
        }
    }
}

/// How a stage went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageVerdict {
    /// Which.
    pub stage: Stage,
    /// Whether the event got past it; none when it did not get there.
    pub passed: Option<bool>,
    /// Why, in one sentence.
    pub reason: String,
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Whether it made the rule fire, told or not.
    pub fires: bool,
    /// Every stage, in order.
    pub stages: Vec<StageVerdict>,
    /// Every condition, in the rule's order.
    pub conditions: Vec<ConditionVerdict>,
    /// Every group it belongs to; none when it does not meet the conditions.
    pub groups: Vec<GroupVerdict>,
    /// The nearest change that would have made it fire.
    pub nearest: Option<String>,
}

impl Explanation {
    /// The first stage that it did not get past.
    #[must_use]
    pub fn failed(&self) -> Option<Stage> {
        self.stages.iter().find(|stage| stage.passed == Some(false)).map(|stage| stage.stage)
    }
}

/// Explains what becomes of the event with this id among events that stand in the order of (time, id); none when it is
/// not among them. A window that ends later is decided by all of them, as in a backtest.
#[must_use]
pub fn explain(rule: &Arc<Compiled>, events: &[Event], id: &str) -> Option<Explanation> {
    explain_until(rule, events, id, events.last()?.time)
}

/// As [`explain`], where events that are not among these have come up to `last`: of other groups, or without a match.
#[must_use]
pub fn explain_until(rule: &Arc<Compiled>, events: &[Event], id: &str, last: Timestamp) -> Option<Explanation> {
    let at = events.iter().position(|event| event.id == id)?;
    let event = events.get(at)?;
    let conditions = verdicts(rule, event);
    let groups = if rule.matches(event) {
        let run = Run::new(rule, events, at, last);
        run.groups.iter().map(|&group| window::verdict(rule, &run, group, event)).collect()
    } else {
        Vec::new()
    };
    let stages = stages(rule, event, &conditions, &groups);
    let fires = groups.iter().any(|group| group.fired_at.is_some());
    let mut explanation = Explanation { fires, stages, conditions, groups, nearest: None };
    explanation.nearest = nearest(&explanation, rule.rule());
    Some(explanation)
}

/// What an event says to each condition, in the rule's order.
#[must_use]
pub fn verdicts(rule: &Compiled, event: &Event) -> Vec<ConditionVerdict> {
    let numbered = rule.rule().conditions.iter().zip(rule.matchers()).enumerate();
    numbered.map(|(at, (condition, matcher))| conditions::verdict(at, condition, matcher, event)).collect()
}

/// What a condition asks, in words: “hostname is not one of “a”, “b””.
#[must_use]
pub fn asked(condition: &Condition) -> String {
    let not = if condition.negated { "not " } else { "" };
    format!("{} is {not}{}", condition.field.name(), words::wanted(condition))
}

fn stages(
    rule: &Compiled,
    event: &Event,
    conditions: &[ConditionVerdict],
    groups: &[GroupVerdict],
) -> Vec<StageVerdict> {
    let plain = rule.rule();
    let unreadable: Vec<String> = event
        .unreadable
        .iter()
        .filter(|field| looks_at(plain, field) && fails_on(conditions, field))
        .map(|field| field.name().to_owned())
        .collect();
    let failing = conditions.iter().filter(|one| !one.holds).count();
    let best = groups.iter().find(|one| one.fired_at.is_some()).or_else(|| groups.iter().find(|one| one.holds));
    let shown = best.or(groups.first());
    let reason = |otherwise: &str| shown.map_or_else(|| otherwise.to_owned(), |group| group.asked.clone());
    let told = [plain.enabled, plain.mode == Mode::Live];
    let all = [
        (Stage::Source, rule.is_of_sources(event), source_reason(plain, event)),
        (Stage::Parse, unreadable.is_empty(), parse_reason(&unreadable)),
        (Stage::Conditions, failing == 0, conditions_reason(conditions.len(), failing)),
        (Stage::Group, true, group_reason(plain, groups)),
        (Stage::Window, groups.iter().any(|one| one.holds), reason("no window was asked")),
        (Stage::Suppression, groups.iter().any(|one| one.fired_at.is_some()), suppression_reason(shown)),
        (Stage::Mode, told == [true, true], mode_reason(plain).to_owned()),
        (Stage::Channel, plain.tells_desktop(), channel_reason(plain).to_owned()),
    ];
    let mut over = false;
    all.into_iter()
        .map(|(stage, passed, reason)| {
            let verdict = if over {
                StageVerdict { stage, passed: None, reason: "not reached".to_owned() }
            } else {
                StageVerdict { stage, passed: Some(passed), reason }
            };
            over = over || !passed;
            verdict
        })
        .collect()
}

fn looks_at(rule: &Rule, field: &Field) -> bool {
    let measured = match &rule.measure {
        Measure::Distinct(of) | Measure::Sum(of) | Measure::Mean(of) | Measure::Max(of) => of == field,
        Measure::Share { conditions, .. } => conditions.iter().any(|one| one.field == *field),
        Measure::Count => false,
    };
    let triggered = match &rule.trigger {
        Trigger::Unseen { field: of, .. } | Trigger::Rare { field: of, .. } => of == field,
        Trigger::AtLeast(_) | Trigger::Absent | Trigger::Baseline { .. } => false,
    };
    measured || triggered || rule.group_by.contains(field) || rule.conditions.iter().any(|one| one.field == *field)
}

/// Whether a condition on the field does not hold.
fn fails_on(conditions: &[ConditionVerdict], field: &Field) -> bool {
    conditions.iter().any(|one| !one.holds && one.field == field.name())
}

fn source_reason(rule: &Rule, event: &Event) -> String {
    let from = event.source.as_ref().map_or_else(|| "an unnamed source".to_owned(), |name| words::quoted(name));
    if rule.sources.is_empty() {
        format!("the rule looks at every source; the event is from {from}")
    } else {
        format!("the rule looks at {}; the event is from {from}", words::some(&rule.sources))
    }
}

fn parse_reason(unreadable: &[String]) -> String {
    if unreadable.is_empty() {
        "everything the rule looks at could be read".to_owned()
    } else {
        format!("{} cannot be read and counts as missing", words::some(unreadable))
    }
}

fn conditions_reason(all: usize, failing: usize) -> String {
    match (all, failing) {
        (1, 0) => "its one condition holds".to_owned(),
        (_, 0) => format!("all {all} conditions hold"),
        (1, _) => "its one condition does not hold".to_owned(),
        (_, _) => format!("{failing} of {all} conditions do not hold"),
    }
}

fn group_reason(rule: &Rule, groups: &[GroupVerdict]) -> String {
    if rule.group_by.is_empty() {
        return "the rule has no groups: all events count together".to_owned();
    }
    let named = |group: &GroupVerdict| {
        let pairs = rule.group_by.iter().zip(&group.group);
        pairs
            .map(|(field, one)| format!("{}={}", field.name(), words::spelling(&one.spelling)))
            .collect::<Vec<_>>()
            .join(" ")
    };
    words::some(&groups.iter().map(named).collect::<Vec<_>>())
}

fn suppression_reason(group: Option<&GroupVerdict>) -> String {
    match group {
        Some(group) if group.fired_at.is_some() => "no firing of the group held it back".to_owned(),
        Some(group) => group.reason.clone(),
        None => "not reached".to_owned(),
    }
}

const fn mode_reason(rule: &Rule) -> &'static str {
    match (rule.enabled, rule.mode) {
        (false, _) => "the rule is disabled, so it is not evaluated",
        (true, Mode::Shadow) => "the rule is in shadow: firings are recorded and nobody is told",
        (true, Mode::Live) => "the rule is live",
    }
}

fn channel_reason(rule: &Rule) -> &'static str {
    if rule.tells_desktop() {
        "it is told on the desktop, as the settings of notifications say"
    } else {
        "the rule's channels leave out the desktop, so nobody is told"
    }
}

/// The one change that is nearest: of the first stage that failed.
fn nearest(explanation: &Explanation, rule: &Rule) -> Option<String> {
    match explanation.failed()? {
        Stage::Source => Some("the event's source among the rule's sources".to_owned()),
        Stage::Parse | Stage::Conditions => {
            let remedies: Vec<String> = explanation.conditions.iter().filter_map(|one| one.remedy.clone()).collect();
            Some(remedies.join("; and "))
        }
        Stage::Group => None,
        Stage::Window => explanation.groups.iter().find_map(|group| group.remedy.clone()),
        Stage::Suppression => {
            explanation.groups.iter().filter(|group| group.holds).find_map(|group| group.remedy.clone())
        }
        Stage::Channel => Some("“desktop” among the rule's channels".to_owned()),
        Stage::Mode => Some(if rule.enabled { "mode live".to_owned() } else { "the rule enabled".to_owned() }),
    }
}
