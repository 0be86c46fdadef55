//! Reads the log into columns, with just the fields that are wanted.
//!
//! Invariant: what an event says of a field is what [`Event::of_log`] makes of it. That is asked once for each different
//! text, since most events say what others have said before; anything unusual is read by it as a whole.

use std::collections::{BTreeSet, HashMap};

use serde::Deserialize;
use serde_json::value::RawValue;
use tocsin_model::event::Event;
use tocsin_model::field::{EventKind, Field};
use tocsin_model::id::EventId;
use tocsin_model::time::Timestamp;
use tocsin_model::tree::Tree;
use tocsin_model::value::{Member, Value};
use tocsin_rules::Columns;
use tocsin_store::{LogPlace, LogRow, Reader, Said, SaidAlert, StoreError};

use super::object;
use crate::evaluate::log::{each, named, time_of};
use crate::evaluate::names::Names;

/// Texts that are remembered at the most: beyond it all are forgotten, which costs time and nothing else.
const MOST_TEXTS: usize = 100_000;
/// Longer texts, in bytes, are hardly ever alike and not remembered.
const LONGEST: usize = 200;

/// What events are read into.
pub(super) trait Sink {
    /// Whether the next event is wanted, which is of this source and stands here: a `seq` of a feed, or none.
    fn wants(&mut self, source: i64, seq: Option<i64>) -> bool;
    /// The columns that it goes into; their fields are those that are read.
    fn columns(&mut self) -> &mut Columns;
}

/// Reads the log from one place to another. Gives how many events have a field that cannot be read, when that is to be
/// found out, which costs a look at every field.
pub(super) fn read(
    reader: &Reader<'_>,
    after: LogPlace,
    until: LogPlace,
    names: &Names,
    marks: bool,
    sink: &mut impl Sink,
) -> Result<u64, StoreError> {
    let mut loading = Loading::new(sink.columns().fields(), names, marks);
    reader.each_feed_event(after.seq, until.seq, |row| {
        if sink.wants(row.source_row, Some(row.place)) {
            loading.take(row, sink.columns());
        }
    })?;
    if names.looks_at_payloads() {
        // Paths lead into payloads, which are read with all there is.
        each(reader, LogPlace { seq: until.seq, ..after }, until, names, |entry| {
            if sink.wants(entry.source, None) {
                loading.take_event(&entry.event, sink.columns());
            }
        })?;
    } else {
        reader.each_alert_event(after.alert, until.alert, |row| {
            if sink.wants(row.source_row, None) {
                loading.take(row, sink.columns());
            }
        })?;
    }
    Ok(loading.marked)
}

/// A value by its number; 0: none.
type Number = usize;

/// What a text means for a field.
#[derive(Debug, Clone, Copy, Default)]
struct Meaning {
    value: Number,
    is_unreadable: bool,
}

/// What texts mean for one field.
#[derive(Debug, Default)]
struct Memo {
    /// By JSON, of vendors' alerts and of other events.
    json: [HashMap<Box<str>, Meaning>; 2],
    /// By the JSON of one member of a list, likewise; none: it is not simply one.
    members: [HashMap<Box<str>, Option<Member>>; 2],
    /// By plain text.
    text: HashMap<Box<str>, Meaning>,
}

impl Memo {
    fn len(&self) -> usize {
        let lists = self.members.iter().map(HashMap::len).sum::<usize>();
        self.text.len() + self.json.iter().map(HashMap::len).sum::<usize>() + lists
    }
}

/// A pass through the log.
pub(super) struct Loading<'a> {
    names: &'a Names,
    /// Those that are wanted; then others that came, when marks are.
    pub(super) fields: Vec<Field>,
    memos: Vec<Memo>,
    /// What vendors' alerts say of the field `source`, by its row.
    sources: HashMap<i64, Number>,
    values: Vec<Value>,
    /// Of the event at hand, for each field.
    said: Vec<Number>,
    /// Of the event at hand, what is not remembered.
    fresh: Vec<(usize, Value)>,
    is_marked: bool,
    /// Whether every field is looked at, to find out whether it can be read.
    pub(super) marks: bool,
    marked: u64,
}

impl<'a> Loading<'a> {
    fn new(fields: BTreeSet<Field>, names: &'a Names, marks: bool) -> Self {
        let mut new = Self {
            names,
            fields: Vec::new(),
            memos: Vec::new(),
            sources: HashMap::new(),
            values: Vec::new(),
            said: Vec::new(),
            fresh: Vec::new(),
            is_marked: false,
            marks,
            marked: 0,
        };
        let of_alerts = TEXTS.iter().chain(&ENTITIES).filter_map(|name| Field::named(name)).filter(|_| marks);
        let further: Vec<Field> = of_alerts.filter(|field| !fields.contains(field)).collect();
        fields.into_iter().chain(further).for_each(|field| new.add(field));
        new
    }

