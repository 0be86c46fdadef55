//! The window's side of the wire: the only types TypeScript is generated from, and the list of commands.

/// Wire types as a table: what they derive and how their names are written is the same for all. Docs stand where a
/// name does not say the unit, the range or the words.
macro_rules! wire {
    ($derives:tt $($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $type:ty),* $(,)? })*) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, specta::Type)]
        #[derive $derives]
        #[serde(rename_all = "camelCase")]
        pub struct $name { $($(#[$doc])* pub $field: $type),* }
    )*};
}

pub mod convert;
pub mod settings;
pub mod spec;
pub mod survey;
pub mod view;

use tauri::Wry;
use tauri_specta::{Builder, collect_commands, collect_events};

use crate::commands::{alerts, engine, files, quarantine, settings as preferences, sources, survey as finding};
use settings::{CommandChosen, SettingsChanged};
use view::{ActionDone, AlertsChanged, EngineChanged, OpenAlert, SourcesChanged};

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
            finding::survey,
            finding::suggest_values,
            finding::list_views,
            finding::view_counts,
            finding::save_view,
            finding::remove_view,
            alerts::act_on_matching,
            alerts::similar_alerts,
            alerts::get_entity,
            alerts::mark_seen,
            preferences::get_settings,
            preferences::set_settings,
            engine::doctor,
            engine::load_demo,
            engine::wipe_demo,
            preferences::preview_retention,
            preferences::apply_retention,
            files::export_alerts,
            files::backup,
            files::restore,
            files::save_diagnostics,
            files::import_files,
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
}

#[cfg(test)]
#[path = "../../tests/ipc.rs"]
mod tests;
