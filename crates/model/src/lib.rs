//! The words of Tocsin's domain, and the rules that need nothing but them.
//!
//! Invariant: pure. No I/O, no clock, no randomness, no async: time and ids arrive as arguments, so everything here
//! can be tested as data. Every other crate may use this one; it uses none of ours. Absent on purpose: SQL (store),
//! HTTP (ingest), wire types of the window (src-tauri).

pub mod activity;
pub mod alert;
pub mod attr;
pub mod calendar;
pub mod delivery;
pub mod entities;
pub mod event;
pub mod event_fields;
mod event_line;
pub mod field;
pub mod firing;
pub mod id;
pub mod link;
pub mod notification;
pub mod query;
pub mod redaction;
pub mod rule;
pub mod settings;
pub mod severity;
pub mod source;
pub mod status;
pub mod survey;
pub mod time;
pub mod tree;
pub mod value;
pub mod words;
pub mod zone;
