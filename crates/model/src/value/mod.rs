//! Values as they are compared: one canonical form of each, exact decimals, and what a field holds of them.

mod canonical;
mod decimal;
mod member;
mod pattern;
mod typed;

pub use canonical::{FieldKind, canonical};
pub use decimal::Decimal;
pub use member::Member;
pub(crate) use member::Scalar;
pub use pattern::{Pattern, Token};
pub use typed::{Canonical, NUMBER_LIMIT, Value, coerce, network, number_of};
pub(crate) use typed::{add, read};
