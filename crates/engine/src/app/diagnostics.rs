//! What helps to find out what is wrong, in one file that may be shown to others.
//!
//! Invariant: no secret, no text of an alert, no name of a person, a source, a machine or a place. Numbers, kinds and
//! our own words go in as they are; whatever else is text passes [`Scrub`], and of the log only the fields that are
//! known to be harmless.

use serde_json::{Map, Value, json};
use std::path::Path;

use super::App;
use crate::error::EngineError;
use crate::new_file::{IfThere, write_new};
use crate::scrub::Scrub;

/// Lines of the log that go in.
const LOG_LINES: usize = 300;
/// Fields of a line of the log that hold text of our own.
const LOG_TEXTS: [&str; 5] = ["message", "error", "task", "pause", "reason"];

impl App {
    /// Writes the file.
    ///
    /// # Errors
    /// [`EngineError::Conflict`] when it is there and may not be replaced; otherwise when it cannot be written or the
    /// store cannot be read.
    pub async fn save_diagnostics(&self, path: &Path, if_there: IfThere) -> Result<(), EngineError> {
        let found = self.diagnostics().await?;
        write_new(path, if_there, |out| {
            let written = serde_json::to_writer_pretty(&mut *out, &found).map_err(std::io::Error::from);
            written
                .and_then(|()| out.write_all(b"\n"))
                .map_err(|error| EngineError::File { path: path.to_owned(), cause: error.to_string() })
        })
    }

    /// What the file says.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn diagnostics(&self) -> Result<Value, EngineError> {
        let scrub = self.scrub()?;
        let checks: Vec<Value> = self
            .doctor()
            .await?
            .into_iter()
            .map(|found| json!({ "check": found.check, "verdict": found.verdict, "message": scrub.text(&found.message) }))
            .collect();
        let status = self.store_status()?;
        let settings = self.settings()?;
        Ok(json!({
            "tocsin": {
                "version": env!("CARGO_PKG_VERSION"), "os": std::env::consts::OS, "architecture": std::env::consts::ARCH,
            },
            "at": self.now(),
            "settings": {
                "retention": settings.retention, "notifyFrom": settings.notify.from,
                "quietHours": settings.notify.quiet_hours.is_some(), "desktopNotifications": self.config.desktop_notifications,
                "listensOnLoopback": self.config.listen.ip().is_loopback(),
            },
            "store": {
                "databaseBytes": status.database_bytes, "alerts": status.alerts, "outboxWaiting": status.outbox_waiting,
                "quarantined": status.quarantined, "lastDeliveryAt": status.last_delivery_at, "demo": status.demo,
                "problem": self.store.problem().map(|problem| scrub.text(&problem)),
            },
            "sources": self.sources_without_names()?,
            "checks": checks,
            "log": log(&self.config.data_dir.join("logs"), &scrub),
        }))
    }

    /// Takes out what belongs to this place and its people.
    fn scrub(&self) -> Result<Scrub, EngineError> {
        let mut scrub = Scrub::default();
        scrub.hide(&self.config.data_dir.display().to_string(), "<data>");
        for (number, status) in self.sources()?.iter().enumerate() {
            let source = &status.record.source;
            scrub.hide(source.name.as_str(), &format!("<source-{}>", number + 1));
            source.username.iter().for_each(|name| scrub.hide(name, "<user>"));
            source.origins.iter().for_each(|origin| scrub.hide(origin, "<origin>"));
        }
        for name in ["HOME", "USERPROFILE", "USER", "USERNAME", "LOGNAME", "HOSTNAME", "COMPUTERNAME"] {
            if let Ok(value) = std::env::var(name) {
                scrub.hide(&value, "<here>");
            }
        }
        Ok(scrub)
    }

    fn sources_without_names(&self) -> Result<Vec<Value>, EngineError> {
        let sources = self.sources()?;
        let shown = sources.iter().enumerate().map(|(number, status)| {
            let (source, activity) = (&status.record.source, &status.record.activity);
            let refused: Vec<Value> = activity
                .refused
                .iter()
                .map(|refused| json!({ "reason": refused.reason, "count": refused.count, "lastAt": refused.last_at }))
                .collect();
            json!({
                "source": number + 1, "kind": source.kind, "signIn": source.sign_in, "demo": status.record.demo,
                "createdAt": source.created_at, "lastDeliveryAt": activity.last_delivery_at,
                "deliveries": activity.deliveries, "stored": activity.stored, "updated": activity.updated,
                "duplicate": activity.duplicate, "quarantined": activity.quarantined, "refused": refused,
            })
        });
        Ok(shown.collect())
    }
}

/// The last lines of the log, oldest first.
fn log(dir: &Path, scrub: &Scrub) -> Vec<Value> {
    let mut files: Vec<_> = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    // The name ends with the day.
    files.sort();
    let mut lines = Vec::new();
    for file in files.iter().rev() {
        let text = std::fs::read(file).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        lines.extend(text.lines().rev().filter_map(|line| log_line(line, scrub)).take(LOG_LINES - lines.len()));
        if lines.len() >= LOG_LINES {
            break;
        }
    }
    lines.reverse();
    lines
}

fn log_line(line: &str, scrub: &Scrub) -> Option<Value> {
    let line: Value = serde_json::from_str(line).ok()?;
    let mut kept = Map::new();
    for key in ["timestamp", "level", "target"] {
        kept.insert(key.to_owned(), Value::from(scrub.text(line.get(key)?.as_str()?)));
    }
    for (key, value) in line.get("fields")?.as_object()? {
        let harmless = match value {
            Value::Number(_) | Value::Bool(_) => Some(value.clone()),
            Value::String(text) if LOG_TEXTS.contains(&key.as_str()) => Some(Value::from(scrub.text(text))),
            Value::String(_) | Value::Null | Value::Array(_) | Value::Object(_) => None,
        };
        if let Some(harmless) = harmless {
            kept.insert(key.clone(), harmless);
        }
    }
    Some(Value::Object(kept))
}
