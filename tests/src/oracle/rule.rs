//! A rule's document, read as it stands. Documents are known to be valid: what is wrong with one is not asked here.

use chrono_tz::Tz;
use serde_json::Value;

use super::calendar::Schedule;
use super::condition::{Condition, Lists};
use super::fact::Fact;
use super::ratio::Ratio;
use super::{Key, Slip};

/// A rule.
#[derive(Debug, Clone)]
pub struct Rule {
    sources: Vec<String>,
    conditions: Vec<Condition>,
    group_by: Vec<String>,
    /// What is measured.
    pub measure: Measure,
    /// Over which window.
    pub window: Window,
    /// What has to hold.
    pub trigger: Trigger,
    /// For how many ms a firing keeps the group quiet.
    pub suppress_for: i64,
    /// Stretches that do not count towards a silence: from, and up to.
    pub gaps: Vec<(i64, i64)>,
    /// The boundary that is wrong.
    pub slip: Option<Slip>,
}

/// What is measured over a window.
#[derive(Debug, Clone)]
pub enum Measure {
    /// The matching events.
    Count,
    /// The different values of a field.
    Distinct(String),
    /// The sum of a field.
    Sum(String),
    /// The mean of a field.
    Mean(String),
    /// The largest of a field.
    Max(String),
    /// The percentage that meets more conditions, from so many events on.
    Share(Vec<Condition>, usize),
}

/// A length that people write.
#[derive(Debug, Clone, Copy)]
pub enum Length {
    /// So many ms.
    Elapsed(i64),
    /// So many local days.
    Days(i64),
}

/// The window.
#[derive(Debug, Clone)]
pub enum Window {
    /// Each event alone.
    None,
    /// The last so many ms.
    Rolling(i64),
    /// One after the other, in a zone.
    Fixed(Length, Tz),
    /// From tick to tick.
    Schedule(Schedule),
}

/// The trigger.
#[derive(Debug, Clone)]
pub enum Trigger {
    /// The measure reaches a value.
    AtLeast(Ratio),
    /// Nothing came.
    Absent,
    /// Much more than usual.
    Baseline {
        /// How far back, in ms.
        learn: i64,
        /// How many spreads above the centre.
        deviations: Ratio,
        /// Fewest windows to learn from.
        minimum: usize,
        /// Least value.
        at_least: Ratio,
    },
    /// A value that is new to the group.
    Unseen {
        /// Which field.
        field: String,
        /// How far back, in ms.
        learn: i64,
        /// Fewest earlier events.
        minimum: usize,
    },
    /// A value that few earlier events showed.
    Rare {
        /// Which field.
        field: String,
        /// How far back, in ms.
        learn: i64,
        /// Below this percentage.
        share: Ratio,
        /// Fewest earlier events.
        minimum: usize,
    },
}

/// `90s`, `5m`, `1h`, `1d` in ms.
fn duration(text: &str) -> i64 {
    let (number, unit) = text.split_at(text.len() - 1);
    let unit = match unit {
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        other => panic!("{other} is no unit"),
    };
    number.parse::<i64>().unwrap() * unit
}

fn length(window: &Value) -> Length {
    let time = window["thresholdTime"].as_str().unwrap();
    let (number, unit) = match window["thresholdType"].as_str() {
        Some(unit) => (time.parse().unwrap(), unit),
        None if time.ends_with('d') => (time.trim_end_matches('d').parse().unwrap(), "days"),
        None => return Length::Elapsed(duration(time)),
    };
    match unit {
        "minutes" => Length::Elapsed(number * 60_000),
        "hours" => Length::Elapsed(number * 3_600_000),
        _ => Length::Days(number),
    }
}

fn window(said: &Value, slip: Option<Slip>) -> Window {
    let zone: Tz = said["zone"].as_str().unwrap_or("UTC").parse().unwrap();
    match said["kind"].as_str() {
        None => Window::None,
        Some("rolling") => Window::Rolling(match length(said) {
            Length::Elapsed(ms) => ms,
            Length::Days(days) => days * 86_400_000,
        }),
        Some("fixed") => Window::Fixed(length(said), zone),
        Some(_) => Window::Schedule(Schedule::read(said["thresholdTime"].as_str().unwrap(), zone, slip)),
    }
}

