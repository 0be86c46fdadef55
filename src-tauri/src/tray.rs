//! The tray icon: how many alerts are open, the worst of them, and a short menu.
//!
//! Invariant: it is there only while something shows it. Without a tray the app starts all the same, and its window
//! is never hidden; when the tray goes away, a hidden window comes back.

mod host;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tauri::menu::{MenuBuilder, MenuEvent, MenuItem};
use tauri::tray::{TrayIcon, TrayIconBuilder};
use tauri::{AppHandle, Manager, Wry};
use tauri_specta::Event;
use tocsin_engine::AlertListRequest;
use tocsin_model::severity::Severity;
use tokio::sync::Notify;

use crate::commands::engine::{OPEN, OPEN_LIMIT};
use crate::ipc::events::CommandChosen;
use crate::ipc::events::EngineChanged;
use crate::session::Session;
use crate::windows;

const ID: &str = "tocsin";
/// The count is read again at most this often.
const PAUSE: Duration = Duration::from_secs(1);

/// What is known of the tray.
#[derive(Default)]
pub(crate) struct Tray {
    shown: Mutex<Option<Shown>>,
    changed: Notify,
}

struct Shown {
    icon: TrayIcon,
    count: MenuItem<Wry>,
}

impl Tray {
    /// Whether there is a tray to hide in.
    pub(crate) fn is_there(&self) -> bool {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Alerts have changed: the count is read again soon.
    pub(crate) fn changed(&self) {
        self.changed.notify_one();
    }

    fn put(&self, shown: Option<Shown>) {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = shown;
    }
}

/// Shows the icon whenever there is a tray, and keeps its count.
pub(crate) fn follow(handle: &AppHandle) {
    let (mut there, follower) = (host::watch(), handle.clone());
    tauri::async_runtime::spawn(async move {
        while there.changed().await.is_ok() {
            let (now, handle) = (*there.borrow_and_update(), follower.clone());
            // The toolkit's things are made and dropped on its own thread.
            let done = follower.run_on_main_thread(move || if now { appear(&handle) } else { vanish(&handle) });
            if done.is_err() {
                return;
            }
        }
    });
    let handle = handle.clone();
    tauri::async_runtime::spawn(async move {
        loop {
            handle.state::<Tray>().changed.notified().await;
            count(&handle).await;
            tokio::time::sleep(PAUSE).await;
        }
    });
}

fn appear(handle: &AppHandle) {
    // The system's tray library is loaded now, and where it is missing its binding panics.
    match catch_unwind(AssertUnwindSafe(|| build(handle))) {
        Ok(Ok(shown)) => {
            handle.state::<Tray>().put(Some(shown));
            // The settings say whether there is a tray to close to; a window that is gone needs no word.
            let _ = EngineChanged.emit(handle);
        }
        Ok(Err(error)) => tracing::warn!(%error, "there is no tray icon"),
        Err(_) => {
            tracing::warn!("there is no tray icon: the system's library for it (ayatana-appindicator3) is missing")
        }
    }
    handle.state::<Tray>().changed();
}

fn vanish(handle: &AppHandle) {
    let tray = handle.state::<Tray>();
    if tray.is_there() {
        tray.put(None);
        drop(handle.remove_tray_by_id(ID));
        windows::show(handle);
        let _ = EngineChanged.emit(handle);
    }
}

fn build(handle: &AppHandle) -> tauri::Result<Shown> {
    let item = |id: &str, text: &str| MenuItem::with_id(handle, id, text, true, None::<&str>);
    let count = item("alerts", &summary(0, None))?;
    let menu = MenuBuilder::new(handle)
        .items(&[&item("open", "Open Tocsin")?, &count])
        .separator()
        .items(&[&item("settings", "Settings…")?, &item("quit", "Quit")?])
        .build()?;
    let icon = TrayIconBuilder::with_id(ID)
        .icon(tauri::include_image!("icons/tray.png"))
        .menu(&menu)
        .on_menu_event(|handle, event| chosen(handle, &event))
        .build(handle)?;
    Ok(Shown { icon, count })
}

fn chosen(handle: &AppHandle, event: &MenuEvent) {
    let name = event.id().as_ref();
    if name == "quit" {
        return handle.exit(0);
    }
    windows::show(handle);
    if name != "open"
        && let Err(error) = (CommandChosen { name: name.to_owned() }).emit(handle)
    {
        tracing::warn!(%error, "the window could not be told");
    }
}

/// Reads how many alerts are open, and writes it beside the icon and into its menu.
async fn count(handle: &AppHandle) {
    let worst = AlertListRequest { query: OPEN.into(), sort: "severity".into(), after: None, skip: 0, limit: 1 };
    let session = handle.state::<Session>();
    let read = session.run(move |app| Ok((app.count_alerts(OPEN, OPEN_LIMIT)?, app.list_alerts(&worst)?.alerts))).await;
    let (open, worst) = match read {
        Ok((open, alerts)) => (open, alerts.first().map(|alert| alert.content.severity)),
        Err(error) => return tracing::warn!(error.message, "the tray does not know the count"),
    };
    let text = summary(open, worst);
    let main = handle.clone();
    // An icon that is gone meanwhile needs no count.
    let _ = handle.run_on_main_thread(move || {
        let tray = main.state::<Tray>();
        let shown = tray.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Shown { icon, count }) = shown.as_ref() {
            let _ = count.set_text(&text);
            let _ = icon.set_tooltip(Some(&format!("Tocsin: {text}")));
            let _ = icon.set_title((open > 0).then(|| open.to_string()));
        }
    });
}

/// The count as a sentence.
fn summary(open: u64, worst: Option<Severity>) -> String {
    match (open, worst) {
        (0, _) | (_, None) => "No open alerts".to_owned(),
        (1, Some(severity)) => format!("1 open alert, {severity}"),
        (open, Some(severity)) => format!("{open} open alerts, the worst {severity}"),
    }
}

#[cfg(test)]
#[path = "../tests/tray.rs"]
mod tests;
