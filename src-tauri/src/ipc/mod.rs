//! The window's side of the wire: the only types TypeScript is generated from.

pub mod spec;
pub mod view;