/// A number as a number or as text.
fn decimal(said: &Value, usual: i128) -> Ratio {
    if said.is_null() {
        return Ratio::thousandths(usual * 1_000);
    }
    Ratio::text(said.as_str().unwrap_or(&said.to_string()))
}

fn measure(said: &Value, lists: &Lists) -> Measure {
    let field = || said["field"].as_str().unwrap().to_owned();
    match said["kind"].as_str().unwrap_or("count") {
        "count" => Measure::Count,
        "distinct" => Measure::Distinct(field()),
        "sum" => Measure::Sum(field()),
        "mean" => Measure::Mean(field()),
        "max" => Measure::Max(field()),
        _ => Measure::Share(
            said["conditions"].as_array().unwrap().iter().map(|one| Condition::read(one, lists)).collect(),
            said["minimumEvents"].as_u64().unwrap_or(1) as usize,
        ),
    }
}

fn trigger(said: &Value) -> Trigger {
    let learn = || duration(said["learn"].as_str().unwrap());
    let field = || said["field"].as_str().unwrap().to_owned();
    let minimum = || said["minimumHistory"].as_u64().unwrap() as usize;
    match said["kind"].as_str().unwrap_or("atLeast") {
        "atLeast" => Trigger::AtLeast(decimal(&said["value"], 1)),
        "absent" => Trigger::Absent,
        "baseline" => Trigger::Baseline {
            learn: learn(),
            deviations: decimal(&said["deviations"], 0),
            minimum: said["minimumWindows"].as_u64().unwrap() as usize,
            at_least: decimal(&said["atLeast"], 0),
        },
        "unseen" => Trigger::Unseen { field: field(), learn: learn(), minimum: minimum() },
        _ => Trigger::Rare { field: field(), learn: learn(), share: decimal(&said["share"], 0), minimum: minimum() },
    }
}

impl Rule {
    /// Reads a document.
    #[must_use]
    pub fn read(document: &Value, lists: &Lists, slip: Option<Slip>) -> Self {
        let texts = |key: &str| -> Vec<String> {
            let all = document[key].as_array().map_or(&[][..], Vec::as_slice);
            all.iter().map(|text| text.as_str().unwrap().to_owned()).collect()
        };
        let window = window(&document["window"], slip);
        let usual = if let Window::Rolling(length) = window { length } else { 0 };
        Self {
            sources: texts("sources"),
            conditions: document["conditions"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| Condition::read(one, lists))
                .collect(),
            group_by: texts("groupBy"),
            measure: measure(&document["measure"], lists),
            trigger: trigger(&document["trigger"]),
            suppress_for: document["suppressFor"].as_str().map_or(usual, duration),
            window,
            gaps: Vec::new(),
            slip,
        }
    }

    /// The value that has to be reached, when the trigger is `atLeast`.
    #[must_use]
    pub const fn threshold(&self) -> Option<Ratio> {
        if let Trigger::AtLeast(value) = self.trigger { Some(value) } else { None }
    }

    /// The same rule with another threshold.
    #[must_use]
    pub fn with_threshold(&self, value: Ratio) -> Self {
        Self { trigger: Trigger::AtLeast(value), ..self.clone() }
    }

    /// Whether the event counts for the rule.
    #[must_use]
    pub fn matches(&self, fact: &Fact) -> bool {
        let named = |source: &String| self.sources.iter().any(|own| own.to_lowercase() == source.to_lowercase());
        let from = self.sources.is_empty() || fact.source.as_ref().is_none_or(named);
        from && self.conditions.iter().all(|condition| condition.met(fact, self.slip) == Some(true))
    }

    /// The groups of an event, each with its spelling: one per member of a set, the cross product of several.
    #[must_use]
    pub fn groups_of(&self, fact: &Fact) -> Vec<(Key, Vec<Value>)> {
        let mut groups = vec![(Vec::new(), Vec::new())];
        for field in &self.group_by {
            let mut longer = Vec::new();
            for (key, spelling) in groups {
                let mut with = |canonical: Option<String>, said: Value| {
                    longer.push(([&key[..], &[canonical]].concat(), [&spelling[..], &[said]].concat()));
                };
                for member in fact.members(field) {
                    with(Some(member.canonical.clone()), member.spelling.clone());
                }
                if fact.members(field).is_empty() {
                    with(None, Value::Null);
                }
            }
            groups = longer;
        }
        groups
    }
}
