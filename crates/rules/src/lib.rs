//! Rules: which events fire an alert. The same semantics serve live evaluation, backtests and explanations.
//!
//! Invariant: pure. No I/O, no clock, no randomness, no async: events and times arrive as arguments, and the same input
//! gives the same output. [`compile`] joins a rule with its lists; [`Evaluator`] takes events in the order of time and
//! id, plainly and exactly; [`RuleSet`] says the same of many rules at once, through an [`Index`] and small windows
//! (property tests hold them against each other); [`backtest`] runs over a stored stretch. Random are only the keys of
//! hashes, which nothing that is said depends on. Deliberately absent: SQL (store), reading of vendors' payloads (ingest), telling anyone (notify).

mod advice;
mod backtest;
mod baseline;
mod columns;
mod compile;
mod condition;
mod contents;
mod curve;
mod evaluator;
mod explain;
mod gaps;
mod group;
mod history;
mod index;
mod judge;
mod live;
mod overlap;
mod pinned;
mod set;
mod suggest;
mod table;

pub use advice::{Advice, BUSY_SPAN, History, advise, advise_on_history, overlaps};
pub use backtest::{Backtest, Bounds, backtest};
pub use columns::{Alike, Busy, Columns, ColumnsError, Found, Mark, Preview, Runs, Slices, Summary, Timeline};
pub use compile::{Compiled, Lists, compile};
pub use curve::{CURVE_POINTS, CurvePoint};
pub use evaluator::{Evaluator, Outcome};
pub use explain::{
    ConditionVerdict, Explanation, GroupVerdict, Stage, StageVerdict, asked, explain, explain_until, unheard, verdicts,
};
pub use gaps::Gaps;
pub use index::Index;
pub use live::{Concern, Live, LiveEvent, LiveFiring, LiveOutcome, Passed, SETTLE, Watch, group_key};
pub use overlap::{
    Coincidence, Inspection, Proof, Relation, RuleCount, Shared, Side, Standing, Together, Wide, coincide, inspect,
    prove, relate, same_firings, wide,
};
pub use pinned::{TestOutcome, run_tests};
pub use set::{Memory, RuleSet};
pub use suggest::{
    BUDGET, Basis, Edit, EditKind, Effect, LEAST_READINGS, LEAST_SPAN, Label, NOISE, Refusal, Stretch, Suggestion,
    Suggestions, edits, edits_among, exceptions, is_behind, suggest,
};
