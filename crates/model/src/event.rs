//! An event: a normalised fact that rules look at. And the events file: NDJSON, one event a line.

use std::collections::HashSet;

use crate::event_fields::EventFields;
use crate::event_line;
use crate::field::{EventKind, Field};
use crate::time::Timestamp;
use crate::tree::Tree;
use crate::value::{FieldKind, Value, coerce};

/// A normalised fact.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its id; ids are compared as text by code point.
    pub id: String,
    /// The name of the source it came from; events files need not say it.
    pub source: Option<String>,
    /// When it happened, in ms of UTC.
    pub time: Timestamp,
    /// What it is about.
    pub kind: EventKind,
    /// The fields of that kind that it has.
    pub fields: EventFields,
    /// The fields it has, but in a form that cannot be read: they count as missing.
    pub unreadable: Vec<Field>,
}

impl Event {
    /// An event with the fields as a payload says them. Fields that its kind does not have are left out.
    #[must_use]
    pub fn new(id: String, time: Timestamp, kind: EventKind, said: &[(String, Tree)]) -> Self {
        let (mut fields, mut unreadable) = (Vec::with_capacity(said.len().min(FEW_KEYS)), Vec::new());
        // From the end: of a key that stands twice the last one counts.
        let mut seen = Seen::default();
        for (name, tree) in said.iter().rev().filter(|(name, _)| seen.is_new(name)) {
            let Some(field) = Field::named(name).filter(|field| field.is_of(kind)) else { continue };
            match read(&field, tree) {
                Some(Some(value)) => fields.push((field, value)),
                Some(None) => {}
                None => unreadable.push(field),
            }
        }
        unreadable.sort();
        Self { id, source: None, time, kind, fields: fields.into(), unreadable }
    }

    /// An event of the log, where an alert may name several users or addresses: each of them is a value of the field.
    #[must_use]
    pub fn of_log(id: String, time: Timestamp, kind: EventKind, fields: &str) -> Self {
        if let Some((fields, unreadable)) = event_line::fields(fields, kind) {
            return Self { id, source: None, time, kind, fields, unreadable };
        }
        let Ok(Tree::Map(said)) = Tree::parse(fields) else { return Self::new(id, time, kind, &[]) };
        let mut event = Self::new(id, time, kind, &said);
        if kind != EventKind::Alert {
            return event;
        }
        for (name, tree) in &said {
            let (Some(field), Tree::List(members)) = (Field::named(name), tree) else { continue };
            if field.kind() == FieldKind::Set || !field.is_of(kind) {
                continue;
            }
            if let Some(value) = Value::any_of(field.kind(), members) {
                event.unreadable.retain(|unreadable| *unreadable != field);
                event.fields.insert(field, value);
            }
        }
        event
    }

    /// What it says of `field`; `None` when it is missing.
    #[must_use]
    pub fn get(&self, field: &Field) -> Option<&Value> {
        self.fields.get(field)
    }
}

/// As many keys are compared one by one: hashing them takes longer.
const FEW_KEYS: usize = 24;

/// Keys that came already.
#[derive(Default)]
struct Seen<'a> {
    few: Vec<&'a str>,
    many: HashSet<&'a str>,
}

impl<'a> Seen<'a> {
    fn is_new(&mut self, key: &'a str) -> bool {
        if self.few.contains(&key) {
            return false;
        }
        if self.few.len() < FEW_KEYS {
            self.few.push(key);
            return true;
        }
        self.many.insert(key)
    }
}

/// The value, or `None` inside when it is missing, or `None` when it cannot be read.
fn read(field: &Field, tree: &Tree) -> Option<Option<Value>> {
    match (field, tree) {
        // Payloads have no registry: whatever scalar stands there is a text.
        (Field::Attr(_), Tree::Number(text)) => coerce(FieldKind::Text, &Tree::Text(text.clone())).ok(),
        (Field::Attr(_), Tree::Bool(yes)) => coerce(FieldKind::Text, &Tree::Text(yes.to_string())).ok(),
        (field, tree) => coerce(field.kind(), tree).ok(),
    }
}

/// What is wrong with a line of an events file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineProblem {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub reason: String,
}

/// An events file, ready to be evaluated.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EventFile {
    /// The events in the order of time, then id.
    pub events: Vec<Event>,
    /// Lines that repeat the id of an earlier one.
    pub dropped: u64,
    /// Events with a field that cannot be read.
    pub marked: u64,
}

