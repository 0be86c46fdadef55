//! The list of commands and events; TypeScript is generated from it and from the types of `tocsin-wire`.

pub mod events;

use tauri::Wry;
use tauri_specta::{Builder, collect_commands, collect_events};

use crate::commands::{alerts, engine, files, quarantine, rules, settings as preferences, sources, survey as finding};
use events::{
    ActionDone, AlertsChanged, CommandChosen, EngineChanged, OpenAlert, RulesChanged, SettingsChanged, SourcesChanged,
};

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
            rules::list_rules,
            rules::get_rule,
            rules::check_rule,
            rules::preview_rule,
            rules::suggest_rule,
            rules::rule_fields,
            rules::rule_values,
            rules::value_lists,
            rules::save_rule,
            rules::set_rule_state,
            rules::remove_rule,
            rules::unremove_rule,
            rules::restore_version,
            rules::discard_candidate,
            rules::explain_rule,
            rules::recent_events,
            rules::what_if,
            rules::why_alert,
            rules::list_templates,
            rules::list_drafts,
            rules::save_draft,
            rules::remove_draft,
            rules::export_rules,
        ])
        .events(collect_events![
            ActionDone,
            AlertsChanged,
            CommandChosen,
            EngineChanged,
            OpenAlert,
            RulesChanged,
            SettingsChanged,
            SourcesChanged,
        ])
}

#[cfg(test)]
#[path = "../../tests/ipc.rs"]
mod tests;
