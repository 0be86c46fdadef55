//! `bench-console`: lists, searches and facets of a store with very many alerts, beside plain SQL in the same run.
//!
//! Before anything is timed both must count the same, or the run fails: a quick wrong answer is worth nothing.

mod report;
mod work;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use tocsin_model::time::Timestamp;
use tocsin_store::Store;
use tocsin_testkit::many::make_store;

use report::Report;

/// The newest alert is of just before then.
const UNTIL: Timestamp = Timestamp::from_millis(1_772_611_200_000);
const SEED: u64 = 20_260_304;
/// Alerts put into the index of texts at a time.
const CHUNK: u64 = 5_000;

/// Settings of a run.
struct Options {
    alerts: u64,
    json: Option<PathBuf>,
    /// A folder whose store is used again, and made when there is none.
    store: Option<PathBuf>,
    /// Only what has this in its name; the counts are not compared then.
    only: Option<String>,
}

fn main() -> Result<ExitCode> {
    let options = options(std::env::args().skip(1))?;
    let program = std::env::current_exe()?;
    let beside = program.parent().context("this program lies nowhere")?;
    let temporary = tempfile::tempdir_in(beside)?;
    let dir = options.store.clone().unwrap_or_else(|| temporary.path().to_owned());
    let mut report = Report::new(options.alerts);
    if !dir.join(Store::FILE_NAME).exists() {
        let start = Instant::now();
        make_store(&dir, options.alerts, SEED, UNTIL)?;
        report.fact("alerts made a second", rate(options.alerts, start));
    }
    let store = Store::open(&dir)?;
    fill_index(&store, &mut report)?;
    load(&store, &mut report)?;
    work::Bench::new(store, UNTIL, SEED, &options).run(&mut report)?;
    if let Some(path) = &options.json {
        std::fs::write(path, report.json().to_string()).with_context(|| path.display().to_string())?;
    }
    Ok(if report.held() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn fill_index(store: &Store, report: &mut Report) -> Result<()> {
    let (start, mut filled) = (Instant::now(), 0);
    let size = || store.path().metadata().map_or(0, |file| file.len());
    let before = size();
    loop {
        let added = store.write_blocking(|tx| tx.index_text(CHUNK))?;
        if added == 0 {
            break;
        }
        filled += added;
    }
    if filled > 0 {
        report.fact("alerts indexed a second", rate(filled, start));
        #[allow(clippy::cast_precision_loss, reason = "a figure to look at")]
        report.fact("bytes of index an alert", (size() - before) as f64 / filled as f64);
    }
    Ok(())
}

fn load(store: &Store, report: &mut Report) -> Result<()> {
    let before = resident()?;
    let start = Instant::now();
    store.load_columns()?;
    report.fact("columns loaded after, s", start.elapsed().as_secs_f64());
    report.fact("columns by their own account, MB", megabytes(store.columns_bytes()));
    report.fact("memory before, MB", megabytes(before));
    report.gate("memory of the columns, MB", megabytes(resident()?.saturating_sub(before)), 64.0);
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "a figure to look at")]
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1_048_576.0
}

#[allow(clippy::cast_precision_loss, reason = "a figure to look at")]
fn rate(count: u64, start: Instant) -> f64 {
    count as f64 / start.elapsed().as_secs_f64()
}

/// Memory of this process that is in use, in bytes.
fn resident() -> Result<usize> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kib: usize = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib * 1024)
}

fn options(mut words: impl Iterator<Item = String>) -> Result<Options> {
    let mut options = Options { alerts: 1_000_000, json: None, store: None, only: None };
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} needs a value"));
        match word.as_str() {
            "--alerts" => options.alerts = value()?.replace('_', "").parse().context("--alerts needs a number")?,
            "--json" => options.json = Some(value()?.into()),
            "--store" => options.store = Some(value()?.into()),
            "--only" => options.only = Some(value()?),
            other => bail!(
                "{other} is unknown: bench-console [--alerts N] [--store DIR] [--json FILE] [--only PART_OF_A_NAME]"
            ),
        }
    }
    Ok(options)
}