    pub(super) fn add(&mut self, field: Field) {
        self.fields.push(field);
        self.memos.push(Memo::default());
        self.said.push(0);
    }

    fn take(&mut self, row: &LogRow<'_>, columns: &mut Columns) {
        self.said.fill(0);
        self.fresh.clear();
        self.is_marked = false;
        let (kind, time) = (kind(&row.said), time_of(row.time, row.received_at));
        match row.said {
            Said::Alert(alert) => self.alert(&alert),
            Said::Fields(_, text) if object::read(self, kind, text).is_err() => {
                // Unusual, so that everything counts, also the order of what it says.
                let event = Event::of_log(EventId::from_bytes(row.id).to_string(), time, kind, text);
                return self.take_event(&named(event, row.source_row, self.names), columns);
            }
            Said::Fields(..) => {}
        }
        let name = self.names.source(row.source_row);
        if let (EventKind::Alert, Some(name)) = (kind, name) {
            self.source(row.source_row, name);
        }
        let (fields, values, said, fresh) = (&self.fields, &self.values, &self.said, &self.fresh);
        let value = |field: &Field| {
            let at = fields.iter().position(|one| one == field)?;
            let fresh = || fresh.iter().find(|(place, _)| *place == at).map(|(_, value)| value);
            values.get(said.get(at)?.wrapping_sub(1)).or_else(fresh)
        };
        columns.append_said(row.id, name, time, kind, value);
        self.marked += u64::from(self.is_marked);
        self.forget();
    }

    fn take_event(&mut self, event: &Event, columns: &mut Columns) {
        self.marked += u64::from(!event.unreadable.is_empty());
        columns.append(event);
    }

