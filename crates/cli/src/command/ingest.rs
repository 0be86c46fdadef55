//! `ingest`.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tocsin_engine::{App, IngestFile, IngestSummary};

use super::open;
use crate::arguments::Ingest;
use crate::failure::Failure;
use crate::output::Output;

/// Largest document in bytes: more than any sender may post.
const FILE_LIMIT: u64 = 64 * 1024 * 1024;

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
        "{} received: {} new, {} updated, {} repeats, {} in quarantine",
        summary.received, summary.stored, summary.updated, summary.duplicate, summary.quarantined
    );
    output.one(&summary, &[line])?;
    let nothing_readable = summary.quarantined > 0 && summary.quarantined == summary.received;
    Ok(if nothing_readable { ExitCode::from(3) } else { ExitCode::SUCCESS })
}

fn take(app: &App, source: &str, file: &Path, summary: &mut IngestSummary) -> Result<(), Failure> {
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        std::io::stdin().lock().take(FILE_LIMIT + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|opened| opened.take(FILE_LIMIT + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| Failure::Input(format!("cannot read {}: {error}", file.display())))?;
    if bytes.len() as u64 > FILE_LIMIT {
        return Err(Failure::Input(format!("{} is larger than 64 MiB: split it", file.display())));
    }
    let (accepted, alerts) = app.ingest_counted(source, IngestFile { name: file.display().to_string(), bytes })?;
    summary.add(accepted, alerts);
    Ok(())
}
