//! What both ways of counting share: rows by SQL, and the columns in memory.

use tocsin_model::query::{Query, Test, TimeField};
use tocsin_model::survey::{Bars, Facet, FacetValue, SurveyField};
use tocsin_model::time::Timestamp;

use crate::sql::folded;

/// Values of a facet that are shown, besides those that were asked for.
const SHOWN: usize = 20;

/// What is to be counted.
#[derive(Debug, Clone, Copy)]
pub struct SurveyRequest<'a> {
    /// Which alerts.
    pub query: &'a Query,
    /// Where the histogram starts; by default with the query's time term, else with the oldest alert that matches.
    pub from: Option<Timestamp>,
    /// Where it ends; by default with the query's time term or now, else with the newest alert that matches.
    pub to: Option<Timestamp>,
    /// Bars at the most.
    pub buckets: usize,
    /// The facets wanted.
    pub fields: &'a [SurveyField],
    /// The present.
    pub now: Timestamp,
}

impl SurveyRequest<'_> {
    /// The bars of the histogram; `matching` is asked for the first and the last instant only when they are needed.
    pub(crate) fn bars<E>(&self, matching: impl FnOnce() -> Result<Option<(i64, i64)>, E>) -> Result<Bars, E> {
        let (low, high) = self.time_term();
        let (from, to) = (self.from.or(low), self.to.or(high));
        if let (Some(from), Some(to)) = (from, to) {
            return Ok(Bars::cover(from, to, self.buckets));
        }
        let found = matching()?;
        let now = self.now.millis();
        let first = found.map_or(now, |(first, _)| first);
        let end = found.map_or(now, |(_, last)| last.saturating_add(1));
        let from = from.unwrap_or(Timestamp::from_millis(first));
        // “The last seven days” end now, even when the last of them was quiet.
        let end = if from.millis() < now && low.is_some() { end.max(now) } else { end };
        Ok(Bars::cover(from, to.unwrap_or(Timestamp::from_millis(end)), self.buckets))
    }

    /// The stretch that the query's own time terms leave.
    fn time_term(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        let mut stretch = (None, None);
        for term in self.query.terms.iter().filter(|term| !term.negated) {
            if let Test::Time(TimeField::Time, from, to) = &term.test {
                stretch.0 = stretch.0.max(*from);
                stretch.1 = match (stretch.1, *to) {
                    (Some(one), Some(other)) => Some(Timestamp::min(one, other)),
                    (one, other) => one.or(other),
                };
            }
        }
        stretch
    }
}

/// A facet of the counts of each value.
pub(crate) fn facet(field: SurveyField, query: &Query, mut counts: Vec<FacetValue>) -> Facet {
    counts.sort_unstable_by(|one, other| other.count.cmp(&one.count).then_with(|| one.value.cmp(&other.value)));
    let asked: Vec<(String, String)> =
        field.asked_for(query).into_iter().map(|value| (folded(&value).into_owned(), value)).collect();
    let is_asked = |value: &str| asked.iter().any(|(plain, _)| *plain == *folded(value));
    let mut facet = Facet { field: field.name(), values: Vec::new(), others: 0, distinct: len(&counts) };
    for (place, found) in counts.into_iter().enumerate() {
        if place < SHOWN || (!asked.is_empty() && is_asked(&found.value)) {
            facet.values.push(found);
        } else {
            facet.others += found.count;
        }
    }
    let mut absent: Vec<FacetValue> = Vec::new();
    for (plain, value) in asked {
        if !facet.values.iter().chain(&absent).any(|shown| *folded(&shown.value) == plain) {
            absent.push(FacetValue { value, count: 0 });
        }
    }
    facet.values.extend(absent);
    facet
}

fn len<T>(list: &[T]) -> u64 {
    u64::try_from(list.len()).unwrap_or(u64::MAX)
}
