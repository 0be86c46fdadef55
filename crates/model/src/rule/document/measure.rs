//! Groups, measures and triggers, and whether they go together with the window.

use super::Dialect;
use super::condition::{self, named, sort};
use super::head::{duration, shown};
use super::object::Object;
use crate::field::Field;
use crate::rule::problem::Findings;
use crate::rule::{Measure, Trigger};
use crate::time::Span;
use crate::tree::Tree;
use crate::value::{Decimal, FieldKind, number_of};

const MOST_GROUPS: usize = 3;

/// The fields to group by; `None` when one of them cannot be read.
pub(super) fn group_by(top: &Object<'_>, findings: &mut Findings) -> Option<Vec<Field>> {
    if top.get("groupBy").is_none() {
        return Some(Vec::new());
    }
    let list = top.list("groupBy", findings)?;
    let path = top.place("groupBy");
    if list.len() > MOST_GROUPS {
        let what = format!("there are {} fields, and {MOST_GROUPS} is the most", list.len());
        findings.error(&path, what, "leave some out");
    }
    let mut fields: Vec<Field> = Vec::new();
    for (at, tree) in list.iter().enumerate() {
        let place = format!("{path}[{at}]");
        let Tree::Text(name) = tree else {
            findings.error(place, format!("this is {}", tree.sort()), "write the name of a field");
            continue;
        };
        match named(name, place.clone(), findings) {
            Some(field) if fields.contains(&field) => {
                findings.error(place, format!("{field} stands here twice"), "keep one of the two");
            }
            Some(field) => fields.push(field),
            None => {}
        }
    }
    (fields.len() == list.len()).then_some(fields)
}

pub(super) fn measure(top: &Object<'_>, findings: &mut Findings) -> Option<Measure> {
    let Some(tree) = top.get("measure") else { return Some(Measure::Count) };
    let kind = tree.get("kind").and_then(Tree::as_text).unwrap_or_default();
    let keys: &[&str] = match kind {
        "count" => &["kind"],
        "distinct" | "sum" | "mean" | "max" => &["kind", "field"],
        "share" => &["kind", "conditions", "minimumEvents"],
        _ => &["kind", "field", "conditions", "minimumEvents"],
    };
    let object = Object::open(top.place("measure"), tree, keys, &[], Dialect::Tocsin, findings)?;
    let remedy = "write count, distinct, sum, mean, max or share";
    object.required("kind", remedy, findings)?;
    let kind = object.text("kind", findings)?;
    match kind {
        "count" => Some(Measure::Count),
        "distinct" => condition::field(&object, "field", findings).map(Measure::Distinct),
        "sum" => number_field(&object, findings).map(Measure::Sum),
        "mean" => number_field(&object, findings).map(Measure::Mean),
        "max" => number_field(&object, findings).map(Measure::Max),
        "share" => {
            let conditions = condition::all(&object, Dialect::Tocsin, findings);
            let minimum_events = count(&object, "minimumEvents", findings);
            let is_there = object.get("minimumEvents").is_some();
            let minimum_events = if is_there { minimum_events? } else { 1 };
            Some(Measure::Share { conditions: conditions?, minimum_events })
        }
        other => {
            findings.error(object.place("kind"), format!("“{}” is no measure", shown(other)), remedy);
            None
        }
    }
}

fn number_field(object: &Object<'_>, findings: &mut Findings) -> Option<Field> {
    let field = condition::field(object, "field", findings)?;
    if field.kind() != FieldKind::Number {
        let what = format!("{field} is {}, not a number", sort(field.kind()));
        findings.error(object.place("field"), what, "use a number such as response_bytes, or the measure distinct");
        return None;
    }
    Some(field)
}

/// A whole number from 1.
fn count(object: &Object<'_>, key: &str, findings: &mut Findings) -> Option<u64> {
    let number = number(object, key, findings)?;
    let whole = number.thousandths() % 1_000 == 0;
    let found = u64::try_from(number.thousandths() / 1_000).ok().filter(|count| whole && *count > 0);
    if found.is_none() {
        findings.error(object.place(key), format!("{number} is not a whole number from 1"), "write one such as 10");
    }
    found
}

