//! What the engine tells the window without being asked: hints, after which the window reads again.

use serde::{Deserialize, Serialize};
use specta::Type;
use tauri_specta::Event;

/// Events as a table: what they derive and how their names are written is the same for all.
macro_rules! events {
    ($($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $type:ty),* $(,)? })*) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Serialize, Deserialize, Type, Event)]
        #[serde(rename_all = "camelCase")]
        pub struct $name { $($(#[$doc])* pub $field: $type),* }
    )*};
}

events! {
    /// Alerts came in or changed. A hint with data: the store is the truth.
    AlertsChanged {
        /// Ids of new alerts, at most 1,000; when more came in, `many` is set.
        added: Vec<String>,
        /// Ids of alerts that changed, at most 1,000.
        updated: Vec<String>,
        many: bool,
    }

    /// Something was done on a notification: offer to take it back.
    ActionDone {
        change_id: String,
        /// acknowledged or snoozed.
        what: String,
        alerts: u64,
    }

    /// A notification or a link was followed: show this alert.
    OpenAlert {
        /// The alert; none means the list.
        id: Option<String>,
    }
}

/// Sources, their counts or quarantine changed: read them again.
#[derive(Debug, Clone, Serialize, Deserialize, Type, Event)]
pub struct SourcesChanged;

/// Rules came, went or changed, or fired: read them again.
#[derive(Debug, Clone, Serialize, Deserialize, Type, Event)]
pub struct RulesChanged;

/// The engine's status changed: read it again.
#[derive(Debug, Clone, Serialize, Deserialize, Type, Event)]
pub struct EngineChanged;

events! {
    /// A person chose this in the tray's menu.
    CommandChosen {
        /// settings, sources, alerts or palette.
        name: String,
    }
}

/// The settings or the saved views changed: read them again.
#[derive(Debug, Clone, Serialize, Deserialize, Type, Event)]
pub struct SettingsChanged;
