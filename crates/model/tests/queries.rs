//! Queries that the engine and the window must read alike: the window's own test reads the same file.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use tocsin_model::query::Query;
use tocsin_model::time::Timestamp;

/// `bad` is where the first term begins that cannot be read, in characters; none: the query is good. An open quote
/// is named where it stands, which may be inside its term.
#[test]
fn queries_are_read_as_the_window_reads_them() {
    let all: serde_json::Value = serde_json::from_str(include_str!("queries.json")).expect("is JSON");
    let all = all.as_array().expect("is a list");
    assert!(all.len() > 300, "{} queries are too few", all.len());
    for one in all {
        let text = one["text"].as_str().expect("is a text");
        let bad = one["bad"].as_u64().map(|at| usize::try_from(at).expect("is small"));
        let error = Query::parse(text, Timestamp::from_millis(1_800_000_000_000)).err();
        match (&error, bad) {
            (Some(error), Some(at)) if error.message.contains("quote") => {
                assert!(error.at >= at, "{text:?}: {error:?}")
            }
            _ => assert_eq!(error.as_ref().map(|error| error.at), bad, "{text:?}: {error:?}"),
        }
    }
}
