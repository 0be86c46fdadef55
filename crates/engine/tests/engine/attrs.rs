//! Rules that look into the payloads of vendors' alerts: live, over what is stored, and explained.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;
use tocsin_engine::{App, Bounds, IngestFile, RuleFile, RuleToTest, SourceSpec};
use tocsin_model::source::SourceKind;
use tocsin_model::time::Timestamp;
use tocsin_testkit::firings::found;

use crate::support::{ManualClock, alert, envelope, ingest, minute, open};

/// A vendor's sample, as the tests of normalising read it.
fn sample(path: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../ingest/tests/payloads").join(path)).unwrap()
}

fn desk() -> (App, TempDir, Arc<ManualClock>) {
    let (dir, clock) = (tempfile::tempdir().unwrap(), ManualClock::new());
    let app = open(&dir, &clock);
    let kinds = [("csa", SourceKind::SecureAccess), ("am", SourceKind::Alertmanager), ("ce", SourceKind::CloudEvents)];
    for (name, kind) in kinds {
        let name = name.parse().unwrap();
        app.add_source(SourceSpec { kind, name, sign_in: None, username: None, secret: None, origins: Vec::new() })
            .unwrap();
    }
    (app, dir, clock)
}

fn file(name: &str, bytes: Vec<u8>) -> IngestFile {
    IngestFile { name: name.to_owned(), bytes }
}

fn add(app: &App, rule: &Value) {
    let bytes = rule.to_string().into_bytes();
    app.add_rule(RuleFile { name: "rule.json".to_owned(), bytes, lists: "/nowhere".into() }).unwrap();
}

/// A rule on one path, in groups of its values.
fn on(name: &str, path: &str, value: &str) -> Value {
    json!({"name": name, "conditions": [{"type": path, "values": [value]}], "groupBy": [path], "suppressFor": "0s"})
}

/// The groups that fired live, and those that fire over what is stored.
fn groups(app: &App, dir: &TempDir, name: &str) -> (Vec<String>, Vec<String>) {
    let live: Vec<String> = found(dir.path()).unwrap().firings[name]
        .iter()
        .map(|firing| serde_json::from_str::<Value>(firing).unwrap()[1].as_str().unwrap().to_owned())
        .collect();
    let tested = app.backtest_stored(RuleToTest::Kept(name.to_owned()), Bounds::default(), false).unwrap();
    let texts = |group: &[tocsin_model::firing::GroupValue]| {
        let text = |one: &tocsin_model::firing::GroupValue| one.canonical.as_ref().map(ToString::to_string);
        serde_json::to_string(&group.iter().map(text).collect::<Vec<_>>()).unwrap()
    };
    let mut tested: Vec<String> = tested.result.firings.iter().map(|firing| texts(&firing.group)).collect();
    let mut live = live;
    live.sort();
    tested.sort();
    (live, tested)
}

