//! Rule documents: what is taken, what is refused, and that everything wrong is named at once.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use tocsin_model::rule::document::{DOCUMENT_LIMIT, Dialect, Format, Reading, RuleDocument, read};
use tocsin_model::rule::window::{Length, Unit, WindowKind};
use tocsin_model::rule::{Measure, Mode, Target, Trigger};
use tocsin_model::severity::Severity;
use tocsin_model::time::Span;

const CONDITIONS: &str = r#""conditions":[{"type":"detected","values":["true"]}]"#;

fn json(text: &str) -> Reading {
    read(text, Format::Json)
}

/// A rule that only has a name, conditions and this.
fn with(more: &str) -> Reading {
    let comma = if more.is_empty() { "" } else { "," };
    json(&format!("{{\"name\":\"n\",{CONDITIONS}{comma}{more}}}"))
}

#[track_caller]
fn taken(reading: Reading) -> RuleDocument {
    assert_eq!(reading.findings.errors, []);
    reading.document.unwrap()
}

/// The paths of the errors, in order.
fn paths(reading: &Reading) -> Vec<&str> {
    assert_eq!(reading.document.is_none(), !reading.findings.errors.is_empty());
    reading.findings.errors.iter().map(|problem| problem.path.as_str()).collect()
}

#[track_caller]
fn refused(more: &str, path: &str, says: &str) {
    let reading = with(more);
    assert_eq!(paths(&reading), [path], "{more}: {:?}", reading.findings);
    let problem = &reading.findings.errors[0];
    assert!(problem.to_string().contains(says), "{problem} should say {says}");
    assert!(!problem.reason.is_empty() && !problem.remedy.is_empty(), "{problem:?}");
}

#[test]
fn a_name_and_conditions_are_enough() {
    let rule = taken(with("")).rule;
    assert_eq!((rule.enabled, rule.mode, rule.severity), (true, Mode::Live, Severity::Medium));
    assert_eq!((rule.window, rule.measure, rule.suppress_for), (None, Measure::Count, Span::default()));
    assert!(matches!(rule.trigger, Trigger::AtLeast(one) if one.thousandths() == 1_000));
    assert!(rule.sources.is_empty() && rule.group_by.is_empty() && rule.channels.is_empty() && rule.tags.is_empty());
}

#[test]
fn the_example_of_the_language_is_taken_as_json_and_as_yaml() {
    let text = r#"{"name": "Exfiltration by one user", "description": "", "enable": true, "mode": "live", "severity": "high",
        "sources": [], "conditions": [{"type": "detected", "values": ["true"]},
        {"type": "hostname", "values": ["*.corp.example"], "isNot": true}], "groupBy": ["username"],
        "measure": {"kind": "distinct", "field": "hostname"},
        "window": {"kind": "rolling", "thresholdTime": "5", "thresholdType": "minutes", "zone": "Europe/Berlin"},
        "trigger": {"kind": "atLeast", "value": 3}, "suppressFor": "1h", "channels": ["desktop", "soc-mail"],
        "tags": ["attack.t1567"]}"#;
    let first = taken(json(text));
    assert_eq!(first.rule.suppress_for, Span::HOUR);
    assert_eq!(first.rule.window.as_ref().unwrap().zone.name(), "Europe/Berlin");
    let yaml = "name: Exfiltration by one user\ndescription: ''\nenable: true\nmode: live\nseverity: high\nsources: []\n\
                conditions:\n- {type: detected, values: [true]}\n- {type: hostname, values: ['*.corp.example'], isNot: true}\n\
                groupBy: [username]\nmeasure: {kind: distinct, field: hostname}\n\
                window: {kind: rolling, thresholdTime: 5, thresholdType: minutes, zone: Europe/Berlin}\n\
                trigger: {kind: atLeast, value: 3}\nsuppressFor: 1h\nchannels: [desktop, soc-mail]\ntags: [attack.t1567]\n";
    assert_eq!(taken(read(yaml, Format::Yaml)).rule, first.rule);
}

