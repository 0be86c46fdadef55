//! Alerts: list, show, handle, take back.

use serde_json::json;
use tocsin_model::activity::{Activity, Actor};
use tocsin_model::alert::{Action, ActionError, Alert, Handling, Origin};
use tocsin_model::id::{AlertId, ChangeId};
use tocsin_model::notification::Told;
use tocsin_model::query::Query;
use tocsin_model::status::Status;
use tocsin_model::time::Span;
use tocsin_store::{AlertSort, ChangeRecord, FiringRecord, ListPage, PageRequest, SortDirection, SortKey};

use super::App;
use super::acting::{self, Acting};
use crate::error::EngineError;
use crate::feed::FeedItem;

/// Most alerts that one action on all that match changes: while it runs, nothing else is stored.
pub const BULK_LIMIT: u64 = 100_000;

/// Which part of which list.
#[derive(Debug, Clone, Default)]
pub struct AlertListRequest {
    /// The search text.
    pub query: String,
    /// A field such as `time`, `severity` or `title`, with `:asc` to turn it round; empty means `time`.
    pub sort: String,
    /// The cursor of the page before.
    pub after: Option<String>,
    /// Alerts to pass over from there.
    pub skip: u64,
    /// Alerts wanted.
    pub limit: u64,
}

/// One alert with all that is known about it.
#[derive(Debug, Clone)]
pub struct AlertDetails {
    /// The alert.
    pub alert: Alert,
    /// The source's own JSON, redacted; of a rule's alert the firings behind it, with all that explains them.
    pub payload: Option<String>,
    /// What happened to it, oldest first.
    pub activity: Vec<Activity>,
}

/// Firings of one alert that are shown.
const SHOWN_FIRINGS: u64 = 100;

/// Firings as JSON: what explains each, and what became of it.
fn firings(records: &[FiringRecord]) -> String {
    let each = records.iter().map(|record| {
        let mut said = record.explanation.clone();
        said["firedAt"] = json!(record.fired_at);
        said["lastSeen"] = json!(record.last_seen);
        said["occurrences"] = json!(record.occurrences);
        said
    });
    json!({ "firings": each.collect::<Vec<_>>() }).to_string()
}

/// What an action did.
#[derive(Debug, Default)]
pub struct ActOutcome {
    /// What undo needs; none when nothing changed.
    pub change: Option<ChangeId>,
    /// The alerts that changed, as they are now; at most [`ActOutcome::LISTED`].
    pub changed: Vec<Alert>,
    /// How many changed.
    pub changed_count: u64,
    /// Alerts that were so already.
    pub unchanged: u64,
    /// Alerts that the action does not fit, and why; at most [`ActOutcome::LISTED`].
    pub refused: Vec<(AlertId, ActionError)>,
    /// How many alerts the action does not fit.
    pub refused_count: u64,
    /// Ids that are no alert.
    pub missing: Vec<AlertId>,
    /// On undo: alerts that had changed since and were left alone; at most [`ActOutcome::LISTED`].
    pub changed_since: Vec<AlertId>,
    /// How many were left alone.
    pub changed_since_count: u64,
}

impl ActOutcome {
    /// Why some alerts could not be changed, one sentence each reason.
    #[must_use]
    pub fn reasons(&self) -> Vec<String> {
        let mut reasons: Vec<String> = self.refused.iter().map(|(_, reason)| reason.to_string()).collect();
        reasons.extend(self.missing.iter().map(|_| "one of these alerts is not there any more".to_owned()));
        let since = "one of these has changed since and was left alone";
        reasons.extend(self.changed_since.iter().map(|_| since.to_owned()));
        reasons.sort();
        reasons.dedup();
        reasons
    }

    /// Most alerts that each list names; the counts tell of all.
    pub const LISTED: usize = 500;
}

