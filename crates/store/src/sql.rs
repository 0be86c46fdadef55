//! Transactions, and the functions that statements of the tables call.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::hooks::Action;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};
use serde_json::Value;
use std::borrow::Cow;
use std::net::IpAddr;
use std::str::FromStr;
use tocsin_model::query::Pattern;

use crate::columns::notes::{SharedTouched, lock};
use crate::error::StoreError;

pub(crate) fn begin(connection: &Connection) -> Result<(), StoreError> {
    // IMMEDIATE: the lock is taken now or not at all, never in the middle.
    run(connection, "BEGIN IMMEDIATE")
}

pub(crate) fn commit(connection: &Connection) -> Result<(), StoreError> {
    run(connection, "COMMIT")
}

/// Leaves no transaction open; there may be none any more after a disk error.
pub(crate) fn roll_back(connection: &Connection) {
    if !connection.is_autocommit() {
        let _ = run(connection, "ROLLBACK");
    }
}

pub(crate) fn savepoint(connection: &Connection) -> Result<(), StoreError> {
    run(connection, "SAVEPOINT operation")
}

pub(crate) fn release(connection: &Connection) -> Result<(), StoreError> {
    run(connection, "RELEASE operation")
}

pub(crate) fn roll_back_to_savepoint(connection: &Connection) -> Result<(), StoreError> {
    run(connection, "ROLLBACK TO operation")?;
    release(connection)
}

/// Moves pages from the log into the database without waiting for anyone; says whether all that were there are moved.
pub(crate) fn checkpoint(connection: &Connection) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")?;
    let (busy, logged, moved) =
        statement.query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)))?;
    Ok(busy == 0 && logged == moved)
}

fn run(connection: &Connection, statement: &str) -> Result<(), StoreError> {
    connection.prepare_cached(statement)?.execute([])?;
    Ok(())
}

/// What `PRAGMA integrity_check` and the foreign keys complain about; empty when all is sound.
pub(crate) fn integrity(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let mut found = Vec::new();
    let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
    for line in statement.query_map([], |row| row.get::<_, String>(0))? {
        let line = line?;
        if line != "ok" {
            found.push(line);
        }
    }
    let orphan = connection
        .query_row("SELECT \"table\" FROM pragma_foreign_key_check LIMIT 1", [], |row| row.get::<_, String>(0))
        .optional()?;
    found.extend(orphan.map(|table| format!("a row of {table} points to nothing")));
    let lost = connection
        .query_row("SELECT 1 FROM outbox WHERE alert_row NOT IN (SELECT row FROM alerts) LIMIT 1", [], |_| Ok(()))
        .optional()?;
    found.extend(lost.map(|()| "a row of outbox points to nothing".to_owned()));
    let doubled = connection
        .query_row("SELECT 1 FROM alerts GROUP BY source_row, identity HAVING count(*) > 1 LIMIT 1", [], |_| Ok(()))
        .optional()?;
    found.extend(doubled.map(|()| "an alert is there twice".to_owned()));
    Ok(found)
}

/// Makes the search functions known to a connection.
pub(crate) fn register(connection: &Connection) -> Result<(), StoreError> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("says", -1, flags, says)?;
    connection.create_scalar_function("said", -1, flags, |context| Ok(said(context)))?;
    connection.create_scalar_function("fits", 2, flags, |context| {
        let pattern = pattern(context)?;
        Ok(text(context, 1).is_some_and(|value| pattern.matches(&folded(value))))
    })?;
    connection.create_scalar_function("folded", 1, flags, |context| {
        Ok(text(context, 0).map(|value| folded(value).into_owned()).unwrap_or_default())
    })?;
    connection.create_scalar_function("id_text", 1, flags, |context| {
        let bytes = context.get_raw(0).as_blob().ok().and_then(|bytes| bytes.try_into().ok());
        Ok(bytes.map(|bytes| tocsin_model::id::AlertId::from_bytes(bytes).to_string()))
    })?;
    connection.create_scalar_function("any_fits", 3, flags, |context| {
        let pattern = pattern(context)?;
        Ok(members(context).iter().any(|value| pattern.matches(&folded(value))))
    })?;
    connection.create_scalar_function("any_within", 3, flags, |context| {
        let network =
            aux(context, |text| ipnet::IpNet::from_str(text).map(canonical).map_err(|error| error.to_string()))?;
        Ok(members(context).iter().filter_map(|value| value.parse::<IpAddr>().ok()).any(|address| {
            // A v4 address written as v6 is that v4 address.
            network.contains(&address.to_canonical())
        }))
    })?;
    Ok(())
}

