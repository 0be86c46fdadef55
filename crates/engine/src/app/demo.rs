//! Demo data: loading it beside what is real, and wiping it whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use tocsin_model::activity::Actor;
use tocsin_model::alert::{Content, Handling};
use tocsin_model::delivery::{Delivery, Position, Rejected};
use tocsin_model::id::{AlertId, QuarantineId};
use tocsin_model::redaction::redact;
use tocsin_model::source::{Source, SourceActivity, SourceName};
use tocsin_model::status::Status;
use tocsin_model::time::{Span, Timestamp};
use tocsin_store::{NewActivity, NewAlert, ReportPlace, StoreError, WriteTx};

use super::App;
use crate::demo::{self, DAYS, DemoAlert, Dice, Happening, Origin, SEED};
use crate::error::EngineError;
use crate::feed::FeedItem;

/// How long an alert that nobody acted on counts as not looked at.
const NEW_FOR: Span = Span::from_millis(30 * Span::HOUR.millis());

impl App {
    /// Fills in ninety days of made-up alerts of five systems, as of now; gives their number. They stand beside what
    /// is real and are told nowhere outside.
    ///
    /// # Errors
    /// [`EngineError::Conflict`] when they are there already, or a source has the name of one of theirs.
    pub fn load_demo(&self) -> Result<u64, EngineError> {
        self.load_demo_as_of(self.now())
    }

    /// [`Self::load_demo`] as of another time. Equal times give equal data.
    ///
    /// # Errors
    /// As [`Self::load_demo`].
    pub fn load_demo_as_of(&self, now: Timestamp) -> Result<u64, EngineError> {
        if self.has_demo()? {
            let message = "the demo data is there already: wipe it first to load it anew";
            return Err(EngineError::Conflict(message.to_owned()));
        }
        let alerts = Arc::new(demo::alerts(SEED, now));
        let count = u64::try_from(alerts.len()).unwrap_or(u64::MAX);
        self.change(move |tx| Ok((load(tx, &alerts, now)?, Some(FeedItem::Sources))))?;
        self.alerts_and_state_changed()?;
        Ok(count)
    }

    /// Removes all demo data in one step; gives the number of alerts that went. What is real stays as it is.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn wipe_demo(&self) -> Result<u64, EngineError> {
        let now = self.now();
        let wiped = self.change(move |tx| Ok((tx.wipe_demo(now)?, Some(FeedItem::Sources))))?;
        self.alerts_and_state_changed()?;
        Ok(wiped)
    }

    /// Whether there is demo data.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn has_demo(&self) -> Result<bool, EngineError> {
        Ok(self.store.read(|reader| reader.has_demo())?)
    }

    /// Tells everyone, other processes too, to read alerts again.
    pub(crate) fn alerts_and_state_changed(&self) -> Result<(), EngineError> {
        let item = FeedItem::Alerts { added: Vec::new(), updated: Vec::new(), many: true };
        self.change(move |_| Ok(((), Some(item))))?;
        self.feed.send(FeedItem::Engine);
        Ok(())
    }
}

fn load(tx: &WriteTx<'_>, alerts: &[DemoAlert], now: Timestamp) -> Result<(), StoreError> {
    let mut loading = Loading { tx, dice: Dice::new(SEED, "ids"), sources: BTreeMap::new() };
    for origin in Origin::ALL {
        loading.source(origin, now)?;
    }
    for alert in alerts {
        loading.alert(alert)?;
    }
    loading.unreadable(now)?;
    tx.set_demo_seen(now.minus(NEW_FOR))?;
    loading.sources.values().try_for_each(|(row, activity)| tx.set_demo_activity(*row, activity))
}

/// The demo on its way into the store.
struct Loading<'a> {
    tx: &'a WriteTx<'a>,
    dice: Dice,
    sources: BTreeMap<Origin, (i64, SourceActivity)>,
}

