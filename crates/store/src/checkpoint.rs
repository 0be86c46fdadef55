//! Moving what is durable from the log into the database, beside the writer instead of in its way.
//!
//! SQLite would do it inside a commit, and everybody would wait for it. Here a thread of its own follows the writer; the
//! writer itself moves only the little that is left when the log has grown long, because the log starts anew only when
//! nothing is left in it. Nothing depends on when this happens: what is in the log is durable.

use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use crate::connection::{Settings, open_writer};
use crate::error::StoreError;

/// Pages that the log grows by before the thread moves them: 8 MiB.
const FOLLOW: u32 = 1_024;
/// Pages of a log that should start anew: 64 MiB.
const LONG: u32 = 8 * FOLLOW;
/// Pages of a log that the writer empties whatever is left in it: the thread does not get anywhere.
const TOO_LONG: u32 = 4 * LONG;

/// The thread that follows the writer, and what the writer knows of it.
#[derive(Debug)]
pub(crate) struct Checkpointer {
    /// Pages in the log after the last commit.
    pages: Arc<AtomicU32>,
    /// Pages in the log when the thread was last told.
    told: u32,
    /// The thread has caught up since it was last told.
    caught_up: Arc<AtomicBool>,
    bell: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpointer {
    /// Starts the thread for the database at `path`.
    pub(crate) fn start(path: PathBuf, settings: Settings) -> Result<Self, StoreError> {
        let (bell, rung) = sync_channel(1);
        let caught_up = Arc::new(AtomicBool::new(false));
        let done = Arc::clone(&caught_up);
        let thread = std::thread::Builder::new()
            .name("store-checkpoint".to_owned())
            .spawn(move || follow(&path, &settings, &rung, &done))
            .map_err(|error| StoreError::Io(error.to_string()))?;
        Ok(Self { pages: Arc::default(), told: 0, caught_up, bell: Some(bell), thread: Some(thread) })
    }

    /// Counts the pages of the log that this connection writes to, in place of SQLite's own checkpoint.
    pub(crate) fn watch(&self, connection: &mut Connection) -> Result<(), StoreError> {
        let pages = Arc::clone(&self.pages);
        connection.wal_hook(Some(move |_: &mut _, count| {
            pages.store(u32::try_from(count).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))?;
        Ok(())
    }

    /// After a commit: tells the thread when there is enough to move, and empties a log that has grown long.
    pub(crate) fn committed(&mut self, connection: &Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < self.told {
            // The log has started anew.
            self.told = 0;
        }
        if pages > TOO_LONG || (pages > LONG && self.caught_up.swap(false, Ordering::AcqRel)) {
            move_pages(connection);
        } else if pages - self.told > FOLLOW {
            self.told = pages;
            self.caught_up.store(false, Ordering::Release);
            // One that rings already will see this too.
            let _ = self.bell.as_ref().map(|bell| bell.try_send(()));
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.bell = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn follow(path: &std::path::Path, settings: &Settings, rung: &Receiver<()>, caught_up: &AtomicBool) {
    let mut connection = None;
    while rung.recv().is_ok() {
        // Opened when it is first needed: a command that writes one row has no use for it.
        if connection.is_none() {
            connection = open_writer(path, settings)
                .inspect_err(|error| tracing::warn!(%error, "the log cannot be moved into the database yet"))
                .ok();
        }
        if connection.as_ref().is_some_and(move_pages) {
            caught_up.store(true, Ordering::Release);
        }
    }
}

/// Moves what no reader still needs; says whether it came to the end of the log as it was.
fn move_pages(connection: &Connection) -> bool {
    let moved = crate::sql::checkpoint(connection);
    match moved {
        Ok(all) => all,
        Err(error) => {
            // A full disk, mostly. Nothing is lost: it stays in the log, and the next commit says what is wrong.
            tracing::warn!(%error, "the log was not moved into the database");
            false
        }
    }
}
