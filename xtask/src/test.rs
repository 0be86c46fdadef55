//! `cargo xtask test`: set-up, then every check and test of the project as named steps.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::check;
use crate::packages::{self, Group};
use crate::steps::{self, Outcome, Session, Step};

/// Cheap ones first, so that a slip shows early; each stands after what it needs.
static STEPS: &[Step] = &[
    Step { action: all_packages, ..step("packages", "Debian packages to build and test") },
    Step { action: check::tools, after: &["packages"], ..step("tools", "programs of others that the tests talk to") },
    Step { action: check::ui_install, quick: true, ..step("ui-install", "npm packages of the page") },
    Step { action: check::fmt, quick: true, ..step("fmt", "format of the Rust code") },
    Step { action: check::no_gui, quick: true, ..step("no-gui", "the command line links no window library") },
    Step { action: check::ui_check, quick: true, needs: UI, ..step("ui-check", "types, lints and format of the page") },
    Step { action: check::ui_unit, quick: true, needs: UI, ..step("ui-unit", "unit and component tests of the page") },
    Step { action: check::ui_build, needs: UI, ..step("ui-build", "the page as the app carries it") },
    Step {
        action: check::ui_browser,
        needs: UI,
        after: &["packages"],
        packages: &[&packages::BROWSER],
        ..step("ui-browser", "the page with made-up data in a browser")
    },
    Step {
        action: check::ui_webkit,
        needs: UI,
        after: &["packages"],
        packages: &[&packages::WINDOW],
        ..step("ui-webkit", "the same in WebKitGTK, the engine of the window")
    },
    Step {
        action: check::clippy,
        needs: &["ui-build"],
        after: &["packages"],
        packages: &[&packages::BUILD],
        ..step("clippy", "lints of the Rust code")
    },
    Step {
        action: check::rust,
        quick: true,
        after: SET_UP,
        ..step("rust", "tests inside the crates, without the app")
    },
    Step { action: check::product, after: SET_UP, ..step("product", "the whole product without a window") },
    Step { action: check::reliability, after: SET_UP, ..step("reliability", "killed processes, failing disks") },
    Step {
        action: check::app,
        needs: &["ui-build"],
        after: SET_UP,
        packages: &[&packages::BUILD],
        ..step("app", "tests of the app, bindings up to date")
    },
    Step {
        action: check::window,
        needs: &["ui-build"],
        after: SET_UP,
        packages: &[&packages::BUILD, &packages::PROGRAMS, &packages::WINDOW],
        ..step("window", "the app in its real window")
    },
    Step { action: check::deny, ..step("deny-licences", "licences and origins of the dependencies") },
    Step { action: check::advisories, ..step("deny-advisories", "known holes of the dependencies") },
];

const UI: &[&str] = &["ui-install"];
const SET_UP: &[&str] = &["packages", "tools"];

/// Runs the chosen steps and prints the table; fails when a step failed.
///
/// # Errors
/// When a flag or a step's name is unknown.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    let (mut quick, mut names) = (false, Vec::new());
    for argument in arguments {
        match argument.as_str() {
            "--quick" => quick = true,
            "--list" => return Ok(list()),
            flag if flag.starts_with('-') => bail!("`test` does not know `{flag}`"),
            name => names.push(name.to_owned()),
        }
    }
    let chosen = steps::choose(STEPS, &names, quick)?;
    if quick {
        println!("--quick leaves out: {}", names_of(STEPS.iter().filter(|step| !step.quick)));
    }
    println!("Steps: {}", names_of(chosen.iter().copied()));
    let report = steps::run(&chosen, packages::lacking);
    print!("{}", report.table());
    Ok(if report.has_failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn all_packages(_: &Session) -> Result<Outcome> {
    let groups: [&'static Group; 4] = [&packages::BUILD, &packages::PROGRAMS, &packages::BROWSER, &packages::WINDOW];
    check::install_packages(&groups)
}

fn list() -> ExitCode {
    for step in STEPS {
        println!("{:12} {}{}", step.name, step.about, if step.quick { " (also with --quick)" } else { "" });
    }
    ExitCode::SUCCESS
}

fn names_of<'a>(steps: impl Iterator<Item = &'a Step>) -> String {
    steps.map(|step| step.name).collect::<Vec<_>>().join(" ")
}

/// A step that needs nothing, to be filled in.
const fn step(name: &'static str, about: &'static str) -> Step {
    Step { name, about, quick: false, needs: &[], after: &[], packages: &[], action: nothing }
}

fn nothing(_: &Session) -> Result<Outcome> {
    bail!("this step has no action")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_stands_after_what_it_needs_and_has_an_action() {
        for (at, step) in STEPS.iter().enumerate() {
            for need in step.needs.iter().chain(step.after) {
                assert!(STEPS[..at].iter().any(|earlier| earlier.name == *need), "{} needs {need}", step.name);
            }
            assert!(!std::ptr::fn_addr_eq(step.action, nothing as fn(&Session) -> Result<Outcome>), "{}", step.name);
        }
    }

    #[test]
    fn the_short_form_installs_no_system_package() {
        assert!(STEPS.iter().filter(|step| step.quick).all(|step| step.packages.is_empty()));
    }

    #[test]
    fn unknown_flags_are_refused() {
        assert!(run(&["--demo".to_owned()]).is_err());
    }

    #[test]
    fn the_root_is_where_ci_calls_from() {
        assert!(crate::shell::root().join(".ci/run").is_file());
    }
}
