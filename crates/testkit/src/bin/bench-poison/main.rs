//! `bench-poison`: durable ingest without rules, with rules that do their worst, and with ordinary ones, in turn in one
//! run. The same load each time; only ratios within one run are compared.
//!
//! Afterwards the rules that are to blame have to say so, and evaluation has to catch up.

mod rules;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tocsin_model::time::{Span, Timestamp};
use tocsin_testkit::http::{Target, once};
use tocsin_testkit::load::{Round, drive_in_time};
use tocsin_testkit::product::{Product, Serve};

use rules::{FEEDS, Feed, LAST};

/// Of the rate without rules this much has to be left with them.
const GATE: f64 = 0.85;
/// Events' clocks go so much faster than ours, that minutes end while it is measured.
const SPEED: i64 = 20;
/// How long evaluation may take to catch up.
const PATIENCE: Duration = Duration::from_secs(600);

/// What is on.
const SETS: [&str; 3] = ["no rules", "poison", "ordinary"];

struct Options {
    pairs: usize,
    time: Duration,
    only: String,
}

fn main() -> Result<ExitCode> {
    let options = options(std::env::args().skip(1))?;
    let program = std::env::current_exe()?;
    let beside = program.parent().context("this program lies nowhere")?;
    let product = Product::at(beside.join("tocsin"));
    let folder = tempfile::tempdir_in(beside)?;
    let mut held = true;
    for feed in FEEDS.iter().filter(|feed| feed.workload.name.contains(&options.only)) {
        held &= measure(feed, &product, folder.path(), &options)?;
    }
    Ok(if held { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn measure(feed: &Feed, product: &Product, folder: &Path, options: &Options) -> Result<bool> {
    let sets = [Vec::new(), feed.poison(), feed.ordinary()];
    let mut bases = Vec::new();
    for (name, rules) in SETS.iter().zip(&sets) {
        let dir = folder.join(format!("{} {name}", feed.source));
        prepare(product, &dir, feed, rules)?;
        bases.push(dir);
    }
    println!("\n== {} ==", feed.workload.name);
    println!("{:12} {:>12} {:>10} {:>10} {:>14}", "", "a second", "p50 ms", "p99 ms", "caught up in s");
    let mut rounds: Vec<Vec<Round>> = vec![Vec::new(); SETS.len()];
    for pair in 0..options.pairs {
        for (set, base) in bases.iter().enumerate() {
            let place = tempfile::tempdir_in(folder)?;
            copy(base, place.path())?;
            let (round, behind) = run(feed, product, place.path(), options.time, SETS[set])?;
            let Round { rate, p50, p99, .. } = round;
            let behind = behind.map_or_else(String::new, |behind| format!("{:.1}", behind.as_secs_f64()));
            println!("{} {:10} {rate:12.0} {p50:10.2} {p99:10.2} {behind:>14}", pair + 1, SETS[set]);
            rounds[set].push(round);
        }
    }
    let mut held = true;
    for (set, name) in SETS.iter().enumerate().skip(1) {
        let mut ratios: Vec<f64> =
            rounds[set].iter().zip(&rounds[0]).map(|(with, without)| with.rate / without.rate).collect();
        ratios.sort_by(f64::total_cmp);
        let middle = ratios.len() / 2;
        let median = if ratios.len().is_multiple_of(2) {
            f64::midpoint(ratios[middle - 1], ratios[middle])
        } else {
            ratios[middle]
        };
        let (least, most) = (ratios[0], ratios[ratios.len() - 1]);
        let verdict = if median >= GATE { "held   " } else { "MISSED " };
        println!("{verdict} {name}: {least:.2} / {median:.2} / {most:.2} of the rate without rules, owed {GATE}");
        held &= median >= GATE;
    }
    Ok(held)
}

/// A data directory with a source and rules, to be copied for every round.
fn prepare(product: &Product, dir: &Path, feed: &Feed, rules: &[Value]) -> Result<()> {
    product.add_source(dir, feed.source);
    std::fs::write(dir.join("tocsin.toml"), "[notifications]\ndesktop = false\n")?;
    let file = dir.with_extension("rule.json");
    for rule in rules {
        std::fs::write(&file, rule.to_string())?;
        let added = product.run(dir, &["rule", "add", &file.to_string_lossy()], "");
        ensure!(added.status.success(), "{rule}: {}", String::from_utf8_lossy(&added.stderr));
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// One round; with how long evaluation took to catch up afterwards, when rules are on.
fn run(feed: &Feed, product: &Product, dir: &Path, time: Duration, set: &str) -> Result<(Round, Option<Duration>)> {
    let serve = product.serve(dir);
    let target = serve.target();
    let target = Target { path: format!("{}{}", target.path, feed.path), ..target };
    let begins = now().minus(Span::from_millis(10 * 60_000));
    let driven = drive_in_time(&feed.workload, time, &target, &feed.delivery(), (begins, SPEED))?;
    if set == SETS[0] {
        serve.kill();
        return Ok((driven.round, None));
    }
    let behind = catch_up(feed, product, dir, &serve, &target)?;
    if set == "poison" {
        blamed(product, dir, feed)?;
    }
    serve.kill();
    Ok((driven.round, Some(behind)))
}

/// Sends something that fires a rule and waits for it: then all before it was evaluated.
fn catch_up(feed: &Feed, product: &Product, dir: &Path, serve: &Serve, target: &Target) -> Result<Duration> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let started = Instant::now();
    let last = feed.last(&now().to_string());
    let answer = runtime.block_on(once(serve.address(), &target.post(&last)))?;
    ensure!(answer.is_promise(), "{}: {}", answer.status, String::from_utf8_lossy(&answer.body));
    while started.elapsed() < PATIENCE {
        let counted = product.run(dir, &["alert", "count", "--query", &format!("rule:{LAST}")], "");
        if counted.stdout.starts_with(b"1") {
            return Ok(started.elapsed());
        }
        runtime.block_on(async { tokio::time::sleep(Duration::from_millis(100)).await });
    }
    bail!("evaluation did not catch up within {PATIENCE:?}")
}

/// The rules that are to blame say so, and the others are well.
fn blamed(product: &Product, dir: &Path, feed: &Feed) -> Result<()> {
    let shown = product.run(dir, &["--output", "json", "rule", "list"], "");
    let list: Value = serde_json::from_slice(&shown.stdout)?;
    for rule in list["items"].as_array().context("a list")? {
        let (name, error) = (rule["name"].as_str().unwrap_or_default(), rule["error"].as_str().unwrap_or_default());
        match name {
            "Death" if feed.is_deadly => ensure!(error.contains("50 ms an event"), "{}: {rule}", feed.workload.name),
            "Everyone" => ensure!(error.is_empty() && rule["forgottenGroups"].as_u64() > Some(0), "{rule}"),
            _ => ensure!(error.is_empty(), "{rule}"),
        }
    }
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "deliveries have to be of now")]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn options(mut words: impl Iterator<Item = String>) -> Result<Options> {
    let mut options = Options { pairs: 5, time: Duration::from_secs(5), only: String::new() };
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} needs a value"));
        match word.as_str() {
            "--pairs" => options.pairs = value()?.parse().context("--pairs needs a number")?,
            "--seconds" => options.time = Duration::from_secs(value()?.parse().context("--seconds needs a number")?),
            "--only" => options.only = value()?,
            other => bail!("{other} is unknown: bench-poison [--pairs N] [--seconds S] [--only feed|alerts]"),
        }
    }
    ensure!(options.pairs > 0 && !options.time.is_zero(), "a run has at least one pair and one second");
    Ok(options)
}
