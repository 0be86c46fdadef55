//! `cargo xtask bench`: a release build and the bench programs of the testkit, or of the real window.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::{packages, shell, tools};

/// The benches, and what each measures. Each is the program `bench-<name>` of the testkit, but for the last five.
const BENCHES: &[(&str, &str)] = &[
    ("ingest", "webhooks taken in, beside Alertmanager"),
    ("console", "pages, searches and facets over a million alerts"),
    ("poison", "webhooks taken in while rules misbehave"),
    (RULES, "rules evaluated, beside RSigma; --rules N for one row"),
    (BACKTEST, "rules over stored events, beside DuckDB and SQLite"),
    (WINDOW, "from start to first rows, beside an empty window"),
    (MILLION, "from input to paint over a million alerts, or over as many as you say"),
    (THRESHOLD, "from a move of a rule's threshold to paint, over as many events"),
];
/// Rules beside another evaluator: a workspace of its own, so that the other one stays out of the product's lock file.
const RULES: &str = "rules";
/// Backtests beside databases, which run in a Python of their own: a workspace of its own too.
const BACKTEST: &str = "backtest";
/// The start of the window beside an empty one.
const WINDOW: &str = "window";
/// The empty window: a workspace of its own as well.
const HELLO: &str = "benches/hello-window/Cargo.toml";
/// The window on a million alerts: the same test that runs on fewer of them with the others, held to its goal.
const MILLION: &str = "window-million";
/// The threshold of a rule, dragged over a million events: a test with a goal as well.
const THRESHOLD: &str = "window-threshold";
/// What `TOCSIN_TEST_ALERTS` is when nothing is said.
const ALERTS: &str = "1000000";
/// From input to paint, the 95th percentile, in ms.
const PAINT_MS: &str = "100";
/// The same while a threshold is dragged.
const DRAG_MS: &str = "50";

/// Builds for release and runs one bench, the first of the list when none is named.
///
/// # Errors
/// When the bench is unknown, the build fails, a peer to measure against is missing, or a goal is missed.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    if let [only] = arguments
        && ["help", "-h", "--help"].contains(&only.as_str())
    {
        print!("{}", help());
        return Ok(ExitCode::SUCCESS);
    }
    let (name, rest) = parse(arguments)?;
    let alertmanager = match name {
        WINDOW => return window(rest).map(|()| ExitCode::SUCCESS),
        MILLION => return million(MILLION, PAINT_MS, rest).map(|()| ExitCode::SUCCESS),
        THRESHOLD => return million(THRESHOLD, DRAG_MS, rest).map(|()| ExitCode::SUCCESS),
        RULES => return rules(rest).map(|()| ExitCode::SUCCESS),
        BACKTEST => return backtest(rest).map(|()| ExitCode::SUCCESS),
        "ingest" => Some(tools::alertmanager().context("the bench measures beside Alertmanager")?),
        _ => None,
    };
    shell::run(&mut shell::cargo("build --release -p tocsin -p tocsin-testkit --bins"))?;
    let program = shell::target()?.join("release").join(format!("bench-{name}"));
    let mut bench = shell::command(&program.to_string_lossy());
    if let Some(alertmanager) = alertmanager {
        bench.env("TOCSIN_TEST_ALERTMANAGER", alertmanager);
    }
    shell::run(bench.args(rest))?;
    Ok(ExitCode::SUCCESS)
}

fn rules(rest: &[String]) -> Result<()> {
    let target = shell::target()?.join("rules-peer");
    let mut bench = shell::cargo("run --release --locked --manifest-path benches/rules-peer/Cargo.toml --target-dir");
    shell::run(bench.arg(target).arg("--").args(rest))
}

/// `backtest [--events N] [--rounds N]`: a million events, then ten million, whose table takes some 400 MB.
fn backtest(rest: &[String]) -> Result<()> {
    let python = tools::databases()?;
    let target = shell::target()?.join("backtest-peer");
    let mut bench =
        shell::cargo("run --release --locked --manifest-path benches/backtest-peer/Cargo.toml --target-dir");
    bench.arg(&target).args(["--", "--python"]).arg(python).arg("--table").arg(target.join("table.csv"));
    shell::run(bench.args(rest))
}

