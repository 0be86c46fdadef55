//! The listener over real connections on loopback: every answer of the contract.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod contract;
mod hostile;
mod signing_in;
mod support;
mod timing;
