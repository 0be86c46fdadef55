//! What a test run is told from outside: how long, which seed, and whether it may leave something out.

use rand::SeedableRng;
use rand::rngs::StdRng;

/// The number in an environment variable, for longer runs than usual.
///
/// # Panics
/// When the variable is set and is no number.
#[must_use]
pub fn number(variable: &str, usual: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable}={text} is no number")),
        Err(_) => usual,
    }
}

/// The random numbers of a test. The seed is printed; `TOCSIN_TEST_SEED` sets it, to run a failure again.
#[must_use]
pub fn random(test: &str) -> StdRng {
    let seed = number("TOCSIN_TEST_SEED", rand::random());
    println!("{test}: seed {seed} (again with TOCSIN_TEST_SEED={seed})");
    StdRng::seed_from_u64(seed)
}

/// Says that a test could not run, and why.
///
/// # Panics
/// With `TOCSIN_TEST_REQUIRE_ALL=1`, where everything must run.
pub fn not_run(reason: &str) {
    assert!(std::env::var("TOCSIN_TEST_REQUIRE_ALL").as_deref() != Ok("1"), "could not run: {reason}");
    println!("not run: {reason}");
}
