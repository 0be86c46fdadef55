//! `quarantine …`.

use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;
use tocsin_engine::{App, Quarantined, RetryOutcome};
use tocsin_model::id::QuarantineId;

use super::{open, short};
use crate::arguments::{Quarantine, QuarantineList};
use crate::failure::Failure;
use crate::output::{Format, Output};
use crate::view::QuarantineView;

/// Entries of a list when nothing is said.
const USUAL_LIMIT: u64 = 50;

pub(crate) fn run(data_dir: Option<PathBuf>, command: Quarantine, output: &Output) -> Result<ExitCode, Failure> {
    let app = open(data_dir)?;
    match command {
        Quarantine::List(arguments) => list(&app, &arguments, output)?,
        Quarantine::Show { id } => show(&app, id, output)?,
        Quarantine::Retry { id } => return retry(&app, id, output),
    }
    Ok(ExitCode::SUCCESS)
}

fn list(app: &App, arguments: &QuarantineList, output: &Output) -> Result<(), Failure> {
    let stream = output.format == Format::Ndjson && arguments.limit.is_none();
    let limit = arguments.limit.unwrap_or(USUAL_LIMIT);
    let mut after = arguments.after;
    loop {
        let entries = app.quarantine(arguments.source.as_deref(), after, limit)?;
        let full = entries.len() as u64 == limit;
        let next = entries.last().filter(|_| full).map(|entry| entry.id);
        print(&entries, next, output)?;
        after = next;
        if !stream || after.is_none() {
            return Ok(());
        }
    }
}

fn print(entries: &[Quarantined], next: Option<QuarantineId>, output: &Output) -> Result<(), Failure> {
    let rows: Vec<Row<'_>> =
        entries.iter().map(|entry| Row { view: QuarantineView::new(entry, None), entry }).collect();
    let next = next.map(|id| id.to_string());
    output.list(&rows, next.as_deref(), &["RECEIVED", "SOURCE", "AT", "ID", "REASON"], |row| {
        vec![
            short(row.entry.received_at),
            row.entry.source.to_string(),
            format!("{}:{}", row.entry.position.line, row.entry.position.column),
            row.entry.id.to_string(),
            row.entry.reason.clone(),
        ]
    })?;
    Ok(())
}

/// An entry with what its table row is made of.
#[derive(serde::Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    view: QuarantineView<'a>,
    #[serde(skip)]
    entry: &'a Quarantined,
}

fn show(app: &App, id: QuarantineId, output: &Output) -> Result<(), Failure> {
    let record = app.quarantined(id)?;
    let (entry, body) = (&record.entry, record.body.text().into_owned());
    let mut lines = vec![
        format!("{} received {}", entry.source, entry.received_at),
        format!("Line {}, column {}: {}", entry.position.line, entry.position.column, entry.reason),
    ];
    lines.extend(entry.path.iter().map(|path| format!("At {path}")));
    lines.push(String::new());
    lines.extend(body.lines().map(str::to_owned));
    Ok(output.one(&QuarantineView::new(entry, Some(body)), &lines)?)
}

fn retry(app: &App, id: QuarantineId, output: &Output) -> Result<ExitCode, Failure> {
    let (readable, message, stored, updated) = match app.retry_quarantined(id)? {
        RetryOutcome::Read { stored, updated } => {
            (true, format!("It could be read: {stored} new, {updated} updated."), stored, updated)
        }
        RetryOutcome::Unreadable(reason) => (false, format!("It still cannot be read: {reason}"), 0, 0),
    };
    let json = json!({ "readable": readable, "message": message, "stored": stored, "updated": updated });
    output.one(&json, &[message])?;
    Ok(if readable { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
