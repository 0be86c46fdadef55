//! The stages, each a pure step from plan to plan; the last turns what is told into words.

pub(crate) mod desktop;
pub(crate) mod history;
pub(crate) mod quiet;
mod skip;
pub(crate) mod storm;
