//! The tests that are kept with a rule, run.

use std::sync::Arc;

use tocsin_model::rule::document::PinnedTest;

use crate::backtest::{Bounds, backtest};
use crate::compile::Compiled;

/// What came of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestOutcome {
    /// Its name.
    pub name: String,
    /// Whether the rule has to fire.
    pub fires: bool,
    /// How many events it has.
    pub events: u64,
    /// How many of them meet the conditions.
    pub matched: u64,
    /// How often the rule fired.
    pub firings: u64,
}

impl TestOutcome {
    /// Whether the rule did what it has to.
    #[must_use]
    pub const fn passed(&self) -> bool {
        self.fires == (self.firings > 0)
    }
}

/// Runs tests, each over its own events alone.
#[must_use]
pub fn run_tests(rule: &Arc<Compiled>, tests: &[PinnedTest]) -> Vec<TestOutcome> {
    let run = |test: &PinnedTest| {
        let found = backtest(rule, &test.events, Bounds::default(), false);
        TestOutcome {
            name: test.name.clone(),
            fires: test.fires,
            events: found.events,
            matched: found.matched,
            firings: found.firings.len() as u64,
        }
    };
    tests.iter().map(run).collect()
}
