//! The engine: its state for the status bar, the doctor, the demo.

use tauri::{AppHandle, Manager};
use tocsin_model::time::Timestamp;

use crate::tray::Tray;
use tocsin_wire::settings::CheckView;
use tocsin_wire::view::EngineStatus;

/// What “open” means in the status bar.
pub(crate) const OPEN: &str = "status:new,acknowledged snoozed:false";
/// Open alerts are counted up to here.
pub(crate) const OPEN_LIMIT: u64 = 1_000_000;

commands! {
    /// How the engine is doing.
    fn engine_status(session, handle: AppHandle) -> EngineStatus {
        let (open_alerts, store, base) =
            session.run(|app| Ok((app.count_alerts(OPEN, OPEN_LIMIT)?, app.store_status()?, app.base_url()))).await?;
        let live = session.live.read().await;
        let live = live.as_ref();
        let elsewhere = || "Another Tocsin takes deliveries for this data (“tocsin serve”), and notifies.".to_owned();
        let tray = handle.state::<Tray>();
        let no_tray = || "This desktop has no tray, so the window has nowhere to close to.".to_owned();
        Ok(EngineStatus {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            listening: match live {
                Some(live) => live.listening().map(|address| format!("http://{address}")),
                None => Some(base),
            },
            listener_problem: live.and_then(tocsin_engine::Live::listener_problem),
            notification_problem: live.map_or_else(|| Some(elsewhere()), tocsin_engine::Live::notification_problem),
            store_problem: live.and_then(tocsin_engine::Live::store_problem),
            tray_problem: (!tray.is_there()).then(no_tray),
            open_alerts,
            alerts: store.alerts,
            database_bytes: store.database_bytes,
            outbox_waiting: store.outbox_waiting,
            quarantined: store.quarantined,
            last_delivery_at: store.last_delivery_at.map(Timestamp::millis),
            demo: store.demo,
            data_dir: session.app.config().data_dir.display().to_string(),
        })
    }

    /// Looks whether everything is as it should be.
    fn doctor(session) -> Vec<CheckView> {
        Ok(session.app.doctor().await?.into_iter().map(CheckView::from).collect())
    }

    /// Fills in the demo beside what is real.
    fn load_demo(session) -> () {
        session.run(|app| app.load_demo()).await.map(drop)
    }

    /// Removes the demo.
    fn wipe_demo(session) -> () {
        session.run(|app| app.wipe_demo()).await.map(drop)
    }
}
