//! The window's side of the wire: the only types TypeScript is generated from, and the list of commands.

pub mod convert;
pub mod settings;
pub mod spec;
pub mod survey;
pub mod view;

use tauri::Wry;
use tauri_specta::{Builder, collect_commands, collect_events};

use crate::commands::{alerts, engine, quarantine, sources};
use settings::{CheckView, CommandChosen, FileView, ImportView, RetentionView, SettingsChanged, SettingsView};
use survey::{EntityView, SavedViewSpec, SavedViewView, SimilarView, SurveySpec, SurveyView, ViewCount};
use view::{ActionDone, AlertsChanged, EngineChanged, OpenAlert, SourcesChanged};

/// Where the generated TypeScript stands, from the top of the repository.
pub const BINDINGS: &str = "ui/src/lib/ipc/bindings.ts";

/// Commands and events, for the app and for the generator.
#[must_use]
pub fn bindings() -> Builder<Wry> {
    Builder::new()
        // Every type goes one way, so one shape of each is enough.
        .disable_serde_phases()
        // Milliseconds and counts stay far below 2^53.
        .dangerously_cast_bigints_to_number()
        .commands(collect_commands![
            alerts::list_alerts,
            alerts::count_alerts,
            alerts::match_alerts,
            alerts::get_alert,
            alerts::act_on_alerts,
            alerts::undo_change,
            sources::list_sources,
            sources::add_source,
            sources::set_source_secret,
            sources::remove_source,
            sources::test_source,
            quarantine::list_quarantine,
            quarantine::get_quarantine,
            quarantine::retry_quarantine,
            engine::engine_status,
        ])
        .events(collect_events![
            ActionDone,
            AlertsChanged,
            CommandChosen,
            EngineChanged,
            OpenAlert,
            SettingsChanged,
            SourcesChanged,
        ])
        .typ::<CheckView>()
        .typ::<EntityView>()
        .typ::<FileView>()
        .typ::<ImportView>()
        .typ::<RetentionView>()
        .typ::<SavedViewSpec>()
        .typ::<SavedViewView>()
        .typ::<SettingsView>()
        .typ::<SimilarView>()
        .typ::<SurveySpec>()
        .typ::<SurveyView>()
        .typ::<ViewCount>()
}

#[cfg(test)]
#[path = "../../tests/ipc.rs"]
mod tests;
