//! One engine per data directory: an OS lock, which a crash gives back by itself.

use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::error::EngineError;

/// The name of the lock in the data directory.
const LOCK_NAME: &str = "engine.lock";
/// Where the engine says how to reach it. Not the lock file itself: Windows keeps locked files from being read.
const NOTE_NAME: &str = "engine.json";

/// What the engine tells other processes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EngineNote {
    /// Its process.
    pub pid: u32,
    /// The address its listener answers on, such as `http://127.0.0.1:8787`.
    pub listening: Option<String>,
}

/// Holds the data directory until it is dropped.
#[derive(Debug)]
pub(crate) struct EngineLock {
    // Kept open: closing it is what frees the lock.
    _file: File,
    note: Mutex<File>,
    note_path: PathBuf,
}

impl EngineLock {
    /// Takes the lock; `None` when another process has it.
    pub(crate) fn take(data_dir: &Path) -> Result<Option<Self>, EngineError> {
        let file = open(&data_dir.join(LOCK_NAME))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Ok(None),
            Err(std::fs::TryLockError::Error(error)) => {
                return Err(EngineError::File { path: data_dir.join(LOCK_NAME), cause: error.to_string() });
            }
        }
        let note_path = data_dir.join(NOTE_NAME);
        let note = open(&note_path)?;
        // What an engine that crashed left must not speak for this process.
        note.set_len(0).map_err(|error| EngineError::File { path: note_path.clone(), cause: error.to_string() })?;
        Ok(Some(Self { _file: file, note: Mutex::new(note), note_path }))
    }

    /// Tells other processes how to reach this engine.
    pub(crate) fn tell(&self, note: &EngineNote) -> Result<(), EngineError> {
        let write = |mut file: &File| -> std::io::Result<()> {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
            file.write_all(serde_json::to_string(note)?.as_bytes())
        };
        let file = self.note.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        write(&file).map_err(|error| EngineError::File { path: self.note_path.clone(), cause: error.to_string() })
    }
}

impl Drop for EngineLock {
    fn drop(&mut self) {
        // Best effort: a note left behind by a crash is recognised by the free lock.
        let _ = std::fs::remove_file(&self.note_path);
    }
}

/// What the engine that has `data_dir` said about itself; none when there is none.
pub(crate) fn running_engine(data_dir: &Path) -> Option<EngineNote> {
    let lock = OpenOptions::new().read(true).write(true).open(data_dir.join(LOCK_NAME)).ok()?;
    match lock.try_lock() {
        // Nobody has it: whatever the note says is of a process that is gone.
        Ok(()) => None,
        Err(_) => {
            let mut text = String::new();
            File::open(data_dir.join(NOTE_NAME)).ok()?.read_to_string(&mut text).ok()?;
            serde_json::from_str(&text).ok()
        }
    }
}

fn open(path: &Path) -> Result<File, EngineError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| EngineError::File { path: path.to_owned(), cause: error.to_string() })
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_directory_has_one_engine_and_its_note_dies_with_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let note = EngineNote { pid: 7, listening: Some("http://127.0.0.1:1".into()) };
        let first = EngineLock::take(dir.path()).expect("works").expect("free");
        assert_eq!(running_engine(dir.path()), None, "no engine yet, only a process with the lock");
        first.tell(&note).expect("written");
        assert!(EngineLock::take(dir.path()).expect("works").is_none());
        assert_eq!(running_engine(dir.path()), Some(note));
        drop(first);
        assert_eq!(running_engine(dir.path()), None);
        assert!(EngineLock::take(dir.path()).expect("works").is_some());
    }

    #[test]
    fn the_note_of_an_engine_that_crashed_speaks_for_nobody() {
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::write(dir.path().join(NOTE_NAME), r#"{"pid":7,"listening":"http://127.0.0.1:1"}"#).expect("written");
        let _command = EngineLock::take(dir.path()).expect("works").expect("free");
        assert_eq!(running_engine(dir.path()), None);
    }
}
