//! Everything that rules found, read from a store, without what differs from run to run: ids, and when it was found.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tocsin_store::{FiringRecord, LogPlace, Reader, Store, StoreError};

/// Rows read at a time.
const PAGE: u64 = 10_000;

/// What rules found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Each firing of every rule with all that explains it, in order; its alert stands in it by what it says.
    pub firings: BTreeMap<String, Vec<String>>,
    /// Each alert of a rule by what it says: title, time, occurrences, status, and how many firings it has.
    pub alerts: Vec<String>,
    /// By rule: what keeps it from being evaluated, how many groups it gave up, how many events came too late.
    pub health: BTreeMap<String, (Option<String>, u64, u64)>,
}

/// Reads a data directory. Rules that were removed are not among them.
///
/// # Errors
/// When the store cannot be opened or read.
pub fn found(dir: &Path) -> Result<Found> {
    let store = Store::open(dir).with_context(|| dir.display().to_string())?;
    Ok(store.read(read)?)
}

fn read(reader: &Reader<'_>) -> Result<Found, StoreError> {
    let names = event_names(reader)?;
    let mut found = Found { firings: BTreeMap::new(), alerts: Vec::new(), health: BTreeMap::new() };
    let mut alerts = BTreeSet::new();
    for rule in reader.rules()? {
        let mut told = Vec::new();
        for firing in reader.firings_of_rule(rule.row, i64::MAX.unsigned_abs())? {
            alerts.extend(firing.alert);
            told.push(one(reader, &names, &firing)?);
        }
        told.sort();
        found.firings.insert(rule.name.clone(), told);
        found.health.insert(rule.name, (rule.error.map(|(_, error)| error), rule.forgotten, rule.late));
    }
    for id in alerts {
        let Some((row, alert)) = reader.alert(id)? else { continue };
        let firings = reader.firings_of_alert(row, i64::MAX.unsigned_abs())?.len();
        found.alerts.push(
            json!([
                alert.content.title,
                alert.content.time,
                alert.content.description,
                alert.occurrences,
                alert.handling.status.as_str(),
                firings
            ])
            .to_string(),
        );
    }
    found.alerts.sort();
    Ok(found)
}

fn one(reader: &Reader<'_>, names: &BTreeMap<String, String>, firing: &FiringRecord) -> Result<String, StoreError> {
    let alert = match firing.alert {
        Some(id) => reader.alert(id)?.map(|(_, alert)| json!([alert.content.title, alert.content.time])),
        None => None,
    };
    let mut explanation = firing.explanation.clone();
    if let Some(events) = explanation.pointer_mut("/events/first").and_then(Value::as_array_mut) {
        for event in events {
            *event = event.as_str().and_then(|id| names.get(id)).map_or(Value::Null, |name| json!(name));
        }
    }
    Ok(json!([
        firing.fired_at,
        firing.group_key,
        firing.last_seen,
        firing.occurrences,
        firing.mode.as_str(),
        firing.version,
        alert,
        explanation
    ])
    .to_string())
}

/// What each event is called: by the vendor's id, or by all that it says.
fn event_names(reader: &Reader<'_>) -> Result<BTreeMap<String, String>, StoreError> {
    let (mut names, mut place) = (BTreeMap::new(), LogPlace::default());
    loop {
        let events = reader.feed_events(place.seq, PAGE)?;
        let Some(last) = events.last() else { break };
        place.seq = last.seq;
        names.extend(events.into_iter().map(|one| (one.id.to_string(), format!("{} {}", one.time, one.fields))));
    }
    loop {
        let alerts = reader.alert_events(place.alert, PAGE)?;
        let Some(last) = alerts.last() else { break };
        place.alert = last.row;
        names.extend(alerts.into_iter().map(|one| (one.id.to_string(), one.external_id)));
    }
    Ok(names)
}