#[test]
fn the_samples_of_every_vendor_are_reached_by_path() {
    let (app, dir, clock) = desk();
    clock.set(Timestamp::parse("2026-06-05T00:00:00Z").unwrap());
    let dotted = r#"{"version": "4", "status": "firing", "alerts": [{"status": "firing", "startsAt": "2026-06-04T00:00:00Z",
        "labels": {"alertname": "Dots", "app.kubernetes.io/name": "Cart", "back\\slash": "yes"}, "annotations": {}}]}"#;
    add(&app, &on("Agents", "attr:userAgents", "curl/*"));
    add(&app, &on("Conditions", "attr:conditionsApplied.conditions", "*1800 seconds"));
    add(&app, &on("Number", "attr:ruleId", "41"));
    add(&app, &on("Team", "attr:labels.team", "EDGE"));
    add(&app, &on("Dots", r"attr:labels.app\.kubernetes\.io/name", "cart"));
    add(&app, &on("Slash", r"attr:labels.back\\slash", "yes"));
    add(&app, &on("Addresses", "attr:data.clientIp", "*"));
    add(&app, &on("Envelope", "attr:traceparent", "00-*"));
    add(&app, &on("Whole", "attr:data", "*"));
    let absent = json!({"type": "attr:labels.team", "values": ["*"], "isNot": true, "op": "anyOf"});
    add(
        &app,
        &json!({"name": "Missing", "conditions": [absent], "groupBy": ["attr:labels.team", "source"],
        "suppressFor": "0s"}),
    );
    app.ingest("csa", file("one", sample("secure-access/one-alert.json"))).unwrap();
    app.ingest("am", file("two", sample("alertmanager/firing-and-resolved.json"))).unwrap();
    app.ingest("am", file("dots", dotted.as_bytes().to_vec())).unwrap();
    app.ingest("ce", file("three", sample("cloudevents/full.json"))).unwrap();
    let expected: [(&str, &[&str]); 10] = [
        ("Agents", &[r#"["ansible/2.19"]"#, r#"["curl/8.5.0"]"#]),
        ("Conditions", &[r#"["greater than 1 user agent using the same key id within 1800 seconds"]"#]),
        ("Number", &[r#"["41"]"#]),
        ("Team", &[r#"["edge"]"#, r#"["edge"]"#]),
        ("Dots", &[r#"["cart"]"#]),
        ("Slash", &[r#"["yes"]"#]),
        ("Addresses", &[r#"["2001:db8::1"]"#, r#"["203.0.113.9"]"#, r#"["nonsense"]"#]),
        ("Envelope", &[r#"["00-aa-bb-01"]"#]),
        ("Whole", &[]),
        // Its negation holds, in the null group.
        ("Missing", &[r#"[null,"am"]"#, r#"[null,"ce"]"#, r#"[null,"csa"]"#]),
    ];
    for (name, expected) in expected {
        let (live, tested) = groups(&app, &dir, name);
        assert_eq!((live, tested), (to_vec(expected), to_vec(expected)), "{name}");
    }
    let why = app.explain_stored(RuleToTest::Kept("Agents".to_owned()), "41.8120044.1780384495000").unwrap();
    assert!(why.explanation.fires && why.explanation.conditions.iter().all(|one| one.holds), "{why:?}");
    let ours = why.event.id.clone();
    let again = app.explain_stored(RuleToTest::Kept("Agents".to_owned()), &ours).unwrap();
    assert_eq!((&again.explanation, again.event), (&why.explanation, why.event), "by our id");
    let why = app.explain_stored(RuleToTest::Kept("Agents".to_owned()), "e-1001").unwrap();
    assert!(!why.explanation.fires, "{why:?}");
}

fn to_vec(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// An alert with an organisation of its own.
fn of(id: &str, status: &str, organisation: &str) -> Value {
    let mut one = alert(id, status, "High");
    one["alert"] = json!({"organization": {"name": organisation}, "hosts": [{"n": format!("h-{id}")}, {"n": "h"}]});
    one
}

#[test]
fn windows_are_filled_with_payloads_and_the_first_report_counts() {
    let (app, dir, clock) = desk();
    let by = |name: &str, least: u32| {
        json!({"name": name, "conditions": [{"type": "attr:alert.organization.name", "values": ["acme*"]}],
            "groupBy": ["attr:alert.organization.name"], "measure": {"kind": "distinct", "field": "attr:alert.hosts.n"},
            "window": {"kind": "rolling", "thresholdTime": "1d"}, "trigger": {"kind": "atLeast", "value": least}})
    };
    add(&app, &by("Hosts", 4));
    ingest(&app, envelope("1", Some(minute(0)), &[of("a", "Active", "Acme One"), of("b", "Active", "Other")])).unwrap();
    clock.set(minute(1));
    // What the vendor says later is no new event, and does not change the one that it was.
    ingest(&app, envelope("2", Some(minute(1)), &[of("a", "Resolved", "Other"), of("c", "Active", "ACME one")]))
        .unwrap();
    drop(app);
    let app = open(&dir, &clock);
    // Another rule from now on, whose history is read as well.
    add(&app, &by("Later", 4));
    clock.set(minute(2));
    ingest(&app, envelope("3", Some(minute(2)), &[of("d", "Active", "Acme One")])).unwrap();
    for name in ["Hosts", "Later"] {
        let once = to_vec(&[r#"["acme one"]"#]);
        assert_eq!(groups(&app, &dir, name), (once.clone(), once), "{name}");
    }
    let why = app.explain_stored(RuleToTest::Kept("Hosts".to_owned()), "a").unwrap();
    assert!(why.explanation.conditions.iter().all(|one| one.holds), "{why:?}");
}

/// Secrets are taken out before anything is kept, so rules see what is kept.
#[test]
fn rules_see_what_is_left_of_secrets() {
    let (app, dir, _clock) = desk();
    add(&app, &on("Token", "attr:token", "4711"));
    add(&app, &on("Any", "attr:token", "*"));
    app.ingest("csa", file("secrets", sample("secure-access/secrets.json"))).unwrap();
    assert_eq!(groups(&app, &dir, "Token"), (Vec::new(), Vec::new()));
    let (live, tested) = groups(&app, &dir, "Any");
    assert!(live == tested && live.len() == 1 && !live[0].contains("4711"), "{live:?}");
}
