//! Alerts counted by the database itself: what processes without the columns answer with.

use tocsin_model::query::{Query, TextField};
use tocsin_model::severity::Severity;
use tocsin_model::status::Status;
use tocsin_model::survey::{FacetValue, Histogram, Survey, SurveyField};
use tocsin_model::time::Timestamp;

use super::alert_filter::{Column, Filter, column};
use super::{count, get_count};
use crate::survey::{SurveyRequest, facet};
use crate::{Reader, StoreError};

const FROM: &str = "FROM alerts JOIN sources ON sources.row = alerts.source_row";

impl Reader<'_> {
    /// How many alerts of a query have each value of a field, most frequent first, equal ones by the alphabet. An
    /// alert with several values counts for each; one without a value for none.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn count_by(&self, query: &Query, field: SurveyField) -> Result<Vec<FacetValue>, StoreError> {
        let filter = Filter::of(query);
        let (value, each) = value_of(field);
        let number = if each.is_empty() { "count(*)" } else { "count(DISTINCT alerts.row)" };
        let statement = format!(
            "SELECT {value} AS value, {number} AS found {FROM}{each} WHERE {} AND {value} IS NOT NULL GROUP BY 1",
            filter.sql()
        );
        let mut statement = self.connection.prepare_cached(&statement)?;
        let counts = statement.query_map(filter.arguments().as_slice(), |row| {
            let value = match field {
                SurveyField::Severity => rank_word(row.get("value")?, Severity::from_rank, Severity::as_str),
                SurveyField::Status => rank_word(row.get("value")?, Status::from_rank, Status::as_str),
                SurveyField::SourceKind | SurveyField::ClientIp | SurveyField::Text(_) => row.get("value")?,
            };
            Ok(FacetValue { value, count: get_count(row, "found")? })
        })?;
        let mut counts = counts.collect::<Result<Vec<_>, _>>()?;
        counts.sort_unstable_by(|one, other| other.count.cmp(&one.count).then_with(|| one.value.cmp(&other.value)));
        Ok(counts)
    }

    /// What a filter comes to, counted row by row.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn survey(&self, request: &SurveyRequest<'_>) -> Result<Survey, StoreError> {
        let (found, unseen) = self.count_unseen(request.query)?;
        let facets = request.fields.iter().map(|&field| {
            let counts = self.count_by(&field.left_out_of(request.query), field)?;
            Ok(facet(field, request.query, counts))
        });
        let facets = facets.collect::<Result<Vec<_>, StoreError>>()?;
        Ok(Survey { count: found, unseen, facets, histogram: self.histogram(request)? })
    }

    fn count_unseen(&self, query: &Query) -> Result<(u64, u64), StoreError> {
        let filter = Filter::of(query);
        let statement = format!(
            "SELECT count(*) AS found, count(*) FILTER (WHERE seen = 0) AS unseen {FROM} WHERE {}",
            filter.sql()
        );
        let mut statement = self.connection.prepare_cached(&statement)?;
        Ok(statement.query_row(filter.arguments().as_slice(), |row| {
            Ok((get_count(row, "found")?, get_count(row, "unseen")?))
        })?)
    }

    fn histogram(&self, request: &SurveyRequest<'_>) -> Result<Histogram, StoreError> {
        let bars = request.bars(|| self.first_and_last(request.query))?;
        let mut filter = Filter::of(request.query);
        filter.and("alerts.time >= ? AND alerts.time < ?", [bars.from, bars.to()]);
        let statement = format!(
            "SELECT (alerts.time - {}) / {} AS bar, severity, count(*) AS found {FROM} WHERE {} GROUP BY 1, 2",
            bars.from,
            bars.step,
            filter.sql()
        );
        let mut counted = vec![[0; 6]; bars.count];
        let mut statement = self.connection.prepare_cached(&statement)?;
        let mut rows = statement.query(filter.arguments().as_slice())?;
        while let Some(row) = rows.next()? {
            let place = |column: &str| Ok::<_, StoreError>(usize::try_from(row.get::<_, i64>(column)?).ok());
            let bar = place("bar")?.and_then(|bar| counted.get_mut(bar));
            if let (Some(bar), Some(rank)) = (bar, place("severity")?) {
                bar[rank] = get_count(row, "found")?;
            }
        }
        let at = Timestamp::from_millis;
        Ok(Histogram { from: at(bars.from), to: at(bars.to()), step_ms: bars.step, bars: counted })
    }

    fn first_and_last(&self, query: &Query) -> Result<Option<(i64, i64)>, StoreError> {
        let filter = Filter::of(query);
        let statement = format!("SELECT min(alerts.time), max(alerts.time) {FROM} WHERE {}", filter.sql());
        let mut statement = self.connection.prepare_cached(&statement)?;
        let found: (Option<i64>, Option<i64>) =
            statement.query_row(filter.arguments().as_slice(), |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(found.0.zip(found.1))
    }

    /// How many alerts there are.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn alerts_in_all(&self) -> Result<u64, StoreError> {
        self.count_alerts(&Query::default(), u64::MAX)
    }
}

fn rank_word<T>(rank: i64, read: impl Fn(i64) -> Option<T>, word: impl Fn(T) -> &'static str) -> String {
    let known = read(rank).map(word);
    known.map_or_else(|| count(rank.unsigned_abs()).to_string(), str::to_owned)
}

/// A field as an expression, and what to join for it.
fn value_of(field: SurveyField) -> (&'static str, String) {
    let list = |list: &str| ("item.value", format!(" JOIN json_each({list}) AS item"));
    let plain = |column| (column, String::new());
    match field {
        SurveyField::Severity => plain("alerts.severity"),
        SurveyField::Status => plain("alerts.status"),
        SurveyField::SourceKind => plain("sources.kind"),
        // Names are compared whatever the case; here each spelling stands for itself.
        SurveyField::Text(TextField::Source) => plain("(sources.name COLLATE BINARY)"),
        SurveyField::ClientIp => list("alerts.entities, '$.clientIp'"),
        SurveyField::Text(field) => match column(field) {
            Column::Plain(column) => plain(column),
            Column::List(column) => list(&format!("alerts.{column}")),
            Column::Entity(key) => list(&format!("alerts.entities, '$.{key}'")),
        },
    }
}
