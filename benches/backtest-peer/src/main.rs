//! `backtest-peer --python PATH [--table PATH] [--events N] [--rounds N] [--seed N]`: a rule over stored events in
//! columns, beside DuckDB with one thread on numbers and SQLite's window functions. Counts have to be equal before
//! anything is said about time; then all take turns, and what counts is the median of CPU time and of the ratios within
//! a round, since the machine is never quiet. Ends with the gates, and fails when one is missed. Without a number of
//! events there are a million, then ten million: what is owed beside DuckDB is owed of those.

#![forbid(unsafe_code)]

mod ours;
mod peer;
mod work;

use std::path::PathBuf;
use std::process::ExitCode;

use ours::Ours;
use peer::{Base, Peer, SQLITE_MOST};
use work::{USUAL, Variant};

/// As in the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// From so many events on a backtest has to be ten times as fast as DuckDB.
const MANY: usize = 10_000_000;

struct Options {
    python: String,
    table: PathBuf,
    /// One run for each.
    sizes: Vec<usize>,
    rounds: usize,
    seed: u64,
}

fn options() -> Result<Options, String> {
    let table = std::env::temp_dir().join(format!("backtest-peer-{}.csv", std::process::id()));
    let mut options =
        Options { python: "python3".to_owned(), table, sizes: vec![1_000_000, MANY], rounds: 5, seed: 42 };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        let number = || value.replace('_', "").parse::<u64>().map_err(|_| format!("{name} needs a number"));
        match name.as_str() {
            "--python" => options.python.clone_from(&value),
            "--table" => options.table = PathBuf::from(&value),
            "--events" => options.sizes = vec![number()?.max(1_000) as usize],
            "--rounds" => options.rounds = number()?.max(1) as usize,
            "--seed" => options.seed = number()?,
            other => return Err(format!("there is no {other}: use --python, --table, --events, --rounds and --seed")),
        }
    }
    Ok(options)
}

/// What is owed, and what was found.
struct Gate {
    held: bool,
    words: String,
}

fn at_most(what: &str, found: f64, owed: f64, unit: &str) -> Gate {
    Gate { held: found < owed, words: format!("{what}: {found:.2} {unit}, less than {owed} owed") }
}

/// The middle one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() -> ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(problem) => {
            eprintln!("backtest-peer: {problem}");
            return ExitCode::from(2);
        }
    };
    // Every size is run, also when a gate of the first is missed.
    let held = options.sizes.iter().filter(|events| is_held(&options, **events)).count();
    if held == options.sizes.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Measures with so many events, and prints what was owed; whether all of it was held.
fn is_held(options: &Options, events: usize) -> bool {
    println!("seed {}, {events} events, {} rounds; CPU time in ms, medians", options.seed, options.rounds);
    work::write(&options.table, work::rows(options.seed, events));
    let mut peer = Peer::start(&options.python, &options.table, events);
    // Both have read it.
    drop(std::fs::remove_file(&options.table));
    let (mut ours, mut gates) = Ours::load(options.seed, events);
    gates.extend(beside(&mut ours, &mut peer, options.rounds, events));
    gates.extend(edits(&mut ours, options));
    println!();
    for gate in &gates {
        println!("{} {}", if gate.held { "held  " } else { "MISSED" }, gate.words);
    }
    println!();
    gates.iter().all(|gate| gate.held)
}

/// The same question in SQL: how many events match, and how many of them bring the window to the threshold.
fn sql(variant: Variant) -> String {
    let counted = if variant.distinct { "DISTINCT host" } else { "*" };
    let filter = if variant.all { "blocked IN (0, 1)".to_owned() } else { work::filter() };
    let before = variant.hours * 3_600_000 - 1;
    format!(
        "SELECT count(*), count(*) FILTER (WHERE c >= {}) FROM (SELECT count({counted}) OVER \
         (PARTITION BY usr ORDER BY ts RANGE BETWEEN {before} PRECEDING AND CURRENT ROW) AS c FROM ev WHERE {filter})",
        variant.least
    )
}

