//! The engine through its use cases, with a clock that only the tests move.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

mod accepting;
mod attrs;
mod backup;
mod bulk;
mod counting;
mod demo;
mod diagnostics;
mod export;
mod keeping;
mod likeness;
mod live;
mod previews;
mod rule_changes;
mod rule_questions;
mod rules;
mod scenario;
mod support;
