//! What tests share that measure as well as check.

use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

/// Prints a line of a report at once: the test runner keeps what `println` says to itself.
pub fn say(line: &str) {
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// A whole number out of the environment, underscores allowed; none when it is not set.
///
/// # Panics
/// When it is no whole number.
#[must_use]
pub fn from_environment(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.replace('_', "").parse().unwrap_or_else(|_| panic!("{name} is no whole number: {text}")))
}

/// The time of now in ms of UTC, for made-up alerts: what is older than the settings keep would be removed at the start.
#[allow(clippy::disallowed_methods, reason = "only made-up alerts get it, no test waits for it")]
#[must_use]
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis().try_into().unwrap()
}
