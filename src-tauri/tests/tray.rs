//! What the tray says.

use super::*;

#[test]
fn the_count_reads_as_a_sentence() {
    assert_eq!(summary(0, None), "No open alerts");
    assert_eq!(summary(1, Some(Severity::Low)), "1 open alert, low");
    assert_eq!(summary(12, Some(Severity::Critical)), "12 open alerts, the worst critical");
}
