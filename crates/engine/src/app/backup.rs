//! Backups: making one while deliveries come in, and going back to one.
//!
//! Going back has two steps. The file is copied beside the database and judged there; then, under the engine's lock,
//! the present database is kept aside and the copy takes its place. A window does the first step and starts anew,
//! because it has the database open; whoever opens the data directory as its engine finishes the second. A crash at
//! any point leaves either the old database or the new one in place, and both on the disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tocsin_model::time::Timestamp;
use tocsin_store::{BackupError, Store, close_log, judge};

use super::App;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::error::EngineError;
use crate::lock::EngineLock;
use crate::new_file::{IfThere, NewFile, sync_folder};

/// A judged copy that waits to become the database: this, the time, `.db`.
const WAITING: &str = "restore-";
/// A copy that is still being made or judged.
const JUDGING: &str = ".restore.partial";
/// The database that was there before.
const BEFORE: &str = "before-restore-";
/// Largest file that is taken for a backup, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024 * 1024;

/// A backup that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupDone {
    /// Its size in bytes.
    pub bytes: u64,
    /// The alerts in it.
    pub alerts: u64,
}

/// A backup that was restored, or waits to be at the next start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The alerts in it.
    pub alerts: u64,
    /// Where the database of before is kept, or will be; none when there was none.
    pub kept_aside: Option<PathBuf>,
}

impl App {
    /// Writes everything into one file, as it is at this moment. The file is there only once it is whole and read
    /// back; deliveries are taken meanwhile.
    ///
    /// # Errors
    /// [`EngineError::Conflict`] when the file is there and may not be replaced; otherwise when it cannot be written.
    pub fn backup(&self, path: &Path, if_there: IfThere) -> Result<BackupDone, EngineError> {
        if is_same(path, self.store.path()) {
            let message = "that is the database itself: choose another place for the backup";
            return Err(EngineError::field_error("path", message));
        }
        let new = NewFile::begin(path, if_there)?;
        let alerts = self.store.copy_into(new.partial())?;
        Ok(BackupDone { bytes: new.finish()?, alerts })
    }

    /// Copies and judges a backup; it takes the place of the database when the data directory is next opened by an
    /// engine, so start anew after it. Nothing changes when it is refused.
    ///
    /// # Errors
    /// [`EngineError::Backup`] says why it cannot be restored; [`EngineError::EngineRunning`] when another process is
    /// the engine here.
    pub fn stage_restore(&self, file: &Path) -> Result<Restored, EngineError> {
        if self.engine_lock().is_none() {
            return Err(EngineError::EngineRunning(self.config.data_dir.clone()));
        }
        stage(&self.config.data_dir, file, self.now())
    }

    /// Goes back to a backup at once. The present database need not be readable; it is kept aside in `backups/`.
    ///
    /// # Errors
    /// As [`Self::stage_restore`].
    pub fn restore(config: &Config, file: &Path) -> Result<Restored, EngineError> {
        let Some(_lock) = EngineLock::take(&config.data_dir)? else {
            return Err(EngineError::EngineRunning(config.data_dir.clone()));
        };
        let restored = stage(&config.data_dir, file, SystemClock.now())?;
        finish_restore(&config.data_dir)?;
        Ok(restored)
    }
}

fn stage(data_dir: &Path, file: &Path, now: Timestamp) -> Result<Restored, EngineError> {
    let judging = data_dir.join(JUDGING);
    let judged = copy(file, &judging).and_then(|()| Ok(judge(&judging)?));
    // What judging opened and closed leaves these behind when the file is not sound.
    for suffix in ["-wal", "-shm", "-journal"] {
        let _ = fs::remove_file(beside(&judging, suffix));
    }
    let alerts = judged.inspect_err(|_| drop(fs::remove_file(&judging)))?;
    for older in waiting(data_dir)? {
        fs::remove_file(&older).map_err(|error| failed(&older, &error))?;
    }
    let stamp: String = now.to_string().chars().filter(char::is_ascii_alphanumeric).collect();
    let place = data_dir.join(format!("{WAITING}{stamp}.db"));
    fs::rename(&judging, &place).map_err(|error| failed(&place, &error))?;
    sync_folder(&place);
    let present = data_dir.join(Store::FILE_NAME).exists();
    Ok(Restored { alerts, kept_aside: present.then(|| aside(data_dir, &place)) })
}

/// Only the file itself: a log beside it belongs to a database that is in use.
fn copy(file: &Path, to: &Path) -> Result<(), EngineError> {
    let unread = |error: io::Error| failed(file, &error);
    let size = fs::metadata(file).map_err(unread)?;
    if !size.is_file() || size.len() > LARGEST {
        return Err(BackupError::Foreign("it is no file of a fitting size".to_owned()).into());
    }
    if fs::metadata(beside(file, "-wal")).is_ok_and(|log| log.len() > 0) {
        let message = "a log lies beside it, so it is a database in use: make a backup of it with “tocsin backup”";
        return Err(BackupError::Foreign(message.to_owned()).into());
    }
    let _ = fs::remove_file(to);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(to).map_err(|error| failed(to, &error))?;
    let mut from = fs::File::open(file).map_err(unread)?;
    io::copy(&mut from, &mut out).and_then(|_| out.sync_all()).map_err(|error| failed(to, &error))
}

/// Puts a judged copy in the place of the database, if one waits. Every step is done once, also when the steps before
/// were done by a process that was then killed. Needs the engine's lock, and nobody may have the database open.
pub(crate) fn finish_restore(data_dir: &Path) -> Result<(), EngineError> {
    let Some(place) = waiting(data_dir)?.pop() else { return Ok(()) };
    let (database, kept) = (data_dir.join(Store::FILE_NAME), aside(data_dir, &place));
    let backups = data_dir.join("backups");
    fs::create_dir_all(&backups).map_err(|error| failed(&backups, &error))?;
    if database.exists() && !kept.exists() && !close_log(&database) {
        tracing::warn!("the database of before could not be closed in order: it is kept aside with its log");
    }
    // The log goes first: a database without its log may be read, a log without its database may not.
    for suffix in ["-wal", ""] {
        let (from, to) = (beside(&database, suffix), beside(&kept, suffix));
        if from.exists() && !to.exists() {
            fs::rename(&from, &to).map_err(|error| failed(&to, &error))?;
        }
    }
    let _ = fs::remove_file(beside(&database, "-shm"));
    sync_folder(&kept);
    fs::rename(&place, &database).map_err(|error| failed(&database, &error))?;
    sync_folder(&database);
    tracing::info!("a backup was restored");
    Ok(())
}

/// Copies that wait, the newest last.
fn waiting(data_dir: &Path) -> Result<Vec<PathBuf>, EngineError> {
    let entries = fs::read_dir(data_dir).map_err(|error| failed(data_dir, &error))?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.starts_with(WAITING) && name.ends_with(".db")
        })
        .collect();
    found.sort();
    Ok(found)
}

/// Where the database of before is kept when the copy at `place` takes its place.
fn aside(data_dir: &Path, place: &Path) -> PathBuf {
    let name = place.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    data_dir.join("backups").join(format!("{BEFORE}{}", name.strip_prefix(WAITING).unwrap_or(name)))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn is_same(one: &Path, other: &Path) -> bool {
    match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        (Ok(_) | Err(_), _) => false,
    }
}

fn failed(path: &Path, cause: &io::Error) -> EngineError {
    EngineError::File { path: path.to_owned(), cause: cause.to_string() }
}
