//! Tells people about alerts on their desktop, once, and hands back what they click.
//!
//! Invariants: every notification that comes in gets exactly one outcome, and every skip has a named reason; at most
//! five pop-ups for single alerts in any minute; nothing an alert says reaches the desktop as markup. The stages are
//! pure (the time is an argument) and only `channel` speaks to the outside. The first call that is not answered in time
//! ends its batch, which is tried again later, so a hanging server holds nothing up for long.
//!
//! Absent on purpose: the outbox (the store keeps it, the engine feeds it) and any thread or task that outlives the
//! [`Notifier`].

mod channel;
mod notifier;
mod pipeline;
#[cfg(test)]
mod pipeline_tests;
mod plan;
mod problem;
#[cfg(test)]
mod samples;
mod stage;
mod text;

pub use channel::desktop::{Bus, Settings};
pub use notifier::{Notifier, try_again_after};
pub use problem::Problem;
