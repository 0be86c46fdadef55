//! Counting alerts: what a filter comes to, and which values can be asked for.

use tocsin_model::query::Query;
use tocsin_model::survey::{FacetValue, Survey, SurveyField};
use tocsin_model::time::Timestamp;
use tocsin_store::SurveyRequest as StoreRequest;

use super::App;
use crate::error::EngineError;

/// Most bars of a histogram.
pub const BUCKET_LIMIT: u32 = 400;

/// What is to be counted.
#[derive(Debug, Clone, Default)]
pub struct SurveyRequest {
    /// The search text.
    pub query: String,
    /// Where the histogram starts; by default with the query's time term, else with the oldest alert that matches.
    pub from: Option<Timestamp>,
    /// Where it ends; by default with the query's time term or now, else with the newest alert that matches.
    pub to: Option<Timestamp>,
    /// Bars at the most, 1 to [`BUCKET_LIMIT`]; their length is round, so there may be fewer.
    pub buckets: u32,
    /// The facets wanted, by field name: severity, status, source, sourceKind, category, alertType, tactic, rule …
    pub facets: Vec<String>,
}

impl App {
    /// What a filter comes to: how many alerts, unseen ones, facets, and when they happened. A facet leaves out the
    /// query's own positive terms on its field, so that several values can be ticked.
    ///
    /// # Errors
    /// When the query, a facet's name or the number of bars cannot be used.
    pub fn survey(&self, request: &SurveyRequest) -> Result<Survey, EngineError> {
        let now = self.now();
        let query = Query::parse(&request.query, now)?;
        if !(1..=BUCKET_LIMIT).contains(&request.buckets) {
            return Err(EngineError::field_error("buckets", format!("a histogram has 1 to {BUCKET_LIMIT} bars")));
        }
        let fields = request.facets.iter().map(|name| survey_field(name)).collect::<Result<Vec<_>, _>>()?;
        let request = StoreRequest {
            query: &query,
            from: request.from,
            to: request.to,
            buckets: usize::try_from(request.buckets).unwrap_or(1),
            fields: &fields,
            now,
        };
        Ok(self.store.survey(&request)?)
    }

    /// Values of a field that hold `prefix`, whatever the case, with how many alerts of the query have them: those
    /// that begin with it first, then by how frequent they are. Fields without values to offer give none.
    ///
    /// # Errors
    /// When the query cannot be read.
    pub fn suggest(&self, field: &str, prefix: &str, query: &str, limit: u32) -> Result<Vec<FacetValue>, EngineError> {
        let query = Query::parse(query, self.now())?;
        let Some(field) = SurveyField::parse(field) else { return Ok(Vec::new()) };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let counts = self.store.count_by(&query, field)?;
        let prefix = prefix.to_lowercase();
        let mut found: Vec<(bool, FacetValue)> = counts
            .into_iter()
            .filter_map(|counted| {
                let place = counted.value.to_lowercase().find(&prefix)?;
                Some((place > 0, counted))
            })
            .collect();
        // Stable: within each half the most frequent stay first.
        found.sort_by_key(|(inside, _)| *inside);
        Ok(found.into_iter().take(limit).map(|(_, counted)| counted).collect())
    }

    /// How many alerts of a query have each value of a field, straight from the database.
    ///
    /// # Errors
    /// When the query cannot be read, or there is no such field to count by.
    pub fn count_by(&self, query: &str, field: &str) -> Result<Vec<FacetValue>, EngineError> {
        let query = Query::parse(query, self.now())?;
        let field = survey_field(field)?;
        Ok(self.store.read(|reader| reader.count_by(&query, field))?)
    }

    /// How many alerts a query matches, straight from the database.
    ///
    /// # Errors
    /// When the query cannot be read.
    pub fn count_rows(&self, query: &str) -> Result<u64, EngineError> {
        let query = Query::parse(query, self.now())?;
        Ok(self.store.read(|reader| reader.count_alerts(&query, u64::MAX))?)
    }

    /// Reads all alerts into memory, so that every list, survey and search from now on is quick. Takes a second or two
    /// with a million alerts, and nothing when it was done: call it on a thread of its own after the first page, which
    /// needs none of it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn warm(&self) -> Result<(), EngineError> {
        Ok(self.store.load_columns()?)
    }
}

fn survey_field(name: &str) -> Result<SurveyField, EngineError> {
    SurveyField::parse(name).ok_or_else(|| {
        let names = SurveyField::names().join(", ");
        EngineError::field_error("by", format!("alerts cannot be counted by “{name}”: use {names}"))
    })
}
