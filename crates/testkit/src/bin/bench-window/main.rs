//! `bench-window`: the app's window on very many alerts beside an empty Tauri window, in turn, in the same run.
//!
//! Both are watched from outside, on the screen: what counts is when a person sees the page of the one and the rows
//! of the other, and what memory all their processes take. Needs an X server whose picture lies in a file
//! (`Xvfb -fbdir`) and a session bus; `cargo xtask bench window` brings both.

mod run;
mod screen;
mod tree;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use tocsin_model::time::Timestamp;
use tocsin_store::Store;
use tocsin_testkit::many::make_store;

use run::{Program, Seen};
use screen::Screen;

const USAGE: &str = "bench-window --app PROGRAM --hello PROGRAM --screen FOLDER [--alerts N] [--store DIR] [--pairs N]";
const SEED: u64 = 20_260_304;
/// Alerts put into the index of texts at a time.
const CHUNK: u64 = 5_000;
/// The rows may come so much later than the empty window's page, in ms.
const LATER_MS: f64 = 300.0;

/// Settings of a run.
struct Options {
    app: PathBuf,
    hello: PathBuf,
    /// Where the X server keeps its picture.
    screen: PathBuf,
    alerts: u64,
    /// A folder whose store is used again, and made when there is none.
    store: Option<PathBuf>,
    pairs: usize,
}

fn main() -> Result<ExitCode> {
    let options = options(std::env::args().skip(1))?;
    let program = std::env::current_exe()?;
    let temporary = tempfile::tempdir_in(program.parent().context("this program lies nowhere")?)?;
    let dir = options.store.clone().unwrap_or_else(|| temporary.path().join("store"));
    prepare(&dir, options.alerts)?;
    let home = temporary.path().join("home");
    std::fs::create_dir_all(&home)?;
    let dir = dir.to_str().context("the store's folder has a name that is no text")?;
    let hello = Program::new(&options.hello, &[], &home);
    let app = Program::new(&options.app, &["--data-dir", dir, "--listen", "127.0.0.1:0"], &home);
    let screen = Screen::open(&options.screen)?;
    println!("{} alerts; the first start of each is not counted", options.alerts);
    let mut pairs = Vec::new();
    for turn in 0..=options.pairs {
        // Each comes first every other time.
        let (empty, full) = if turn % 2 == 0 {
            let empty = hello.run(&screen, screen::WHOLE)?;
            (empty, app.run(&screen, screen::ROWS)?)
        } else {
            let full = app.run(&screen, screen::ROWS)?;
            (hello.run(&screen, screen::WHOLE)?, full)
        };
        if turn > 0 {
            say(turn, &empty, &full);
            pairs.push((empty, full));
        }
    }
    Ok(if report(&pairs) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A store that needs nothing done to it when the app opens it.
fn prepare(dir: &std::path::Path, alerts: u64) -> Result<()> {
    if !dir.join(Store::FILE_NAME).exists() {
        std::fs::create_dir_all(dir)?;
        make_store(dir, alerts, SEED, now())?;
    }
    let store = Store::open(dir)?;
    while store.write_blocking(|tx| tx.index_text(CHUNK))? > 0 {}
    Ok(())
}

fn say(turn: usize, empty: &Seen, full: &Seen) {
    println!(
        "pair {turn}: empty page {:6.0} ms, {:5.1} MB; app: first paint {:6.0} ms, rows {:6.0} ms, {:5.1} MB in {} processes",
        empty.shown_ms, empty.megabytes, full.painted_ms, full.shown_ms, full.megabytes, full.processes
    );
}

/// Says what came of it, and whether the goal is met.
fn report(pairs: &[(Seen, Seen)]) -> bool {
    let middle = |of: fn(&(Seen, Seen)) -> f64| median(pairs.iter().map(of).collect());
    let later = middle(|(empty, full)| full.shown_ms - empty.shown_ms);
    let (empty, painted, rows) =
        (middle(|pair| pair.0.shown_ms), middle(|pair| pair.1.painted_ms), middle(|pair| pair.1.shown_ms));
    println!("\nmedians: empty page {empty:.0} ms; app: first paint {painted:.0} ms, rows {rows:.0} ms");
    let held = later <= LATER_MS;
    let word = if held { "pass" } else { "MISS" };
    println!("{word}  rows after the empty window's page: {later:.0} ms later, at most {LATER_MS} ms");
    let more = middle(|(empty, full)| full.megabytes - empty.megabytes);
    let (small, large) = (middle(|pair| pair.0.megabytes), middle(|pair| pair.1.megabytes));
    println!("      memory of all processes (PSS): {large:.0} MB beside {small:.0} MB, {more:.0} MB more");
    held
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

#[allow(clippy::disallowed_methods, reason = "what is older than the settings keep would be removed before long")]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(0))
}

fn options(mut words: impl Iterator<Item = String>) -> Result<Options> {
    let (mut app, mut hello, mut screen, mut store) = (None, None, None, None);
    let (mut alerts, mut pairs) = (1_000_000, 7);
    while let Some(word) = words.next() {
        let value = words.next().with_context(|| format!("{word} needs a value: {USAGE}"))?;
        match word.as_str() {
            "--app" => app = Some(value.into()),
            "--hello" => hello = Some(value.into()),
            "--screen" => screen = Some(value.into()),
            "--store" => store = Some(value.into()),
            "--alerts" => alerts = value.replace('_', "").parse().context("--alerts needs a number")?,
            "--pairs" => pairs = value.parse().context("--pairs needs a number")?,
            other => bail!("{other} is unknown: {USAGE}"),
        }
    }
    Ok(Options {
        app: app.context(USAGE)?,
        hello: hello.context(USAGE)?,
        screen: screen.context(USAGE)?,
        alerts,
        store,
        pairs: std::cmp::max(pairs, 1),
    })
}
