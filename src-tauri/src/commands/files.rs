//! Files a person writes and reads. The dialogs open here: the page learns the path, and touches nothing.

use tauri::AppHandle;
use tocsin_engine::{ExportFormat, ExportRequest, IfThere};

use crate::dialogs::{self, FileKind};
use tocsin_wire::ErrorView;
use tocsin_wire::settings::{FileView, ImportView};

const DELIVERIES: FileKind = FileKind("Deliveries as JSON", "json");
const BACKUP: FileKind = FileKind("Backup of Tocsin", "db");
const DIAGNOSTICS: FileKind = FileKind("Diagnostics", "json");

commands! {
    /// Writes the alerts of a list into a file.
    fn export_alerts(session, handle: AppHandle, query: String, sort: String, format: String, columns: Vec<String>) -> FileView {
        let format: ExportFormat = format.parse().map_err(|error| ErrorView::invalid("format", error))?;
        let kind = FileKind("Alerts", format.extension());
        let Some(path) = dialogs::save(&handle, "alerts", kind).await else { return Ok(FileView::new(None, 0)) };
        let (request, to) = (ExportRequest { query, sort, format, columns }, path.clone());
        let rows = session.run(move |app| app.export_alerts_to(&to, &request, IfThere::Replace)).await?;
        Ok(FileView::new(Some(&path), rows))
    }

    /// Writes everything into one file.
    fn backup(session, handle: AppHandle) -> FileView {
        let Some(path) = dialogs::save(&handle, "tocsin-backup", BACKUP).await else { return Ok(FileView::new(None, 0)) };
        let to = path.clone();
        let done = session.run(move |app| app.backup(&to, IfThere::Replace)).await?;
        Ok(FileView::new(Some(&path), done.alerts))
    }

    /// Goes back to a backup: the app starts anew with it.
    fn restore(session, handle: AppHandle) -> FileView {
        let Some(path) = dialogs::open(&handle, BACKUP).await else { return Ok(FileView::new(None, 0)) };
        let from = path.clone();
        let restored = session.run(move |app| app.stage_restore(&from)).await?;
        handle.request_restart();
        Ok(FileView::new(Some(&path), restored.alerts))
    }

    /// Writes what helps to find a fault, without secrets or alerts.
    fn save_diagnostics(session, handle: AppHandle) -> FileView {
        let name = "tocsin-diagnostics";
        let Some(path) = dialogs::save(&handle, name, DIAGNOSTICS).await else { return Ok(FileView::new(None, 0)) };
        session.app.save_diagnostics(&path, IfThere::Replace).await?;
        Ok(FileView::new(Some(&path), 0))
    }

    /// Reads files as if a source had sent them; none when the dialog was cancelled.
    fn import_files(session, handle: AppHandle, source: String) -> Option<ImportView> {
        let Some(paths) = dialogs::open_many(&handle, DELIVERIES).await else { return Ok(None) };
        let files = paths.len();
        let sum = session.run(move |app| app.ingest_files(&source, &paths)).await?;
        Ok(Some(ImportView::new(files, sum)))
    }
}
