//! What a chosen name becomes.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use super::*;

#[test]
fn a_name_without_an_ending_gets_one_and_no_file_is_taken_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    assert_eq!(with_ending(&at("alerts"), "csv"), at("alerts.csv"));
    // What a person wrote stays as it is.
    assert_eq!(with_ending(&at("alerts.txt"), "csv"), at("alerts.txt"));
    assert_eq!(with_ending(&at("alerts.CSV"), "csv"), at("alerts.CSV"));
    // A name that begins with a dot has no ending.
    assert_eq!(with_ending(&at(".alerts"), "csv"), at(".alerts.csv"));
    std::fs::write(at("alerts.csv"), "kept").unwrap();
    assert_eq!(with_ending(&at("alerts"), "csv"), at("alerts"));
}
