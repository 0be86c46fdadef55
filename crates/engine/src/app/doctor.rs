//! The doctor: looks at everything that may keep alerts from being heard.

use serde::Serialize;
use std::time::Duration;
use tocsin_model::time::Span;

use super::App;
use crate::error::EngineError;

/// Gaps that ended longer ago are history.
const GAPS_OF: Span = Span::from_millis(7 * 24 * 3_600_000);

/// A length of time as a person says it, to the minute: “3 h 12 min”, “2 d 4 h”.
fn lasted(span: Span) -> String {
    let minutes = span.millis() / 60_000;
    match (minutes / 1_440, minutes / 60 % 24, minutes % 60) {
        (0, 0, 0) => "less than a minute".to_owned(),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Worth knowing.
    Note,
    /// Something to do.
    Problem,
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: &'static str,
    /// How it is.
    pub verdict: Verdict,
    /// In words; for a problem, what to do.
    pub message: String,
}

impl Finding {
    fn new(check: &'static str, verdict: Verdict, message: impl Into<String>) -> Self {
        Self { check, verdict, message: message.into() }
    }
}

impl App {
    /// Runs every check.
    ///
    /// # Errors
    /// When the store cannot be read at all.
    pub async fn doctor(&self) -> Result<Vec<Finding>, EngineError> {
        let mut findings = vec![self.check_data_dir(), self.check_store()?, self.check_engine().await];
        findings.push(self.check_gaps()?);
        findings.push(check_notifications(self).await);
        findings.extend(self.check_sources()?);
        Ok(findings)
    }

    fn check_data_dir(&self) -> Finding {
        let dir = &self.config.data_dir;
        let probe = dir.join(".doctor");
        let written = std::fs::write(&probe, b"tocsin").and_then(|()| std::fs::remove_file(&probe));
        match written {
            Ok(()) => Finding::new("data directory", Verdict::Ok, format!("{} can be written", dir.display())),
            Err(error) => {
                let message = format!("{} cannot be written ({error}): check the disk and its rights", dir.display());
                Finding::new("data directory", Verdict::Problem, message)
            }
        }
    }

    fn check_store(&self) -> Result<Finding, EngineError> {
        let found = self.store.check()?;
        Ok(match found.first() {
            None => Finding::new("store", Verdict::Ok, "the database is sound"),
            Some(first) => {
                let message = format!("the database is damaged ({first}): stop Tocsin and restore a backup");
                Finding::new("store", Verdict::Problem, message)
            }
        })
    }

    async fn check_engine(&self) -> Finding {
        let Some(note) = self.engine_note() else {
            let message = "no engine runs here, so nothing can be delivered: start Tocsin, or run “tocsin serve”";
            return Finding::new("engine", Verdict::Note, message);
        };
        let Some(base) = note.listening else {
            let message = "the engine runs but its listener does not: see the status bar of the app";
            return Finding::new("engine", Verdict::Problem, message);
        };
        let client = reqwest::Client::builder().timeout(Duration::from_secs(5)).no_proxy().build();
        let answer = match client {
            Ok(client) => client.get(format!("{base}/healthz")).send().await.map(|answer| answer.status().is_success()),
            Err(error) => Err(error),
        };
        match answer {
            Ok(true) => Finding::new("engine", Verdict::Ok, format!("the listener answers on {base}")),
            Ok(false) | Err(_) => {
                let message = format!("the engine runs but {base} does not answer: restart it");
                Finding::new("engine", Verdict::Problem, message)
            }
        }
    }

    /// When nobody listened lately: whatever was sent then may never have come.
    fn check_gaps(&self) -> Result<Finding, EngineError> {
        let since = self.now().minus(GAPS_OF);
        let (was_alive, gaps) = self.store.read(|reader| Ok((reader.was_alive()?, reader.gaps()?)))?;
        let lately: Vec<_> = gaps.into_iter().filter(|(_, to)| *to > since).collect();
        let longest = lately.iter().map(|(from, to)| (to.millis() - from.millis(), *from)).max();
        Ok(match longest {
            None if was_alive => Finding::new("listening", Verdict::Ok, "no gap in the last 7 days"),
            None => Finding::new("listening", Verdict::Note, "no engine has listened here yet, so no gap is known"),
            Some((millis, from)) => {
                let gaps = if lately.len() == 1 { "1 gap".to_owned() } else { format!("{} gaps", lately.len()) };
                let long = lasted(Span::from_millis(millis));
                let message = format!(
                    "not watching: {gaps} in the last 7 days, the longest {long} from {from} (the engine was stopped, or the \
                     machine slept): rules do not take that for silence; see that Tocsin runs"
                );
                Finding::new("listening", Verdict::Note, message)
            }
        })
    }

    fn check_sources(&self) -> Result<Vec<Finding>, EngineError> {
        let mut findings = Vec::new();
        let mut sources = self.sources()?;
        let all = sources.len();
        sources.retain(|status| !status.record.demo);
        if sources.len() < all {
            let message = "there is demo data: wipe it in the settings, or with “tocsin demo wipe”";
            findings.push(Finding::new("demo data", Verdict::Note, message));
        }
        if sources.is_empty() {
            let message = "there is no source yet: add one with “tocsin source add”, or in the app";
            findings.push(Finding::new("sources", Verdict::Note, message));
        }
        for status in sources {
            let (name, activity) = (&status.record.source.name, &status.record.activity);
            findings.push(match activity.last_delivery_at {
                None => Finding::new("source", Verdict::Note, format!("{name} waits for its first delivery")),
                Some(at) => Finding::new("source", Verdict::Ok, format!("{name} last delivered at {at}")),
            });
            if activity.quarantined > 0 {
                let message =
                    format!("{} of {name} could not be read: see “tocsin quarantine list”", activity.quarantined);
                findings.push(Finding::new("quarantine", Verdict::Problem, message));
            }
        }
        Ok(findings)
    }
}

async fn check_notifications(app: &App) -> Finding {
    if !app.config.desktop_notifications {
        return Finding::new("notifications", Verdict::Note, "desktop notifications are turned off in tocsin.toml");
    }
    let (choices, _unused) = tokio::sync::mpsc::unbounded_channel();
    let mut notifier = tocsin_notify::Notifier::new(choices, tocsin_notify::Settings::default());
    match notifier.probe(app.now()).await {
        None => Finding::new("notifications", Verdict::Ok, "this desktop shows notifications"),
        Some(problem) => Finding::new("notifications", Verdict::Note, problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_said_as_people_say_them() {
        let said = |minutes: i64| lasted(Span::from_millis(minutes * 60_000 + 59_999));
        let all = [0, 12, 60, 192, 1_439, 1_440, 1_500, 3_000].map(said);
        assert_eq!(
            all,
            ["less than a minute", "12 min", "1 h", "3 h 12 min", "23 h 59 min", "1 d", "1 d 1 h", "2 d 2 h"]
        );
    }
}
