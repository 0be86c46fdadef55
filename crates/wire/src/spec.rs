//! What the window asks for: `…Spec` types, parsed once into the domain.

#![allow(missing_docs, reason = "a comment stands where a name does not say the unit, the range or the words")]

use serde::Deserialize;
use specta::Type;

wire! {
    (Deserialize)

    /// Which alerts, in which order.
    AlertListSpec {
        query: String,
        /// time, received, updated or severity, newest or worst first; `time:asc` turns it round.
        sort: String,
        after: Option<String>, skip: u32,
        /// Rows wanted, 1 to 500.
        limit: u32,
    }

    /// A source to add.
    SourceSpec {
        /// secure-access, alertmanager or cloudevents.
        kind: String,
        name: String,
        /// basic, bearer or address-token; none picks what this kind usually does.
        sign_in: Option<String>,
        /// The user name of basic sign-in; none picks one.
        username: Option<String>,
        /// The password or token; none makes one.
        secret: Option<String>,
        origins: Vec<String>,
    }
}

/// What to do to some alerts.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum ActionSpec {
    Acknowledge,
    /// Be quiet about them for a while, such as `1h`.
    Snooze {
        duration: String,
    },
    Close {
        reason: String,
        note: Option<String>,
    },
    Reopen,
    Note {
        text: String,
    },
}
