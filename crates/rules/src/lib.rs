//! Rules: which events fire an alert. The same semantics will serve live evaluation, backtests and explanations.
//!
//! Invariant: pure. No I/O, no clock, no randomness, no async: events and times arrive as arguments, and the same input
//! gives the same output. What stands so far is the ground that every comparison needs: the canonical form of a value
//! ([`canonical`]) and exact decimals ([`Decimal`]). Deliberately absent until a rule can be written down: the
//! document and its validation, the registry of fields, conditions and patterns, groups, windows, triggers, the
//! evaluator. And for good: SQL (store), reading of vendors' payloads (ingest), telling anyone (notify).

mod canonical;
mod decimal;

pub use canonical::{FieldKind, canonical};
pub use decimal::Decimal;
