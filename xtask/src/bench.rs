//! `cargo xtask bench`: a release build and the bench programs of the testkit.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::{shell, tools};

/// The benches: each is the program `bench-<name>` of the testkit.
const BENCHES: &[&str] = &["ingest", "console"];

/// Builds for release and runs one bench, the first of the list when none is named.
///
/// # Errors
/// When the bench is unknown, the build fails, a peer to measure against is missing, or a goal is missed.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    let (name, rest) = parse(arguments)?;
    let alertmanager = match name {
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

fn parse(arguments: &[String]) -> Result<(&'static str, &[String])> {
    match arguments.split_first() {
        Some((name, rest)) if !name.starts_with('-') => match BENCHES.iter().find(|bench| *bench == name) {
            Some(bench) => Ok((bench, rest)),
            None => bail!("there is no bench `{name}`; there is: {}", BENCHES.join(" ")),
        },
        Some(_) | None => Ok((BENCHES[0], arguments)),
    }
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
}
