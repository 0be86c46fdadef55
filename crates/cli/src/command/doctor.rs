//! `doctor`.

use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;
use tocsin_engine::Verdict;

use super::{if_there, open, runtime};
use crate::arguments::Doctor;
use crate::failure::Failure;
use crate::output::Output;

pub(crate) fn run(data_dir: Option<PathBuf>, arguments: &Doctor, output: &Output) -> Result<ExitCode, Failure> {
    let app = open(data_dir)?;
    if let Some(file) = &arguments.diagnostics {
        runtime()?.block_on(app.save_diagnostics(file, if_there(arguments.force)))?;
        let line = format!("What helps to find a fault is in {}: read it before you send it.", file.display());
        output.one(&json!({ "path": file }), &[line])?;
        return Ok(ExitCode::SUCCESS);
    }
    let findings = runtime()?.block_on(app.doctor())?;
    output.list(&findings, None, &["CHECK", "", "FOUND"], |finding| {
        let mark = match finding.verdict {
            Verdict::Ok => "ok",
            Verdict::Note => "note",
            Verdict::Problem => "PROBLEM",
        };
        vec![finding.check.to_owned(), mark.to_owned(), finding.message.clone()]
    })?;
    let problem = findings.iter().any(|finding| finding.verdict == Verdict::Problem);
    Ok(if problem { ExitCode::from(1) } else { ExitCode::SUCCESS })
}
