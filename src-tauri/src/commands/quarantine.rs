//! Quarantine: look at what could not be read, and try it again.

use tocsin_engine::RetryOutcome;
use tocsin_model::id::QuarantineId;

use tocsin_wire::view::{QuarantineView, RetryView};
use tocsin_wire::{Answer, ErrorView};

/// Entries that are listed at the most.
const LISTED: u64 = 200;

commands! {
    /// What could not be read, without the text, newest first.
    fn list_quarantine(session, source: Option<String>) -> Vec<QuarantineView> {
        let entries = session.run(move |app| app.quarantine(source.as_deref(), None, LISTED)).await?;
        Ok(entries.iter().map(QuarantineView::from).collect())
    }

    /// One entry with its text.
    fn get_quarantine(session, id: String) -> QuarantineView {
        let id = parse(&id)?;
        Ok(session.run(move |app| app.quarantined(id)).await?.into())
    }

    /// Tries to read an entry again.
    fn retry_quarantine(session, id: String) -> RetryView {
        let id = parse(&id)?;
        Ok(match session.run(move |app| app.retry_quarantined(id)).await? {
            RetryOutcome::Read { stored, updated } => {
                RetryView { readable: true, message: format!("It could be read: {stored} new, {updated} updated.") }
            }
            RetryOutcome::Unreadable(reason) => RetryView { readable: false, message: reason },
        })
    }
}

fn parse(id: &str) -> Answer<QuarantineId> {
    id.parse().map_err(|error| ErrorView::invalid("id", error))
}
