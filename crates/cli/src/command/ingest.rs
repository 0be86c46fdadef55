//! `ingest`.

use std::fs::File;
use std::io::{IsTerminal as _, Read, stderr, stdin};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tocsin_engine::{App, IngestSummary};
use tocsin_model::words::grouped;

use super::open;
use crate::arguments::Ingest;
use crate::failure::Failure;
use crate::output::Output;

pub(crate) fn run(data_dir: Option<PathBuf>, arguments: &Ingest, output: &Output) -> Result<ExitCode, Failure> {
    let app = open(data_dir)?;
    // A name that is wrong should not wait for the last file.
    app.source(&arguments.source)?;
    let stdin = [PathBuf::from("-")];
    let files = if arguments.files.is_empty() { &stdin[..] } else { &arguments.files[..] };
    let mut summary = IngestSummary::default();
    for file in files {
        take(&app, &arguments.source, file, &mut summary)?;
    }
    let line = format!(
        "{} received: {} new, {} updated, {} repeated, {} in quarantine",
        grouped(summary.received),
        grouped(summary.stored),
        grouped(summary.updated),
        grouped(summary.duplicate),
        grouped(summary.quarantined)
    );
    output.one(&summary, &[line])?;
    let nothing_readable = summary.quarantined > 0 && summary.quarantined == summary.received;
    Ok(if nothing_readable { ExitCode::from(3) } else { ExitCode::SUCCESS })
}

fn take(app: &App, source: &str, file: &Path, summary: &mut IngestSummary) -> Result<(), Failure> {
    let unreadable = |error| Failure::Input(format!("cannot read {}: {error}", file.display()));
    let mut from: Box<dyn Read> =
        if file == Path::new("-") { Box::new(stdin().lock()) } else { Box::new(File::open(file).map_err(unreadable)?) };
    let before = summary.received;
    // Only for somebody who watches, and for a file that takes long: it has several parts.
    let watched = stderr().is_terminal();
    let mut parts = 0_u32;
    let taken = app.ingest_from(source, file, &mut from, &mut |sum| {
        parts += 1;
        if watched && parts > 1 {
            eprint!("\r{} received", grouped(before + sum.received));
        }
    });
    if watched && parts > 1 {
        eprintln!();
    }
    summary.merge(&taken?);
    Ok(())
}