/// A number, or decimal text.
fn number(object: &Object<'_>, key: &str, findings: &mut Findings) -> Option<Decimal> {
    let tree = object.get(key)?;
    let found = number_of(tree);
    if found.is_none() {
        let what = match tree {
            Tree::Text(text) | Tree::Number(text) => format!("“{}” is no number that can be used", shown(text)),
            Tree::Null | Tree::Bool(_) | Tree::List(_) | Tree::Map(_) => format!("“{key}” is {}", tree.sort()),
        };
        findings.error(object.place(key), what, "write a number such as 5 or 0.5");
    }
    found
}

/// A number above zero.
fn positive(object: &Object<'_>, key: &str, findings: &mut Findings) -> Option<Decimal> {
    let number = number(object, key, findings)?;
    if number.thousandths() <= 0 {
        findings.error(object.place(key), format!("{number} is not above zero"), "write a number above zero");
        return None;
    }
    Some(number)
}

const ONE: Decimal = Decimal::from_thousandths(1_000);

/// The trigger; `measure` decides whether its value has to be whole.
pub(super) fn trigger(top: &Object<'_>, measure: Option<&Measure>, findings: &mut Findings) -> Option<Trigger> {
    let Some(tree) = top.get("trigger") else { return Some(Trigger::AtLeast(ONE)) };
    let keys: &[&str] = match tree.get("kind").and_then(Tree::as_text).unwrap_or_default() {
        "atLeast" => &["kind", "value"],
        "absent" => &["kind"],
        "baseline" => &["kind", "learn", "deviations", "minimumWindows", "atLeast"],
        "unseen" => &["kind", "field", "learn", "minimumHistory"],
        "rare" => &["kind", "field", "learn", "share", "minimumHistory"],
        _ => &["kind", "value", "learn", "deviations", "minimumWindows", "atLeast", "field", "minimumHistory", "share"],
    };
    let object = Object::open(top.place("trigger"), tree, keys, &[], Dialect::Tocsin, findings)?;
    let remedy = "write atLeast, absent, baseline, unseen or rare";
    object.required("kind", remedy, findings)?;
    match object.text("kind", findings)? {
        "atLeast" => at_least(&object, measure, findings).map(Trigger::AtLeast),
        "absent" => Some(Trigger::Absent),
        "baseline" => {
            let learn = learn(&object, findings);
            let deviations = required(&object, "deviations", findings, positive);
            let minimum_windows = required(&object, "minimumWindows", findings, count);
            let at_least = object.get("atLeast").map(|_| number(&object, "atLeast", findings));
            Some(Trigger::Baseline {
                learn: learn?,
                deviations: deviations?,
                minimum_windows: minimum_windows?,
                at_least: at_least.map_or(Some(None), |found| found.map(Some))?,
            })
        }
        "unseen" => {
            let field = condition::field(&object, "field", findings);
            let learn = learn(&object, findings);
            let minimum_history = required(&object, "minimumHistory", findings, count);
            Some(Trigger::Unseen { field: field?, learn: learn?, minimum_history: minimum_history? })
        }
        "rare" => {
            let field = condition::field(&object, "field", findings);
            let learn = learn(&object, findings);
            let share = required(&object, "share", findings, positive);
            if let Some(share) = share.filter(|share| *share > Decimal::from_thousandths(100_000)) {
                let what = format!("every value is shown by less than {share} percent, so every event is rare");
                findings.warning(object.place("share"), what, "write 100 or less");
            }
            let minimum_history = required(&object, "minimumHistory", findings, count);
            Some(Trigger::Rare { field: field?, learn: learn?, share: share?, minimum_history: minimum_history? })
        }
        other => {
            findings.error(object.place("kind"), format!("“{}” is no trigger", shown(other)), remedy);
            None
        }
    }
}