/// Whole backtests with the fields loaded, nothing kept from before, beside the databases.
fn beside(ours: &mut Ours, peer: &mut Peer, rounds: usize, events: usize) -> Vec<Gate> {
    let of = |distinct: bool, all: bool| Variant { distinct, all, ..USUAL };
    let questions =
        [("count", of(false, false)), ("distinct", of(true, false)), ("every event matches", of(false, true))];
    let mut gates = Vec::new();
    println!(
        "\n{:<24} {:>10} {:>10} {:>8} {:>10} {:>18} {:>10}",
        "", "matched", "reach it", "ours", "DuckDB", "times", "SQLite"
    );
    for (name, variant) in questions {
        let (sql, with_sqlite) = (sql(variant), events <= SQLITE_MOST && !variant.distinct);
        let expected = ours.whole(variant).0;
        assert_eq!(peer.ask(Base::DuckDb, &sql).found, expected, "DuckDB counts otherwise: {name}");
        if with_sqlite {
            assert_eq!(peer.ask(Base::Sqlite, &sql).found, expected, "SQLite counts otherwise: {name}");
        }
        let (mut own, mut duck, mut lite, mut ratios) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            let mine = ours.whole(variant).1;
            let theirs = peer.ask(Base::DuckDb, &sql).seconds * 1_000.0;
            if with_sqlite {
                lite.push(peer.ask(Base::Sqlite, &sql).seconds * 1_000.0);
            }
            own.push(mine);
            duck.push(theirs);
            ratios.push(theirs / mine);
        }
        let (low, high) = (ratios.iter().copied().fold(f64::MAX, f64::min), ratios.iter().copied().fold(0.0, f64::max));
        let (own, ratio) = (median(own), median(ratios));
        let times = format!("{ratio:.1} ({low:.1}-{high:.1})");
        let lite = if lite.is_empty() { "-".to_owned() } else { format!("{:.0}", median(lite)) };
        println!(
            "{name:<24} {:>10} {:>10} {own:>8.2} {:>10.1} {times:>18} {lite:>10}",
            expected[0],
            expected[1],
            median(duck)
        );
        let owed = if events <= 1_000_000 { 10.0 } else { 60.0 };
        match name {
            "count" => {
                gates.push(at_most("a whole backtest", own, owed, "ms"));
                if events >= MANY {
                    let words = format!("{ratio:.1} times as fast as DuckDB, 10 owed");
                    gates.push(Gate { held: ratio >= 10.0, words });
                }
            }
            "distinct" => gates.push(at_most("a whole backtest of different values", own, 100.0, "ms")),
            _ => {}
        }
    }
    gates
}

/// Edits of a rule whose backtest is there already, each with summary and timeline, and back again.
fn edits(ours: &mut Ours, options: &Options) -> Vec<Gate> {
    let edits = [
        ("another threshold", Variant { least: 6, ..USUAL }, Some(5.0)),
        ("another window", Variant { hours: 1, ..USUAL }, Some(30.0)),
        ("one other condition", Variant { other_group: true, ..USUAL }, None),
        ("different values instead", Variant { distinct: true, ..USUAL }, None),
    ];
    let mut gates = Vec::new();
    println!("\n{:<34} {:>8} {:>8}", "an edit, with timeline", "ours", "firings");
    for (name, variant, owed) in edits {
        let found: Vec<(u64, f64)> = (0..options.rounds.max(5)).map(|_| ours.edit(variant)).collect();
        let spent = median(found.iter().map(|(_, spent)| *spent).collect());
        println!("{name:<34} {spent:>8.3} {:>8}", found[0].0);
        gates.extend(owed.map(|owed| at_most(name, spent, owed, "ms")));
    }
    let curves: Vec<f64> = (0..options.rounds.max(5)).map(|_| ours.curve()).collect();
    println!("{:<34} {:>8.3}", "the curve of 64 thresholds", median(curves));
    gates
}
