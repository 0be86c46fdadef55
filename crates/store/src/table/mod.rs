//! One file a table; SQL stands here and nowhere else.

pub(crate) mod activity;
pub(crate) mod alert_columns;
pub(crate) mod alert_counts;
pub(crate) mod alert_filter;
pub(crate) mod alert_order;
pub(crate) mod alert_text;
pub(crate) mod alerts;
pub(crate) mod bulk;
pub(crate) mod changes;
pub(crate) mod counts;
pub(crate) mod deliveries;
pub(crate) mod demo;
pub(crate) mod drafts;
pub(crate) mod evaluation;
pub(crate) mod events;
pub(crate) mod feed_events;
pub(crate) mod firings;
pub(crate) mod gaps;
pub(crate) mod hints;
pub(crate) mod identities;
pub(crate) mod intake;
pub(crate) mod log_rows;
pub(crate) mod outbox;
pub(crate) mod quarantine;
pub(crate) mod refusals;
pub(crate) mod removal;
pub(crate) mod retention;
pub(crate) mod rule_alerts;
pub(crate) mod rule_counts;
pub(crate) mod rule_versions;
pub(crate) mod rules;
pub(crate) mod seen;
pub(crate) mod settings;
pub(crate) mod sources;
pub(crate) mod views;

use rusqlite::Row;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tocsin_model::time::Timestamp;

/// A count as SQLite keeps it.
pub(crate) fn count(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A byte position as SQLite keeps it.
pub(crate) fn position(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Reads back [`count`].
pub(crate) fn get_count(row: &Row<'_>, column: &str) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}

/// Reads back [`position`].
pub(crate) fn get_position(row: &Row<'_>, column: &str) -> rusqlite::Result<usize> {
    Ok(usize::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}

pub(crate) fn get_time(row: &Row<'_>, column: &str) -> rusqlite::Result<Timestamp> {
    Ok(Timestamp::from_millis(row.get(column)?))
}

pub(crate) fn get_time_or_none(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
}

/// JSON text of a list or object; nothing for an empty one, to keep rows short.
pub(crate) fn json_or_null<T: Serialize + Default + PartialEq>(value: &T) -> Option<String> {
    if *value == T::default() { None } else { serde_json::to_string(value).ok() }
}

/// Reads back [`json_or_null`].
pub(crate) fn get_json<T: DeserializeOwned + Default>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text: Option<String> = row.get(column)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// A column holds something that this version never writes.
pub(crate) fn unexpected(column: &str, found: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(
        0,
        rusqlite::types::Type::Text,
        format!("{column} holds “{found}”").into(),
    )
}
