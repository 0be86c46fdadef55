//! Files a person writes and reads. The dialogs open here: the page learns the path, and touches nothing.

use std::path::Path;
use tauri::AppHandle;
use tocsin_engine::{EngineError, IngestFile};

use crate::dialogs::{self, FileKind};
use crate::ipc::settings::ImportView;

const DELIVERIES: FileKind = FileKind("Deliveries as JSON", "json");

commands! {
    /// Reads files as if a source had sent them; none when the dialog was cancelled.
    fn import_files(session, handle: AppHandle, source: String) -> Option<ImportView> {
        let Some(paths) = dialogs::open_many(&handle, DELIVERIES).await else { return Ok(None) };
        let mut sum = ImportView { files: 0, stored: 0, updated: 0, duplicate: 0, quarantined: 0 };
        for path in paths {
            let source = source.clone();
            let one = session.run(move |app| app.ingest(&source, read(&path)?)).await?;
            sum.files += 1;
            sum.stored += one.stored;
            sum.updated += one.updated;
            sum.duplicate += one.duplicate;
            sum.quarantined += one.quarantined;
        }
        Ok(Some(sum))
    }
}

fn read(path: &Path) -> Result<IngestFile, EngineError> {
    let name = path.display().to_string();
    std::fs::read(path)
        .map(|bytes| IngestFile { name, bytes })
        .map_err(|error| EngineError::File { path: path.to_owned(), cause: error.to_string() })
}