/// Lets the database tell which alerts each transaction writes, whatever statement does it.
pub(crate) fn tell_changes(connection: &mut Connection, touched: &SharedTouched) -> Result<(), StoreError> {
    let touched = std::sync::Arc::clone(touched);
    connection.update_hook(Some(move |action: Action, _: &str, table: &str, row: i64| match table {
        "alerts" if action == Action::SQLITE_DELETE => lock(&touched).removed(row),
        "alerts" => lock(&touched).row(row),
        "sources" => lock(&touched).sources = true,
        _ => {}
    }))?;
    Ok(())
}

/// How many of the texts of `says` are JSON; they come first.
const SAYS_JSON: usize = 3;

/// `says(needle, json, json, json, text, …)`: whether any text, or any text within the JSON, holds the needle,
/// whatever the case. How JSON is written (its keys, its quotes) is not looked through.
fn says(context: &Context<'_>) -> rusqlite::Result<bool> {
    let needle = aux(context, |text| Ok(Needle::of(text)))?;
    let texts = (1..context.len()).filter_map(|at| Some((at, text(context, at)?)));
    let mut said = texts.map(|(at, hay)| if at <= SAYS_JSON { needle.is_within(hay) } else { needle.is_in(hay) });
    Ok(said.any(|holds| holds))
}

/// `said(json, json, json, text, …)`: all the texts, and those within the JSON, as the index of texts keeps them.
fn said(context: &Context<'_>) -> String {
    let mut all = String::new();
    let mut add = |text: &str| {
        all.push_str(&indexable(&folded(text)));
        all.push('\n');
    };
    for (at, text) in (0..context.len()).filter_map(|at| Some((at, text(context, at)?))) {
        if at >= SAYS_JSON {
            add(text);
        } else if let Ok(value) = serde_json::from_str::<Value>(text) {
            leaves(&value).into_iter().for_each(&mut add);
        }
    }
    all
}

/// A text for the index, which would end at a zero.
pub(crate) fn indexable(text: &str) -> String {
    text.replace('\0', "\u{1}")
}

/// What free text looks for.
struct Needle {
    folded: String,
    /// As it stands inside JSON.
    escaped: String,
}

impl Needle {
    fn of(words: &str) -> Self {
        let folded = folded(words).into_owned();
        let json = Value::from(folded.as_str()).to_string();
        Self { escaped: json[1..json.len() - 1].to_owned(), folded }
    }

    fn is_in(&self, hay: &str) -> bool {
        holds(hay, &self.folded)
    }

    fn is_within(&self, json: &str) -> bool {
        // Most rows are done with here; only a candidate is worth parsing.
        holds(json, &self.escaped)
            && serde_json::from_str::<Value>(json).is_ok_and(|value| leaves(&value).iter().any(|text| self.is_in(text)))
    }
}