/// `window [<arguments>]`: the app and an empty window in turn, both watched on a screen whose picture lies in a file.
fn window(rest: &[String]) -> Result<()> {
    packages::ensure(&[&packages::BUILD, &packages::WINDOW])?;
    tools::ui_packages()?;
    shell::run(&mut shell::npm("run build"))?;
    let target = shell::target()?;
    shell::run(&mut shell::cargo("build --release -p tocsin-desktop"))?;
    shell::run(&mut shell::cargo("build --release -p tocsin-testkit --bin bench-window"))?;
    // Beside the app's own, so that what both are made of is built once.
    shell::run(shell::cargo("build --release --locked").args(["--manifest-path", HELLO, "--target-dir"]).arg(&target))?;
    let (built, screen) = (target.join("release"), target.join("bench-window"));
    std::fs::create_dir_all(&screen).with_context(|| screen.display().to_string())?;
    let mut bench = shell::command(&built.join("bench-window").to_string_lossy());
    bench.arg("--app").arg(built.join("tocsin-desktop")).arg("--hello").arg(built.join("hello-window"));
    bench.arg("--screen").arg(&screen).args(rest);
    shell::run(&mut shell::on_a_screen_kept_in(&screen, &bench, 3_600))
}

/// `window-million [<alerts>]` and its like: a test of the window, held to its goal. Needs what the step `window` needs.
fn million(name: &str, goal: &str, rest: &[String]) -> Result<()> {
    let alerts = match rest {
        [] => ALERTS,
        [alerts] => alerts,
        _ => bail!("say at most how many alerts: `cargo xtask bench {name} 250_000`"),
    };
    packages::ensure(&[&packages::BUILD, &packages::WINDOW])?;
    tools::ui_packages()?;
    shell::run(&mut shell::npm("run build"))?;
    for package in ["tocsin", "tocsin-desktop"] {
        shell::run(&mut shell::cargo(&format!("build --release -p {package}")))?;
    }
    let built = shell::target()?.join("release");
    let test = name.replace('-', "_");
    let test = shell::cargo(&format!("test --release -p tocsin-tests --test {test} -- --ignored --nocapture"));
    let mut test = shell::on_a_screen(&test, 3_600);
    test.env("TOCSIN_TEST_BIN", built.join("tocsin")).env("TOCSIN_TEST_APP", built.join("tocsin-desktop"));
    test.env("TOCSIN_TEST_ALERTS", alerts).env("TOCSIN_TEST_PAINT_MS", goal);
    // Drawn as the app draws for a person on such a machine; a driven window would not ask by itself.
    if !Path::new("/dev/dri/renderD128").exists() {
        test.env("WEBKIT_DISABLE_DMABUF_RENDERER", "1");
    }
    shell::run(&mut test)
}

fn parse(arguments: &[String]) -> Result<(&'static str, &[String])> {
    match arguments.split_first() {
        Some((name, rest)) if !name.starts_with('-') => match BENCHES.iter().find(|(bench, _)| bench == name) {
            Some((bench, _)) => Ok((bench, rest)),
            None => bail!("there is no bench `{name}`; `cargo xtask bench --help` lists them"),
        },
        Some(_) | None => Ok((BENCHES[0].0, arguments)),
    }
}

fn help() -> String {
    let lines = BENCHES.iter().map(|(name, about)| format!("  {name:15} {about}\n"));
    let lines: String = lines.collect();
    format!("cargo xtask bench [<name>] [<arguments>]: measures a release build.\n\n{lines}\nWithout a name: ingest.\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bench_runs_when_none_is_named() {
        let flags = ["--seconds".to_owned(), "5".to_owned()];
        assert_eq!(parse(&flags).ok(), Some(("ingest", &flags[..])));
        assert_eq!(parse(&[]).ok(), Some(("ingest", &[][..])));
    }

    #[test]
    fn a_named_bench_keeps_the_rest_for_itself() {
        let words = ["ingest".to_owned(), "--short".to_owned()];
        assert_eq!(parse(&words).ok(), Some(("ingest", &words[1..])));
        assert!(parse(&["digest".to_owned()]).is_err());
    }

    #[test]
    fn help_names_every_bench_and_runs_none() {
        assert!(run(&["--help".to_owned()]).is_ok());
        assert!(BENCHES.iter().all(|(name, _)| help().contains(&format!("  {name} "))));
    }
}
