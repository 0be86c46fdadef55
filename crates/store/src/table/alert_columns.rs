//! Alerts as the columns in memory read them: field after field, without the long texts.

use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Row};
use tocsin_model::id::AlertId;
use tocsin_model::query::{Query, Term, Test, TextField};
use tocsin_model::source::SourceKind;

use super::alert_filter::Filter;
use super::hints::Topic;
use super::sources::get_kind;
use crate::{Reader, StoreError};

/// Text fields of one value that stand in columns, in the order in which they are read.
pub(crate) const TEXTS: [TextField; 9] = [
    TextField::Title,
    TextField::Category,
    TextField::AlertType,
    TextField::Tactic,
    TextField::Rule,
    TextField::CloseReason,
    TextField::Origin,
    TextField::SourceStatus,
    TextField::SourceSeverity,
];

const COLUMNS: &str = "row, severity, status, source_row, time, received_at, updated_at, snoozed_until, occurrences, \
    seen, title, category, alert_type, tactic, rule, close_reason, origin, source_status, source_severity";

/// One alert on its way into the columns.
#[derive(Debug)]
pub(crate) struct ColumnRow<'a> {
    pub row: i64,
    pub severity: u8,
    pub status: u8,
    pub source_row: i64,
    pub time: i64,
    pub received_at: i64,
    pub updated_at: i64,
    pub snoozed_until: Option<i64>,
    pub occurrences: i64,
    pub seen: bool,
    pub texts: [Option<&'a str>; TEXTS.len()],
}

/// A field of several values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ListField {
    ClientIp,
    Username,
    ApiKeyId,
    Endpoint,
    Hostname,
    Techniques,
    Tags,
}

impl ListField {
    pub(crate) const COUNT: usize = 7;

    pub(crate) const fn of(field: TextField) -> Option<Self> {
        match field {
            TextField::Username => Some(Self::Username),
            TextField::ApiKeyId => Some(Self::ApiKeyId),
            TextField::Endpoint => Some(Self::Endpoint),
            TextField::Hostname => Some(Self::Hostname),
            TextField::Technique => Some(Self::Techniques),
            TextField::Tag => Some(Self::Tags),
            TextField::Id
            | TextField::ExternalId
            | TextField::Source
            | TextField::Origin
            | TextField::Title
            | TextField::Description
            | TextField::Category
            | TextField::AlertType
            | TextField::Tactic
            | TextField::SourceStatus
            | TextField::SourceSeverity
            | TextField::CloseReason
            | TextField::Rule
            | TextField::Note => None,
        }
    }

    /// The column, and the key within it.
    const fn place(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::ClientIp => ("entities", Some("clientIp")),
            Self::Username => ("entities", Some("username")),
            Self::ApiKeyId => ("entities", Some("apiKeyId")),
            Self::Endpoint => ("entities", Some("endpoint")),
            Self::Hostname => ("entities", Some("hostname")),
            Self::Techniques => ("techniques", None),
            Self::Tags => ("tags", None),
        }
    }
}

/// A source as the columns know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnSource {
    pub row: i64,
    pub name: String,
    pub kind: SourceKind,
}

