//! The log as rules see it: events of feeds and vendors' alerts, in the order in which they came.
//!
//! Invariant: what came in one delivery is never cut in two, so that batches make no difference to what fires.

use tocsin_model::event::Event;
use tocsin_model::field::{EventKind, Field};
use tocsin_model::id::EventId;
use tocsin_model::time::{Span, Timestamp};
use tocsin_store::{AlertEvent, LogPlace, LoggedEvent, Reader, StoreError};

use super::names::Names;

/// Events read at a time.
const BATCH: u64 = 2_000;
/// How far ahead of its receipt a time may be before the receipt takes its place.
pub(crate) const AHEAD: Span = Span::from_millis(5 * 60_000);

/// Where an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Feed(i64),
    Alert(i64),
}

/// An event of the log.
#[derive(Debug)]
pub(crate) struct Entry {
    place: Place,
    pub(crate) source: i64,
    pub(crate) received_at: Timestamp,
    /// With the time that counts for windows and order.
    pub(crate) event: Event,
}

impl Entry {
    /// Whether it comes after a place of the log.
    pub(crate) const fn is_after(&self, place: LogPlace) -> bool {
        match self.place {
            Place::Feed(seq) => seq > place.seq,
            Place::Alert(row) => row > place.alert,
        }
    }

    /// The place of the log once it has been taken.
    pub(crate) fn reached(&self, place: LogPlace) -> LogPlace {
        match self.place {
            Place::Feed(seq) => LogPlace { seq: place.seq.max(seq), ..place },
            Place::Alert(row) => LogPlace { alert: place.alert.max(row), ..place },
        }
    }

    fn is_with(&self, other: &Self) -> bool {
        let same_log =
            matches!((self.place, other.place), (Place::Feed(_), Place::Feed(_)) | (Place::Alert(_), Place::Alert(_)));
        same_log && (self.source, self.received_at) == (other.source, other.received_at)
    }
}

/// The next events after a place, in deliveries; none at the end of the log.
pub(crate) fn next(reader: &Reader<'_>, after: LogPlace, names: &Names) -> Result<Vec<Vec<Entry>>, StoreError> {
    let mut limit = BATCH;
    loop {
        let feed: Vec<Entry> =
            reader.feed_events(after.seq, limit)?.into_iter().map(|logged| of_feed(logged, names)).collect();
        let alerts: Vec<Entry> =
            alerts(reader, after.alert, limit, names)?.into_iter().map(|logged| of_alert(logged, names)).collect();
        let (feed, feed_cut) = whole(feed, limit);
        let (alerts, alerts_cut) = whole(alerts, limit);
        if (feed.is_empty() && feed_cut) || (alerts.is_empty() && alerts_cut) {
            // One delivery fills the whole batch.
            limit *= 4;
            continue;
        }
        return Ok(merged(feed, feed_cut, alerts, alerts_cut));
    }
}

/// Cuts off a last delivery of which there may be more; whether there is more to read.
fn whole(mut entries: Vec<Entry>, limit: u64) -> (Vec<Entry>, bool) {
    let full = entries.len() as u64 >= limit;
    if let (true, Some(last)) = (full, entries.last()) {
        let first = entries.iter().rposition(|entry| !entry.is_with(last)).map_or(0, |at| at + 1);
        entries.truncate(first);
    }
    (entries, full)
}

/// Both logs by the time of receipt, as far as both are known.
fn merged(feed: Vec<Entry>, feed_cut: bool, alerts: Vec<Entry>, alerts_cut: bool) -> Vec<Vec<Entry>> {
    let end = |entries: &[Entry], cut: bool| entries.last().filter(|_| cut).map(|entry| entry.received_at);
    let ends = [end(&feed, feed_cut), end(&alerts, alerts_cut)];
    let until = ends.into_iter().flatten().min();
    let mut deliveries = grouped(feed);
    deliveries.extend(grouped(alerts));
    deliveries.retain(|entries| until.is_none_or(|until| entries.iter().all(|entry| entry.received_at <= until)));
    deliveries.sort_by(|left, right| order(left).cmp(&order(right)));
    deliveries
}

fn order(delivery: &[Entry]) -> Option<(Timestamp, &str)> {
    delivery.first().map(|entry| (entry.received_at, entry.event.id.as_str()))
}

fn grouped(entries: Vec<Entry>) -> Vec<Vec<Entry>> {
    let mut all: Vec<Vec<Entry>> = Vec::new();
    for entry in entries {
        match all.last_mut() {
            Some(last) if last.last().is_some_and(|before| before.is_with(&entry)) => last.push(entry),
            _ => all.push(vec![entry]),
        }
    }
    all
}

