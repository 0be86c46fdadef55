//! Exporting what a list shows, a page at a time, so that any number fits.

use std::io::Write;
use std::path::Path;

use tocsin_model::alert::Alert;
use tocsin_model::query::Query;
use tocsin_store::PageRequest;

use super::App;
use super::alerts::parse_sort;
use crate::error::EngineError;
use crate::export::csv::Columns;
use crate::export::json::AlertJson;
use crate::export::{ExportFormat, ocsf};
use crate::new_file::{IfThere, write_new};

/// Alerts read at a time.
const PAGE: u64 = 500;

/// What to export.
#[derive(Debug, Clone)]
pub struct ExportRequest {
    /// The search text.
    pub query: String,
    /// The order, as lists take it.
    pub sort: String,
    /// The form.
    pub format: ExportFormat,
    /// The columns of [`ExportFormat::Csv`], in order; empty for all. The other forms have no columns.
    pub columns: Vec<String>,
}

impl App {
    /// Writes the alerts of a list to `out`; gives their number. Never more than a page of them is in memory.
    ///
    /// # Errors
    /// When the query, the order or a column is unknown, the store cannot be read, or `out` cannot be written.
    pub fn export_alerts(&self, request: &ExportRequest, out: &mut dyn Write) -> Result<u64, EngineError> {
        // Read once: “the last hour” must not move while pages are read.
        let query = Query::parse(&request.query, self.now())?;
        let sort = parse_sort(&request.sort)?;
        let columns = Columns::of(&request.columns)?;
        let (mut after, mut rows) = (None, 0);
        if request.format == ExportFormat::Csv {
            columns.head(out).map_err(|error| unwritten(&error))?;
        }
        loop {
            let page = PageRequest { query: &query, sort, after: after.as_deref(), skip: 0, limit: PAGE };
            let page = self.store.read(|reader| reader.alerts(&page))?;
            for alert in &page.alerts {
                write_row(request.format, &columns, alert, out).map_err(|error| unwritten(&error))?;
                rows += 1;
            }
            after = page.next;
            if after.is_none() {
                return Ok(rows);
            }
        }
    }

    /// [`Self::export_alerts`] into a file that is there only once it is whole.
    ///
    /// # Errors
    /// As [`Self::export_alerts`], and [`EngineError::Conflict`] when the file is there and may not be replaced.
    pub fn export_alerts_to(
        &self,
        path: &Path,
        request: &ExportRequest,
        if_there: IfThere,
    ) -> Result<u64, EngineError> {
        write_new(path, if_there, |out| self.export_alerts(request, out))
    }
}

fn write_row(format: ExportFormat, columns: &Columns, alert: &Alert, out: &mut dyn Write) -> std::io::Result<()> {
    match format {
        ExportFormat::Csv => return columns.row(out, alert),
        ExportFormat::Ndjson => serde_json::to_writer(&mut *out, &AlertJson::from(alert))?,
        ExportFormat::Ocsf => serde_json::to_writer(&mut *out, &ocsf::finding(alert))?,
    }
    out.write_all(b"\n")
}

fn unwritten(error: &std::io::Error) -> EngineError {
    EngineError::Unreachable(format!("the export could not be written ({error}): check the place and its free space"))
}
