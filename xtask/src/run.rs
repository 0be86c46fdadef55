//! `cargo xtask run`: from a fresh clone to the open window.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::{packages, shell, tools};

/// What the command line asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Request {
    release: bool,
    demo: bool,
    app_arguments: Vec<String>,
}

/// Sets up, builds and starts the app; returns when its window has been closed.
///
/// # Errors
/// When a flag is unknown, something cannot be installed, or a build fails.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    let request = parse(arguments)?;
    if let Some(reason) = packages::no_display() {
        println!("The app cannot open a window: {reason}.");
        println!("The same engine runs without one: cargo run -p tocsin -- serve");
        return Ok(ExitCode::FAILURE);
    }
    packages::ensure(&[&packages::BUILD])?;
    tools::ui_packages()?;
    shell::run(&mut shell::npm("run build"))?;
    let mut app = shell::cargo("run -p tocsin-desktop");
    if request.release {
        app.arg("--release");
    }
    let demo = if request.demo { Some(fresh_demo(request.release)?) } else { None };
    app.arg("--");
    if let Some(data_dir) = &demo {
        app.arg("--data-dir").arg(data_dir);
    }
    app.args(&request.app_arguments);
    shell::run(&mut app)?;
    Ok(ExitCode::SUCCESS)
}

/// Demo data as of now, in a data directory of its own: a look at it never mixes with what is real, and what was
/// done to it the last time is gone.
fn fresh_demo(release: bool) -> Result<PathBuf> {
    let data_dir = shell::target()?.join("demo");
    for step in ["wipe", "load"] {
        let mut command = shell::cargo("run --quiet -p tocsin");
        if release {
            command.arg("--release");
        }
        command.arg("--").arg("--data-dir").arg(&data_dir).args(["demo", step]);
        shell::run(&mut command)?;
    }
    Ok(data_dir)
}

fn parse(arguments: &[String]) -> Result<Request> {
    let mut request = Request::default();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--release" => request.release = true,
            "--demo" => request.demo = true,
            "--" => request.app_arguments = rest.by_ref().cloned().collect(),
            other => bail!("`run` does not know `{other}`; what follows `--` goes to the app"),
        }
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Request> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn what_follows_two_dashes_goes_to_the_app_untouched() {
        let request = parsed("--release -- --release --x").ok();
        let app_arguments = vec!["--release".to_owned(), "--x".to_owned()];
        assert_eq!(request, Some(Request { release: true, demo: false, app_arguments }));
        let request = parsed("--demo -- --demo").ok();
        assert_eq!(request, Some(Request { release: false, demo: true, app_arguments: vec!["--demo".to_owned()] }));
    }

    #[test]
    fn an_unknown_flag_is_refused_by_name() {
        assert!(parsed("--demos").is_err_and(|error| error.to_string().contains("--demos")));
    }
}
