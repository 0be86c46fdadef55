//! The wire between the engine and a window: the only types TypeScript is generated from, and how they are made.
//!
//! Invariants: `…Spec` is what the window asks for, `…View` what it is shown; times are milliseconds since the epoch,
//! ids are text. Absent on purpose: Tauri, commands, decisions.

/// Wire types as a table: what they derive and how their names are written is the same for all. Docs stand where a
/// name does not say the unit, the range or the words.
macro_rules! wire {
    ($derives:tt $($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $type:ty),* $(,)? })*) => {$(
        $(#[$about])*
        #[allow(missing_docs, reason = "a comment stands where a name does not say the unit, the range or the words")]
        #[derive(Debug, Clone, specta::Type)]
        #[derive $derives]
        #[serde(rename_all = "camelCase")]
        pub struct $name { $($(#[$doc])* pub $field: $type),* }
    )*};
}

mod convert;
mod convert_rules;
mod convert_studio;
mod error;
pub mod rules;
pub mod settings;
pub mod spec;
pub mod survey;
pub mod view;

pub use error::{Answer, ErrorView};
