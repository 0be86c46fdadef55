//! The engine's hints as events of the window, a few a second at the most.

use std::collections::BTreeSet;
use std::time::Duration;
use tauri::{AppHandle, Manager, Runtime};
use tauri_specta::Event;
use tocsin_engine::FeedItem;
use tocsin_model::id::AlertId;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use crate::ipc::events::{ActionDone, AlertsChanged, EngineChanged, OpenAlert};
use crate::ipc::events::{RulesChanged, SettingsChanged, SourcesChanged};
use crate::session::Session;
use crate::tray::Tray;
use crate::windows;

/// Hints are gathered for this long, so that a storm costs the window a few messages and not thousands.
const GATHER: Duration = Duration::from_millis(80);
/// Alerts named in one message; beyond it the window reads again.
const NAMED: usize = 1_000;

/// Hands hints on until the engine is gone.
pub(crate) fn follow<R: Runtime>(handle: AppHandle<R>, session: &Session) {
    let mut items = session.app.subscribe();
    tauri::async_runtime::spawn(async move {
        while let Some(gathered) = gather(&mut items).await {
            gathered.emit(&handle);
        }
    });
}

#[derive(Debug, Default)]
struct Gathered {
    added: BTreeSet<AlertId>,
    updated: BTreeSet<AlertId>,
    many: bool,
    sources: bool,
    engine: bool,
    settings: bool,
    rules: bool,
    done: Vec<ActionDone>,
    open: Option<Option<AlertId>>,
}

async fn gather(items: &mut Receiver<FeedItem>) -> Option<Gathered> {
    let mut gathered = Gathered::default();
    match items.recv().await {
        Ok(item) => gathered.take(item),
        Err(RecvError::Lagged(_)) => gathered.missed(),
        Err(RecvError::Closed) => return None,
    }
    tokio::time::sleep(GATHER).await;
    loop {
        match items.try_recv() {
            Ok(item) => gathered.take(item),
            Err(TryRecvError::Lagged(_)) => gathered.missed(),
            Err(TryRecvError::Empty | TryRecvError::Closed) => return Some(gathered),
        }
    }
}

impl Gathered {
    fn take(&mut self, item: FeedItem) {
        match item {
            FeedItem::Alerts { added, updated, many } => {
                self.added.extend(added);
                self.updated.extend(updated);
                self.many |= many;
                self.sources = true;
            }
            FeedItem::Sources | FeedItem::Traffic | FeedItem::Events => self.sources = true,
            FeedItem::Engine => self.engine = true,
            FeedItem::Settings | FeedItem::Views => self.settings = true,
            FeedItem::Rules | FeedItem::Fired => self.rules = true,
            FeedItem::Done { change, what, alerts } => self.done.push(ActionDone {
                change_id: change.to_string(),
                what: what.to_owned(),
                alerts: alerts as u64,
            }),
            FeedItem::Open(id) => self.open = Some(id),
        }
    }

    /// Hints were dropped: everything may have changed.
    fn missed(&mut self) {
        self.many = true;
        self.sources = true;
        self.engine = true;
        self.settings = true;
        self.rules = true;
    }

    fn emit<R: Runtime>(mut self, handle: &AppHandle<R>) {
        self.many |= self.added.len() > NAMED || self.updated.len() > NAMED;
        if self.many || !self.added.is_empty() || !self.updated.is_empty() {
            let text = |ids: BTreeSet<AlertId>| ids.iter().take(NAMED).map(ToString::to_string).collect();
            let changed = AlertsChanged { added: text(self.added), updated: text(self.updated), many: self.many };
            report(changed.emit(handle));
            handle.state::<Tray>().changed();
        }
        if self.sources {
            report(SourcesChanged.emit(handle));
        }
        if self.engine {
            report(EngineChanged.emit(handle));
        }
        if self.settings {
            report(SettingsChanged.emit(handle));
        }
        if self.rules {
            report(RulesChanged.emit(handle));
        }
        for done in self.done {
            report(done.emit(handle));
        }
        if let Some(id) = self.open {
            windows::show(handle);
            open_alert(handle, id);
        }
    }
}

/// Lets the window show an alert, or the list.
pub(crate) fn open_alert<R: Runtime>(handle: &AppHandle<R>, id: Option<AlertId>) {
    report(OpenAlert { id: id.map(|id| id.to_string()) }.emit(handle));
}

fn report(sent: tauri::Result<()>) {
    if let Err(error) = sent {
        tracing::warn!(%error, "the window could not be told");
    }
}
