//! Sources: add, look at, test, give a new secret, remove.

use tauri::State;
use tocsin_engine::SourceSpec as EngineSpec;

use crate::error::ErrorView;
use crate::ipc::spec::SourceSpec;
use crate::ipc::view::{CredentialsView, SourceView, TestView};
use crate::session::Session;

/// Every source.
#[tauri::command(async)]
#[specta::specta]
pub fn list_sources(session: State<'_, Session>) -> Result<Vec<SourceView>, ErrorView> {
    Ok(session.app.sources()?.iter().map(SourceView::from).collect())
}

/// Adds a source.
#[tauri::command(async)]
#[specta::specta]
pub fn add_source(session: State<'_, Session>, spec: SourceSpec) -> Result<CredentialsView, ErrorView> {
    let sign_in = spec.sign_in.map(|word| word.parse()).transpose();
    Ok(session
        .app
        .add_source(EngineSpec {
            kind: spec.kind.parse().map_err(|error| ErrorView::invalid("kind", error))?,
            name: spec.name.trim().parse().map_err(|error| ErrorView::invalid("name", error))?,
            sign_in: sign_in.map_err(|error| ErrorView::invalid("signIn", error))?,
            username: spec.username.filter(|name| !name.is_empty()),
            secret: spec.secret.filter(|secret| !secret.is_empty()),
            origins: spec.origins,
        })?
        .into())
}

/// Gives a source a new password or token; none makes one.
#[tauri::command(async)]
#[specta::specta]
pub fn set_source_secret(
    session: State<'_, Session>,
    name: String,
    secret: Option<String>,
) -> Result<CredentialsView, ErrorView> {
    Ok(session.app.set_source_secret(&name, secret.filter(|secret| !secret.is_empty()))?.into())
}

/// Removes a source; its alerts stay.
#[tauri::command(async)]
#[specta::specta]
pub fn remove_source(session: State<'_, Session>, name: String) -> Result<(), ErrorView> {
    Ok(session.app.remove_source(&name)?)
}

/// Tries whether deliveries of a source can arrive.
#[tauri::command]
#[specta::specta]
pub async fn test_source(session: State<'_, Session>, name: String) -> Result<TestView, ErrorView> {
    let found = session.app.test_source(&name, None).await?;
    Ok(TestView { ok: found.ok, message: found.message })
}
