//! Alerts: list, show, handle, take back.

use tauri::State;
use tocsin_engine::AlertListRequest;
use tocsin_model::alert::Action;
use tocsin_model::id::{AlertId, ChangeId};
use tocsin_model::status::CloseReason;
use tocsin_model::time::Span;

use crate::error::ErrorView;
use crate::ipc::spec::{ActionSpec, AlertListSpec};
use crate::ipc::view::{AlertCount, AlertDetails, AlertPage, AlertRow, ChangeView};
use crate::session::Session;

/// Rows of one page at the most.
const PAGE_MAX: u32 = 500;

/// A page of the alert table.
#[tauri::command]
#[specta::specta]
pub async fn list_alerts(session: State<'_, Session>, spec: AlertListSpec) -> Result<AlertPage, ErrorView> {
    let request = AlertListRequest {
        query: spec.query,
        sort: spec.sort,
        after: spec.after,
        skip: u64::from(spec.skip),
        limit: u64::from(spec.limit.clamp(1, PAGE_MAX)),
    };
    let page = session.run(move |app| app.list_alerts(&request)).await?;
    Ok(AlertPage::new(&page.alerts, page.next))
}

/// How many alerts a query matches, counted up to `limit`.
#[tauri::command]
#[specta::specta]
pub async fn count_alerts(session: State<'_, Session>, query: String, limit: u32) -> Result<AlertCount, ErrorView> {
    let count = session.run(move |app| app.count_alerts(&query, u64::from(limit) + 1)).await?;
    Ok(AlertCount::new(count, u64::from(limit)))
}

/// Those of the ids that match the query, as they are now.
#[tauri::command]
#[specta::specta]
pub async fn match_alerts(
    session: State<'_, Session>,
    query: String,
    ids: Vec<String>,
) -> Result<Vec<AlertRow>, ErrorView> {
    let ids = parse_ids(&ids)?;
    let alerts = session.run(move |app| app.match_alerts(&query, &ids)).await?;
    Ok(alerts.iter().map(AlertRow::from).collect())
}

/// Everything about one alert.
#[tauri::command]
#[specta::specta]
pub async fn get_alert(session: State<'_, Session>, id: String) -> Result<AlertDetails, ErrorView> {
    let id = parse_id(&id)?;
    Ok(session.run(move |app| app.show_alert(id)).await?.into())
}

/// Does something to some alerts, as one change that can be taken back.
#[tauri::command]
#[specta::specta]
pub async fn act_on_alerts(
    session: State<'_, Session>,
    ids: Vec<String>,
    action: ActionSpec,
) -> Result<ChangeView, ErrorView> {
    let action = parse_action(&session, action)?;
    let ids = parse_ids(&ids)?;
    Ok(session.run(move |app| app.act_on_alerts(&ids, &action)).await?.into())
}

/// Takes a change back.
#[tauri::command]
#[specta::specta]
pub async fn undo_change(session: State<'_, Session>, change_id: String) -> Result<ChangeView, ErrorView> {
    let id: ChangeId = change_id.parse().map_err(|error| ErrorView::invalid("changeId", error))?;
    Ok(session.run(move |app| app.undo(Some(id))).await?.1.into())
}

fn parse_id(text: &str) -> Result<AlertId, ErrorView> {
    text.parse().map_err(|error| ErrorView::invalid("id", error))
}

fn parse_ids(texts: &[String]) -> Result<Vec<AlertId>, ErrorView> {
    texts.iter().map(|text| parse_id(text)).collect()
}

fn parse_action(session: &Session, spec: ActionSpec) -> Result<Action, ErrorView> {
    Ok(match spec {
        ActionSpec::Acknowledge => Action::Acknowledge,
        ActionSpec::Reopen => Action::Reopen,
        ActionSpec::Note { text } => Action::Note { text },
        ActionSpec::Snooze { duration } => {
            session.app.snooze(Span::parse(&duration).map_err(|error| ErrorView::invalid("duration", error))?)
        }
        ActionSpec::Close { reason, note } => Action::Close {
            reason: CloseReason::from_person(&reason).map_err(|error| ErrorView::invalid("reason", error))?,
            note: note.filter(|note| !note.trim().is_empty()),
        },
    })
}
