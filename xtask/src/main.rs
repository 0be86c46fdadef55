//! The project's own commands: `cargo xtask run`, `test`, `bench` and `icons`.
//!
//! Invariant: needs nothing but Rust to start, because it is the first thing a newcomer compiles; whatever else is
//! missing it names, with the reason, before it installs it. Absent on purpose: any knowledge of what the product
//! does. A step here starts another program and reads its exit code.

mod bench;
mod check;
mod icons;
mod packages;
mod run;
mod shell;
mod steps;
mod test;
mod tools;

use std::process::ExitCode;

const HELP: &str = "\
Tocsin's own commands.

  cargo xtask run [--demo] [--release] [-- <app arguments>]
                                                     set up, build and open the app; with --demo on made-up
                                                     alerts, in a data directory of their own
  cargo xtask test [--quick] [--list] [<step>...]    set up, then every check and test, or the named steps
  cargo xtask bench [<name>] [<arguments>]           measure a release build; with --help the names
  cargo xtask icons                                  render icons/*.svg to every size the app ships

`run` and `test` install what is missing and say what and why first: Debian packages through apt-get (as root, or
through sudo), npm packages into ui/, and for tests a few programs into target/.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.split_first() {
        None => help(),
        Some((command, rest)) => match command.as_str() {
            "run" => run::run(rest),
            "test" => test::run(rest),
            "bench" => bench::run(rest),
            "icons" => icons::run(rest),
            "help" | "-h" | "--help" => help(),
            other => Err(anyhow::anyhow!("there is no command `{other}`; `cargo xtask --help` lists them")),
        },
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("xtask: {error:#}");
        ExitCode::FAILURE
    })
}

fn help() -> anyhow::Result<ExitCode> {
    print!("{HELP}");
    Ok(ExitCode::SUCCESS)
}
