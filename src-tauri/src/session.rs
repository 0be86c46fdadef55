//! What one run of the app holds: the data directory, and the engine unless another process is it.

use std::sync::Arc;
use tocsin_engine::{App, Config, EngineError, Live, LiveOptions, LogGuard, start_logging};
use tokio::sync::RwLock;

use crate::arguments::Arguments;
use tocsin_wire::ErrorView;

/// The app's state, handed to every command.
#[derive(Debug)]
pub(crate) struct Session {
    pub app: Arc<App>,
    /// None while another process is the engine, and after the stop.
    pub live: RwLock<Option<Live>>,
    _log: LogGuard,
}

impl Session {
    pub(crate) async fn start(config: Config, arguments: &Arguments) -> Result<Self, EngineError> {
        let log = start_logging(&config.data_dir)?;
        let options = LiveOptions {
            listen: arguments.listen.unwrap_or(config.listen),
            public_hosts: Vec::new(),
            notifications: config.desktop_notifications,
        };
        let app = Arc::new(App::open(config)?);
        let live = match Live::start(Arc::clone(&app), options).await {
            Ok(live) => Some(live),
            // `tocsin serve` has this data: the window shows it and leaves the engine's work to that.
            Err(EngineError::EngineRunning(_)) => None,
            Err(error) => return Err(error),
        };
        Ok(Self { app, live: RwLock::new(live), _log: log })
    }

    /// Runs a use case where it may wait for the disk: never on a thread that takes deliveries.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        use_case: impl FnOnce(&App) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, ErrorView> {
        let app = Arc::clone(&self.app);
        let done = tauri::async_runtime::spawn_blocking(move || use_case(&app)).await;
        Ok(done.map_err(|error| ErrorView::internal(&error))??)
    }

    pub(crate) async fn stop(&self) {
        if let Some(live) = self.live.write().await.take() {
            live.stop().await;
        }
    }
}