fn required<T>(
    object: &Object<'_>,
    key: &str,
    findings: &mut Findings,
    read: impl FnOnce(&Object<'_>, &str, &mut Findings) -> Option<T>,
) -> Option<T> {
    object.required(key, "write a number", findings)?;
    read(object, key, findings)
}

fn learn(object: &Object<'_>, findings: &mut Findings) -> Option<Span> {
    object.required("learn", "say how far back to look, such as \"30d\"", findings)?;
    let text = object.text("learn", findings)?;
    duration(text, false, object.place("learn"), findings)
}

fn at_least(object: &Object<'_>, measure: Option<&Measure>, findings: &mut Findings) -> Option<Decimal> {
    if object.get("value").is_none() {
        return Some(ONE);
    }
    let value = positive(object, "value", findings)?;
    if let Some(measure) = measure.filter(|measure| measure.is_whole())
        && value.thousandths() % 1_000 != 0
    {
        let what = format!("{} counts whole things, and {value} is not whole", measure.as_str());
        findings.error(object.place("value"), what, "write a whole number from 1");
        return None;
    }
    if matches!(measure, Some(Measure::Share { .. })) && value > Decimal::from_thousandths(100_000) {
        findings.warning(object.place("value"), format!("a share never reaches {value} percent"), "write 100 or less");
    }
    Some(value)
}

/// Whether window, measure and trigger go together. By their words, so that it is said even where one of them cannot be
/// read for another reason.
pub(super) fn fit(top: &Object<'_>, dialect: Dialect, trigger: Option<&Trigger>, findings: &mut Findings) {
    let Some(window) = window_word(top, dialect) else { return };
    let counts = !["distinct", "sum", "mean", "max", "share"].contains(&word(top, "measure", "count"));
    let trigger_word = word(top, "trigger", "atLeast");
    let mut wrong = |key: &str, what: String, remedy: &str| findings.error(top.place(key), what, remedy);
    match trigger_word {
        "atLeast" => {
            let is_one = matches!(trigger, None | Some(Trigger::AtLeast(ONE)));
            if window.is_none() && (!counts || !is_one) {
                let what =
                    "without a window each event stands alone, so its only measure is count and its only value 1";
                let remedy = "add a window, such as {\"thresholdTime\": \"5\", \"thresholdType\": \"minutes\"}";
                wrong("window", what.to_owned(), remedy);
            }
        }
        "absent" => {
            if window != Some("rolling") {
                wrong("window", "absent needs a rolling window: how long nothing has come".to_owned(), "add one");
            }
            if !counts {
                wrong("measure", "absent works with count alone".to_owned(), "remove the measure");
            }
        }
        "baseline" if window != Some("fixed") => {
            wrong("window", "baseline compares fixed windows".to_owned(), "make the window's kind fixed");
        }
        "unseen" | "rare" => {
            if window.is_some() {
                let remedy = "remove the window; suppressFor says how long to stay quiet";
                wrong("window", format!("{trigger_word} looks at single events and has no window"), remedy);
            }
            if !counts {
                wrong("measure", format!("{trigger_word} looks at single events and has no measure"), "remove it");
            }
        }
        // One that goes together with every window, or none at all, which has been said.
        _ => {}
    }
}

/// The kind that a part says it is of.
fn word<'a>(top: &Object<'a>, part: &str, absent: &'a str) -> &'a str {
    top.get(part).map_or(absent, |tree| tree.get("kind").and_then(Tree::as_text).unwrap_or_default())
}

/// The kind of the window: `Some(None)` when there is none, `None` when that cannot be told.
fn window_word<'a>(top: &Object<'a>, dialect: Dialect) -> Option<Option<&'a str>> {
    let (tree, kind) = match dialect {
        Dialect::Shield => (top.get("thresholdType"), None),
        Dialect::Tocsin => {
            let Some(window) = top.get("window") else { return Some(None) };
            (window.get("thresholdType"), window.get("kind").filter(|kind| **kind != Tree::Null))
        }
    };
    let word = match kind.map(Tree::as_text) {
        Some(Some(word @ ("rolling" | "fixed" | "schedule"))) => word,
        Some(_) => return None,
        None if tree.and_then(Tree::as_text) == Some("CRON") => "schedule",
        None => "rolling",
    };
    Some(Some(word))
}
