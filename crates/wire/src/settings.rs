//! The wire types of keeping: settings, retention, files written and read.

use serde::{Deserialize, Serialize};

wire! {
    (Serialize, Deserialize)

    /// What a person has set.
    SettingsView {
        /// system, light, dark, contrast-light or contrast-dark.
        theme: String,
        /// local or utc.
        times: String,
        /// comfortable or compact.
        density: String,
        notify: NotifySettings, retention: RetentionSettings, close_to_tray: bool, autostart: bool,
        first_run_done: bool,
    }

    /// When to notify.
    NotifySettings {
        /// The least severity.
        from: String,
        /// When to be quiet; none is never.
        quiet_hours: Option<QuietHours>,
    }

    /// When to be quiet.
    QuietHours {
        /// `22:00`.
        from: String,
        /// `07:00`; before `from` it is the next day's.
        to: String,
        /// The days they begin on: mon, tue, wed, thu, fri, sat, sun.
        days: Vec<String>,
        /// An IANA time zone.
        zone: String,
        critical_anyway: bool,
    }

    /// What to keep. Open alerts always are.
    RetentionSettings {
        /// Days that closed alerts are kept; none is for ever.
        days: Option<u32>,
        /// Megabytes of the database; none is no limit.
        megabytes: Option<u32>,
        keep_open: bool,
    }
}

wire! {
    (Serialize)

    /// What a retention removes, or has removed.
    RetentionView {
        alerts: u64, deliveries: u64, quarantined: u64, events: u64, bytes_freed: u64,
        /// The time of the oldest alert that stays.
        oldest_kept: Option<i64>,
        kept_open: u64,
    }

    /// A file that was written or read.
    FileView {
        /// Where it is; none when the dialog was cancelled.
        path: Option<String>,
        rows: u64, bytes: u64,
    }

    /// What came of files that were imported.
    ImportView { files: u64, stored: u64, updated: u64, duplicate: u64, quarantined: u64 }

    /// One thing that was looked at.
    CheckView { name: String, ok: bool, message: String }
}
