//! Alerts like one alert, and what was done the last time.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use tocsin_model::activity::{Activity, Actor};
use tocsin_model::alert::Alert;
use tocsin_model::entities::EntityKind;
use tocsin_model::id::AlertId;
use tocsin_model::query::quoted;
use tocsin_model::time::Span;

use super::App;
use super::alerts::AlertListRequest;
use super::entities::asks_for;
use crate::error::EngineError;

/// Alerts shown.
const SHOWN: usize = 20;
/// How far before and after the alert a shared entity counts.
const AROUND: Span = Span::from_millis(30 * Span::DAY.millis());
/// Values of a kind that are asked for, so that a long list makes no endless query.
const VALUES: usize = 5;
/// Longest value that is asked for, in characters.
const VALUE_LIMIT: usize = 120;
/// Words of a title that are asked for.
const WORDS: usize = 16;
/// Handled alerts looked at until one is found that a person handled.
const HANDLED: u64 = 10;

/// Alerts like one alert.
#[derive(Debug, Clone, Default)]
pub struct Similar {
    /// The newest, at most 20: of the same source and type, or of the same category with a title of the same shape, or
    /// about the same address, user, key, endpoint or host within 30 days.
    pub alerts: Vec<Alert>,
    /// The alert of the same kind that a person handled last, and what was done about it, oldest first.
    pub last_handled: Option<(Alert, Vec<Activity>)>,
}

impl App {
    /// Alerts like the one of this id, without itself.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is none of that id.
    pub fn similar(&self, id: AlertId) -> Result<Similar, EngineError> {
        let alert = self.show_alert(id)?.alert;
        let kinds = of_its_kind(&alert);
        let mut found: BTreeMap<AlertId, Alert> = BTreeMap::new();
        for query in kinds.iter().chain(&of_its_entities(&alert)) {
            let alerts = self.some(query, "time", u64::try_from(SHOWN + 1).unwrap_or(u64::MAX))?;
            found.extend(alerts.into_iter().map(|alert| (alert.id, alert)));
        }
        found.remove(&id);
        let mut alerts: Vec<Alert> = found.into_values().collect();
        alerts.sort_by_key(|alert| Reverse((alert.content.time, alert.id)));
        alerts.truncate(SHOWN);
        Ok(Similar { alerts, last_handled: self.last_handled(&kinds, id)? })
    }

    /// What was closed tells more than what was taken on.
    fn last_handled(&self, kinds: &[String], id: AlertId) -> Result<Option<(Alert, Vec<Activity>)>, EngineError> {
        for status in ["status:closed -reason:source-resolved,expired", "status:acknowledged"] {
            let mut handled = Vec::new();
            for kind in kinds {
                handled.extend(self.some(&format!("{kind} {status}"), "updated", HANDLED)?);
            }
            handled.sort_by_key(|alert| Reverse((alert.updated_at, alert.id)));
            for alert in handled.into_iter().filter(|alert| alert.id != id) {
                let mut how = self.show_alert(alert.id)?.activity;
                how.retain(|entry| entry.actor == Actor::Person && !entry.undone && entry.what != "undone");
                if !how.is_empty() {
                    return Ok(Some((alert, how)));
                }
            }
        }
        Ok(None)
    }

    fn some(&self, query: &str, sort: &str, limit: u64) -> Result<Vec<Alert>, EngineError> {
        let (query, sort) = (query.to_owned(), sort.to_owned());
        Ok(self.list_alerts(&AlertListRequest { query, sort, limit, ..AlertListRequest::default() })?.alerts)
    }
}

/// Queries for alerts of the same kind.
fn of_its_kind(alert: &Alert) -> Vec<String> {
    let content = &alert.content;
    let source = format!("source:{}", quoted(alert.source.as_str()));
    let short = |text: &&str| (1..=VALUE_LIMIT).contains(&text.chars().count());
    let alert_type = content.alert_type.as_deref().filter(short);
    let shape = title_shape(&content.title);
    let mut queries = Vec::new();
    queries.extend(alert_type.map(|alert_type| format!("{source} alertType:{}", quoted(alert_type))));
    queries.extend(
        content
            .category
            .as_deref()
            .filter(short)
            .zip(shape.as_ref())
            .map(|(category, shape)| format!("category:{} title:{shape}", quoted(category))),
    );
    if queries.is_empty() {
        queries.extend(shape.map(|shape| format!("{source} title:{shape}")));
    }
    queries
}

/// Queries for alerts about the same, one a kind of entity.
fn of_its_entities(alert: &Alert) -> Vec<String> {
    let time = alert.content.time;
    let around = format!("time:{}..{}", time.minus(AROUND), time.plus(AROUND));
    EntityKind::ALL
        .into_iter()
        .filter_map(|kind| {
            let values = alert.content.entities.of(kind).iter().map(String::as_str);
            let values: Vec<&str> =
                values.filter(|value| (1..=VALUE_LIMIT).contains(&value.trim().chars().count())).take(VALUES).collect();
            Some(format!("{around} {}", asks_for(kind, &values)?))
        })
        .collect()
}

/// A title with its numbers and ids left open, as a value of a query; none when nothing else is in it.
fn title_shape(title: &str) -> Option<String> {
    let mut words: Vec<String> = title
        .split(' ')
        .map(|word| {
            let long = word.chars().count() > VALUE_LIMIT;
            if long || word.bytes().any(|byte| byte.is_ascii_digit()) {
                return "*".to_owned();
            }
            inside(&quoted(word)).to_owned()
        })
        .take(WORDS + 1)
        .collect();
    if words.len() > WORDS {
        words.truncate(WORDS);
        words.push("*".to_owned());
    }
    words.iter().any(|word| word != "*" && !word.is_empty()).then(|| format!("\"{}\"", words.join(" ")))
}

/// What stands between the quotes.
fn inside(quoted: &str) -> &str {
    quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_of_a_title_leaves_its_numbers_open() {
        for (title, shape) in [
            ("429 watch  (strict) for key 9f0c", Some(r#""* watch  (strict) for key *""#)),
            ("100% 5xx", None),
            ("", None),
            (r#"a*b "said" c\"#, Some(r#""a\*b \"said\" c\\""#)),
        ] {
            assert_eq!(title_shape(title).as_deref(), shape, "{title}");
        }
        let long = title_shape(&"word ".repeat(500));
        assert!(long.is_some_and(|shape| shape.len() < 100 && shape.ends_with(" *\"")));
    }
}
