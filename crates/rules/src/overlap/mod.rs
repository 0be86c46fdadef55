//! What rules have to do with one another. Proven: from what they say, for every event there can ever be. Measured: from
//! what they did over stored events. The two are never mixed.
//!
//! A proof says nothing where it is not certain. Values of a field fall into cells: sets of values that no test of
//! either rule tells apart ([`cells`]). Over cells everything is finite. Where the cells of texts hold strings that are
//! no canonical form, or a test is opaque (a regular expression, a list that somebody keeps), there are more cells than
//! there can be values: what holds for all of them still holds for every value. Whatever is left open is
//! [`None`], “not proven”, and never “proven that not”.

mod cells;
mod conditions;
mod demand;
mod firings;
mod measured;
mod text;

pub use conditions::{Inspection, Relation, Side, Standing, inspect, relate};
pub use firings::{Proof, Together, Wide, prove, same_firings, wide};
pub use measured::{Coincidence, RuleCount, Shared, coincide};
