//! Nothing is dropped silently: what is received is stored, updated, duplicate or in quarantine.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use tocsin_engine::IngestSummary;
use tocsin_model::source::SourceActivity;

use crate::scenario::World;
use crate::support::{alert, envelope, ingest, minute};

/// A few ids, so that most of what comes is known already, and alerts that cannot be read.
fn member() -> impl Strategy<Value = Value> {
    let statuses = select(vec!["Active", "Resolved", "In Progress", "?"]);
    let severities = select(vec!["Low", "High", "Critical", "odd"]);
    prop_oneof![
        6 => (0u8..6, statuses, severities)
            .prop_map(|(id, status, severity)| alert(&format!("a{id}"), status, severity)),
        1 => select(vec![json!({"alertId": ""}), json!({}), json!(7), json!([]), json!(null), json!({"alertId": {}})]),
    ]
}

/// A document: envelope id, when it was sent, and what is in it.
fn document() -> impl Strategy<Value = (u8, Option<i64>, Vec<Value>)> {
    (0u8..5, prop::option::of(0i64..5), prop::collection::vec(member(), 0..8))
}

#[test]
fn everything_received_is_accounted_for() {
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&prop::collection::vec(document(), 1..8), |documents| {
        let world = World::new();
        let mut summary = IngestSummary::default();
        let (mut sent, mut unread) = (0, 0);
        for (id, minutes, members) in &documents {
            let bytes = envelope(&format!("e{id}"), minutes.map(minute), members);
            let accepted = ingest(&world.app, bytes).unwrap();
            let all = accepted.stored + accepted.updated + accepted.duplicate + accepted.quarantined;
            prop_assert_eq!(all, u64::try_from(members.len()).unwrap(), "{:?}", accepted);
            sent += all;
            unread += u64::from(accepted.nothing_readable());
            summary.add(accepted, accepted.stored);
        }
        prop_assert_eq!(summary.received, sent);
        prop_assert_eq!(summary.received, summary.stored + summary.updated + summary.duplicate + summary.quarantined);
        prop_assert_eq!(summary.stored, u64::try_from(world.alerts().len()).unwrap());
        let quarantine = world.app.quarantine(None, None, 1_000).unwrap();
        prop_assert_eq!(summary.quarantined, u64::try_from(quarantine.len()).unwrap());
        let SourceActivity { deliveries, stored, updated, duplicate, quarantined, .. } =
            world.app.source("csa").unwrap().record.activity;
        prop_assert_eq!([stored, updated, quarantined], [summary.stored, summary.updated, summary.quarantined]);
        prop_assert_eq!(duplicate, summary.duplicate);
        prop_assert_eq!(deliveries, u64::try_from(documents.len()).unwrap() - unread);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn what_cannot_be_read_at_all_is_one_thing_in_quarantine() {
    let world = World::new();
    for (n, bytes) in [&b""[..], b"{", b"\xff\xfe", b"[[[[", b"{\"a\":1,\"a\":2}"].into_iter().enumerate() {
        let accepted = ingest(&world.app, bytes.to_vec()).unwrap();
        assert!(accepted.nothing_readable() && accepted.quarantined == 1, "{bytes:?}: {accepted:?}");
        let waiting = world.app.quarantine(None, None, 10).unwrap();
        assert_eq!(waiting.len(), n + 1);
        let record = world.app.quarantined(waiting[0].id).unwrap();
        assert_eq!(record.body.as_bytes(), bytes, "the newest first, whole");
        assert!(!record.entry.reason.is_empty());
    }
    assert_eq!(world.app.source("csa").unwrap().record.activity.deliveries, 0, "none of them was taken in");
}

#[test]
fn an_unknown_source_is_named() {
    let world = World::new();
    let file = tocsin_engine::IngestFile { name: "test".to_owned(), bytes: Vec::new() };
    let error = world.app.ingest("cas", file).unwrap_err();
    assert!(error.to_string().contains("no source “cas”"), "{error}");
}
