//! Events as the oracle sees them: each line of an events file, put in order.

use chrono::DateTime;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

use super::value::{Member, has, members};

/// One event.
#[derive(Debug, Clone)]
pub struct Fact {
    /// Its id.
    pub id: String,
    /// Its time in ms of UTC.
    pub time: i64,
    /// Its kind.
    pub kind: String,
    /// Where it came from, if it says so.
    pub source: Option<String>,
    /// The fields it has; never an empty list.
    pub fields: BTreeMap<String, Vec<Member>>,
    /// Whether a field could not be read.
    pub marked: bool,
}

impl Fact {
    fn read(line: &Value) -> Self {
        let text = |key: &str| line[key].as_str().map(str::to_owned);
        let kind = text("kind").unwrap();
        // A time is truncated to ms.
        let time = DateTime::parse_from_rfc3339(line["time"].as_str().unwrap()).unwrap().timestamp_millis();
        let said = line["fields"].as_object().cloned().unwrap_or_default();
        let own = said.iter().filter(|(name, _)| has(&kind, name));
        let read: Vec<_> = own.map(|(name, value)| (name.clone(), members(name, value))).collect();
        let marked = read.iter().any(|(_, value)| value.is_none());
        let fields = read.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let fields = fields.filter(|(_, value)| !value.is_empty()).collect();
        Self { id: text("id").unwrap(), time, source: text("source"), fields, marked, kind }
    }

    /// The members of a field, none when it is missing.
    #[must_use]
    pub fn members(&self, field: &str) -> &[Member] {
        self.fields.get(field).map_or(&[], Vec::as_slice)
    }
}

/// The events in the order of time, then id, and how many lines repeat an id.
#[must_use]
pub fn facts(lines: &[Value]) -> (Vec<Fact>, usize) {
    let mut seen = BTreeSet::new();
    let mut facts: Vec<Fact> = lines.iter().map(Fact::read).filter(|fact| seen.insert(fact.id.clone())).collect();
    facts.sort_by(|left, right| (left.time, &left.id).cmp(&(right.time, &right.id)));
    let dropped = lines.len() - facts.len();
    (facts, dropped)
}
