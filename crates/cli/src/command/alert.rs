//! `alert …`.

use serde_json::json;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use tocsin_engine::{AlertDetails, AlertListRequest, App, EngineError, Similar};
use tocsin_model::alert::{Action, Alert as ModelAlert};
use tocsin_model::status::CloseReason;
use tocsin_model::time::Span;

use super::act::{act, one_and, undo};
use super::{open, short};
use crate::arguments::{Alert, AlertCount, AlertList};
use crate::failure::Failure;
use crate::output::{Format, Output};
use crate::view::{AlertDetailsView, AlertView, activities};

/// Alerts of a list when nothing is said.
const USUAL_LIMIT: u64 = 50;
/// Alerts read at a time while all are streamed.
const STREAM_PAGE: u64 = 1_000;

pub(crate) fn run(data_dir: Option<PathBuf>, command: Alert, output: &Output) -> Result<ExitCode, Failure> {
    let app = open(data_dir)?;
    match command {
        Alert::List(arguments) => list(&app, arguments, output)?,
        Alert::Count(arguments) => count(&app, &arguments, output)?,
        Alert::Show { id } => show(&app.show_alert(id)?, output)?,
        Alert::Similar { id } => similar(&app.similar(id)?, output)?,
        Alert::Seen { ids } => {
            app.mark_seen(&ids)?;
            output.one(&json!({ "seen": ids }), &[])?;
        }
        Alert::Acknowledge(which) => return act(&app, &which.into(), &Action::Acknowledge, output),
        Alert::Snooze(words) => {
            let (targets, duration) = one_and(words, "DURATION")?;
            let wrong = |message: String| EngineError::Field { field: "duration", message };
            let span = Span::parse(&duration).map_err(|error| wrong(error.to_string()))?;
            return act(&app, &targets, &app.snooze(span), output);
        }
        Alert::Close { which, reason, note } => {
            let reason = CloseReason::from_person(&reason).map_err(EngineError::CloseReason)?;
            return act(&app, &which.into(), &Action::Close { reason, note }, output);
        }
        Alert::Reopen(which) => return act(&app, &which.into(), &Action::Reopen, output),
        Alert::Note(words) => {
            let (targets, text) = one_and(words, "TEXT")?;
            return act(&app, &targets, &Action::Note { text }, output);
        }
        Alert::Undo => undo(&app, output)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(app: &App, arguments: AlertList, output: &Output) -> Result<(), Failure> {
    let view = arguments.view.as_deref().map(|name| app.saved_view(name)).transpose()?;
    let query = view.as_ref().map_or(arguments.query.clone(), |view| format!("{} {}", view.query, arguments.query));
    let mut request = AlertListRequest {
        query,
        sort: arguments.sort.or(view.map(|view| view.sort)).unwrap_or_default(),
        after: arguments.after,
        skip: 0,
        limit: arguments.limit.unwrap_or(USUAL_LIMIT),
    };
    if output.format == Format::Ndjson && arguments.limit.is_none() {
        request.limit = STREAM_PAGE;
        return stream(app, request);
    }
    let page = app.list_alerts(&request)?;
    let rows: Vec<Row<'_>> = page.alerts.iter().map(|alert| Row { view: AlertView::from(alert), alert }).collect();
    let header = ["TIME", "SEVERITY", "STATUS", "SOURCE", "ID", "TITLE"];
    output.list(&rows, page.next.as_deref(), &header, |row| {
        vec![
            short(row.alert.content.time),
            row.alert.content.severity.to_string(),
            row.alert.handling.status.to_string(),
            row.alert.source.to_string(),
            row.alert.id.to_string(),
            row.alert.content.title.clone(),
        ]
    })?;
    Ok(())
}

/// The number of all, or that of each value of a field.
fn count(app: &App, arguments: &AlertCount, output: &Output) -> Result<(), Failure> {
    let Some(field) = &arguments.by else {
        let found = app.count_rows(&arguments.query)?;
        return Ok(output.one(&json!({ "count": found }), &[found.to_string()])?);
    };
    let counts = app.count_by(&arguments.query, field)?;
    let rows: Vec<_> = counts.iter().map(|found| json!({ "value": found.value, "count": found.count })).collect();
    let header = ["COUNT", "VALUE"];
    Ok(output.list(&rows, None, &header, |row| {
        vec![row["count"].to_string(), row["value"].as_str().unwrap_or_default().to_owned()]
    })?)
}

/// An alert with what its table row is made of.
#[derive(serde::Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    view: AlertView<'a>,
    #[serde(skip)]
    alert: &'a ModelAlert,
}

/// Every alert, a page at a time, so that any number fits.
fn stream(app: &App, mut request: AlertListRequest) -> Result<(), Failure> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    loop {
        let page = app.list_alerts(&request)?;
        for alert in &page.alerts {
            serde_json::to_writer(&mut out, &AlertView::from(alert)).map_err(std::io::Error::from)?;
            out.write_all(b"\n")?;
        }
        request.after = page.next;
        if request.after.is_none() {
            return Ok(out.flush()?);
        }
    }
}

