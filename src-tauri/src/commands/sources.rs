//! Sources: add, look at, test, give a new secret, remove.

use tauri::State;
use tocsin_engine::SourceSpec as EngineSpec;

use crate::error::ErrorView;
use crate::ipc::spec::SourceSpec;
use crate::ipc::view::{CredentialsView, SourceView, TestView};
use crate::session::Session;

/// Every source.
#[tauri::command]
#[specta::specta]
pub async fn list_sources(session: State<'_, Session>) -> Result<Vec<SourceView>, ErrorView> {
    let sources = session.run(|app| app.sources()).await?;
    Ok(sources.iter().map(SourceView::from).collect())
}

/// Adds a source.
#[tauri::command]
#[specta::specta]
pub async fn add_source(session: State<'_, Session>, spec: SourceSpec) -> Result<CredentialsView, ErrorView> {
    let sign_in = spec.sign_in.map(|word| word.parse()).transpose();
    let spec = EngineSpec {
        kind: spec.kind.parse().map_err(|error| ErrorView::invalid("kind", error))?,
        name: spec.name.trim().parse().map_err(|error| ErrorView::invalid("name", error))?,
        sign_in: sign_in.map_err(|error| ErrorView::invalid("signIn", error))?,
        username: spec.username.filter(|name| !name.is_empty()),
        secret: spec.secret.filter(|secret| !secret.is_empty()),
        origins: spec.origins,
    };
    Ok(session.run(move |app| app.add_source(spec)).await?.into())
}

/// Gives a source a new password or token; none makes one.
#[tauri::command]
#[specta::specta]
pub async fn set_source_secret(
    session: State<'_, Session>,
    name: String,
    secret: Option<String>,
) -> Result<CredentialsView, ErrorView> {
    let secret = secret.filter(|secret| !secret.is_empty());
    Ok(session.run(move |app| app.set_source_secret(&name, secret)).await?.into())
}

/// Removes a source; its alerts stay.
#[tauri::command]
#[specta::specta]
pub async fn remove_source(session: State<'_, Session>, name: String) -> Result<(), ErrorView> {
    session.run(move |app| app.remove_source(&name)).await
}

/// Tries whether deliveries of a source can arrive.
#[tauri::command]
#[specta::specta]
pub async fn test_source(session: State<'_, Session>, name: String) -> Result<TestView, ErrorView> {
    let found = session.app.test_source(&name, None).await?;
    Ok(TestView { ok: found.ok, message: found.message })
}
