//! Whether anything shows tray icons. On Linux that is a name on the session's bus; elsewhere the system always does.

use tokio::sync::watch::{self, Receiver};

/// Tells at once, and whenever it changes.
#[cfg(not(target_os = "linux"))]
pub(super) fn watch() -> Receiver<bool> {
    let (tell, told) = watch::channel(false);
    tell.send_replace(true);
    told
}

/// Tells at once when there is a tray, and whenever it comes or goes.
#[cfg(target_os = "linux")]
pub(super) fn watch() -> Receiver<bool> {
    let (tell, told) = watch::channel(false);
    tauri::async_runtime::spawn(async move {
        if let Err(error) = follow(&tell).await {
            tracing::info!(%error, "no tray icon: there is no session bus to ask for one");
        }
    });
    told
}

#[cfg(target_os = "linux")]
async fn follow(tell: &watch::Sender<bool>) -> zbus::Result<()> {
    use futures_lite::StreamExt as _;
    const WATCHER: &str = "org.kde.StatusNotifierWatcher";

    let bus = zbus::Connection::session().await?;
    let names = zbus::fdo::DBusProxy::new(&bus).await?;
    // Asked after listening has begun, so that no change falls between the two.
    let mut changes = names.receive_name_owner_changed_with_args(&[(0, WATCHER)]).await?;
    let mut there = names.name_has_owner(WATCHER.try_into()?).await?;
    if !there {
        tracing::info!("no tray icon: nothing on this desktop shows one; closing the window ends Tocsin");
    }
    loop {
        tell.send_if_modified(|told| std::mem::replace(told, there) != there);
        let Some(change) = changes.next().await else { return Ok(()) };
        there = change.args()?.new_owner().is_some();
    }
}