fn show(details: &AlertDetails, output: &Output) -> Result<(), Failure> {
    let (alert, content) = (&details.alert, &details.alert.content);
    let mut lines = vec![
        content.title.clone(),
        format!("Severity  {}{}", content.severity, said(content.source_severity.as_deref())),
        format!("Status    {}{}", alert.handling.status, said(content.source_status.as_deref())),
        format!("Time      {} (received {})", content.time, alert.received_at),
        format!("Source    {} ({}), {}", alert.source, alert.source_kind.title(), alert.external_id),
    ];
    let handling = &alert.handling;
    lines.extend(handling.close_reason.iter().map(|reason| format!("Closed    {reason}")));
    lines.extend(handling.snoozed_until.iter().map(|until| format!("Snoozed   until {until}")));
    lines.extend(content.alert_type.iter().map(|text| format!("Type      {text}")));
    lines.extend(content.category.iter().map(|text| format!("Category  {text}")));
    lines.extend(content.description.iter().flat_map(|text| text.lines()).map(|line| format!("          {line}")));
    let entities = &content.entities;
    for (name, list) in [
        ("Address", &entities.client_ip),
        ("User", &entities.username),
        ("API key", &entities.api_key_id),
        ("Endpoint", &entities.endpoint),
        ("Host", &entities.hostname),
    ] {
        lines.extend(list.iter().map(|value| format!("{name:9} {value}")));
    }
    lines.extend(handling.notes.iter().flat_map(|notes| notes.lines()).map(|line| format!("Note      {line}")));
    for entry in &details.activity {
        let undone = if entry.undone { " (undone)" } else { "" };
        lines.push(format!("{}  {} {} {}{undone}", short(entry.at), entry.actor.as_str(), entry.what, entry.detail));
    }
    Ok(output.one(&AlertDetailsView::from(details), &lines)?)
}

fn said(word: Option<&str>) -> String {
    word.map_or_else(String::new, |word| format!(" (the source says “{word}”)"))
}

/// One line of an alert.
pub(super) fn line(alert: &ModelAlert) -> String {
    let content = &alert.content;
    format!("{}  {}  {}  {}  {}", short(content.time), content.severity, alert.handling.status, alert.id, content.title)
}

fn similar(found: &Similar, output: &Output) -> Result<(), Failure> {
    let mut lines: Vec<String> = found.alerts.iter().map(line).collect();
    if lines.is_empty() {
        lines.push("No alert is like this one.".to_owned());
    }
    if let Some((alert, how)) = &found.last_handled {
        lines.push(format!("Last time: {}", line(alert)));
        lines.extend(how.iter().map(|entry| format!("  {}  {} {}", short(entry.at), entry.what, entry.detail)));
    }
    let last = found.last_handled.as_ref();
    let handled = last.map(|(alert, how)| json!({ "alert": AlertView::from(alert), "how": activities(how) }));
    let alerts: Vec<_> = found.alerts.iter().map(AlertView::from).collect();
    Ok(output.one(&json!({ "alerts": alerts, "lastHandled": handled }), &lines)?)
}