/// Every event from one place of the log to another, one after the other.
pub(crate) fn each(
    reader: &Reader<'_>,
    after: LogPlace,
    until: LogPlace,
    names: &Names,
    mut take: impl FnMut(Entry),
) -> Result<(), StoreError> {
    let mut place = after;
    while place.seq < until.seq {
        let batch = reader.feed_events(place.seq, BATCH)?;
        place.seq = batch.last().map_or(until.seq, |last| last.seq);
        batch.into_iter().filter(|one| one.seq <= until.seq).for_each(|one| take(of_feed(one, names)));
    }
    while place.alert < until.alert {
        let batch = alerts(reader, place.alert, BATCH, names)?;
        place.alert = batch.last().map_or(until.alert, |last| last.row);
        batch.into_iter().filter(|one| one.row <= until.alert).for_each(|one| take(of_alert(one, names)));
    }
    Ok(())
}

/// Payloads are read only for rules that look at them.
fn alerts(reader: &Reader<'_>, after: i64, limit: u64, names: &Names) -> Result<Vec<AlertEvent>, StoreError> {
    if names.attrs().is_empty() { reader.alert_events(after, limit) } else { reader.whole_alert_events(after, limit) }
}

/// The newest events of these kinds, made up or not, the newest first; at most `limit`.
pub(crate) fn newest(
    reader: &Reader<'_>,
    kinds: &[EventKind],
    demo: bool,
    limit: u32,
    names: &Names,
) -> Result<Vec<Event>, StoreError> {
    let mut found: Vec<Event> = reader
        .newest_feed_events(kinds, demo, limit.into())?
        .into_iter()
        .map(|logged| of_feed(logged, names).event)
        .collect();
    if kinds.contains(&EventKind::Alert) {
        let alerts = reader.newest_alert_events(demo, limit.into())?;
        found.extend(alerts.into_iter().map(|logged| of_alert(logged, names).event));
    }
    found.sort_by(|left, right| (right.time, &right.id).cmp(&(left.time, &left.id)));
    found.truncate(limit as usize);
    Ok(found)
}

/// How far the time in an id may be from the receipt of its event.
const AROUND: Span = Span::from_millis(60_000);

/// The event of that id, of a feed or a vendor's alert.
pub(crate) fn find(reader: &Reader<'_>, id: EventId, names: &Names) -> Result<Option<Event>, StoreError> {
    if let Some(logged) = reader.alert_event_of(id)? {
        return Ok(Some(of_alert(logged, names).event));
    }
    let made = id.made_at();
    let logged = reader.feed_event_of(id, (made.minus(AROUND), made.plus(AROUND)))?;
    Ok(logged.map(|logged| of_feed(logged, names).event))
}

fn of_feed(logged: LoggedEvent, names: &Names) -> Entry {
    let kind = logged.kind.parse().unwrap_or(EventKind::Generic);
    let time = time_of(logged.time, logged.received_at);
    let event = Event::of_log(logged.id.to_string(), time, kind, &logged.fields);
    Entry {
        place: Place::Feed(logged.seq),
        source: logged.source_row,
        received_at: logged.received_at,
        event: named(event, logged.source_row, names),
    }
}

fn of_alert(logged: AlertEvent, names: &Names) -> Entry {
    let time = time_of(logged.time, logged.received_at);
    let mut event = Event::of_log(logged.id.to_string(), time, EventKind::Alert, &logged.fields);
    if let Some(payload) = &logged.payload {
        event.add_attrs(payload, names.attrs());
    }
    Entry {
        place: Place::Alert(logged.row),
        source: logged.source_row,
        received_at: logged.received_at,
        event: named(event, logged.source_row, names),
    }
}

/// A clock that runs ahead must not make everyone late.
pub(crate) fn time_of(time: Timestamp, received_at: Timestamp) -> Timestamp {
    if time > received_at.plus(AHEAD) { received_at } else { time }
}

/// An event with the name of its source, which an alert says as a field too.
pub(crate) fn named(mut event: Event, source: i64, names: &Names) -> Event {
    let Some(name) = names.source(source) else { return event };
    if event.kind == EventKind::Alert
        && let Some(field) = Field::named("source")
        && let Some(value) =
            tocsin_model::value::Value::any_of(field.kind(), &[tocsin_model::tree::Tree::Text(name.to_owned())])
    {
        event.fields.insert(field, value);
    }
    event.source = Some(name.to_owned());
    event
}
