//! `export …`.

use serde_json::json;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use tocsin_engine::{ExportFormat, ExportRequest};

use super::{if_there, open};
use crate::arguments::ExportAlerts;
use crate::failure::Failure;
use crate::output::Output;

pub(crate) fn run(data_dir: Option<PathBuf>, arguments: ExportAlerts, output: &Output) -> Result<ExitCode, Failure> {
    if arguments.format != ExportFormat::Csv && !arguments.columns.is_empty() {
        let message = format!("{} has a form of its own: leave --columns out, or use csv", arguments.format);
        return Err(Failure::Input(message));
    }
    let app = open(data_dir)?;
    let request = ExportRequest {
        query: arguments.query,
        sort: arguments.sort,
        format: arguments.format,
        columns: arguments.columns,
    };
    match arguments.file {
        None => {
            // The rows are the output: nothing else may stand among them.
            let mut out = BufWriter::with_capacity(64 * 1024, std::io::stdout().lock());
            app.export_alerts(&request, &mut out)?;
            out.flush()?;
        }
        Some(file) => {
            let rows = app.export_alerts_to(&file, &request, if_there(arguments.force))?;
            let line = format!("{rows} alerts are in {}", file.display());
            output.one(&json!({ "path": file, "rows": rows }), &[line])?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