impl Loading<'_> {
    fn source(&mut self, origin: Origin, now: Timestamp) -> Result<(), StoreError> {
        let source = Source {
            name: SourceName::from_stored(origin.name().to_owned()),
            kind: origin.kind(),
            sign_in: origin.kind().usual_sign_in(),
            username: None,
            origins: Vec::new(),
            created_at: now.minus(Span::from_millis(DAYS * Span::DAY.millis())),
        };
        let row = self.tx.add_demo_source(&source)?;
        self.sources.insert(origin, (row, SourceActivity::default()));
        Ok(())
    }

    /// Counts a delivery of a source and gives the source's row.
    fn heard(&mut self, origin: Origin, at: Timestamp) -> i64 {
        let (row, activity) = self.sources.entry(origin).or_default();
        activity.deliveries += 1;
        activity.last_delivery_at = activity.last_delivery_at.max(Some(at));
        *row
    }

    fn alert(&mut self, alert: &DemoAlert) -> Result<(), StoreError> {
        let at = alert.received_at;
        let source_row = self.heard(alert.origin, at);
        let body = redact(alert.body.clone().into_bytes());
        let delivery = Delivery { body, content_type: "application/json".to_owned(), received_at: at };
        let delivery_row = self.tx.add_delivery(source_row, &delivery)?;
        let report = ReportPlace { key: None, reported_at: None, delivery_row, payload: alert.payload.clone() };
        let handling = Handling::fresh(Status::New, None);
        let row = self.tx.add_alert(&NewAlert {
            id: AlertId::new(at, self.dice.bytes()),
            source_row,
            identity: &alert.external_id,
            external_id: &alert.external_id,
            content: &alert.content,
            handling: &handling,
            received_at: at,
            report: report.clone(),
        })?;
        if let Some((_, activity)) = self.sources.get_mut(&alert.origin) {
            activity.stored += 1;
            activity.last_alert_at = activity.last_alert_at.max(Some(at));
        }
        self.history(alert, row, handling, &report)
    }

    fn history(
        &mut self,
        alert: &DemoAlert,
        row: i64,
        mut handling: Handling,
        report: &ReportPlace<'_>,
    ) -> Result<(), StoreError> {
        let mut content = alert.content.clone();
        for moment in &alert.history {
            match &moment.what {
                Happening::Person(action) => {
                    // What does not fit any more did not happen.
                    let Ok(Some(after)) = action.apply(&handling, moment.at) else { continue };
                    handling = after;
                    self.tx.set_handling(row, &handling, Some(true), moment.at)?;
                    // Without a change: nobody is to take back what never was.
                    let entry = entry(row, moment.at, Actor::Person, action.word());
                    self.tx.add_activity(&NewActivity { detail: &super::acting::detail_of(action), ..entry })?;
                }
                Happening::Source { word, status, reason } => {
                    self.heard(alert.origin, moment.at);
                    let said = said(&content, word, *status);
                    content.source_status = Some((*word).to_owned());
                    (handling.status, handling.close_reason) = (*status, reason.clone());
                    self.tx.update_alert(row, &content, &handling, report, moment.at)?;
                    let entry = entry(row, moment.at, Actor::Source, "updated");
                    self.tx.add_activity(&NewActivity { detail: &said, ..entry })?;
                    if let Some((_, activity)) = self.sources.get_mut(&alert.origin) {
                        activity.updated += 1;
                    }
                }
            }
        }
        Ok(())
    }

    fn unreadable(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let found = demo::unreadable(now);
        let source_row = self.heard(found.origin, found.received_at);
        let body = redact(found.body.as_bytes().to_vec());
        let rejected = Rejected {
            reason: found.reason.to_owned(),
            position: Position::of(body.as_bytes(), found.offset),
            path: None,
            part: 0..body.as_bytes().len(),
        };
        let delivery = Delivery { body, content_type: "application/json".to_owned(), received_at: found.received_at };
        let delivery_row = self.tx.add_delivery(source_row, &delivery)?;
        let id = QuarantineId::new(found.received_at, self.dice.bytes());
        self.tx.add_quarantined(source_row, delivery_row, id, &rejected)
    }
}

fn entry(alert_row: i64, at: Timestamp, actor: Actor, what: &str) -> NewActivity<'_> {
    NewActivity { alert_row, at, actor, what, detail: "", report_key: None }
}

/// What a report changed, in the words of a real one.
fn said(before: &Content, word: &str, status: Status) -> String {
    let old = before.source_status.as_deref().unwrap_or("nothing");
    format!("status {old} → {word}, {status} here")
}
