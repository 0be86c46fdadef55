//! What is known of an address, a user, a key, an endpoint or a host.

use std::net::IpAddr;

use tocsin_model::alert::Alert;
use tocsin_model::entities::EntityKind;
use tocsin_model::query::quoted;
use tocsin_model::severity::Severity;
use tocsin_model::status::Status;
use tocsin_model::survey::{Facet, Survey};
use tocsin_model::time::{Span, Timestamp};

use super::App;
use super::alerts::AlertListRequest;
use super::survey::SurveyRequest;
use crate::error::EngineError;

/// Bars of the sparkline at the most.
const SPARKS: u32 = 30;
/// Alerts shown.
const LATEST: u64 = 20;
/// Other entities shown.
const RELATED: usize = 10;
/// Longest value in characters: what a query can still ask for.
const VALUE_LIMIT: usize = 900;

/// An entity and its alerts.
#[derive(Debug, Clone)]
pub struct EntityDetails {
    /// What it is.
    pub kind: EntityKind,
    /// Its value.
    pub value: String,
    /// Alerts that concern it.
    pub total: u64,
    /// Those of them that are open.
    pub open: u64,
    /// When the first of them happened.
    pub first_seen: Option<Timestamp>,
    /// When the last of them happened.
    pub last_seen: Option<Timestamp>,
    /// How many of each severity, by its rank.
    pub by_severity: [u64; 6],
    /// Where they come from, most first; at most 20.
    pub sources: Vec<(String, u64)>,
    /// Alerts over time: at most 30 bars, each an hour or longer.
    pub spark: Vec<u64>,
    /// Where the first bar starts.
    pub spark_from: Timestamp,
    /// The length of a bar in milliseconds.
    pub spark_step_ms: i64,
    /// The newest of its alerts, at most 20.
    pub latest: Vec<Alert>,
    /// Entities of other kinds in the same alerts, most frequent first; at most 10.
    pub related: Vec<(EntityKind, String, u64)>,
}

impl App {
    /// What is known of an entity. One that no alert concerns has no alerts, which is no error.
    ///
    /// # Errors
    /// When the value is empty or too long to be asked for.
    pub fn entity(&self, kind: EntityKind, value: &str) -> Result<EntityDetails, EngineError> {
        let value = value.trim();
        if value.is_empty() || value.chars().count() > VALUE_LIMIT {
            return Err(EngineError::field_error("value", format!("an entity has 1 to {VALUE_LIMIT} characters")));
        }
        let query = asks_for(kind, &[value]).unwrap_or_else(|| quoted(value));
        let latest = self.by_time(&query, "time", LATEST)?;
        let first_seen = self.by_time(&query, "time:asc", 1)?.first().map(|alert| alert.content.time);
        let last_seen = latest.first().map(|alert| alert.content.time);
        let survey = self.survey(&survey_of(kind, query, first_seen, last_seen))?;
        Ok(EntityDetails {
            kind,
            value: value.to_owned(),
            total: survey.count,
            open: [Status::New, Status::Acknowledged].iter().map(|status| count(&survey, status.as_str())).sum(),
            first_seen,
            last_seen,
            by_severity: by_severity(&survey),
            sources: facet(&survey, "source")
                .map(|facet| facet.values.iter().map(|one| (one.value.clone(), one.count)).collect())
                .unwrap_or_default(),
            spark: survey.histogram.bars.iter().map(|bar| bar.iter().sum()).collect(),
            spark_from: survey.histogram.from,
            spark_step_ms: survey.histogram.step_ms,
            latest,
            related: related(&survey, kind),
        })
    }

    fn by_time(&self, query: &str, sort: &str, limit: u64) -> Result<Vec<Alert>, EngineError> {
        let (query, sort) = (query.to_owned(), sort.to_owned());
        Ok(self.list_alerts(&AlertListRequest { query, sort, limit, ..AlertListRequest::default() })?.alerts)
    }
}

/// A query for alerts that concern one of `values`; none when no value can be asked for by its kind (what stands where
/// an address should, and is none).
pub(super) fn asks_for(kind: EntityKind, values: &[&str]) -> Option<String> {
    let values: Vec<String> = match kind {
        EntityKind::ClientIp => {
            values.iter().filter_map(|value| value.parse::<IpAddr>().ok()).map(|address| address.to_string()).collect()
        }
        EntityKind::Username | EntityKind::ApiKeyId | EntityKind::Endpoint | EntityKind::Hostname => {
            values.iter().map(|value| quoted(value)).collect()
        }
    };
    if values.is_empty() { None } else { Some(format!("{kind}:{}", values.join(","))) }
}

/// A histogram that ends with the last alert, in bars of an hour at the least.
fn survey_of(kind: EntityKind, query: String, first: Option<Timestamp>, last: Option<Timestamp>) -> SurveyRequest {
    let hours = Span::from_millis(Span::HOUR.millis() * i64::from(SPARKS));
    let others = EntityKind::ALL.into_iter().filter(|other| *other != kind).map(EntityKind::as_str);
    SurveyRequest {
        query,
        from: first.zip(last).map(|(first, last)| first.min(last.minus(hours))),
        to: last.map(|last| last.plus(Span::from_millis(1))),
        buckets: SPARKS,
        facets: ["severity", "status", "source"].into_iter().chain(others).map(str::to_owned).collect(),
    }
}

fn facet<'a>(survey: &'a Survey, field: &str) -> Option<&'a Facet> {
    survey.facets.iter().find(|facet| facet.field == field)
}

/// The alerts that have a word of ours: a severity or a status.
fn count(survey: &Survey, word: &str) -> u64 {
    let facets = ["severity", "status"].into_iter().filter_map(|field| facet(survey, field));
    facets.flat_map(|facet| &facet.values).find(|one| one.value == word).map_or(0, |one| one.count)
}

fn by_severity(survey: &Survey) -> [u64; 6] {
    let mut counts = [0; 6];
    for severity in Severity::ALL {
        let place = usize::try_from(severity.rank()).unwrap_or(0);
        if let Some(slot) = counts.get_mut(place) {
            *slot = count(survey, severity.as_str());
        }
    }
    counts
}

fn related(survey: &Survey, kind: EntityKind) -> Vec<(EntityKind, String, u64)> {
    let others = EntityKind::ALL.into_iter().filter(|other| *other != kind);
    let mut found: Vec<(EntityKind, String, u64)> = others
        .filter_map(|other| Some((other, facet(survey, other.as_str())?)))
        .flat_map(|(other, facet)| facet.values.iter().map(move |one| (other, one.value.clone(), one.count)))
        .collect();
    // Stable: equal counts keep the order of the kinds, then of the alphabet.
    found.sort_by_key(|(_, _, count)| std::cmp::Reverse(*count));
    found.truncate(RELATED);
    found
}