/// Reads the order of a list: a field, and `:asc` or `:desc`.
///
/// # Errors
/// Names what would be right.
pub fn parse_sort(text: &str) -> Result<AlertSort, EngineError> {
    let (name, direction) = match text.trim().split_once(':') {
        None => (text.trim(), SortDirection::Descending),
        Some((name, "asc")) => (name, SortDirection::Ascending),
        Some((name, "desc")) => (name, SortDirection::Descending),
        Some(_) => ("", SortDirection::Descending),
    };
    let key = match name {
        "" if text.trim().is_empty() => Some(SortKey::Time),
        "receivedAt" => Some(SortKey::Received),
        "updatedAt" => Some(SortKey::Updated),
        "type" => Some(SortKey::AlertType),
        name => SortKey::ALL.into_iter().find(|key| key.word() == name),
    };
    let Some(key) = key else {
        let words = SortKey::ALL.map(SortKey::word).join(", ");
        return Err(EngineError::field_error(
            "sort",
            format!("“{text}” is no order: use {words}; with :asc to turn it round"),
        ));
    };
    Ok(AlertSort { key, direction })
}

impl App {
    /// A page of alerts.
    ///
    /// # Errors
    /// When the query, the order or the cursor cannot be read.
    pub fn list_alerts(&self, request: &AlertListRequest) -> Result<ListPage, EngineError> {
        let query = Query::parse(&request.query, self.now())?;
        let sort = parse_sort(&request.sort)?;
        let page = PageRequest {
            query: &query,
            sort,
            after: request.after.as_deref(),
            skip: request.skip,
            limit: request.limit,
        };
        Ok(self.store.list(&page)?)
    }

    /// How many alerts a query matches, counted up to `limit`.
    ///
    /// # Errors
    /// When the query cannot be read.
    pub fn count_alerts(&self, query: &str, limit: u64) -> Result<u64, EngineError> {
        let query = Query::parse(query, self.now())?;
        Ok(self.store.count(&query, limit)?)
    }

    /// Those of `ids` that a query matches.
    ///
    /// # Errors
    /// When the query cannot be read.
    pub fn match_alerts(&self, query: &str, ids: &[AlertId]) -> Result<Vec<Alert>, EngineError> {
        let query = Query::parse(query, self.now())?;
        Ok(self.store.read(|reader| reader.matching(&query, ids))?)
    }

    /// Everything about one alert.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is none of that id.
    pub fn show_alert(&self, id: AlertId) -> Result<AlertDetails, EngineError> {
        let found = self.store.read(|reader| {
            let Some((row, alert)) = reader.alert(id)? else { return Ok(None) };
            Ok(Some(AlertDetails {
                payload: match alert.origin {
                    Origin::Vendor => reader.payload(id)?,
                    Origin::Rule => Some(firings(&reader.firings_of_alert(row, SHOWN_FIRINGS)?)),
                },
                activity: history(&alert, reader.activity(row)?, reader.told(row)?),
                alert,
            }))
        })?;
        found.ok_or_else(|| missing_alert(id))
    }

    /// The action that snoozes from now on for `span`.
    #[must_use]
    pub fn snooze(&self, span: Span) -> Action {
        Action::Snooze { until: self.now().plus(span) }
    }

    /// Does something to some alerts, as one change that can be taken back whole.
    ///
    /// # Errors
    /// When the store cannot be written. What does not fit single alerts is in the outcome.
    pub fn act_on_alerts(&self, ids: &[AlertId], action: &Action) -> Result<ActOutcome, EngineError> {
        let (now, ids_source) = (self.now(), std::sync::Arc::clone(&self.ids));
        let (ids, action) = (ids.to_vec(), action.clone());
        self.change(move |tx| {
            let mut acting = Acting::new(tx, &action, now, &ids_source);
            for id in ids {
                acting.on_id(id)?;
            }
            let outcome = acting.done()?;
            let item = outcome_item(&outcome);
            Ok((outcome, item))
        })
    }