    fn forget(&mut self) {
        if self.memos.iter().map(Memo::len).sum::<usize>() > MOST_TEXTS {
            self.memos.iter_mut().for_each(|memo| *memo = Memo::default());
            self.sources.clear();
            self.values.clear();
        }
    }

    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name() == name)
    }

    fn say(&mut self, at: usize, meaning: Meaning) {
        self.is_marked |= meaning.is_unreadable;
        if let Some(place) = self.said.get_mut(at) {
            *place = meaning.value;
        }
    }

    /// What an alert says of the source that it is of.
    fn source(&mut self, row: i64, name: &str) {
        let Some(at) = self.place("source") else { return };
        let number = match self.sources.get(&row) {
            Some(number) => *number,
            None => {
                let of_name = |field: &Field| Value::any_of(field.kind(), &[Tree::Text(name.to_owned())]);
                let value = self.fields.get(at).and_then(of_name);
                let number = self.number(value);
                self.sources.insert(row, number);
                number
            }
        };
        if let (Some(place), true) = (self.said.get_mut(at), number > 0) {
            *place = number;
        }
    }

    fn number(&mut self, value: Option<Value>) -> Number {
        value.map_or(0, |value| {
            self.values.push(value);
            self.values.len()
        })
    }

    fn alert(&mut self, alert: &SaidAlert<'_>) {
        let (severity, status) = (Some(alert.severity.as_str()), Some(alert.status.as_str()));
        let texts = [severity, status, alert.category, alert.alert_type, alert.tactic, alert.rule_name];
        for (name, text) in TEXTS.into_iter().zip(texts) {
            if let (Some(at), Some(text)) = (self.place(name), text) {
                self.text(at, text);
            }
        }
        let is_wanted = ENTITIES.iter().any(|name| self.place(name).is_some());
        let Some(entities) = alert.entities.filter(|_| is_wanted) else { return };
        let Ok(lists) = serde_json::from_str::<Lists<'_>>(entities) else { return };
        let lists = [lists.client_ip, lists.username, lists.api_key_id, lists.endpoint, lists.hostname];
        for (name, list) in ENTITIES.into_iter().zip(lists) {
            // An empty list is nothing that is said.
            if let (Some(at), Some(list)) = (self.place(name), list.map(RawValue::get).filter(|list| *list != "[]")) {
                self.json(at, EventKind::Alert, list);
            }
        }
    }

    fn text(&mut self, at: usize, text: &str) {
        if text.len() > LONGEST {
            return self.long(at, EventKind::Alert, &Tree::quoted(text));
        }
        let meaning = match self.memos.get(at).and_then(|memo| memo.text.get(text)) {
            Some(meaning) => *meaning,
            None => {
                let meaning = self.meaning(at, EventKind::Alert, &Tree::quoted(text));
                self.memos.get_mut(at).map(|memo| memo.text.insert(text.into(), meaning));
                meaning
            }
        };
        self.say(at, meaning);
    }

    pub(super) fn json(&mut self, at: usize, kind: EventKind, json: &str) {
        if !self.fields.get(at).is_some_and(|field| field.is_of(kind)) {
            return;
        }
        if let Some(list) = self.list(at, kind, json) {
            return self.fresh.push((at, list));
        }
        if json.len() > LONGEST {
            return self.long(at, kind, json);
        }
        let side = usize::from(kind == EventKind::Alert);
        let known = |memo: &Memo| memo.json.get(side).and_then(|texts| texts.get(json)).copied();
        let meaning = match self.memos.get(at).and_then(known) {
            Some(meaning) => meaning,
            None => {
                let meaning = self.meaning(at, kind, json);
                let texts = self.memos.get_mut(at).and_then(|memo| memo.json.get_mut(side));
                texts.map(|texts| texts.insert(json.into(), meaning));
                meaning
            }
        };
        self.say(at, meaning);
    }

    /// Several texts: each is known by itself, since lists of the same ones are rare. None: it is anything else.
    fn list(&mut self, at: usize, kind: EventKind, json: &str) -> Option<Value> {
        let inside = json.strip_prefix('[').filter(|inside| inside.contains(','))?;
        let texts: Vec<&RawValue> = serde_json::from_str(json).ok().filter(|_| !inside.is_empty())?;
        let mut members: Vec<Member> = Vec::with_capacity(texts.len());
        for text in texts {
            let member = self.member(at, kind, text.get())?;
            if members.iter().all(|known| !known.is(&member)) {
                members.push(member);
            }
        }
        Value::of(members)
    }

    fn member(&mut self, at: usize, kind: EventKind, json: &str) -> Option<Member> {
        if !json.starts_with('"') {
            return None;
        }
        let side = usize::from(kind == EventKind::Alert);
        let known = |memo: &Memo| memo.members.get(side).and_then(|texts| texts.get(json)).cloned();
        if let Some(known) = self.memos.get(at).and_then(known) {
            return known;
        }
        let (value, is_unreadable) = self.asked(at, kind, &format!("[{json}]"));
        let member = match value.as_ref().map(Value::members) {
            Some([one]) if !is_unreadable => Some(one.clone()),
            Some(_) | None => None,
        };
        if json.len() > LONGEST {
            return member;
        }
        let texts = self.memos.get_mut(at).and_then(|memo| memo.members.get_mut(side));
        texts.map(|texts| texts.insert(json.into(), member.clone()));
        member
    }

    /// What is not remembered.
    fn long(&mut self, at: usize, kind: EventKind, json: &str) {
        let (value, is_unreadable) = self.asked(at, kind, json);
        self.is_marked |= is_unreadable;
        self.fresh.extend(value.map(|value| (at, value)));
    }

    fn meaning(&mut self, at: usize, kind: EventKind, json: &str) -> Meaning {
        let (value, is_unreadable) = self.asked(at, kind, json);
        Meaning { value: self.number(value), is_unreadable }
    }

    /// What an event of a kind says that has this JSON as its field, and whether that cannot be read.
    fn asked(&self, at: usize, kind: EventKind, json: &str) -> (Option<Value>, bool) {
        let Some(field) = self.fields.get(at) else { return (None, false) };
        let text = format!("{{{}:{json}}}", Tree::quoted(field.name()));
        let event = Event::of_log(String::new(), Timestamp::default(), kind, &text);
        (event.get(field).cloned(), !event.unreadable.is_empty())
    }
}

/// The kind of an event.
fn kind(said: &Said<'_>) -> EventKind {
    match said {
        Said::Alert(_) => EventKind::Alert,
        Said::Fields(word, _) => word.parse().unwrap_or(EventKind::Generic),
    }
}

/// The texts of a vendor's alert, in the order in which they are read.
const TEXTS: [&str; 6] = ["severity", "status", "category", "alert_type", "tactic", "rule_name"];
/// The fields of [`Lists`], in its order.
const ENTITIES: [&str; 5] = ["client_ip", "username", "api_key_id", "endpoint", "hostname"];

/// Who and what an alert concerns, each list as it stands there.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Lists<'a> {
    #[serde(borrow, default)]
    client_ip: Option<&'a RawValue>,
    #[serde(borrow, default)]
    username: Option<&'a RawValue>,
    #[serde(borrow, default)]
    api_key_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    endpoint: Option<&'a RawValue>,
    #[serde(borrow, default)]
    hostname: Option<&'a RawValue>,
}
