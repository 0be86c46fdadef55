//! What a delivery of an event feed does, inside one transaction: keep the events that are new. They raise no alert
//! themselves; rules look at them afterwards.

use tocsin_model::delivery::{Accepted, Delivery, EventReport, NormalisedEvents};
use tocsin_model::id::{EventId, QuarantineId};
use tocsin_model::time::Timestamp;
use tocsin_store::{CounterDelta, FeedEvent, StoreError, WriteTx};

use crate::identity::IdSource;

/// Takes one delivery of a feed in. Its document is kept only when a part of it could not be read: of the rest the
/// events say all there is.
pub(crate) fn accept_events(
    tx: &WriteTx<'_>,
    source_row: i64,
    delivery: &Delivery,
    normalised: &NormalisedEvents,
    ids: &IdSource,
) -> Result<Accepted, StoreError> {
    let at = delivery.received_at;
    let stored = add_events(tx, source_row, at, &normalised.events, ids)?;
    if !normalised.rejected.is_empty() {
        let delivery_row = tx.add_delivery(source_row, delivery)?;
        for rejected in &normalised.rejected {
            let (id_at, random) = ids.next(at);
            tx.add_quarantined(source_row, delivery_row, QuarantineId::new(id_at, random), rejected)?;
        }
    }
    let accepted = Accepted {
        stored,
        updated: 0,
        duplicate: count(normalised.events.len()) - stored,
        quarantined: count(normalised.rejected.len()),
    };
    if !accepted.nothing_readable() {
        tx.count_feed(source_row, &CounterDelta { at, accepted })?;
    }
    Ok(accepted)
}

/// Keeps events; gives how many of them are new.
pub(crate) fn add_events(
    tx: &WriteTx<'_>,
    source_row: i64,
    received_at: Timestamp,
    events: &[EventReport],
    ids: &IdSource,
) -> Result<u64, StoreError> {
    let mut stored = 0;
    for report in events {
        let (at, random) = ids.next(received_at);
        let event = FeedEvent { id: EventId::new(at, random), source_row, received_at, report };
        stored += u64::from(tx.add_feed_event(&event)?);
    }
    Ok(stored)
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