/// The texts anywhere in a value, without the keys.
fn leaves(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(members) => members.iter().flat_map(leaves).collect(),
        Value::Object(members) => members.values().flat_map(leaves).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// Whether a text, once folded, holds a folded needle.
pub(crate) fn holds(hay: &str, needle: &str) -> bool {
    if hay.is_ascii() && needle.is_ascii() {
        return ascii_holds(hay.as_bytes(), needle.as_bytes());
    }
    folded(hay).contains(needle)
}

fn ascii_holds(hay: &[u8], needle: &[u8]) -> bool {
    // The letter of the needle that texts have least often: nearly all that is looked at is leapt over.
    let rarest =
        needle.iter().enumerate().min_by_key(|(_, byte)| COMMON.iter().rev().position(|common| common == *byte));
    let Some((at, byte)) = rarest else { return true };
    // A place where the needle stands leaves room before that letter, and after it.
    let room = at..(hay.len() + at + 1).saturating_sub(needle.len());
    let places = hay.get(room).unwrap_or_default();
    memchr::memchr2_iter(*byte, byte.to_ascii_uppercase(), places)
        .any(|place| hay.get(place..place + needle.len()).is_some_and(|part| part.eq_ignore_ascii_case(needle)))
}

/// Bytes that texts and JSON have often, most often first.
const COMMON: &[u8] = b"e tainosrhldcu\".,:0123456789mfpgwyb-";

/// Lower case, letter by letter: a letter must not depend on its neighbours, or a part of a word would not be found
/// in it. So the two small sigmas are one.
pub(crate) fn folded(text: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    if text.bytes().all(plain) {
        return Cow::Borrowed(text);
    }
    let one_sigma = |letter| if letter == 'ς' { 'σ' } else { letter };
    Cow::Owned(text.chars().flat_map(char::to_lowercase).map(one_sigma).collect())
}

/// A v4 network written as v6 is that v4 network.
pub(crate) fn canonical(network: ipnet::IpNet) -> ipnet::IpNet {
    let mapped = match network {
        ipnet::IpNet::V4(_) => None,
        ipnet::IpNet::V6(v6) => v6.addr().to_ipv4_mapped().zip(v6.prefix_len().checked_sub(96)),
    };
    mapped.and_then(|(base, length)| ipnet::Ipv4Net::new(base, length).ok()).map_or(network, ipnet::IpNet::V4)
}

fn text<'a>(context: &'a Context<'_>, at: usize) -> Option<&'a str> {
    match context.get_raw(at) {
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).ok(),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => None,
    }
}

/// The pattern of argument 0.
fn pattern(context: &Context<'_>) -> rusqlite::Result<std::sync::Arc<Pattern>> {
    aux(context, |text| serde_json::from_str(text).map(|runs| Pattern { runs }).map_err(|error| error.to_string()))
}

/// A pattern as an argument of `fits` and `any_fits`: its runs as JSON.
pub(crate) fn pattern_argument(pattern: &Pattern) -> String {
    pattern.runs.iter().map(|run| folded(run)).collect::<Value>().to_string()
}

/// Argument 0, read once a statement instead of once a row.
fn aux<T: Send + Sync + 'static>(
    context: &Context<'_>,
    read: impl Fn(&str) -> Result<T, String>,
) -> rusqlite::Result<std::sync::Arc<T>> {
    context.get_or_create_aux(0, |value| {
        let text = value.as_str().map_err(|error| error.to_string())?;
        read(text).map_err(Into::<Box<dyn std::error::Error + Send + Sync>>::into)
    })
}

/// The texts in argument 1 (JSON: a list, or an object of lists) under the key of argument 2 (null: the list itself).
fn members(context: &Context<'_>) -> Vec<String> {
    text(context, 1).map(|json| members_of(json, text(context, 2))).unwrap_or_default()
}

/// The texts of a list, or of the list under a key.
pub(crate) fn members_of(json: &str, key: Option<&str>) -> Vec<String> {
    let Ok(value) = serde_json::from_str::<Value>(json) else { return Vec::new() };
    let list = key.map_or(Some(&value), |key| value.get(key));
    let texts = list.and_then(Value::as_array).into_iter().flatten();
    texts.filter_map(Value::as_str).map(str::to_owned).collect()
}
