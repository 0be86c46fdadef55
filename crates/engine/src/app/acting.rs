//! What an action does to alerts, and what taking it back does, inside one transaction.

use tocsin_model::alert::{Action, ActionError};
use tocsin_model::id::{AlertId, ChangeId};
use tocsin_model::notification::{Arrival, Occasion};
use tocsin_model::status::Status;
use tocsin_model::time::Timestamp;
use tocsin_store::{ChangeRecord, ChangedAlert, Handled, StoreError, UndoEffect, WriteTx};

use super::alerts::ActOutcome;
use crate::accept::outbox_row;
use crate::identity::IdSource;

/// One action on its way through some alerts.
pub(super) struct Acting<'a> {
    tx: &'a WriteTx<'a>,
    action: &'a Action,
    detail: String,
    now: Timestamp,
    ids: &'a IdSource,
    /// Made by the first alert that changes.
    change_row: Option<i64>,
    /// The first of those that changed.
    listed: Vec<AlertId>,
    outcome: ActOutcome,
}

impl<'a> Acting<'a> {
    pub(super) fn new(tx: &'a WriteTx<'a>, action: &'a Action, now: Timestamp, ids: &'a IdSource) -> Self {
        let (detail, outcome) = (detail_of(action), ActOutcome::default());
        Self { tx, action, detail, now, ids, change_row: None, listed: Vec::new(), outcome }
    }

    /// Acts on an alert that was named.
    pub(super) fn on_id(&mut self, id: AlertId) -> Result<(), StoreError> {
        match self.tx.reader().handled_of(id)? {
            None => {
                self.outcome.missing.push(id);
                Ok(())
            }
            Some(alert) => self.on(alert),
        }
    }

    /// Acts on one of all that match: nobody has looked at each, so what is closed keeps its reason.
    pub(super) fn on_match(&mut self, alert: Handled) -> Result<(), StoreError> {
        match (self.action, alert.handling.status) {
            (Action::Close { .. }, Status::Closed) => {
                self.outcome.unchanged += 1;
                Ok(())
            }
            (
                Action::Acknowledge
                | Action::Snooze { .. }
                | Action::Close { .. }
                | Action::Reopen
                | Action::Note { .. },
                Status::New | Status::Acknowledged | Status::Closed,
            ) => self.on(alert),
        }
    }

    fn on(&mut self, alert: Handled) -> Result<(), StoreError> {
        let after = match self.action.apply(&alert.handling, self.now) {
            Ok(Some(after)) => after,
            Ok(None) => {
                self.outcome.unchanged += 1;
                return Ok(());
            }
            Err(reason) => {
                self.refuse(alert.id, reason);
                return Ok(());
            }
        };
        let change_row = self.change_row()?;
        let changed = ChangedAlert {
            row: alert.row,
            before: &alert.handling,
            before_updated_at: alert.updated_at,
            before_seen: alert.seen,
            after: &after,
            detail: &self.detail,
        };
        self.tx.change_alert(change_row, self.action.word(), &changed, self.now)?;
        if alert.handling.snoozed_until != after.snoozed_until {
            put_reminder(self.tx, alert.row, after.snoozed_until, self.now, self.ids)?;
        }
        self.outcome.changed_count += 1;
        if self.listed.len() < ActOutcome::LISTED {
            self.listed.push(alert.id);
        }
        Ok(())
    }

    fn refuse(&mut self, id: AlertId, reason: ActionError) {
        self.outcome.refused_count += 1;
        if self.outcome.refused.len() < ActOutcome::LISTED {
            self.outcome.refused.push((id, reason));
        }
    }

    fn change_row(&mut self) -> Result<i64, StoreError> {
        if let Some(row) = self.change_row {
            return Ok(row);
        }
        let (at, random) = self.ids.next(self.now);
        let change = ChangeId::new(at, random);
        self.outcome.change = Some(change);
        Ok(*self.change_row.insert(self.tx.add_change(change, self.action.word(), self.now)?))
    }

    pub(super) fn done(mut self) -> Result<ActOutcome, StoreError> {
        list_changed(self.tx, &self.listed, &mut self.outcome)?;
        Ok(self.outcome)
    }
}

/// Takes a change back.
pub(super) fn undo(
    tx: &WriteTx<'_>,
    record: &ChangeRecord,
    now: Timestamp,
    ids: &IdSource,
) -> Result<ActOutcome, StoreError> {
    let mut outcome = ActOutcome::default();
    let undone = tx.undo_change(record, now)?;
    for (row, until) in undone.snoozes {
        put_reminder(tx, row, until, now, ids)?;
    }
    let mut listed = Vec::new();
    for effect in undone.effects {
        let (list, count, id) = match effect {
            UndoEffect::Restored(id) => (&mut listed, &mut outcome.changed_count, id),
            UndoEffect::ChangedSince(id) => (&mut outcome.changed_since, &mut outcome.changed_since_count, id),
        };
        *count += 1;
        if list.len() < ActOutcome::LISTED {
            list.push(id);
        }
    }
    list_changed(tx, &listed, &mut outcome)?;
    Ok(outcome)
}

fn list_changed(tx: &WriteTx<'_>, ids: &[AlertId], outcome: &mut ActOutcome) -> Result<(), StoreError> {
    for id in ids {
        outcome.changed.extend(tx.reader().alert(*id)?.map(|(_, alert)| alert));
    }
    Ok(())
}

/// A snooze that ends is told again, so it waits in the outbox from the start.
fn put_reminder(
    tx: &WriteTx<'_>,
    alert_row: i64,
    until: Option<Timestamp>,
    now: Timestamp,
    ids: &IdSource,
) -> Result<(), StoreError> {
    tx.cancel_reminders(alert_row, now)?;
    let Some(until) = until.filter(|until| *until > now) else { return Ok(()) };
    // Queued at its end: that is when it becomes news.
    tx.add_outbox(&outbox_row(ids, alert_row, Occasion::SnoozeEnded, Arrival::Delivered, until, until))
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
