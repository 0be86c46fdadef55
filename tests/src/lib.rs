//! What whole-product tests share: the real `tocsin` binary on a data directory of its own, an HTTP client that says
//! exactly what it is told to, and an honest way to say that a test could not run.
//!
//! Nothing here sleeps for a fixed time: output lines and conditions are waited for, with a deadline.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test code: a panic is how a test fails")]

pub mod bench;
pub mod binary;
pub mod cases;
pub mod http;
pub mod keys;
pub mod notifications;
pub mod oracle;
pub mod payload;
pub mod product;
pub mod screen;
pub mod tray;
pub mod wait;
pub mod webdriver;
