//! What is held while somebody edits a rule.

use std::collections::BTreeSet;
use std::sync::{MutexGuard, TryLockError};

use tocsin_model::field::Field;
use tocsin_model::settings::NotifySettings;
use tocsin_model::time::Timestamp;
use tocsin_rules::{Bounds, Lists, Preview};

use super::super::App;
use super::beside::Beside;
use super::history::History;
use super::{Before, IDLE};
use crate::error::EngineError;

/// Columns, what was found in them, and what stands beside them.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    pub(super) history: History,
    pub(super) preview: Preview,
    /// None: it is to be read.
    beside: Option<Beside>,
    /// What the version that counts does, and what that was found from.
    pub(super) before: Option<(BeforeKey, Before)>,
    /// The state of the store when somebody last asked.
    version: Option<i64>,
    /// The log may have grown, or lost something, since the columns last followed.
    is_behind: bool,
    /// How often what stands beside was read.
    readings: u64,
    /// When somebody last asked; none when nothing is held.
    used: Option<Timestamp>,
}

/// What the numbers of the version that counts follow from.
#[derive(Debug, PartialEq)]
pub(super) struct BeforeKey {
    pub(super) document: String,
    pub(super) lists: Lists,
    pub(super) changes: u64,
    pub(super) bounds: Bounds,
    pub(super) notify: NotifySettings,
}

impl Desk {
    /// What stands beside the rule of that name, or beside a new one.
    pub(super) fn beside(&mut self, app: &App, name: Option<&str>) -> Result<Beside, EngineError> {
        self.look(app)?;
        match self.beside.take().filter(|beside| beside.is_of(name)) {
            Some(beside) => Ok(beside),
            None => {
                self.readings += 1;
                Beside::read(app, name, self.readings)
            }
        }
    }

    /// Puts it back for the next time.
    pub(super) fn keep(&mut self, beside: Beside) {
        self.beside = Some(beside);
    }

    /// Finds out whether the store has changed.
    pub(super) fn look(&mut self, app: &App) -> Result<(), EngineError> {
        self.used = Some(app.now());
        // Asked before anything is read: what changes meanwhile is read again the next time.
        let version = Some(app.store.data_version()?);
        if self.version != version {
            self.beside = None;
            self.is_behind = true;
        }
        self.version = version;
        Ok(())
    }

    /// Brings the columns up to date, with these fields at least.
    pub(super) fn follow(&mut self, app: &App, fields: &BTreeSet<Field>) -> Result<(), EngineError> {
        if !self.is_behind && fields.is_subset(&self.history.columns.fields()) {
            return Ok(());
        }
        let followed = app.store.read(|reader| self.history.follow(reader, fields));
        if followed.is_err() {
            // Half of it may be in.
            (self.history, self.before) = (History::default(), None);
        }
        self.is_behind = followed.is_err();
        Ok(followed?)
    }
}

impl App {
    /// What is held; others wait meanwhile. Taken before a reader of the store, never while having one.
    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(|broken| {
            // Something was cut off in the middle: it is all read anew.
            let mut desk = broken.into_inner();
            *desk = Desk::default();
            self.desk.clear_poison();
            desk
        })
    }

    /// Gives the memory of the columns back when nobody has asked for ten minutes. Does not wait for one who asks.
    pub fn rest_previews(&self) {
        let mut desk = match self.desk.try_lock() {
            Ok(desk) => desk,
            Err(TryLockError::WouldBlock) => return,
            Err(TryLockError::Poisoned(broken)) => broken.into_inner(),
        };
        let now = self.now();
        // A clock that was set back is not waited for.
        let is_used = |used: Timestamp| (used..used.plus(IDLE)).contains(&now);
        if desk.used.is_some_and(|used| !is_used(used)) {
            *desk = Desk::default();
        }
    }

    /// The bytes that previews hold; 0 when nobody has asked for a while.
    #[must_use]
    pub fn preview_bytes(&self) -> usize {
        let desk = self.desk();
        desk.history.columns.bytes() + desk.preview.bytes()
    }
}
