//! What a delivery does, inside one transaction: keep it, raise and update alerts, fill the outbox.

use tocsin_model::activity::Actor;
use tocsin_model::alert::{Content, Handling, ReportEffect};
use tocsin_model::delivery::{Accepted, AlertReport, Delivery, Normalised};
use tocsin_model::id::{AlertId, NotificationId, QuarantineId};
use tocsin_model::notification::{Arrival, Occasion};
use tocsin_model::status::Status;
use tocsin_model::time::Timestamp;
use tocsin_store::{CounterDelta, Existing, NewActivity, NewAlert, OutboxRow, ReportPlace, StoreError, WriteTx};

use crate::identity::IdSource;

/// What a delivery did.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// For the answer to the sender.
    pub accepted: Accepted,
    /// New alerts.
    pub added: Vec<AlertId>,
    /// Changed alerts.
    pub updated: Vec<AlertId>,
}

/// Takes one delivery in. The alerts, their events, their outbox rows and the delivery commit together.
pub(crate) fn accept(
    tx: &WriteTx<'_>,
    source_row: i64,
    delivery: &Delivery,
    normalised: Normalised,
    arrival: Arrival,
    ids: &IdSource,
) -> Result<Taken, StoreError> {
    let mut incoming = Incoming::new(tx, source_row, delivery, arrival, ids, None);
    let quarantined = normalised.rejected.len();
    for report in normalised.reports {
        incoming.report(report)?;
    }
    for rejected in &normalised.rejected {
        let delivery_row = incoming.delivery_row()?;
        let (at, random) = ids.next(delivery.received_at);
        tx.add_quarantined(source_row, delivery_row, QuarantineId::new(at, random), rejected)?;
    }
    let mut taken = incoming.taken;
    taken.accepted.quarantined = u64::try_from(quarantined).unwrap_or(u64::MAX);
    if !taken.accepted.nothing_readable() {
        tx.count_delivery(source_row, &CounterDelta { at: delivery.received_at, accepted: taken.accepted })?;
    }
    Ok(taken)
}

/// Takes in the reports of a delivery that is kept already: it left quarantine.
pub(crate) fn accept_again(
    tx: &WriteTx<'_>,
    source_row: i64,
    delivery_row: i64,
    delivery: &Delivery,
    reports: Vec<AlertReport>,
    ids: &IdSource,
) -> Result<Taken, StoreError> {
    let mut incoming = Incoming::new(tx, source_row, delivery, Arrival::Imported, ids, Some(delivery_row));
    for report in reports {
        incoming.report(report)?;
    }
    Ok(incoming.taken)
}

/// One delivery on its way in.
struct Incoming<'a> {
    tx: &'a WriteTx<'a>,
    store: tocsin_store::Intake<'a>,
    source_row: i64,
    delivery: &'a Delivery,
    arrival: Arrival,
    ids: &'a IdSource,
    /// Set by the first thing that needs the document: one that says nothing new is not kept.
    delivery_row: Option<i64>,
    taken: Taken,
}

impl<'a> Incoming<'a> {
    fn new(
        tx: &'a WriteTx<'a>,
        source_row: i64,
        delivery: &'a Delivery,
        arrival: Arrival,
        ids: &'a IdSource,
        delivery_row: Option<i64>,
    ) -> Self {
        Self { tx, store: tx.intake(), source_row, delivery, arrival, ids, delivery_row, taken: Taken::default() }
    }

    fn delivery_row(&mut self) -> Result<i64, StoreError> {
        if let Some(row) = self.delivery_row {
            return Ok(row);
        }
        let row = self.tx.add_delivery(self.source_row, self.delivery)?;
        self.delivery_row = Some(row);
        Ok(row)
    }

    fn report(&mut self, report: AlertReport) -> Result<(), StoreError> {
        match self.store.existing(self.source_row, &report.identity)? {
            None => self.raise(report),
            Some(existing) => self.update(report, &existing),
        }
    }

    fn raise(&mut self, report: AlertReport) -> Result<(), StoreError> {
        let at = self.delivery.received_at;
        let delivery_row = self.delivery_row()?;
        let (identity, external_id) = (report.identity.clone(), report.external_id.clone());
        let (key, reported_at, payload) = (report.report_key.clone(), report.reported_at, report.payload.clone());
        let (content, handling) = report.into_new(at);
        let (id_at, random) = self.ids.next(at);
        let id = AlertId::new(id_at, random);
        let row = self.store.add_alert(&NewAlert {
            id,
            source_row: self.source_row,
            identity: &identity,
            external_id: &external_id,
            content: &content,
            handling: &handling,
            received_at: at,
            report: ReportPlace { key: key.as_deref(), reported_at, delivery_row, payload },
        })?;
        // What was over before it came in needs nobody now.
        if handling.status != Status::Closed {
            self.tell(row, Occasion::Raised)?;
        }
        self.taken.accepted.stored += 1;
        self.taken.added.push(id);
        Ok(())
    }

