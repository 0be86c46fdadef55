//! The orders of lists, and cursors, which are places in an order.

use rusqlite::types::Value;

use crate::StoreError;

/// A field that lists can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SortKey {
    /// When it happened.
    Time,
    /// When it was received.
    Received,
    /// When it last changed.
    Updated,
    /// How bad it is.
    Severity,
    /// Where it stands: new, acknowledged, closed.
    Status,
    /// How often it occurred.
    Occurrences,
    /// The source's name, by the alphabet whatever the case.
    Source,
    /// The title, by the alphabet whatever the case.
    Title,
    /// The category, by the alphabet whatever the case; none is first.
    Category,
    /// The vendor's type, by the alphabet whatever the case; none is first.
    AlertType,
}

/// Which end of the order comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortDirection {
    /// Oldest or mildest first.
    Ascending,
    /// Newest or worst first.
    Descending,
}

/// The order of a list. Equal keys go by arrival in the same direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlertSort {
    /// The field.
    pub key: SortKey,
    /// The direction.
    pub direction: SortDirection,
}

impl SortKey {
    /// Every field.
    pub const ALL: [Self; 10] = [
        Self::Time,
        Self::Received,
        Self::Updated,
        Self::Severity,
        Self::Status,
        Self::Occurrences,
        Self::Source,
        Self::Title,
        Self::Category,
        Self::AlertType,
    ];

    pub(super) const fn column(self) -> &'static str {
        match self {
            Self::Time => "alerts.time",
            // Rows are numbered in the order of receipt.
            Self::Received => "alerts.row",
            Self::Updated => "alerts.updated_at",
            Self::Severity => "alerts.severity",
            Self::Status => "alerts.status",
            Self::Occurrences => "alerts.occurrences",
            Self::Source => "folded(sources.name)",
            Self::Title => "folded(alerts.title)",
            Self::Category => "folded(alerts.category)",
            Self::AlertType => "folded(alerts.alert_type)",
        }
    }

    /// Whether it is a text, not a number.
    pub(crate) const fn is_text(self) -> bool {
        match self {
            Self::Time | Self::Received | Self::Updated | Self::Severity | Self::Status | Self::Occurrences => false,
            Self::Source | Self::Title | Self::Category | Self::AlertType => true,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Received => "received",
            Self::Updated => "updated",
            Self::Severity => "severity",
            Self::Status => "status",
            Self::Occurrences => "occurrences",
            Self::Source => "source",
            Self::Title => "title",
            Self::Category => "category",
            Self::AlertType => "alertType",
        }
    }
}

/// The place of an alert in an order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cursor {
    /// What the order goes by: an integer, or a folded text.
    pub value: Value,
    /// The alert's row.
    pub row: i64,
}

impl Cursor {
    /// As callers pass it on: `time.1772611960000.41`.
    pub(crate) fn write(&self, key: SortKey) -> String {
        match &self.value {
            Value::Text(text) => format!("{}.{text}.{}", key.word(), self.row),
            Value::Integer(number) => format!("{}.{number}.{}", key.word(), self.row),
            Value::Null | Value::Real(_) | Value::Blob(_) => format!("{}..{}", key.word(), self.row),
        }
    }

    pub(crate) fn read(key: SortKey, cursor: &str) -> Result<Self, StoreError> {
        let read = || {
            // A text may hold any number of dots.
            let (value, row) = cursor.strip_prefix(key.word())?.strip_prefix('.')?.rsplit_once('.')?;
            let value = if key.is_text() { Value::Text(value.to_owned()) } else { Value::Integer(value.parse().ok()?) };
            Some(Self { value, row: row.parse().ok()? })
        };
        read().ok_or_else(|| StoreError::Cursor(cursor.chars().take(64).collect()))
    }
}
