//! Suggestions: thresholds that a history speaks for, and edits that would have kept a false positive away.
//!
//! Each says what it rests on: how many events, days and labelled alerts. On too little history nothing is suggested.
//! A label is what a person closed an alert with; it is kept by a threshold when the trigger still holds for its group
//! while the alert went on.

mod edits;
mod readings;
mod thresholds;

pub use edits::{Edit, EditKind, edits, edits_among, exceptions, is_behind};
pub use readings::Label;
pub(crate) use readings::Readings;
pub use thresholds::{
    BUDGET, Basis, Effect, LEAST_READINGS, LEAST_SPAN, NOISE, Refusal, Stretch, Suggestion, Suggestions, suggest,
};
pub(crate) use thresholds::{suggest_from, threshold};
