//! Quarantine: look at what could not be read, and try it again.

use tauri::State;
use tocsin_engine::RetryOutcome;
use tocsin_model::id::QuarantineId;

use crate::error::ErrorView;
use crate::ipc::view::{QuarantineView, RetryView};
use crate::session::Session;

/// Entries that are listed at the most.
const LISTED: u64 = 200;

/// What could not be read, without the text, newest first.
#[tauri::command]
#[specta::specta]
pub async fn list_quarantine(
    session: State<'_, Session>,
    source: Option<String>,
) -> Result<Vec<QuarantineView>, ErrorView> {
    let entries = session.run(move |app| app.quarantine(source.as_deref(), None, LISTED)).await?;
    Ok(entries.iter().map(QuarantineView::from).collect())
}

/// One entry with its text.
#[tauri::command]
#[specta::specta]
pub async fn get_quarantine(session: State<'_, Session>, id: String) -> Result<QuarantineView, ErrorView> {
    let id = parse(&id)?;
    Ok(session.run(move |app| app.quarantined(id)).await?.into())
}

/// Tries to read an entry again.
#[tauri::command]
#[specta::specta]
pub async fn retry_quarantine(session: State<'_, Session>, id: String) -> Result<RetryView, ErrorView> {
    let id = parse(&id)?;
    Ok(match session.run(move |app| app.retry_quarantined(id)).await? {
        RetryOutcome::Read { stored, updated } => {
            RetryView { readable: true, message: format!("It could be read: {stored} new, {updated} updated.") }
        }
        RetryOutcome::Unreadable(reason) => RetryView { readable: false, message: reason },
    })
}

fn parse(id: &str) -> Result<QuarantineId, ErrorView> {
    id.parse().map_err(|error| ErrorView::invalid("id", error))
}
