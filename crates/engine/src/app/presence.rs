//! When this process listens, and when nobody did: after a stop or a crash, and while the machine slept. Silence in such
//! a gap says nothing, so rules do not count it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tocsin_model::time::{Span, Timestamp};
use tocsin_rules::Gaps;

use super::App;
use super::rules_kept::Ready;
use crate::error::EngineError;

/// It is written down at most so often that the engine is there: after a crash no more than this counts as a gap wrongly.
const WRITTEN_EVERY: Span = Span::MINUTE;
/// Longer than a busy machine keeps a task waiting that looks every ten seconds: it slept, or its clock jumped.
const LATE: Span = Span::from_millis(40_000);
/// A start right after a stop leaves no gap.
const AT_ONCE: Span = Span::from_millis(1_000);

/// What this process knows of its own presence.
#[derive(Debug, Default)]
pub(crate) struct Presence(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// When it was last there; none: it does not listen.
    seen: Option<Timestamp>,
    /// When that was last written down.
    written: Option<Timestamp>,
    /// How many gaps it has noticed.
    gaps: u64,
}

impl App {
    /// This process listens: notes that it begins to, or that it still does.
    pub(crate) fn listens(&self) -> Result<(), EngineError> {
        let begins = self.known().seen.is_none();
        if begins { self.begin_to_listen() } else { self.is_here().map(|_| ()) }
    }

    /// This process listens from now on.
    pub(crate) fn begin_to_listen(&self) -> Result<(), EngineError> {
        let now = self.now();
        let found = self.store.write_blocking(move |tx| tx.note_alive(now, None, AT_ONCE))?;
        told(found);
        let mut known = self.known();
        (known.seen, known.written) = (Some(now), Some(now));
        known.gaps += u64::from(found.is_some());
        Ok(())
    }

    /// Notes that this process is there, if it listens. Gives how many gaps it has noticed so far: before anything is
    /// decided about silence, this one may be over only now.
    pub(crate) fn is_here(&self) -> Result<u64, EngineError> {
        let mut known = self.known();
        let Some(seen) = known.seen else { return Ok(known.gaps) };
        let now = self.now();
        // A clock that was set back is followed.
        let is_due = known.written.is_none_or(|written| now < written || now >= written.plus(WRITTEN_EVERY));
        if is_due || now > seen.plus(LATE) {
            let found = self.store.write_blocking(move |tx| tx.note_alive(now, Some(seen), LATE))?;
            told(found);
            known.written = Some(now);
            known.gaps += u64::from(found.is_some());
        }
        known.seen = Some(now);
        Ok(known.gaps)
    }

    /// This process ends: what follows is a gap.
    pub(crate) fn stop_listening(&self) -> Result<(), EngineError> {
        self.is_here()?;
        let Some(seen) = self.known().seen.take() else { return Ok(()) };
        Ok(self.store.write_blocking(move |tx| tx.note_alive(seen, Some(seen), LATE)).map(|_| ())?)
    }

    /// Before a command evaluates rules by itself: since the engine stopped nobody has listened.
    pub(crate) fn note_absence(&self) -> Result<(), EngineError> {
        if self.known().seen.is_none() && self.store.read(|reader| reader.was_alive())? {
            let now = self.now();
            told(self.store.write_blocking(move |tx| tx.note_alive(now, None, AT_ONCE))?);
        }
        Ok(())
    }

    /// When nobody listened.
    pub(crate) fn gaps(&self) -> Result<Gaps, EngineError> {
        Ok(self.store.read(|reader| Ok(Gaps::new(reader.gaps()?)))?)
    }

    /// A rule, ready for what is stored.
    pub(super) fn over_stored(&self, ready: Ready) -> Result<Ready, EngineError> {
        Ok(Ready { compiled: ready.compiled.with_gaps(&self.gaps()?), ..ready })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.presence.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn told(gap: Option<(Timestamp, Timestamp)>) {
    if let Some((from, to)) = gap {
        tracing::info!(%from, %to, "nobody listened: rules do not take this time for silence");
    }
}
