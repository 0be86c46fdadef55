//! `retention …`.

use std::path::PathBuf;
use std::process::ExitCode;
use tocsin_engine::{App, RetentionPreview};

use super::{open, short};
use crate::arguments::{Retention, RetentionLimits};
use crate::failure::Failure;
use crate::output::Output;

pub(crate) fn run(data_dir: Option<PathBuf>, command: &Retention, output: &Output) -> Result<ExitCode, Failure> {
    let app = open(data_dir)?;
    let (found, verb) = match command {
        Retention::Preview(limits) => {
            let (days, megabytes) = wanted(&app, limits)?;
            (app.retention_preview(days, megabytes)?, "would go")
        }
        Retention::Apply(limits) => {
            let (days, megabytes) = wanted(&app, limits)?;
            (app.apply_retention_of(days, megabytes, &|| true)?, "went")
        }
    };
    output.one(&found, &lines(&found, verb))?;
    Ok(ExitCode::SUCCESS)
}

/// The limits that were named, or those of the settings when none was.
fn wanted(app: &App, limits: &RetentionLimits) -> Result<(Option<u32>, Option<u32>), Failure> {
    if limits.days.is_some() || limits.megabytes.is_some() {
        return Ok((limits.days, limits.megabytes));
    }
    let retention = app.settings()?.retention;
    Ok((retention.days, retention.megabytes))
}

fn lines(found: &RetentionPreview, verb: &str) -> Vec<String> {
    let mut lines = vec![format!(
        "{} alerts, {} events of feeds, {} deliveries and {} entries of quarantine {verb}, about {} MB",
        found.alerts,
        found.events,
        found.deliveries,
        found.quarantined,
        found.bytes_freed / 1_000_000
    )];
    lines.extend(
        (found.kept_open > 0).then(|| format!("{} alerts are old enough but open, so they stay", found.kept_open)),
    );
    lines.extend(found.oldest_kept.map(|at| format!("The oldest alert that stays is of {}", short(at))));
    lines
}
