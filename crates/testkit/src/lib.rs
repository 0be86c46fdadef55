//! What tests of the whole product are built from: the program as a child, senders that remember what was promised to
//! them, made-up deliveries, and disks that fail.
//!
//! Everything random comes from one seed that is printed, so that a failure can be run again. Dev only: no part of the
//! product links this crate.

pub mod crash;
pub mod environment;
pub mod fault;
pub mod firings;
pub mod http;
pub mod ledger;
pub mod load;
pub mod many;
pub mod payload;
pub mod product;
pub mod sender;
pub mod trace;
