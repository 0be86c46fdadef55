//! `backup` and `restore`.

use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tocsin_engine::{App, Config};

use super::{if_there, open};
use crate::arguments::Backup;
use crate::failure::Failure;
use crate::output::Output;

pub(crate) fn back_up(data_dir: Option<PathBuf>, arguments: &Backup, output: &Output) -> Result<ExitCode, Failure> {
    let done = open(data_dir)?.backup(&arguments.file, if_there(arguments.force))?;
    let line = format!("{} alerts, {} bytes, in {}", done.alerts, done.bytes, arguments.file.display());
    output.one(&json!({ "path": arguments.file, "bytes": done.bytes, "alerts": done.alerts }), &[line])?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn restore(data_dir: Option<PathBuf>, file: &Path, output: &Output) -> Result<ExitCode, Failure> {
    let restored = App::restore(&Config::load(data_dir)?, file)?;
    let mut lines = vec![format!("{} alerts are back, from {}", restored.alerts, file.display())];
    lines.extend(restored.kept_aside.iter().map(|kept| format!("What was there before is in {}", kept.display())));
    output.one(&json!({ "alerts": restored.alerts, "keptAside": restored.kept_aside }), &lines)?;
    Ok(ExitCode::SUCCESS)
}
