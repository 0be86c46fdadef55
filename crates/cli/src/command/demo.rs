//! `demo …`.

use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

use super::open;
use crate::arguments::Demo;
use crate::failure::Failure;
use crate::output::Output;

pub(crate) fn run(data_dir: Option<PathBuf>, command: &Demo, output: &Output) -> Result<ExitCode, Failure> {
    let app = open(data_dir)?;
    match command {
        Demo::Load => {
            let alerts = app.load_demo()?;
            let line = format!("{alerts} made-up alerts of five systems are there. “tocsin demo wipe” removes them.");
            output.one(&json!({ "loaded": alerts }), &[line])?;
        }
        Demo::Wipe => {
            let alerts = app.wipe_demo()?;
            let line = if alerts == 0 {
                "There was no demo data.".to_owned()
            } else {
                format!("{alerts} made-up alerts were removed. What is real stays.")
            };
            output.one(&json!({ "wiped": alerts }), &[line])?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
