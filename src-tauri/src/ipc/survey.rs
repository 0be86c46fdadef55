//! The wire types of finding: counts of a filter, saved views, entities, what is alike.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::view::{ActivityView, AlertRow};

/// What to count of the alerts that a query matches.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SurveySpec {
    /// The search text, in the query grammar.
    pub query: String,
    /// Where the histogram begins; none goes by the query's time, then by the alerts.
    pub from: Option<i64>,
    /// Where it ends, exclusive.
    pub to: Option<i64>,
    /// Bars wanted, 1 to 400; as many or fewer come, of a round length.
    pub buckets: u32,
    /// Fields to count the values of.
    pub facets: Vec<String>,
}

/// The counts of a filter.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SurveyView {
    /// Alerts that match.
    pub count: u64,
    /// Those of them that nobody has looked at.
    pub unseen: u64,
    /// One for each field asked for, in that order.
    pub facets: Vec<FacetView>,
    /// How they are spread over time.
    pub histogram: HistogramView,
}

/// The values of one field.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FacetView {
    /// The field.
    pub field: String,
    /// The most frequent values, at most 20, and those that the query names.
    pub values: Vec<ValueCount>,
    /// Alerts with any other value.
    pub others: u64,
    /// How many values there are.
    pub distinct: u64,
}

/// A value and how many alerts have it.
#[derive(Debug, Clone, Serialize, Type)]
pub struct ValueCount {
    /// The value.
    pub value: String,
    /// Alerts.
    pub count: u64,
}

/// Alerts over time.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct HistogramView {
    /// Where the first bar begins.
    pub from: i64,
    /// Where the last bar ends.
    pub to: i64,
    /// Milliseconds of a bar.
    pub step: i64,
    /// A bar's counts: informational, low, medium, unknown, high, critical.
    pub bars: Vec<Vec<u64>>,
}

/// A search that is kept.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SavedViewView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The search text.
    pub query: String,
    /// The order, as the list takes it.
    pub sort: String,
    /// The columns, in their order; none means the usual ones.
    pub columns: Vec<ColumnChoice>,
    /// Whether it is what a new window shows.
    pub is_default: bool,
    /// Whether it came with the app and cannot be removed.
    pub builtin: bool,
}

/// A search to keep.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SavedViewSpec {
    /// The view to change; none makes one.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// The search text.
    pub query: String,
    /// The order, as the list takes it.
    pub sort: String,
    /// The columns, in their order.
    pub columns: Vec<ColumnChoice>,
    /// Whether a new window shows it.
    pub is_default: bool,
}

/// A column of the table.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ColumnChoice {
    /// What it shows.
    pub field: String,
    /// Its width in pixels, unless the table decides.
    pub width: Option<u32>,
}

/// How much a saved view shows now.
#[derive(Debug, Clone, Serialize, Type)]
pub struct ViewCount {
    /// The view.
    pub id: String,
    /// Alerts it matches.
    pub count: u64,
    /// Those that nobody has looked at.
    pub unseen: u64,
}

/// Alerts like one alert, and what was done the last time.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SimilarView {
    /// The newest, at most 20.
    pub rows: Vec<AlertRow>,
    /// The last one that a person handled.
    pub last_handled: Option<HandledView>,
}

/// An alert and what people did about it.
#[derive(Debug, Clone, Serialize, Type)]
pub struct HandledView {
    /// The alert.
    pub row: AlertRow,
    /// What was done, oldest first.
    pub how: Vec<ActivityView>,
}

/// An address, user, key, endpoint or host, and its alerts.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct EntityView {
    /// clientIp, username, apiKeyId, endpoint or hostname.
    pub kind: String,
    /// Which.
    pub value: String,
    /// Alerts that concern it.
    pub total: u64,
    /// Those that are open.
    pub open: u64,
    /// The first alert's time.
    pub first_seen: Option<i64>,
    /// The last alert's time.
    pub last_seen: Option<i64>,
    /// Counts: informational, low, medium, unknown, high, critical.
    pub by_severity: Vec<u64>,
    /// Where its alerts come from, most first.
    pub sources: Vec<ValueCount>,
    /// Alerts over time, oldest first.
    pub spark: Vec<u64>,
    /// Where the first of them begins.
    pub spark_from: i64,
    /// Milliseconds of each.
    pub spark_step: i64,
    /// The latest alerts, at most 20.
    pub latest: Vec<AlertRow>,
    /// What it appears together with, most often first.
    pub related: Vec<RelatedView>,
}

/// Another entity in the same alerts.
#[derive(Debug, Clone, Serialize, Type)]
pub struct RelatedView {
    /// As in `EntityView`.
    pub kind: String,
    /// Which.
    pub value: String,
    /// Alerts that concern both.
    pub count: u64,
}
