//! Windows: `thresholdTime` and `thresholdType` as Shield has them, alone or inside our `window`.

use super::Dialect;
use super::head::shown;
use super::object::Object;
use crate::calendar::nearest_zone;
use crate::rule::cron::{Cron, CronError};
use crate::rule::problem::Findings;
use crate::rule::window::{Length, Unit, Window, WindowKind};
use crate::tree::Tree;
use crate::zone::Zone;

const KEYS: &[&str] = &["kind", "thresholdTime", "thresholdType", "zone"];
const REMEDY: &str = "write \"thresholdTime\": \"5\", \"thresholdType\": \"minutes\"";

/// The window of a document of ours: `Some(None)` when it has none, `None` when it cannot be read.
pub(super) fn ours(top: &Object<'_>, findings: &mut Findings) -> Option<Option<Window>> {
    let Some(tree) = top.get("window") else { return Some(None) };
    let object = Object::open(top.place("window"), tree, KEYS, &[], Dialect::Tocsin, findings)?;
    let zone = zone(&object, findings);
    let kind = match object.text("kind", findings) {
        Some(word @ ("rolling" | "fixed" | "schedule")) => Some(word),
        Some(other) => {
            let what = format!("“{}” is no kind of window", shown(other));
            findings.error(object.place("kind"), what, "write rolling, fixed or schedule");
            None
        }
        None => Some(""),
    };
    let time = threshold(&object, findings);
    let (kind, time) = (kind.filter(|_| object.get("kind").is_none_or(|kind| kind.as_text().is_some()))?, time?);
    let kind = match (kind, time) {
        ("fixed", Time::Length(length)) => WindowKind::Fixed(length),
        ("rolling" | "", Time::Length(length)) => WindowKind::Rolling(length),
        ("schedule" | "", Time::Cron(cron)) => WindowKind::Schedule(cron),
        (word, Time::Length(length)) => {
            let what = format!("a {word} window needs a CRON expression, not {length}");
            findings.error(
                object.place("kind"),
                what,
                "write \"thresholdTime\": \"0 8 * * *\", \"thresholdType\": \"CRON\"",
            );
            return None;
        }
        (word, Time::Cron(_)) => {
            findings.error(
                object.place("kind"),
                format!("a {word} window has a length, not a CRON expression"),
                REMEDY,
            );
            return None;
        }
    };
    Some(Some(Window { kind, zone: zone? }))
}

/// The window of Shield's document. Its intervals are rolling, as its makers recommend, and its schedules in UTC.
pub(super) fn shields(top: &Object<'_>, findings: &mut Findings) -> Option<Window> {
    let kind = match threshold(top, findings)? {
        Time::Length(length) => WindowKind::Rolling(length),
        Time::Cron(cron) => WindowKind::Schedule(cron),
    };
    Some(Window { kind, zone: Zone::UTC })
}

fn zone(object: &Object<'_>, findings: &mut Findings) -> Option<Zone> {
    let Some(tree) = object.get("zone") else { return Some(Zone::UTC) };
    let Some(name) = tree.as_text() else {
        let what = format!("“zone” is {}", tree.sort());
        findings.error(object.place("zone"), what, "write an IANA name such as Europe/Berlin");
        return None;
    };
    let fail = |_| {
        let remedy = format!("use an IANA name such as {}", nearest_zone(name));
        findings.error(object.place("zone"), format!("“{}” is no time zone", shown(name)), remedy);
    };
    name.parse().map_err(fail).ok()
}

enum Time {
    Length(Length),
    Cron(Cron),
}

/// What `thresholdType` says.
enum Type {
    /// Nothing: `thresholdTime` has to.
    Unsaid,
    Unit(Unit),
    Cron,
}

fn threshold_type(object: &Object<'_>, findings: &mut Findings) -> Option<Type> {
    if object.get("thresholdType").is_none() {
        return Some(Type::Unsaid);
    }
    let word = object.text("thresholdType", findings)?;
    let unit = Unit::ALL.into_iter().find(|unit| unit.as_str() == word).map(Type::Unit);
    let found = unit.or_else(|| (word == "CRON").then_some(Type::Cron));
    if found.is_none() {
        let what = format!("“{}” is no thresholdType", shown(word));
        findings.error(object.place("thresholdType"), what, "write minutes, hours, days or CRON");
    }
    found
}

/// What `thresholdTime` and `thresholdType` say together.
fn threshold(object: &Object<'_>, findings: &mut Findings) -> Option<Time> {
    let kind = threshold_type(object, findings);
    let tree = object.required("thresholdTime", REMEDY, findings)?;
    let text = match tree {
        Tree::Text(text) | Tree::Number(text) => text.trim(),
        Tree::Null | Tree::Bool(_) | Tree::List(_) | Tree::Map(_) => {
            findings.error(object.place("thresholdTime"), format!("this is {}", tree.sort()), REMEDY);
            return None;
        }
    };
    match kind? {
        Type::Unsaid => length(object, text, None, findings).map(Time::Length),
        Type::Unit(unit) => length(object, text, Some(unit), findings).map(Time::Length),
        Type::Cron => cron(object, text, findings).map(Time::Cron),
    }
}

fn cron(object: &Object<'_>, text: &str, findings: &mut Findings) -> Option<Cron> {
    let fail = |errors: Vec<CronError>| {
        for error in errors {
            let text = error.to_string();
            let (what, remedy) = text.split_once(": ").unwrap_or((&text, "choose a date that comes"));
            findings.error(object.place("thresholdTime"), what, remedy);
        }
    };
    Cron::read(text).map_err(fail).ok()
}

/// `5` and a unit, or `5m` alone; both only when they agree.
fn length(object: &Object<'_>, text: &str, unit: Option<Unit>, findings: &mut Findings) -> Option<Length> {
    let place = object.place("thresholdTime");
    let short = Unit::ALL.into_iter().find_map(|unit| Some((text.strip_suffix(unit.letter())?, unit)));
    let (digits, unit) = match (short, unit) {
        (Some((_, short)), Some(unit)) if short != unit => {
            let what = format!("“{}” is in {}, and thresholdType says {}", shown(text), short.as_str(), unit.as_str());
            findings.error(
                place,
                what,
                format!("write the number alone, with \"thresholdType\": \"{}\"", short.as_str()),
            );
            return None;
        }
        (Some(found), _) => found,
        (None, Some(unit)) => (text, unit),
        (None, None) => {
            let what = format!("“{}” does not say minutes, hours, days or CRON", shown(text));
            findings.error(object.place("thresholdType"), what, "add thresholdType, or write it as 5m, 1h or 1d");
            return None;
        }
    };
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    let length = digits.parse().ok().filter(|_| is_number).and_then(|count| Length::new(count, unit));
    if length.is_none() {
        let what = format!("“{}” is no length of a window", shown(text));
        findings.error(place, what, "write a whole number without a sign, from 1 minute to 366 days");
    }
    length
}
