//! Alerts: list, show, handle, take back.

use tocsin_model::activity::{Activity, Actor};
use tocsin_model::alert::{Action, ActionError, Alert, Handling};
use tocsin_model::id::{AlertId, ChangeId};
use tocsin_model::notification::{Arrival, Occasion};
use tocsin_model::query::Query;
use tocsin_model::time::{Span, Timestamp};
use tocsin_store::{
    AlertSort, ChangeRecord, ChangedAlert, ListPage, PageRequest, SortDirection, SortKey, StoreError, UndoEffect,
    WriteTx,
};

use super::App;
use crate::accept::outbox_row;
use crate::error::EngineError;
use crate::feed::FeedItem;
use crate::identity::IdSource;

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
    /// The source's own JSON, redacted.
    pub payload: Option<String>,
    /// What happened to it, oldest first.
    pub activity: Vec<Activity>,
}

/// What an action did.
#[derive(Debug, Default)]
pub struct ActOutcome {
    /// What undo needs; none when nothing changed.
    pub change: Option<ChangeId>,
    /// The alerts that changed, as they are now.
    pub changed: Vec<Alert>,
    /// Alerts that were so already.
    pub unchanged: u64,
    /// Alerts that the action does not fit, and why.
    pub refused: Vec<(AlertId, ActionError)>,
    /// Ids that are no alert.
    pub missing: Vec<AlertId>,
    /// On undo: alerts that had changed since and were left alone.
    pub changed_since: Vec<AlertId>,
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
                payload: reader.payload(id)?,
                activity: with_receipt(reader.activity(row)?, &alert),
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
            let outcome = act(tx, &ids, &action, now, &ids_source)?;
            let item = changed_item(outcome.changed.iter().map(|alert| alert.id).collect());
            Ok((outcome, item))
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
            let outcome = undo(tx, &record, now, &ids_source)?;
            let item = changed_item(outcome.changed.iter().map(|alert| alert.id).collect());
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

/// The receipt is not kept as an entry of its own: the alert says when it was.
fn with_receipt(activity: Vec<Activity>, alert: &Alert) -> Vec<Activity> {
    let receipt = Activity {
        at: alert.received_at,
        actor: Actor::Source,
        what: "received".to_owned(),
        detail: format!("from {}", alert.source),
        undone: false,
    };
    std::iter::once(receipt).chain(activity).collect()
}

fn act(
    tx: &WriteTx<'_>,
    ids: &[AlertId],
    action: &Action,
    now: Timestamp,
    ids_source: &IdSource,
) -> Result<ActOutcome, StoreError> {
    let mut outcome = ActOutcome::default();
    let mut change_row = None;
    let detail = detail_of(action);
    for &id in ids {
        let Some((row, alert)) = tx.reader().alert(id)? else {
            outcome.missing.push(id);
            continue;
        };
        let after = match action.apply(&alert.handling, now) {
            Ok(Some(after)) => after,
            Ok(None) => {
                outcome.unchanged += 1;
                continue;
            }
            Err(reason) => {
                outcome.refused.push((id, reason));
                continue;
            }
        };
        let change_row = match change_row {
            Some(change_row) => change_row,
            None => {
                let (at, random) = ids_source.next(now);
                let change = ChangeId::new(at, random);
                outcome.change = Some(change);
                *change_row.insert(tx.add_change(change, action.word(), now)?)
            }
        };
        let changed = ChangedAlert {
            row,
            before: &alert.handling,
            before_updated_at: alert.updated_at,
            before_seen: alert.seen,
            after: &after,
            detail: &detail,
        };
        tx.change_alert(change_row, action.word(), &changed, now)?;
        follow_snooze(tx, row, &alert.handling, &after, now, ids_source)?;
        outcome.changed.extend(tx.reader().alert(id)?.map(|(_, alert)| alert));
    }
    Ok(outcome)
}

fn undo(
    tx: &WriteTx<'_>,
    record: &ChangeRecord,
    now: Timestamp,
    ids_source: &IdSource,
) -> Result<ActOutcome, StoreError> {
    let mut outcome = ActOutcome::default();
    for effect in tx.undo_change(record, now)? {
        match effect {
            UndoEffect::ChangedSince(id) => outcome.changed_since.push(id),
            UndoEffect::Restored(id) => {
                let Some((row, alert)) = tx.reader().alert(id)? else { continue };
                tx.cancel_reminders(row, now)?;
                remind(tx, row, &alert.handling, now, ids_source)?;
                outcome.changed.push(alert);
            }
        }
    }
    Ok(outcome)
}

/// A snooze that ends is told again, so it waits in the outbox from the start.
fn follow_snooze(
    tx: &WriteTx<'_>,
    alert_row: i64,
    before: &Handling,
    after: &Handling,
    now: Timestamp,
    ids_source: &IdSource,
) -> Result<(), StoreError> {
    if before.snoozed_until == after.snoozed_until {
        return Ok(());
    }
    tx.cancel_reminders(alert_row, now)?;
    remind(tx, alert_row, after, now, ids_source)
}

fn remind(
    tx: &WriteTx<'_>,
    alert_row: i64,
    handling: &Handling,
    now: Timestamp,
    ids_source: &IdSource,
) -> Result<(), StoreError> {
    let Some(until) = handling.snoozed_until.filter(|until| *until > now) else { return Ok(()) };
    // Queued at its end: that is when it becomes news.
    let row = outbox_row(ids_source, alert_row, Occasion::SnoozeEnded, Arrival::Delivered, until, until);
    tx.add_outbox(&row)
}

pub(super) fn detail_of(action: &Action) -> String {
    match action {
        Action::Acknowledge | Action::Reopen => String::new(),
        Action::Snooze { until } => format!("until {until}"),
        Action::Close { reason, note: None } => reason.to_string(),
        Action::Close { reason, note: Some(note) } => format!("{reason}: {}", note.trim()),
        Action::Note { text } => text.trim().to_owned(),
    }
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
