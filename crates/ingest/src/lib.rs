//! Takes deliveries in and reads them: the listener for what systems push, and a connector for each kind of source.
//!
//! Invariant: what comes from outside is redacted before anything else looks at it, and no bytes whatever make this
//! crate panic. Absent on purpose: storage (an [`listener::Intake`] stands in its place), the clock, and decisions
//! about alerts (model).

pub mod connector;
pub mod envelope;
pub mod listener;