impl EventFile {
    /// Reads an events file: one JSON object a line, empty lines left out.
    ///
    /// # Errors
    /// Every line that is no event.
    pub fn parse(text: &str) -> Result<Self, Vec<LineProblem>> {
        let (mut file, mut problems, mut ids) = (Self::default(), Vec::new(), HashSet::new());
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (at, line) in text.split('\n').enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            match event(line) {
                Ok(event) if ids.contains(&event.id) => file.dropped += 1,
                Ok(event) => {
                    ids.insert(event.id.clone());
                    file.marked += u64::from(!event.unreadable.is_empty());
                    file.events.push(event);
                }
                Err(reason) => problems.push(LineProblem { line: at + 1, reason }),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        file.events.sort_by(|left, right| (left.time, &left.id).cmp(&(right.time, &right.id)));
        Ok(file)
    }
}

/// Reads one event as a line of an events file has it.
///
/// # Errors
/// Why it is none, for a person.
pub fn event(line: &str) -> Result<Event, String> {
    event_line::event(line).map_or_else(|| by_tree(line), Ok)
}

/// [`event`] of any line, and why a line is none.
pub(crate) fn by_tree(line: &str) -> Result<Event, String> {
    let tree = Tree::parse(line).map_err(|reason| format!("this is not JSON: {reason}"))?;
    if !matches!(tree, Tree::Map(_)) {
        return Err(format!(
            "this is {}, not an object: write {{\"id\", \"time\", \"kind\", \"fields\"}}",
            tree.sort()
        ));
    }
    let text = |key: &str| match tree.get(key) {
        Some(Tree::Text(text)) => Ok(text.as_str()),
        Some(other) => Err(format!("“{key}” is {}, not text", other.sort())),
        None => Err(format!("“{key}” is missing")),
    };
    let id = text("id")?;
    if id.is_empty() {
        return Err("“id” is empty: each event needs one of its own".to_owned());
    }
    let time = Timestamp::parse(text("time")?).map_err(|error| format!("“time”: {error}"))?;
    let kind: EventKind = text("kind")?.parse().map_err(|error| format!("“kind”: {error}"))?;
    let mut event = match tree.get("fields") {
        None | Some(Tree::Null) => Event::new(id.to_owned(), time, kind, &[]),
        Some(Tree::Map(said)) => Event::new(id.to_owned(), time, kind, said),
        Some(other) => return Err(format!("“fields” is {}, not an object", other.sort())),
    };
    event.source = match tree.get("source") {
        None | Some(Tree::Null) => None,
        Some(Tree::Text(name)) => Some(name.clone()),
        Some(other) => return Err(format!("“source” is {}, not text", other.sort())),
    };
    Ok(event)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::value::Canonical;

    fn one(line: &str) -> Event {
        EventFile::parse(line).unwrap().events.remove(0)
    }

    #[test]
    fn events_stand_in_the_order_of_time_and_id_whatever_the_order_of_lines() {
        let line = |id: &str, time: &str| format!("{{\"id\":\"{id}\",\"time\":\"{time}\",\"kind\":\"generic\"}}\r\n");
        let text = [
            line("b", "2026-03-01T10:00:00Z"),
            line("c", "2026-03-01T09:00:00.0009Z"),
            line("a", "2026-03-01T11:00:00.0001+01:00"),
            line("10", "2026-03-01T10:00:00Z"),
            line("9", "2026-03-01T10:00:00Z"),
            line("b", "2026-03-01T00:00:00Z"),
        ]
        .concat();
        let file = EventFile::parse(&format!("\u{feff}{text}\n\n")).unwrap();
        assert_eq!(file.events.iter().map(|event| event.id.as_str()).collect::<Vec<_>>(), ["c", "10", "9", "a", "b"]);
        assert_eq!(file.dropped, 1, "of a repeated id the first line counts");
        assert_eq!(file.events[0].time, Timestamp::parse("2026-03-01T09:00:00Z").unwrap());
    }

    #[test]
    fn every_bad_line_is_named() {
        let text = [
            "{\"id\":\"a\",\"time\":\"2026-03-01T10:00:00Z\",\"kind\":\"generic\"}",
            "nonsense",
            "[]",
            "",
            "{\"time\":\"2026-03-01T10:00:00Z\",\"kind\":\"generic\"}",
            "{\"id\":7,\"time\":\"2026-03-01T10:00:00Z\",\"kind\":\"generic\"}",
            "{\"id\":\"\",\"time\":\"2026-03-01T10:00:00Z\",\"kind\":\"generic\"}",
            "{\"id\":\"x\",\"time\":\"2026-03-01\",\"kind\":\"generic\"}",
            "{\"id\":\"x\",\"time\":\"2026-03-01T10:00:00Z\",\"kind\":\"api\"}",
            "{\"id\":\"x\",\"time\":\"2026-03-01T10:00:00Z\",\"kind\":\"alert\",\"fields\":[]}",
            "{\"id\":\"x\",\"time\":\"2026-03-01T10:00:00Z\",\"kind\":\"alert\",\"source\":1}",
        ]
        .join("\n");
        let problems = EventFile::parse(&text).unwrap_err();
        assert_eq!(problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [2, 3, 5, 6, 7, 8, 9, 10, 11]);
        assert!(problems[2].reason.contains("“id” is missing"), "{problems:?}");
        assert!(problems[6].reason.contains("api.request"), "{problems:?}");
    }

    #[test]
    fn fields_of_other_kinds_are_left_out_and_unreadable_ones_marked() {
        let said = "{\"status_code\":\"abc\",\"detected\":\"maybe\",\"hostname\":\"A.example.\",\"colour\":1,\
                    \"method\":null,\"attr:n\":5,\"attr:b\":true,\"attr:l\":[]}";
        let line = |kind: &str| {
            format!("{{\"id\":\"x\",\"time\":\"2026-03-01T10:00:00Z\",\"kind\":\"{kind}\",\"fields\":{said}}}")
        };
        let event = one(&line("api.request"));
        let names = |event: &Event| event.fields.keys().map(|field| field.name().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(&event), ["hostname", "attr:b", "attr:n"]);
        let marks = |event: &Event| event.unreadable.iter().map(|field| field.name().to_owned()).collect::<Vec<_>>();
        assert_eq!(marks(&event), ["status_code", "attr:l"]);
        assert_eq!(marks(&one(&line("generic"))), ["detected", "status_code", "attr:l"]);
        assert_eq!(names(&one(&line("governance"))), ["attr:b", "attr:n"]);
        let number = event.get(&Field::named("attr:n").unwrap()).unwrap();
        assert_eq!(number.members()[0].canonical(), &Canonical::Text("5".into()));
    }
}