    fn update(&mut self, report: AlertReport, existing: &Existing) -> Result<(), StoreError> {
        let key = report.report_key.clone();
        let (reported_at, payload) = (report.reported_at, report.payload.clone());
        let effect = report.effect_on(&existing.content, &existing.handling, existing.reported_at);
        let ReportEffect::Updated { content, handling } = effect else {
            self.taken.accepted.duplicate += 1;
            return Ok(());
        };
        if self.is_repeat(existing, key.as_deref())? {
            self.taken.accepted.duplicate += 1;
            return Ok(());
        }
        let at = self.delivery.received_at;
        let place = ReportPlace {
            key: key.as_deref(),
            reported_at: reported_at.or(existing.reported_at),
            delivery_row: self.delivery_row()?,
            payload,
        };
        self.tx.update_alert(existing.row, &content, &handling, &place, at)?;
        self.tx.add_activity(&NewActivity {
            alert_row: existing.row,
            at,
            actor: Actor::Source,
            what: "updated",
            detail: &differences(existing, &content, &handling),
            // The message this one replaces; the newest stands in the alert itself.
            report_key: existing.report_key.as_deref(),
        })?;
        if handling.snoozed_until != existing.handling.snoozed_until {
            self.tx.cancel_reminders(existing.row, at)?;
        }
        if let Some(occasion) = news(existing, &content, &handling) {
            self.tx.mark_unseen(existing.row)?;
            self.tell(existing.row, occasion)?;
        }
        self.taken.accepted.updated += 1;
        self.taken.updated.push(existing.id);
        Ok(())
    }

    fn is_repeat(&self, existing: &Existing, key: Option<&str>) -> Result<bool, StoreError> {
        match key {
            None => Ok(false),
            Some(key) if existing.report_key.as_deref() == Some(key) => Ok(true),
            Some(key) => self.tx.reader().was_reported(existing.row, key),
        }
    }

    fn tell(&mut self, alert_row: i64, occasion: Occasion) -> Result<(), StoreError> {
        let at = self.delivery.received_at;
        let row = outbox_row(self.ids, alert_row, occasion, self.arrival, at, at);
        match self.arrival {
            // The listener does not know demo sources.
            Arrival::Delivered => self.store.queue(&row),
            Arrival::Imported => self.tx.add_outbox(&row),
        }
    }
}

/// What a person should hear of an update: that it is back, or that it is worse.
fn news(before: &Existing, content: &Content, handling: &Handling) -> Option<Occasion> {
    match (before.handling.status, handling.status) {
        (_, Status::Closed) => None,
        (Status::Closed, Status::New | Status::Acknowledged) => Some(Occasion::Raised),
        (Status::New | Status::Acknowledged, Status::New | Status::Acknowledged) => {
            (content.severity > before.content.severity).then_some(Occasion::Worsened)
        }
    }
}

/// A new row for the outbox.
pub(crate) fn outbox_row(
    ids: &IdSource,
    alert_row: i64,
    occasion: Occasion,
    arrival: Arrival,
    queued_at: Timestamp,
    not_before: Timestamp,
) -> OutboxRow {
    let (at, random) = ids.next(queued_at);
    OutboxRow { id: NotificationId::new(at, random), alert_row, occasion, arrival, queued_at, not_before }
}

/// What a report changed, in words.
fn differences(before: &Existing, content: &Content, handling: &Handling) -> String {
    let old = &before.content;
    let word = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
    let mut said = Vec::new();
    if old.source_status != content.source_status {
        said.push(format!("status {} → {}", word(&old.source_status), word(&content.source_status)));
    }
    if old.severity != content.severity {
        said.push(format!("severity {} → {}", old.severity, content.severity));
    }
    if old.title != content.title {
        said.push(format!("title was “{}”", old.title));
    }
    if old.time != content.time {
        said.push(format!("time was {}", old.time));
    }
    if said.is_empty() {
        said.push("details changed".to_owned());
    }
    if before.handling.status != handling.status {
        said.push(format!("{} here", handling.status));
    }
    said.join(", ")
}
