//! The wire types of keeping: settings, retention, files written and read.

use serde::{Deserialize, Serialize};
use specta::Type;

/// What a person has set.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SettingsView {
    /// system, light, dark, contrast-light or contrast-dark.
    pub theme: String,
    /// local or utc.
    pub times: String,
    /// comfortable or compact.
    pub density: String,
    /// When to notify.
    pub notify: NotifySettings,
    /// What to keep.
    pub retention: RetentionSettings,
    /// Closing the window leaves Tocsin in the tray.
    pub close_to_tray: bool,
    /// Tocsin starts with the session.
    pub autostart: bool,
    /// The first steps were taken or put aside.
    pub first_run_done: bool,
}

/// When to notify.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct NotifySettings {
    /// The least severity.
    pub from: String,
    /// When to be quiet; none is never.
    pub quiet_hours: Option<QuietHours>,
}

/// When to be quiet.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct QuietHours {
    /// `22:00`.
    pub from: String,
    /// `07:00`; before `from` it is the next day's.
    pub to: String,
    /// The days they begin on: mon, tue, wed, thu, fri, sat, sun.
    pub days: Vec<String>,
    /// An IANA time zone.
    pub zone: String,
    /// Critical alerts come through.
    pub critical_anyway: bool,
}

/// What to keep. Open alerts always are.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RetentionSettings {
    /// Days that closed alerts are kept; none is for ever.
    pub days: Option<u32>,
    /// Megabytes of the database; none is no limit.
    pub megabytes: Option<u32>,
    /// Open alerts stay, however old.
    pub keep_open: bool,
}

/// What a retention removes, or has removed.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RetentionView {
    /// Alerts.
    pub alerts: u64,
    /// Deliveries that no alert needs any more.
    pub deliveries: u64,
    /// Quarantined deliveries.
    pub quarantined: u64,
    /// About how many bytes that is.
    pub bytes_freed: u64,
    /// The time of the oldest alert that stays.
    pub oldest_kept: Option<i64>,
    /// Alerts that are old enough and stay because they are open.
    pub kept_open: u64,
}

/// A file that was written or read.
#[derive(Debug, Clone, Serialize, Type)]
pub struct FileView {
    /// Where it is; none when the dialog was cancelled.
    pub path: Option<String>,
    /// Alerts in it.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
}

/// What came of files that were imported.
#[derive(Debug, Clone, Serialize, Type)]
pub struct ImportView {
    /// Files.
    pub files: u64,
    /// New alerts.
    pub stored: u64,
    /// Alerts that changed.
    pub updated: u64,
    /// Reports that changed nothing.
    pub duplicate: u64,
    /// Parts that could not be read.
    pub quarantined: u64,
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize, Type)]
pub struct CheckView {
    /// What.
    pub name: String,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was found, and what to do about it.
    pub message: String,
}

/// The settings changed: read them again.
#[derive(Debug, Clone, Serialize, Deserialize, Type, tauri_specta::Event)]
pub struct SettingsChanged;

/// A person chose this in the tray's menu.
#[derive(Debug, Clone, Serialize, Deserialize, Type, tauri_specta::Event)]
pub struct CommandChosen {
    /// settings, sources, alerts or palette.
    pub name: String,
}
