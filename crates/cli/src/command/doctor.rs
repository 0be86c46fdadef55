//! `doctor`.

use std::path::PathBuf;
use std::process::ExitCode;
use tocsin_engine::Verdict;

use super::{open, runtime};
use crate::failure::Failure;
use crate::output::Output;

pub(crate) fn run(data_dir: Option<PathBuf>, output: &Output) -> Result<ExitCode, Failure> {
    let app = open(data_dir)?;
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
