//! `source …`.

use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;
use tocsin_engine::{AddedSource, App, SourceSpec, SourceStatus};

use super::{open, read_secret, runtime, short};
use crate::arguments::{Source, SourceAdd};
use crate::failure::Failure;
use crate::output::Output;
use crate::view::{AddedView, SourceView};

pub(crate) fn run(data_dir: Option<PathBuf>, command: Source, output: &Output) -> Result<ExitCode, Failure> {
    let app = open(data_dir)?;
    match command {
        Source::Add(arguments) => added(&add(&app, arguments)?, output)?,
        Source::List => list(&app, output)?,
        Source::Show { name } => show(&app.source(&name)?, output)?,
        Source::Test { name, password_stdin } => return test(&app, &name, password_stdin, output),
        Source::Password { name, password_stdin } => {
            let secret = password_stdin.then(read_secret).transpose()?;
            added(&app.set_source_secret(&name, secret)?, output)?;
        }
        Source::Remove { name } => {
            app.remove_source(&name)?;
            output.one(&json!({ "removed": name }), &[format!("Removed {name}. Its alerts stay.")])?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn add(app: &App, arguments: SourceAdd) -> Result<AddedSource, Failure> {
    Ok(app.add_source(SourceSpec {
        kind: arguments.kind,
        name: arguments.name,
        sign_in: arguments.sign_in,
        username: arguments.username,
        secret: arguments.password_stdin.then(read_secret).transpose()?,
        origins: arguments.origins,
    })?)
}

fn added(added: &AddedSource, output: &Output) -> Result<(), Failure> {
    let source = &added.status.record.source;
    let mut lines = vec![format!("{} ({})", source.name, source.kind.title()), format!("Address   {}", added.address)];
    if let Some(username) = &source.username {
        lines.push(format!("User      {username}"));
    }
    lines.push(format!("Password  {}", added.secret));
    lines.push("          It is not kept readable: note it now, or set a new one with “source password”.".to_owned());
    lines.push("Try it    while the app or “tocsin serve” runs:".to_owned());
    lines.push(format!("  {}", added.curl));
    Ok(output.one(&AddedView::from(added), &lines)?)
}

fn list(app: &App, output: &Output) -> Result<(), Failure> {
    let sources = app.sources()?;
    let views: Vec<SourceView<'_>> = sources.iter().map(SourceView::from).collect();
    let rows: Vec<(SourceView<'_>, &SourceStatus)> = views.into_iter().zip(&sources).collect();
    let header = ["NAME", "KIND", "LAST DELIVERY", "NEW", "QUARANTINE", "REFUSED"];
    // Serialised without the second part of the pair.
    let items: Vec<Row<'_>> = rows.into_iter().map(|(view, status)| Row { view, status }).collect();
    output.list(&items, None, &header, |row| {
        let activity = &row.status.record.activity;
        vec![
            row.status.record.source.name.to_string(),
            row.status.record.source.kind.to_string(),
            activity.last_delivery_at.map_or_else(|| "waiting for the first".to_owned(), short),
            activity.stored.to_string(),
            activity.quarantined.to_string(),
            activity.refused.iter().map(|refused| refused.count).sum::<u64>().to_string(),
        ]
    })?;
    Ok(())
}

/// A source with what its table row is made of.
#[derive(serde::Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    view: SourceView<'a>,
    #[serde(skip)]
    status: &'a SourceStatus,
}

fn show(status: &SourceStatus, output: &Output) -> Result<(), Failure> {
    let (source, activity) = (&status.record.source, &status.record.activity);
    let at = |time: Option<_>| time.map_or_else(|| "none yet".to_owned(), short);
    let mut lines = vec![
        format!("{} ({})", source.name, source.kind.title()),
        format!("Address        {}", status.address),
        format!("Sign-in        {}", source.sign_in),
    ];
    lines.extend(source.username.iter().map(|name| format!("User           {name}")));
    lines.extend([
        format!("Last delivery  {}", at(activity.last_delivery_at)),
        format!("Last alert     {}", at(activity.last_alert_at)),
        format!("Deliveries     {}", activity.deliveries),
        format!("New alerts     {}", activity.stored),
        format!("Updates        {}", activity.updated),
        format!("Repeats        {}", activity.duplicate),
        format!("Quarantine     {}", activity.quarantined),
    ]);
    for refused in &activity.refused {
        lines.push(format!(
            "Refused        {} times: {} (last {})",
            refused.count,
            refused.reason,
            short(refused.last_at)
        ));
    }
    Ok(output.one(&SourceView::from(status), &lines)?)
}

fn test(app: &App, name: &str, password_stdin: bool, output: &Output) -> Result<ExitCode, Failure> {
    let secret = password_stdin.then(read_secret).transpose()?;
    let found = runtime()?.block_on(app.test_source(name, secret.as_deref()))?;
    output.one(&json!({ "ok": found.ok, "message": found.message }), std::slice::from_ref(&found.message))?;
    Ok(if found.ok { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
