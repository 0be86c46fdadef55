//! Commands: one file a noun, each parses its request, calls one use case and makes a view.

pub mod alerts;
pub mod engine;
pub mod quarantine;
pub mod sources;
