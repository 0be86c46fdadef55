//! `bench-ingest`: durable ingest beside Alertmanager, in interleaved pairs of one run.
//!
//! Only ratios within one run are compared: absolute figures belong to the machine and to what else it does. After each
//! round of ours every promised alert must be stored exactly once, or the round does not count and the run fails.

mod peer;
mod report;
mod yardstick;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use report::Report;
use tocsin_testkit::load::Workload;

/// Settings of a run.
#[derive(Debug)]
struct Options {
    pairs: usize,
    time: Duration,
    json: Option<PathBuf>,
    /// Ours does without desktop notifications, to see what they cost.
    silent: bool,
    /// Only the workloads whose name holds this; then no gate is judged that was not measured.
    only: String,
}

/// What is measured, in this order.
const WORKLOADS: &[Workload] = &[
    Workload { name: "64 clients, 1 alert a POST", clients: 64, batch: 1 },
    Workload { name: "8 clients, 100 alerts a POST", clients: 8, batch: 100 },
    Workload { name: "1 client, 1 alert a POST", clients: 1, batch: 1 },
];

fn main() -> Result<ExitCode> {
    let options = options(std::env::args().skip(1))?;
    let folder = tempfile::tempdir_in(beside()?).context("the bench needs a folder on the disk beside itself")?;
    let mut report = Report::new(yardstick::disk(folder.path())?);
    for workload in WORKLOADS.iter().filter(|workload| workload.name.contains(&options.only)) {
        report.heading(workload, yardstick::handler(workload, options.time)?);
        for pair in 0..options.pairs {
            let place = tempfile::tempdir_in(folder.path())?;
            let ours = peer::ours(workload, options.time, place.path(), options.silent)?;
            let theirs = peer::alertmanager(workload, options.time, place.path())?;
            report.pair(workload, pair, ours, theirs);
        }
        report.summary(workload);
    }
    let held = report.gates();
    if let Some(path) = &options.json {
        std::fs::write(path, report.json().to_string()).with_context(|| path.display().to_string())?;
    }
    Ok(if held { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The folder of this program: on the disk where the project lies, which `/tmp` may not be.
fn beside() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    Ok(program.parent().context("this program lies nowhere")?.to_owned())
}

fn options(mut words: impl Iterator<Item = String>) -> Result<Options> {
    let mut options =
        Options { pairs: 5, time: Duration::from_secs(3), json: None, silent: false, only: String::new() };
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} needs a value"));
        match word.as_str() {
            "--pairs" => options.pairs = value()?.parse().context("--pairs needs a number")?,
            "--seconds" => options.time = Duration::from_secs(value()?.parse().context("--seconds needs a number")?),
            "--json" => options.json = Some(value()?.into()),
            "--silent" => options.silent = true,
            "--only" => options.only = value()?,
            other => bail!(
                "{other} is unknown: bench-ingest [--pairs N] [--seconds S] [--json FILE] [--silent] [--only NAME]"
            ),
        }
    }
    if options.pairs == 0 || options.time.is_zero() {
        bail!("a run has at least one pair and one second");
    }
    Ok(options)
}