#[test]
fn a_document_is_written_back_with_its_meaning_and_its_keys_in_order() {
    for text in [
        r#"{"thresholdType":"minutes","zz":{"b":1.50,"a":null},"name":"n","thresholdTime":"5","conditions":[{"values":["1"],"extra":[1],"type":"apps"}]}"#,
        r#"{"window":{"thresholdTime":"1d","kind":"fixed"},"conditions":[{"type":"status_code","op":"gte","values":["500"]}],"name":"n"}"#,
    ] {
        let first = taken(json(text));
        let written = first.to_json();
        assert_eq!(taken(json(&written)), first);
        assert_eq!(written.split_whitespace().collect::<String>(), text);
    }
}

#[test]
fn shields_documents_are_known_by_their_threshold() {
    let shield = taken(with(r#""thresholdTime":"5","thresholdType":"minutes","id":"x","createdAt":1,"updatedAt":2"#));
    assert_eq!(shield.dialect, Dialect::Shield);
    let five = Length::new(5, Unit::Minutes).unwrap();
    assert_eq!(shield.rule.window.unwrap().kind, WindowKind::Rolling(five));
    assert_eq!(shield.rule.suppress_for, five.span());
    assert_eq!((shield.rule.severity, shield.rule.mode), (Severity::Medium, Mode::Live));
    // Beside a key of ours the same threshold is out of place.
    let ours = with(r#""thresholdTime":"5","thresholdType":"minutes","mode":"live""#);
    assert_eq!(paths(&ours), ["$.thresholdTime", "$.thresholdType"]);
    assert_eq!(taken(with(r#""thresholdTime":"5m","channels":["desktop"],"tags":["x"]"#)).dialect, Dialect::Shield);
}

#[test]
fn a_disabled_alert_of_shields_is_a_shadow_and_ours_is_off() {
    let shield = taken(with(r#""thresholdTime":"1h","enable":false"#)).rule;
    assert_eq!((shield.enabled, shield.mode), (true, Mode::Shadow));
    let ours = taken(with(r#""enable":false"#)).rule;
    assert_eq!((ours.enabled, ours.mode), (false, Mode::Live));
}

#[test]
fn unknown_keys_are_kept_of_shields_and_refused_of_ours_and_near_misses_in_both() {
    let shield = with(r#""thresholdTime":"1h","occurrences":5"#);
    assert_eq!(shield.findings.warnings.iter().map(|one| one.path.as_str()).collect::<Vec<_>>(), ["$.occurrences"]);
    assert!(taken(shield).to_json().contains("occurrences"));
    refused(r#""occurrences":5"#, "$.occurrences", "there is no key");
    refused(r#""thresholdTime":"1h","enabled":true"#, "$.enabled", "did you mean “enable”");
    refused(r#""group_by":["username"]"#, "$.group_by", "did you mean “groupBy”");
    refused(r#""window":{"thresholdTime":"5m","zon":"UTC"}"#, "$.window.zon", "did you mean “zone”");
    refused(r#""odd key":1"#, "$[\"odd key\"]", "there is no key");
    refused(r#""tags":["a"],"tags":["b"]"#, "$.tags", "twice");
}

#[test]
fn lengths_are_pairs_or_short_forms_and_conflicts_are_named() {
    let length = |more: &str| {
        let rule = taken(with(&format!("\"window\":{{{more}}}"))).rule;
        match rule.window.unwrap().kind {
            WindowKind::Rolling(length) | WindowKind::Fixed(length) => length.to_string(),
            WindowKind::Schedule(cron) => cron.to_string(),
        }
    };
    for short in ["1m", "5m", "15m", "1h", "24h", "1d", "7d"] {
        assert_eq!(length(&format!("\"kind\":\"fixed\",\"thresholdTime\":\"{short}\"")), short);
    }
    assert_eq!(length(r#""thresholdTime":"90","thresholdType":"minutes""#), "90m");
    assert_eq!(length(r#""thresholdTime":5,"thresholdType":"days""#), "5d");
    assert_eq!(length(r#""thresholdTime":"5m","thresholdType":"minutes""#), "5m");
    assert_eq!(length(r#""thresholdTime":"0  3 * * 7","thresholdType":"CRON""#), "0 3 * * 7");
    for (window, key) in [
        (r#""thresholdTime":"0","thresholdType":"minutes""#, "thresholdTime"),
        (r#""thresholdTime":"-5","thresholdType":"minutes""#, "thresholdTime"),
        (r#""thresholdTime":"+5","thresholdType":"minutes""#, "thresholdTime"),
        (r#""thresholdTime":"1.5","thresholdType":"hours""#, "thresholdTime"),
        (r#""thresholdTime":"367","thresholdType":"days""#, "thresholdTime"),
        (r#""thresholdTime":"5m","thresholdType":"hours""#, "thresholdTime"),
        (r#""thresholdTime":"24h","thresholdType":"days""#, "thresholdTime"),
        (r#""thresholdTime":"5m","thresholdType":"CRON""#, "thresholdTime"),
        (r#""thresholdTime":"0 0 30 2 *","thresholdType":"CRON""#, "thresholdTime"),
        (r#""thresholdTime":"0 0 * * *","thresholdType":"minutes""#, "thresholdTime"),
        (r#""thresholdTime":true,"thresholdType":"minutes""#, "thresholdTime"),
        (r#""thresholdType":"minutes""#, "thresholdTime"),
        (r#""thresholdTime":"90s""#, "thresholdType"),
        (r#""thresholdTime":"5""#, "thresholdType"),
        (r#""thresholdTime":"5","thresholdType":"weeks""#, "thresholdType"),
        (r#""thresholdTime":"5","thresholdType":"cron""#, "thresholdType"),
        (r#""kind":"schedule","thresholdTime":"5m""#, "kind"),
        (r#""kind":"fixed","thresholdTime":"0 0 * * *","thresholdType":"CRON""#, "kind"),
        (r#""kind":"tumbling","thresholdTime":"5m""#, "kind"),
        (r#""thresholdTime":"5m","zone":"Berlin""#, "zone"),
    ] {
        refused(&format!("\"window\":{{{window}}}"), &format!("$.window.{key}"), "");
        if !window.contains("kind") && !window.contains("zone") {
            refused(window, &format!("$.{key}"), "");
        }
    }
}

#[test]
fn values_have_to_be_of_their_fields_sort() {
    let condition = |condition: &str| json(&format!("{{\"name\":\"n\",\"conditions\":[{condition}]}}"));
    for (text, path) in [
        (r#"{"type":"detectd","values":["true"]}"#, ".type"),
        (r#"{"type":"detected","values":["yes"]}"#, ".values[0]"),
        (r#"{"type":"detected","values":["true","1"]}"#, ".values[1]"),
        (r#"{"type":"status_code","values":["5xx"]}"#, ".values[0]"),
        (r#"{"type":"client_ip","values":["10.0.0.*"]}"#, ".values[0]"),
        (r#"{"type":"client_ip","values":["10.0.0.0/33"]}"#, ".values[0]"),
        (r#"{"type":"username","values":[5]}"#, ".values[0]"),
        (r#"{"type":"username","values":[]}"#, ".values"),
        (r#"{"type":"username","values":"ana"}"#, ".values"),
        (r#"{"type":"username","values":["a","a"]}"#, ".values[1]"),
        (r#"{"type":"username","values":["list:../x"]}"#, ".values[0]"),
        (r#"{"type":"username"}"#, ".values"),
        (r#"{"values":["a"]}"#, ".type"),
        (r#"{"type":"username","values":["a"],"isNot":"true"}"#, ".isNot"),
        (r#"{"type":"username","values":["a"],"op":"gte"}"#, ".op"),
        (r#"{"type":"status_code","values":["5.."],"op":"regex"}"#, ".op"),
        (r#"{"type":"username","values":["a"],"op":"matches"}"#, ".op"),
        (r#"{"type":"username","values":["("],"op":"regex"}"#, ".values[0]"),
        (r#"{"type":"username","values":["(a{1000}){1000}"],"op":"regex"}"#, ".values[0]"),
        (r#"{"type":"username","values":["a"],"is_not":true}"#, ".is_not"),
        (r#"{"type":"latency_ms","op":"gt","values":["list:slow"]}"#, ".values[0]"),
        ("5", ""),
    ] {
        let reading = condition(text);
        assert_eq!(paths(&reading), [format!("$.conditions[0]{path}")], "{text}");
    }
    for text in [
        r#"{"type":"status_code","values":["500",404.5],"op":"gte"}"#,
        r#"{"type":"detected","values":["TRUE"],"isNot":true}"#,
        r#"{"type":"client_ip","values":["10.0.0.0/8","::ffff:10.0.0.1","2001:db8::/32","list:tor-exits"]}"#,
        r#"{"type":"attr:alert.organization.name","values":["x*"]}"#,
        r#"{"type":"hostname","values":["^a+$"],"op":"regex"}"#,
        r#"{"type":"icap_mode","values":["reqmod"]}"#,
    ] {
        assert_eq!(condition(text).findings.errors, [], "{text}");
    }
    assert_eq!(paths(&condition("")), ["$.conditions"]);
    let twice = condition(r#"{"type":"apps","values":["a"]},{"type":"apps","values":["a"],"isNot":false}"#);
    assert_eq!(paths(&twice), ["$.conditions[1]"]);
}

#[test]
fn what_does_not_go_together_is_refused() {
    let rolling = r#""window":{"thresholdTime":"5m"}"#;
    let fixed = r#""window":{"kind":"fixed","thresholdTime":"1h"}"#;
    let with_window = |window: &str, more: &str, path: &str| refused(&format!("{window},{more}"), path, "");
    refused(r#""trigger":{"kind":"atLeast","value":2}"#, "$.window", "add a window");
    refused(r#""measure":{"kind":"distinct","field":"username"}"#, "$.window", "add a window");
    refused(r#""trigger":{"kind":"absent"}"#, "$.window", "rolling");
    with_window(fixed, r#""trigger":{"kind":"absent"}"#, "$.window");
    with_window(rolling, r#""trigger":{"kind":"absent"},"measure":{"kind":"distinct","field":"apps"}"#, "$.measure");
    with_window(rolling, r#""trigger":{"kind":"absent","value":1}"#, "$.trigger.value");
    with_window(
        rolling,
        r#""trigger":{"kind":"baseline","learn":"30d","deviations":3,"minimumWindows":5}"#,
        "$.window",
    );
    with_window(rolling, r#""trigger":{"kind":"unseen","field":"apps","learn":"7d","minimumHistory":5}"#, "$.window");
    with_window(rolling, r#""trigger":{"kind":"atLeast","value":1.5}"#, "$.trigger.value");
    with_window(rolling, r#""trigger":{"kind":"atLeast","value":0}"#, "$.trigger.value");
    with_window(rolling, r#""trigger":{"kind":"atLeast","value":-1}"#, "$.trigger.value");
    with_window(rolling, r#""trigger":{"kind":"never"}"#, "$.trigger.kind");
    with_window(rolling, r#""trigger":{"value":1}"#, "$.trigger.kind");
    with_window(rolling, r#""measure":{"kind":"sum"}"#, "$.measure.field");
    with_window(rolling, r#""measure":{"kind":"sum","field":"username"}"#, "$.measure.field");
    with_window(rolling, r#""measure":{"kind":"count","field":"username"}"#, "$.measure.field");
    with_window(rolling, r#""measure":{"kind":"median","field":"latency_ms"}"#, "$.measure.kind");
    with_window(rolling, r#""measure":{"kind":"share"}"#, "$.measure.conditions");
    refused(r#""groupBy":["username","apps","hostname","client_ip"]"#, "$.groupBy", "3 is the most");
    refused(r#""groupBy":["username","username"]"#, "$.groupBy[1]", "twice");
    refused(r#""groupBy":["user"]"#, "$.groupBy[0]", "there is no field");
    refused(r#""suppressFor":"1M""#, "$.suppressFor", "no duration");
    refused(r#""suppressFor":5"#, "$.suppressFor", "a number");
    for more in [
        format!(
            r#"{fixed},"trigger":{{"kind":"baseline","learn":"30d","deviations":2.5,"minimumWindows":5,"atLeast":10}}"#
        ),
        format!(r#"{rolling},"trigger":{{"kind":"absent"}},"suppressFor":"0s""#),
        format!(
            r#"{rolling},"measure":{{"kind":"share",{CONDITIONS},"minimumEvents":10}},"trigger":{{"kind":"atLeast","value":"12.5"}}"#
        ),
        r#""trigger":{"kind":"unseen","field":"apps","learn":"7d","minimumHistory":5}"#.to_owned(),
        r#""trigger":{"kind":"rare","field":"apps","learn":"7d","share":0.5,"minimumHistory":100}"#.to_owned(),
        r#""window":null,"groupBy":null,"trigger":null"#.to_owned(),
    ] {
        taken(with(&more));
    }
}

#[test]
fn names_are_printable_and_short() {
    let named = |name: &str| json(&format!("{{\"name\":\"{name}\",{CONDITIONS}}}"));
    for name in ["x", "Masquage absent – ΑΦΜ 🧾", &"é".repeat(64)] {
        taken(named(name));
    }
    for name in ["", "a\\u0007b", "a\\nb", "\\uFFFE", "\u{378}", &"é".repeat(65)] {
        assert_eq!(paths(&named(name)), ["$.name"], "{name}");
    }
    assert_eq!(paths(&named("\\ud800")), ["$"], "a lone surrogate is no text");
    let turned = named("a\u{202e}b");
    assert_eq!(turned.findings.warnings[0].path, "$.name");
    taken(turned);
    refused(&format!("\"description\":\"{}\"", "d".repeat(129)), "$.description", "128");
    refused(r#""severity":"unknown""#, "$.severity", "informational");
}

#[test]
fn shields_addressees_become_targets() {
    let rule = taken(with(
        r#""notificationTypes":["email","webhook","slack","teams"],"emailRecipients":["soc@example.net"],
           "webhookUrls":["https://relay.example.net/x"],"slackChannels":["s"],"teamsChannels":["t"],"channels":["desktop"]"#,
    ))
    .rule;
    assert_eq!(rule.channels[0], Target::Channel("desktop".to_owned()));
    let shown: Vec<String> = rule.channels.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        ["desktop", "email:soc@example.net", "slack:s", "teams:t", "webhook:https://relay.example.net/x"]
    );
    refused(r#""notificationTypes":["pager"]"#, "$.notificationTypes", "email, slack, teams or webhook");
    refused(r#""notificationTypes":["email"],"emailRecipients":["soc"]"#, "$.emailRecipients[0]", "no mail address");
    refused(r#""notificationTypes":["webhook"],"webhookUrls":["relay"]"#, "$.webhookUrls[0]", "no web address");
    for more in [r#""notificationTypes":["email"]"#, r#""slackChannels":["s"]"#] {
        let reading = with(more);
        assert_eq!((reading.findings.errors.len(), reading.findings.warnings.len()), (0, 1), "{more}");
    }
}

#[test]
fn channels_that_there_are_not_are_a_warning_and_say_who_is_told() {
    let check = |more: &str| {
        let reading = with(more);
        let warnings: Vec<_> =
            reading.findings.warnings.iter().map(|one| (one.path.clone(), one.to_string())).collect();
        (taken(reading).rule.tells_desktop(), warnings)
    };
    for fine in ["", r#""channels":[]"#, r#""channels":["desktop"]"#, r#""channels":["Desktop"]"#] {
        assert_eq!(check(fine), (true, Vec::new()), "{fine}");
    }
    let (told, warnings) = check(r#""channels":["desktop","soc-mail","slakc"]"#);
    assert!(told, "the desktop is among them");
    assert_eq!(warnings.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["$.channels[1]", "$.channels[2]"]);
    assert!(
        warnings[0].1.contains("“soc-mail”, so nobody is told by it; write one that there is (“desktop”)"),
        "{warnings:?}"
    );
    let (told, warnings) = check(r#""channels":["soc-mail"]"#);
    assert!(!told && warnings.len() == 1, "{warnings:?}");
    assert!(warnings[0].1.contains("nobody is told of what the rule finds"), "{warnings:?}");
    // Whom Shield tells, Shield tells: here it is told as ever.
    let (told, warnings) = check(r#""notificationTypes":["slack"],"slackChannels":["s"]"#);
    assert!(told && warnings.is_empty(), "{warnings:?}");
}

#[test]
fn comments_are_dropped_with_a_warning() {
    let reading = json(
        "{\"name\":\"a // b\", // why\n \"conditions\":[{\"type\":\"obfuscated\",\"values\":[\"true\"],\"isNot\":true /* so */}]}",
    );
    assert_eq!(reading.findings.warnings.len(), 1);
    assert_eq!(taken(reading).rule.name, "a // b");
}

#[test]
fn conditions_that_cannot_hold_together_are_a_warning() {
    let warned = |conditions: &str| {
        let reading = json(&format!("{{\"name\":\"n\",\"conditions\":[{conditions}]}}"));
        assert_eq!(reading.findings.errors, [], "{conditions}");
        reading.findings.warnings.iter().map(|one| one.path.clone()).collect::<Vec<_>>()
    };
    let one = |field: &str, rest: &str| format!("{{\"type\":\"{field}\",{rest}}}");
    for (left, right, warns) in [
        (one("detected", r#""values":["true"]"#), one("detected", r#""values":["false"]"#), true),
        (one("username", r#""values":["a"]"#), one("username", r#""values":["A"],"isNot":true"#), true),
        (one("username", r#""values":["a*"]"#), one("username", r#""values":["a*"],"isNot":true"#), true),
        (
            one("status_code", r#""values":["500"],"op":"gte""#),
            one("status_code", r#""values":["500"],"op":"lt""#),
            true,
        ),
        (one("status_code", r#""values":["404"]"#), one("status_code", r#""values":["500"],"op":"gte""#), true),
        (one("username", r#""values":["a","b"]"#), one("username", r#""values":["b","c"]"#), false),
        (one("username", r#""values":["a*"]"#), one("username", r#""values":["b"]"#), false),
        (
            one("detected", r#""values":["true"],"isNot":true"#),
            one("detected", r#""values":["false"],"isNot":true"#),
            false,
        ),
        (one("apps", r#""values":["a"]"#), one("apps", r#""values":["b"]"#), false),
        (
            one("status_code", r#""values":["500"],"op":"gte""#),
            one("status_code", r#""values":["500"],"op":"lte""#),
            false,
        ),
    ] {
        let expected: &[&str] = if warns { &["$.conditions[1]"] } else { &[] };
        assert_eq!(warned(&format!("{left},{right}")), expected, "{left} {right}");
    }
    let kinds = [one("detected", r#""values":["true"]"#), one("status_code", r#""values":["500"]"#)].join(",");
    assert_eq!(warned(&kinds), ["$.conditions"], "no kind but generic has both");
}

#[test]
fn no_text_panics_and_what_is_no_document_says_so() {
    for text in ["", "[]", "5", "null", "{", "\"x\"", "{\"name\":", &"{\"a\":".repeat(200), "\u{0}", "a: b: c"] {
        for format in [Format::Json, Format::Yaml] {
            let reading = read(text, format);
            assert!(!reading.findings.errors.is_empty() && reading.document.is_none(), "{text}");
        }
    }
    assert_eq!(paths(&json(&" ".repeat(DOCUMENT_LIMIT + 1))), ["$"]);
    assert_eq!((Format::of("a.yml", "{}"), Format::of("a", " {")), (Format::Yaml, Format::Json));
    assert_eq!((Format::of("A.JSON", "a: b"), Format::of("a.rule", "name: x")), (Format::Json, Format::Yaml));
}

#[test]
fn tests_are_kept_with_a_rule_of_either_dialect() {
    let test = r#""tests":[{"name":"t","fires":false,"events":[
        {"time":"2026-03-01T10:00:01Z","kind":"generic"},{"time":"2026-03-01T10:00:00Z","kind":"generic"}]}]"#;
    for dialect in [test.to_owned(), format!(r#"{test},"thresholdTime":"5m""#)] {
        let document = taken(with(&dialect));
        let [test] = document.tests.as_slice() else { panic!("{document:?}") };
        assert_eq!((test.name.as_str(), test.fires), ("t", false));
        assert_eq!(test.events.iter().map(|event| event.id.as_str()).collect::<Vec<_>>(), ["0001", "0000"]);
        assert!(document.to_json().contains("\"fires\": false"));
    }
    refused(r#""tests":{}"#, "$.tests", "list");
    refused(
        r#""tests":[{"name":"t","fires":true,"events":[{"time":"now","kind":"generic"}]}]"#,
        "$.tests[0].events[0]",
        "time",
    );
    let twice = r#"{"name":"t","fires":true,"events":[{"time":"2026-03-01T10:00:00Z","kind":"generic"}]}"#;
    refused(&format!(r#""tests":[{twice},{twice}]"#), "$.tests[1].name", "“t”");
}
