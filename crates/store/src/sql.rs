//! Transactions, and the functions that statements of the tables call.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};
use std::net::IpAddr;
use std::str::FromStr;
use tocsin_model::query::Pattern;

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
    Ok(found)
}

/// Makes the search functions known to a connection.
pub(crate) fn register(connection: &Connection) -> Result<(), StoreError> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("says", -1, flags, says)?;
    connection.create_scalar_function("fits", 2, flags, |context| {
        let pattern = pattern(context)?;
        Ok(text(context, 1).is_some_and(|value| pattern.matches(value)))
    })?;
    connection.create_scalar_function("id_text", 1, flags, |context| {
        let bytes = context.get_raw(0).as_blob().ok().and_then(|bytes| bytes.try_into().ok());
        Ok(bytes.map(|bytes| tocsin_model::id::AlertId::from_bytes(bytes).to_string()))
    })?;
    connection.create_scalar_function("any_fits", 3, flags, |context| {
        let pattern = pattern(context)?;
        Ok(members(context).iter().any(|value| pattern.matches(value)))
    })?;
    connection.create_scalar_function("any_within", 3, flags, |context| {
        let network = aux(context, |text| ipnet::IpNet::from_str(text).map_err(|error| error.to_string()))?;
        Ok(members(context).iter().filter_map(|value| value.parse::<IpAddr>().ok()).any(|address| {
            // A v4 address written as v6 is that v4 address.
            network.contains(&address.to_canonical())
        }))
    })?;
    Ok(())
}

/// `says(needle, text, …)`: whether any text holds the needle (in lower case), whatever the case.
fn says(context: &Context<'_>) -> rusqlite::Result<bool> {
    let needle = text(context, 0).unwrap_or_default();
    Ok((1..context.len()).filter_map(|at| text(context, at)).any(|hay| holds(hay, needle)))
}

fn holds(hay: &str, needle: &str) -> bool {
    if hay.is_ascii() && needle.is_ascii() {
        let needle = needle.as_bytes();
        return needle.is_empty() || hay.as_bytes().windows(needle.len()).any(|part| part.eq_ignore_ascii_case(needle));
    }
    hay.to_lowercase().contains(needle)
}

fn text<'a>(context: &'a Context<'_>, at: usize) -> Option<&'a str> {
    match context.get_raw(at) {
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).ok(),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => None,
    }
}

/// The pattern of argument 0: its runs, joined by a character that no text holds.
fn pattern(context: &Context<'_>) -> rusqlite::Result<std::sync::Arc<Pattern>> {
    aux(context, |text| Ok(Pattern { runs: text.split(RUN_SEPARATOR).map(str::to_owned).collect() }))
}

/// Between the runs of a pattern that is handed to `fits`; U+FFFF is no character.
const RUN_SEPARATOR: char = '\u{ffff}';

/// A pattern as an argument of `fits`.
pub(crate) fn pattern_argument(pattern: &Pattern) -> String {
    pattern.runs.join(&RUN_SEPARATOR.to_string())
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
    let Some(json) = text(context, 1) else { return Vec::new() };
    let Ok(value) = serde_json::from_str::<serde_json::Value>(json) else { return Vec::new() };
    let list = text(context, 2).map_or(Some(&value), |key| value.get(key));
    let texts = list.and_then(serde_json::Value::as_array).into_iter().flatten();
    texts.filter_map(serde_json::Value::as_str).map(str::to_owned).collect()
}
