//! The wire types of finding: counts of a filter, saved views, entities, what is alike.

use serde::{Deserialize, Serialize};

use super::view::{ActivityView, AlertRow};

wire! {
    (Deserialize)

    /// What to count of the alerts that a query matches.
    SurveySpec {
        query: String,
        /// Where the histogram begins; none goes by the query's time, then by the alerts.
        from: Option<i64>,
        /// Where it ends, exclusive.
        to: Option<i64>,
        /// Bars wanted, 1 to 400; as many or fewer come, of a round length.
        buckets: u32,
        facets: Vec<String>,
    }

    /// A search to keep.
    SavedViewSpec {
        /// The view to change; none makes one.
        id: Option<String>,
        name: String, query: String, sort: String, columns: Vec<ColumnChoice>, is_default: bool,
    }
}

wire! {
    (Serialize)

    /// The counts of a filter.
    SurveyView { count: u64, unseen: u64, facets: Vec<FacetView>, histogram: HistogramView }

    /// The values of one field.
    FacetView {
        field: String,
        /// The most frequent values, at most 20, and those that the query names.
        values: Vec<ValueCount>,
        others: u64, distinct: u64,
    }

    /// A value and how many alerts have it.
    ValueCount { value: String, count: u64 }

    /// Alerts over time.
    HistogramView {
        from: i64, to: i64,
        /// Milliseconds of a bar.
        step: i64,
        /// A bar's counts: informational, low, medium, unknown, high, critical.
        bars: Vec<Vec<u64>>,
    }

    /// A search that is kept.
    SavedViewView {
        id: String, name: String, query: String, sort: String,
        /// The columns, in their order; none means the usual ones.
        columns: Vec<ColumnChoice>,
        is_default: bool, builtin: bool,
    }

    /// How much a saved view shows now.
    ViewCount { id: String, count: u64, unseen: u64 }

    /// Alerts like one alert, and what was done the last time.
    SimilarView {
        /// The newest, at most 20.
        rows: Vec<AlertRow>,
        last_handled: Option<HandledView>,
    }

    /// An alert and what people did about it.
    HandledView {
        row: AlertRow, how: Vec<ActivityView>,
    }

    /// An address, user, key, endpoint or host, and its alerts.
    EntityView {
        /// clientIp, username, apiKeyId, endpoint or hostname.
        kind: String,
        value: String, total: u64, open: u64, first_seen: Option<i64>, last_seen: Option<i64>,
        /// Counts: informational, low, medium, unknown, high, critical.
        by_severity: Vec<u64>,
        sources: Vec<ValueCount>, spark: Vec<u64>, spark_from: i64,
        /// Milliseconds of each.
        spark_step: i64,
        latest: Vec<AlertRow>, related: Vec<RelatedView>,
    }

    /// Another entity in the same alerts.
    RelatedView {
        /// As in `EntityView`.
        kind: String,
        value: String, count: u64,
    }
}

wire! {
    (Serialize, Deserialize)

    /// A column of the table.
    ColumnChoice { field: String, width: Option<u32> }
}