    /// Does something to every alert that a query matches, as one change that can be taken back whole. What is closed
    /// already keeps the reason it was closed for.
    ///
    /// # Errors
    /// When the query cannot be read, the action fits no alert at all, or more than [`BULK_LIMIT`] alerts match.
    pub fn act_on_matching(&self, query: &str, action: &Action) -> Result<ActOutcome, EngineError> {
        let (now, ids_source) = (self.now(), std::sync::Arc::clone(&self.ids));
        let query = Query::parse(query, now)?;
        // A note without text is refused once and not ten thousand times.
        action.apply(&Handling::fresh(Status::New, None), now)?;
        let action = action.clone();
        let done = self.change(move |tx| {
            let found = tx.reader().handled(&query, BULK_LIMIT + 1)?;
            if u64::try_from(found.len()).unwrap_or(u64::MAX) > BULK_LIMIT {
                return Ok((None, None));
            }
            let mut acting = Acting::new(tx, &action, now, &ids_source);
            for alert in found {
                acting.on_match(alert)?;
            }
            let outcome = acting.done()?;
            let item = outcome_item(&outcome);
            Ok((Some(outcome), item))
        })?;
        done.ok_or_else(|| {
            let message = "more than 100,000 alerts match, and no more are changed at once: narrow the search, such as by time:30d";
            EngineError::field_error("query", message)
        })
    }

    /// Notes that a person has looked at these alerts. That is no change of theirs: nothing to take back, nothing in
    /// their history.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn mark_seen(&self, ids: &[AlertId]) -> Result<(), EngineError> {
        let ids = ids.to_vec();
        self.change(move |tx| Ok(((), changed_item(tx.mark_seen(&ids)?))))
    }

    /// Takes a change back; without an id, the last one that was not taken back yet.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is nothing to take back, [`EngineError::Conflict`] when it was taken
    /// back already.
    pub fn undo(&self, id: Option<ChangeId>) -> Result<(ChangeRecord, ActOutcome), EngineError> {
        let (now, ids_source) = (self.now(), std::sync::Arc::clone(&self.ids));
        let done = self.change(move |tx| {
            let found = match id {
                Some(id) => tx.reader().change(id)?,
                None => tx.reader().last_change()?,
            };
            let Some(record) = found else { return Ok((None, None)) };
            if record.undone {
                return Ok((Some((record, None)), None));
            }
            let outcome = acting::undo(tx, &record, now, &ids_source)?;
            let item = outcome_item(&outcome);
            Ok((Some((record, Some(outcome))), item))
        })?;
        match done {
            None => Err(EngineError::Missing("there is nothing to undo".to_owned())),
            Some((record, None)) => Err(EngineError::Conflict(format!("“{}” was undone already", record.what))),
            Some((record, Some(outcome))) => Ok((record, outcome)),
        }
    }
}

fn missing_alert(id: AlertId) -> EngineError {
    EngineError::Missing(format!("there is no alert {id}: list the alerts to see their ids"))
}

fn changed_item(updated: Vec<AlertId>) -> Option<FeedItem> {
    if updated.is_empty() { None } else { Some(FeedItem::Alerts { added: Vec::new(), updated, many: false }) }
}

fn outcome_item(outcome: &ActOutcome) -> Option<FeedItem> {
    let updated: Vec<AlertId> = outcome.changed.iter().map(|alert| alert.id).collect();
    let many = outcome.changed_count > u64::try_from(updated.len()).unwrap_or(u64::MAX);
    (many || !updated.is_empty()).then_some(FeedItem::Alerts { added: Vec::new(), updated, many })
}

/// All that happened, in order. The receipt is not kept as an entry of its own, since the alert says when it was; what
/// became of telling it stands in the outbox.
fn history(alert: &Alert, activity: Vec<Activity>, told: Vec<Told>) -> Vec<Activity> {
    let receipt = Activity {
        at: alert.received_at,
        actor: Actor::Source,
        what: "received".to_owned(),
        detail: format!("from {}", alert.source),
        undone: false,
    };
    let mut entries: Vec<Activity> = activity.into_iter().chain(told.iter().flat_map(Told::entries)).collect();
    // Stable: what happened in the same millisecond keeps its order.
    entries.sort_by_key(|entry| entry.at);
    std::iter::once(receipt).chain(entries).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_named_or_refused_with_the_choice() {
        assert_eq!(parse_sort("").ok(), Some(AlertSort { key: SortKey::Time, direction: SortDirection::Descending }));
        assert_eq!(
            parse_sort("severity:asc").ok(),
            Some(AlertSort { key: SortKey::Severity, direction: SortDirection::Ascending })
        );
        for text in ["tim", "time:up", ":asc", "time asc"] {
            assert!(parse_sort(text).is_err_and(|error| error.to_string().contains("use time, received")), "{text}");
        }
    }
}
