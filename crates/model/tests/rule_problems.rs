//! Everything that is wrong with a document is named at once.

use tocsin_model::rule::document::{Format, Reading, read};

fn json(text: &str) -> Reading {
    read(text, Format::Json)
}

/// A rule with one condition and whatever else.
fn with(more: &str) -> Reading {
    json(&format!(r#"{{"name":"n","conditions":[{{"type":"apps","values":["1"]}}],{more}}}"#))
}

fn paths(reading: &Reading) -> Vec<&str> {
    reading.findings.errors.iter().map(|problem| problem.path.as_str()).collect()
}

#[test]
fn ten_mistakes_are_ten_problems() {
    let text = r#"{"name":"", "descripton":"x", "enable":"yes", "severity":"severe",
        "conditions":[{"type":"hostnme","values":["a"]},{"type":"detected","values":["maybe"]},{"type":"client_ip","values":[]}],
        "groupBy":["username","username"], "window":{"kind":"rolling","thresholdTime":"0","thresholdType":"minutes"},
        "suppressFor":"soon"}"#;
    let reading = json(text);
    let mut found = paths(&reading);
    found.sort_unstable();
    let mut expected = [
        "$.name",
        "$.descripton",
        "$.enable",
        "$.severity",
        "$.conditions[0].type",
        "$.conditions[1].values[0]",
        "$.conditions[2].values",
        "$.groupBy[1]",
        "$.window.thresholdTime",
        "$.suppressFor",
    ];
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn parts_that_do_not_go_together_are_named_beside_what_else_is_wrong_with_them() {
    let found = |more: &str| paths(&with(more)).into_iter().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(
        found(r#""window":{"thresholdTime":"5m"},"trigger":{"kind":"baseline","learn":"1d","deviations":3}"#),
        ["$.trigger.minimumWindows", "$.window"]
    );
    assert_eq!(
        found(
            r#""window":{"thresholdTime":"0m"},"measure":{"kind":"sum"},"trigger":{"kind":"unseen","field":"x","learn":"1d","minimumHistory":1}"#
        ),
        ["$.window.thresholdTime", "$.measure.field", "$.trigger.field", "$.window", "$.measure"]
    );
    assert_eq!(
        found(
            r#""window":{"kind":"schedule","thresholdTime":"60 24 * * MON","thresholdType":"CRON"},"trigger":{"kind":"absent"}"#
        ),
        ["$.window.thresholdTime", "$.window.thresholdTime", "$.window.thresholdTime", "$.window"]
    );
    // What cannot be told is left alone.
    assert_eq!(found(r#""window":{"kind":"odd","thresholdTime":"5m"},"trigger":{"kind":"absent"}"#), ["$.window.kind"]);
    assert_eq!(
        found(r#""window":{"thresholdTime":"5m"},"measure":{},"trigger":{"kind":"absent"}"#),
        ["$.measure.kind"]
    );
}

#[test]
fn a_share_that_says_nothing_is_warned_of() {
    let rare = |share: &str| {
        let trigger = r#""kind":"rare","field":"hostname","learn":"1d","minimumHistory":1"#;
        let reading = with(&format!(r#""trigger":{{{trigger},"share":{share}}}"#));
        assert!(reading.document.is_some(), "{:?}", reading.findings);
        reading.findings.warnings.into_iter().map(|warning| warning.path).collect::<Vec<_>>()
    };
    assert_eq!(rare("100"), [""; 0]);
    assert_eq!(rare("100.001"), ["$.trigger.share"]);
}
