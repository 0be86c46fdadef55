//! The sources as the listener asks for them: in memory, read again when they change.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::json;
use tocsin_ingest::listener::Route;
use tocsin_store::SourceRecord;

use crate::app::App;
use crate::error::EngineError;

/// One source of the table.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub row: i64,
    pub route: Arc<Route>,
}

/// Sources by their name in lower case.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    by_name: RwLock<HashMap<String, Entry>>,
}

impl Routes {
    pub(crate) fn load(app: &App) -> Result<Self, EngineError> {
        let routes = Self::default();
        routes.reload(app)?;
        Ok(routes)
    }

    /// Reads the sources again.
    pub(crate) fn reload(&self, app: &App) -> Result<(), EngineError> {
        self.replace(&app.store.read(|reader| reader.sources())?);
        Ok(())
    }

    /// Goes by these sources from now on.
    pub(crate) fn replace(&self, records: &[SourceRecord]) {
        let taken = records.iter().filter(|record| !record.demo);
        let by_name = taken.map(|record| (key(record.source.name.as_str()), entry(record))).collect();
        *self.by_name.write().unwrap_or_else(PoisonError::into_inner) = by_name;
    }

    pub(crate) fn get(&self, name: &str) -> Option<Entry> {
        self.by_name.read().unwrap_or_else(PoisonError::into_inner).get(&key(name)).cloned()
    }
}

fn key(name: &str) -> String {
    name.to_ascii_lowercase()
}

fn entry(record: &SourceRecord) -> Entry {
    let source = &record.source;
    Entry {
        row: record.row,
        route: Arc::new(Route {
            name: source.name.clone(),
            kind: source.kind,
            sign_in: source.sign_in,
            username: source.username.clone(),
            verifier: record.verifier.clone(),
            origins: source.origins.clone(),
        }),
    }
}

/// What `/readyz` says: whether deliveries can be taken, and each source's state, without secrets.
pub(crate) fn readiness(app: &App) -> serde_json::Value {
    let problem = app.store.problem();
    let sources = app.store.read(|reader| reader.sources());
    let ready = problem.is_none() && sources.is_ok();
    let sources: Vec<_> = sources
        .unwrap_or_default()
        .into_iter()
        .filter(|record| !record.demo)
        .map(|record| {
            json!({
                "name": record.source.name,
                "kind": record.source.kind,
                "lastDeliveryAt": record.activity.last_delivery_at,
                "quarantined": record.activity.quarantined,
            })
        })
        .collect();
    json!({ "ready": ready, "problem": problem, "sources": sources })
}
