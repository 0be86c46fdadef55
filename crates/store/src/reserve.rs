//! Some space of our own on the disk, so that Tocsin also starts when everybody else has filled it.
//!
//! SQLite makes the index of its log when it opens the database, which takes a few dozen kilobytes. Without them
//! nothing could be opened, read or said. Taking deliveries needs real space; that is refused as usual.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// What is set aside, in bytes: the index of a log of many times its usual limit.
const SIZE: usize = 1024 * 1024;

/// The file that holds the space.
#[derive(Debug)]
pub(crate) struct Reserve {
    path: PathBuf,
}

impl Reserve {
    pub(crate) fn of(database: &Path) -> Self {
        Self { path: database.with_extension("reserve") }
    }

    /// Sets the space aside, if that is still to be done. All or nothing: on a disk that is nearly full it leaves
    /// what there is to the alerts.
    pub(crate) fn set_aside(&self) {
        let there = fs::metadata(&self.path).is_ok_and(|file| usize::try_from(file.len()) == Ok(SIZE));
        if !there && let Err(error) = self.write() {
            tracing::warn!(%error, "no space could be set aside for a full disk");
            self.release();
        }
    }

    fn write(&self) -> std::io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        // Not a hole: only written blocks are ours.
        options.open(&self.path)?.write_all(&vec![0xA5; SIZE])
    }

    /// Gives the space back; says whether there was any.
    pub(crate) fn release(&self) -> bool {
        fs::remove_file(&self.path).is_ok()
    }
}

/// Sets the space aside when it is dropped.
#[derive(Debug)]
pub(crate) struct AtTheEnd(Reserve);

impl AtTheEnd {
    pub(crate) fn of(database: &Path) -> Self {
        Self(Reserve::of(database))
    }
}

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        self.0.set_aside();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn space_is_set_aside_once_and_given_back_once() {
        let dir = tempfile::tempdir().expect("a folder");
        let reserve = Reserve::of(&dir.path().join("tocsin.db"));
        assert!(!reserve.release());
        reserve.set_aside();
        reserve.set_aside();
        let file = fs::metadata(dir.path().join("tocsin.reserve")).expect("set aside");
        assert_eq!(file.len(), SIZE as u64);
        assert!(reserve.release());
        assert!(!reserve.release());
    }
}
