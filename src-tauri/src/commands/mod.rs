//! Commands: one file a noun, each parses its request, calls one use case and makes a view.

/// Commands as a table: what the window may call, with `session` as its first word.
macro_rules! commands {
    ($($(#[$doc:meta])* fn $name:ident($session:ident $(, $arg:ident: $type:ty)*) -> $answer:ty $body:block)*) => {$(
        $(#[$doc])*
        #[tauri::command]
        #[specta::specta]
        pub async fn $name(
            $session: tauri::State<'_, crate::session::Session>
            $(, $arg: $type)*
        ) -> tocsin_wire::Answer<$answer> $body
    )*};
}

pub mod alerts;
pub mod engine;
pub mod files;
pub mod quarantine;
pub mod rules;
pub mod settings;
pub mod sources;
pub mod survey;
