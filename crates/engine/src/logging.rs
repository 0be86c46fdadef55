//! The log: JSON lines in the data directory, a file a day, two weeks kept.

use std::path::Path;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{Builder, Rotation};

use crate::error::EngineError;

/// Days of log that are kept.
const DAYS: usize = 14;

/// Writes out what is left of the log when it is dropped.
#[derive(Debug)]
pub struct LogGuard(#[allow(dead_code, reason = "held for its drop")] WorkerGuard);

/// Starts logging into `logs/` of the data directory. `TOCSIN_LOG` sets the level (default `info`).
///
/// JSON escapes every control character, so no alert can forge a line of the log.
///
/// # Errors
/// When the folder cannot be made.
pub fn start_logging(data_dir: &Path) -> Result<LogGuard, EngineError> {
    let dir = data_dir.join("logs");
    std::fs::create_dir_all(&dir).map_err(|error| EngineError::File { path: dir.clone(), cause: error.to_string() })?;
    let appender = Builder::new()
        .rotation(Rotation::DAILY)
        .filename_prefix("tocsin")
        .filename_suffix("jsonl")
        .max_log_files(DAYS)
        .build(&dir)
        .map_err(|error| EngineError::File { path: dir, cause: error.to_string() })?;
    let (writer, guard) = tracing_appender::non_blocking(appender);
    let filter = tracing_subscriber::EnvFilter::try_from_env("TOCSIN_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,refinery_core=warn"));
    // A second call in one process (a test) keeps the first log.
    let _ = tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(writer).try_init();
    Ok(LogGuard(guard))
}
