//! What a person has set.

use tauri::AppHandle;
use tauri_plugin_autostart::ManagerExt;
use tocsin_engine::ErrorCode;

use tocsin_wire::settings::{RetentionView, SettingsView};
use tocsin_wire::{Answer, ErrorView};

commands! {
    /// The settings.
    fn get_settings(session) -> SettingsView {
        SettingsView::new(&session.run(|app| app.settings()).await?)
    }

    /// Keeps the settings, all or none of them.
    fn set_settings(session, handle: AppHandle, settings: SettingsView) -> SettingsView {
        let wanted = settings.parse()?;
        let before = session.run(|app| app.settings()).await?;
        let kept = session.run(move |app| app.set_settings(wanted)).await?;
        if kept.autostart != before.autostart
            && let Err(error) = start_with_session(&handle, kept.autostart)
        {
            session.run(move |app| app.set_settings(before)).await?;
            return Err(error);
        }
        SettingsView::new(&kept)
    }

    /// What would go if closed alerts were kept for so many days and within so many megabytes.
    fn preview_retention(session, days: Option<u32>, megabytes: Option<u32>) -> RetentionView {
        Ok(session.run(move |app| app.retention_preview(days, megabytes)).await?.into())
    }

    /// Lets go what the settings say, now.
    fn apply_retention(session) -> RetentionView {
        Ok(session.run(|app| app.apply_retention()).await?.into())
    }
}

/// Lets the system start the app when the person signs in, or no longer.
fn start_with_session(handle: &AppHandle, wanted: bool) -> Answer<()> {
    let system = handle.autolaunch();
    let done = if wanted { system.enable() } else { system.disable() };
    done.map_err(|error| {
        let message = format!("the system’s list of what starts with the session could not be changed: {error}");
        ErrorView::new(ErrorCode::Unavailable, Some("autostart"), &message)
    })
}
