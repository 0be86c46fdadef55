//! `serve`: the engine without a window, until it is told to stop.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use tocsin_engine::{App, Config, Live, LiveOptions, start_logging};

use super::runtime;
use crate::arguments::Serve;
use crate::failure::Failure;

pub(crate) fn run(data_dir: Option<PathBuf>, arguments: &Serve) -> Result<ExitCode, Failure> {
    let config = Config::load(data_dir)?;
    let _log = start_logging(&config.data_dir)?;
    let options = LiveOptions {
        listen: arguments.listen.unwrap_or(config.listen),
        public_hosts: Vec::new(),
        notifications: config.desktop_notifications,
    };
    let app = Arc::new(App::open_engine(config)?);
    runtime()?.block_on(serve(app, options))
}

async fn serve(app: Arc<App>, options: LiveOptions) -> Result<ExitCode, Failure> {
    let stop = stop_signal()?;
    let live = Live::start(app, options).await?;
    let Some(address) = live.listening() else {
        let problem = live.listener_problem().unwrap_or_else(|| "the listener did not start".to_owned());
        live.stop().await;
        return Err(Failure::RunTime(problem));
    };
    let mut out = std::io::stdout();
    writeln!(out, "listening on http://{address}")?;
    out.flush()?;
    stop.await;
    live.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Ends at Ctrl+C or when the system asks to stop. Listening for it starts at the call.
fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        Ok(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        // An error means that no signal can come: then the process runs until it is ended from outside.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
