//! `settings …`.

use std::path::PathBuf;
use std::process::ExitCode;
use tocsin_model::settings::Settings as Values;

use super::open;
use crate::arguments::Settings;
use crate::failure::Failure;
use crate::output::Output;

pub(crate) fn run(data_dir: Option<PathBuf>, command: Settings, output: &Output) -> Result<ExitCode, Failure> {
    let app = open(data_dir)?;
    let settings = match command {
        Settings::Show => app.settings()?,
        Settings::Set { key, value } => app.set_setting(&key, &value)?,
    };
    output.one(&settings, &lines(&settings))?;
    Ok(ExitCode::SUCCESS)
}

fn lines(settings: &Values) -> Vec<String> {
    let entries = settings.entries();
    let width = entries.iter().map(|(key, _)| key.len()).max().unwrap_or(0);
    entries.into_iter().map(|(key, value)| format!("{key:width$}  {value}")).collect()
}
