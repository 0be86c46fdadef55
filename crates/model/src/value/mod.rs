//! Values as they are compared: one canonical form of each, exact decimals, and what a field holds of them.

mod canonical;
mod decimal;
mod pattern;
mod typed;

pub use canonical::{FieldKind, canonical};
pub use decimal::Decimal;
pub use pattern::Pattern;
pub use typed::{Canonical, Member, NUMBER_LIMIT, Value, coerce, network, number_of};
