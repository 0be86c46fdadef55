//! `tocsin`: the headless twin of the desktop app. Arguments become one use case, its result becomes output.
//!
//! Exit codes: 0 done, 1 findings, 2 a rule or configuration is invalid, 3 the input or the request is invalid,
//! 4 it failed at run time. Absent on purpose: decisions (engine) and any GUI library.

mod arguments;
mod command;
mod expect;
mod explain_view;
mod failure;
mod kept_rule_view;
mod output;
mod overlap_view;
mod rule_arguments;
mod rule_view;
mod suggest_view;
mod view;

use clap::Parser;
use std::process::ExitCode;

use arguments::{Arguments, Command, Export};
use failure::Failure;
use output::Output;

/// Taking alerts in is many short texts, which the system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return failure::usage(&error),
    };
    let output = Output::new(arguments.output);
    match run(arguments, &output) {
        Ok(code) => code,
        Err(failure) => failure.report(output.format),
    }
}

fn run(arguments: Arguments, output: &Output) -> Result<ExitCode, Failure> {
    let data_dir = arguments.data_dir;
    match arguments.command {
        Command::Serve(serve) => command::serve::run(data_dir, &serve),
        Command::Source(source) => command::source::run(data_dir, source, output),
        Command::Ingest(ingest) => command::ingest::run(data_dir, &ingest, output),
        Command::Alert(alert) => command::alert::run(data_dir, alert, output),
        Command::Quarantine(quarantine) => command::quarantine::run(data_dir, quarantine, output),
        Command::Export(Export::Alerts(arguments)) => command::export::run(data_dir, arguments, output),
        Command::Retention(retention) => command::retention::run(data_dir, &retention, output),
        Command::Backup(arguments) => command::backup::back_up(data_dir, &arguments, output),
        Command::Restore { file } => command::backup::restore(data_dir, &file, output),
        Command::Demo(demo) => command::demo::run(data_dir, &demo, output),
        Command::Rule(rule) => command::rule::run(data_dir, &rule, output),
        Command::Template(template) => command::template::run(data_dir, &template, output),
        Command::Doctor(arguments) => command::doctor::run(data_dir, &arguments, output),
        Command::View(view) => command::view::run(data_dir, view, output),
        Command::Entity { kind, value } => command::entity::run(data_dir, kind, &value, output),
        Command::Settings(settings) => command::settings::run(data_dir, settings, output),
    }
}