impl Reader<'_> {
    /// Reads the alerts of rows `first` to `last`, in order.
    pub(crate) fn column_rows(
        &self,
        first: i64,
        last: i64,
        mut take: impl FnMut(&ColumnRow<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let statement = format!("SELECT {COLUMNS} FROM alerts WHERE row BETWEEN ?1 AND ?2 ORDER BY row");
        let mut statement = self.connection.prepare_cached(&statement)?;
        let mut rows = statement.query([first, last])?;
        while let Some(row) = rows.next()? {
            take(&column_row(row)?)?;
        }
        Ok(())
    }

    /// Reads one list of the alerts of rows `first` to `last`, in order, those without one left out.
    pub(crate) fn column_lists(
        &self,
        field: ListField,
        first: i64,
        last: i64,
        mut take: impl FnMut(i64, &[String]),
    ) -> Result<(), StoreError> {
        let (column, key) = field.place();
        let statement = format!(
            "SELECT row, {column} FROM alerts WHERE row BETWEEN ?1 AND ?2 AND {column} IS NOT NULL ORDER BY row"
        );
        let mut statement = self.connection.prepare_cached(&statement)?;
        let mut rows = statement.query([first, last])?;
        while let Some(row) = rows.next()? {
            let members = text(row, 1)?.map(|json| crate::sql::members_of(json, key)).unwrap_or_default();
            take(row.get(0)?, &members);
        }
        Ok(())
    }

    /// Every source, removed ones too, since their alerts stay.
    pub(crate) fn column_sources(&self) -> Result<Vec<ColumnSource>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT row, name, kind FROM sources ORDER BY row")?;
        let sources = statement.query_map([], |row| {
            Ok(ColumnSource { row: row.get("row")?, name: row.get("name")?, kind: get_kind(row, "kind")? })
        })?;
        Ok(sources.collect::<Result<Vec<_>, _>>()?)
    }

    /// The newest hint of another process, 0 when there is none; the first read of a snapshot.
    pub(crate) fn newest_hint(&self) -> Result<i64, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT coalesce(max(row), 0) FROM hints")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    /// The rows of alerts that other processes changed, told by hints after `after`; none when it is not told which.
    pub(crate) fn hinted_rows(&self, after: i64) -> Result<Option<Vec<i64>>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT alerts FROM hints WHERE row > ?1 AND topic = ?2 ORDER BY row")?;
        let hints = statement.query_map((after, Topic::Alerts.as_str()), |row| row.get::<_, String>(0))?;
        let mut found = Vec::new();
        for hint in hints {
            let ids: Vec<AlertId> = serde_json::from_str(&hint?).unwrap_or_default();
            if ids.is_empty() {
                return Ok(None);
            }
            for id in ids {
                match self.row_of(id)? {
                    Some(row) => found.push(row),
                    // It is gone, and its row with it.
                    None => return Ok(None),
                }
            }
        }
        Ok(Some(found))
    }

    /// The row of an alert.
    pub(crate) fn row_of(&self, id: AlertId) -> Result<Option<i64>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT row FROM alerts WHERE id = ?1")?;
        Ok(statement.query_row([id.as_bytes()], |row| row.get(0)).optional()?)
    }

    /// Those of `rows` that a test holds for.
    pub(crate) fn rows_that_hold(&self, test: &Test, rows: &[i64]) -> Result<Vec<i64>, StoreError> {
        let filter = Filter::of(&one_term(test));
        let statement = format!(
            "SELECT alerts.row FROM alerts JOIN sources ON sources.row = alerts.source_row \
             WHERE {} AND alerts.row = ?",
            filter.sql()
        );
        let mut statement = self.connection.prepare_cached(&statement)?;
        let mut found = Vec::new();
        for row in rows {
            let mut arguments = filter.arguments();
            arguments.push(row);
            found.extend(statement.query_row(arguments.as_slice(), |row| row.get::<_, i64>(0)).optional()?);
        }
        Ok(found)
    }

    /// All rows from `first` to `last` that a test holds for, looked through one after the other.
    pub(crate) fn range_that_holds(&self, test: &Test, first: i64, last: i64) -> Result<Vec<i64>, StoreError> {
        let mut filter = Filter::of(&one_term(test));
        filter.and("alerts.row BETWEEN ? AND ?", [first, last]);
        let statement = format!(
            "SELECT alerts.row FROM alerts JOIN sources ON sources.row = alerts.source_row WHERE {} ORDER BY alerts.row",
            filter.sql()
        );
        let mut statement = self.connection.prepare_cached(&statement)?;
        let rows = statement.query_map(filter.arguments().as_slice(), |row| row.get(0))?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?)
    }
}

fn one_term(test: &Test) -> Query {
    Query { terms: vec![Term { negated: false, test: test.clone() }] }
}

fn column_row<'a>(row: &'a Row<'_>) -> Result<ColumnRow<'a>, StoreError> {
    let mut texts = [None; TEXTS.len()];
    for (place, found) in texts.iter_mut().enumerate() {
        *found = text(row, 10 + place)?;
    }
    Ok(ColumnRow {
        row: row.get(0)?,
        severity: row.get(1)?,
        status: row.get(2)?,
        source_row: row.get(3)?,
        time: row.get(4)?,
        received_at: row.get(5)?,
        updated_at: row.get(6)?,
        snoozed_until: row.get(7)?,
        occurrences: row.get(8)?,
        seen: row.get::<_, i64>(9)? != 0,
        texts,
    })
}

fn text<'a>(row: &'a Row<'_>, at: usize) -> Result<Option<&'a str>, StoreError> {
    Ok(match row.get_ref(at)? {
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).ok(),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => None,
    })
}
