//! What the window asks for: `…Spec` types, parsed once into the domain.

use serde::Deserialize;
use specta::Type;

/// Which alerts, in which order.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AlertListSpec {
    /// The search text, in the query grammar; filters of the screen are terms of it.
    pub query: String,
    /// time, received, updated or severity, newest or worst first; `time:asc` turns it round.
    pub sort: String,
    /// The `next` of the page before.
    pub after: Option<String>,
    /// Rows to pass over from there, for a jump down the list.
    pub skip: u32,
    /// Rows wanted, 1 to 500.
    pub limit: u32,
}

/// What to do to some alerts.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum ActionSpec {
    /// Take them on.
    Acknowledge,
    /// Be quiet about them for a while.
    Snooze {
        /// Such as `1h`.
        duration: String,
    },
    /// Done with them.
    Close {
        /// Why.
        reason: String,
        /// What to remember.
        note: Option<String>,
    },
    /// Not done with them.
    Reopen,
    /// Write something down.
    Note {
        /// The text.
        text: String,
    },
}

/// A source to add.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SourceSpec {
    /// secure-access, alertmanager or cloudevents.
    pub kind: String,
    /// Its name, part of its address.
    pub name: String,
    /// basic, bearer or address-token; none picks what this kind usually does.
    pub sign_in: Option<String>,
    /// The user name of basic sign-in; none picks one.
    pub username: Option<String>,
    /// The password or token; none makes one.
    pub secret: Option<String>,
    /// Origins allowed to do the CloudEvents handshake.
    pub origins: Vec<String>,
}
