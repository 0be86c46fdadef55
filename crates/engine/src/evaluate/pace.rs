//! Evaluation gives way: while deliveries come in it takes a small part of the machine, and the rest when they pause.

use std::time::{Duration, Instant};

use tocsin_model::time::{Span, Timestamp};
use tocsin_store::Store;

/// Rest for each moment of work while others write: so a seventh of one core is the most.
const REST: u32 = 6;
/// Rest once evaluation is far behind: alerts that are late for long help nobody.
const SHORT_REST: u32 = 1;
const FAR_BEHIND: Span = Span::from_millis(30_000);
/// Rest is taken in pieces of so much, once there is as much of it.
const PIECE: Duration = Duration::from_millis(20);
/// Nobody has written for so long: there is nobody to give way to.
const QUIET: Duration = Duration::from_millis(250);

/// How much evaluation may take.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    writes: u64,
    owed: Duration,
}

impl Pace {
    /// After some work, of which `saves` were writes of its own: rests if others write, and not beyond `stop`.
    pub(crate) fn after(
        &mut self,
        store: &Store,
        (spent, saves): (Duration, u64),
        behind: (Timestamp, Timestamp),
        stop: &dyn Fn() -> bool,
    ) {
        let writes = store.writes();
        let others = writes.saturating_sub(self.writes) > saves;
        self.writes = writes;
        if !others {
            self.owed = Duration::ZERO;
            return;
        }
        let (received, now) = behind;
        let rest = if received.plus(FAR_BEHIND) < now { SHORT_REST } else { REST };
        self.owed = self.owed.saturating_add(spent.saturating_mul(rest));
        let mut written = Instant::now();
        while self.owed >= PIECE && written.elapsed() < QUIET && !stop() {
            let started = Instant::now();
            std::thread::park_timeout(PIECE);
            self.owed = self.owed.saturating_sub(started.elapsed());
            if store.writes() != self.writes {
                self.writes = store.writes();
                written = Instant::now();
            }
        }
    }
}
