//! Lists the commands, so that a window may call only those its capability names.

/// Every command of the app; `src/ipc/mod.rs` registers the same ones, and a test compares the two.
const COMMANDS: &[&str] = &[
    "list_alerts",
    "count_alerts",
    "match_alerts",
    "get_alert",
    "act_on_alerts",
    "undo_change",
    "list_sources",
    "add_source",
    "set_source_secret",
    "remove_source",
    "test_source",
    "list_quarantine",
    "get_quarantine",
    "retry_quarantine",
    "engine_status",
    "survey",
    "suggest_values",
    "list_views",
    "view_counts",
    "save_view",
    "remove_view",
    "act_on_matching",
    "similar_alerts",
    "get_entity",
    "mark_seen",
    "get_settings",
    "set_settings",
    "doctor",
    "load_demo",
    "wipe_demo",
    "preview_retention",
    "apply_retention",
    "export_alerts",
    "backup",
    "restore",
    "save_diagnostics",
    "import_files",
];

fn main() {
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS);
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest)) {
        println!("cargo::error={error:#}");
    }
}
