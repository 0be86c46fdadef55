//! The store from outside: what it promises to whoever writes, reads, kills, downgrades or damages it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

mod backup;
mod columns;
mod damage;
mod filter;
mod identities;
mod log;
mod opening;
mod oracle;
mod outbox;
mod paging;
mod quarantine;
mod retention;
mod rule_counts;
mod sources;
mod support;
mod undo;
mod writing;
