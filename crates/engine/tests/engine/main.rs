//! The engine through its use cases, with a clock that only the tests move.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

mod accepting;
mod backup;
mod bulk;
mod counting;
mod demo;
mod diagnostics;
mod export;
mod keeping;
mod likeness;
mod live;
mod rules;
mod scenario;
mod support;
