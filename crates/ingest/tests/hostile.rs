//! Documents that nobody should send: nothing panics, nothing is lost, and limits hold.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::value::RawValue;
use tocsin_ingest::connector::{self, MOST_ALERTS, TooManyAlerts};
use tocsin_model::delivery::{Normalised, Position};
use tocsin_model::redaction::{Redacted, redact};
use tocsin_model::source::SourceKind;

/// What holds of every reading of every body.
fn check(kind: SourceKind, body: &Redacted) -> Normalised {
    let normalised = connector::normalise(kind, body);
    let bytes = body.as_bytes();
    for report in &normalised.reports {
        let own = std::str::from_utf8(&bytes[report.payload.clone()]).expect("a payload is text");
        serde_json::from_str::<&RawValue>(own).expect("a payload is JSON");
        assert!(own.starts_with('{') && own.ends_with('}'), "{own}");
        assert!(!report.title.trim().is_empty() && !report.title.contains('\n'), "{report:?}");
        assert!(!report.identity.is_empty() && !report.external_id.is_empty(), "{report:?}");
    }
    for rejected in &normalised.rejected {
        assert!(rejected.part.start <= rejected.part.end && rejected.part.end <= bytes.len(), "{rejected:?}");
        assert_eq!(rejected.position, Position::of(bytes, rejected.position.offset), "{rejected:?}");
        assert!(rejected.reason.len() > 10 && rejected.reason.ends_with('.'), "{rejected:?}");
    }
    normalised
}

fn check_all(body: &[u8]) {
    let body = redact(body.to_vec());
    for kind in SourceKind::READ {
        check(kind, &body);
    }
}

/// One whole rejection, at that byte.
fn rejected_at(body: &[u8], offset: usize, word: &str) {
    for kind in SourceKind::READ {
        let body = redact(body.to_vec());
        let found = check(kind, &body);
        assert!(found.reports.is_empty(), "{found:?}");
        let [one] = found.rejected.as_slice() else { panic!("{found:?}") };
        assert_eq!((one.position.offset, one.part.clone()), (offset, 0..body.len()), "{}", one.reason);
        assert!(one.reason.contains(word), "{}", one.reason);
    }
}

#[test]
fn depth_is_looked_at_before_anything_recurses() {
    let deep = |levels: usize| [vec![b'['; levels], vec![b']'; levels]].concat();
    rejected_at(&vec![b'['; 1_000_000], 64, "64 levels");
    rejected_at(&deep(65), 64, "64 levels");
    rejected_at(&[b'{'; 64], 1, "not JSON");
    let keys = r#"{"a":"#.repeat(1_000_000);
    rejected_at(keys.as_bytes(), 64 * 5, "64 levels");
    for levels in [64, 65] {
        let inner = format!("{}{}", "[".repeat(levels - 3), "]".repeat(levels - 3));
        let body = redact(format!(r#"{{"data":{{"alerts":{{"alertId":"1","x":{inner}}}}}}}"#).into_bytes());
        assert_eq!(check(SourceKind::SecureAccess, &body).reports.len(), usize::from(levels == 64), "{levels}");
    }
    // Brackets inside texts are no depth.
    let body = redact(format!(r#"{{"data":{{"alerts":{{"alertId":"1\"{}"}}}}}}"#, "[{".repeat(400)).into_bytes());
    assert_eq!(check(SourceKind::SecureAccess, &body).reports.len(), 1);
}

#[test]
fn bytes_that_are_no_text_are_named_with_their_place() {
    rejected_at(b"{\"a\":\"\xff\"}", 6, "UTF-8");
    rejected_at(b"\xEF\xBB\xBF{\"a\":\"\xC3(\"}", 9, "UTF-8");
    rejected_at(b"\xff\xfe{\0}\0", 0, "UTF-8");
    rejected_at(b"{\"a\":\"\xe2\x82", 6, "UTF-8");
    rejected_at(b"", 0, "empty");
    rejected_at(b" \r\n\t", 0, "empty");
    rejected_at(b"\xEF\xBB\xBF", 3, "empty");
    rejected_at(b"{\"a\":\"\0\"}", 6, "control character");
    rejected_at(b"{\"a\":01}", 6, "not JSON");
    rejected_at(b"{\"a\":NaN}", 5, "not JSON");
    rejected_at(b"[1,\n 2,\n]", 8, "not JSON");
    rejected_at(b"[1 2\n]", 3, "not JSON");
    rejected_at(b"\x1f\x8b\x08\x00", 1, "UTF-8");
}

#[test]
fn numbers_that_no_machine_holds_are_kept_as_they_were_written() {
    for id in ["1e999", "-0.0", "18446744073709551617", "0.1000000000000000000000000001"] {
        let body = redact(format!(r#"{{"data":{{"alerts":[{{"alertId":{id},"severity":1e999}}]}}}}"#).into_bytes());
        let found = check(SourceKind::SecureAccess, &body);
        assert_eq!(found.reports[0].external_id, id);
        assert_eq!(found.reports[0].source_severity.as_deref(), Some("1e999"));
    }
}

fn alerts(count: usize) -> [(SourceKind, String); 4] {
    let list = |one: &str| vec![one; count].join(",");
    [
        (SourceKind::SecureAccess, format!(r#"{{"data":{{"alerts":[{}]}}}}"#, list(r#"{"alertId":1}"#))),
        (SourceKind::SecureAccess, format!("[{}]", list(r#"{"data":{"alerts":{"alertId":1}}}"#))),
        (SourceKind::Alertmanager, format!(r#"{{"alerts":[{}]}}"#, list(r#"{"startsAt":"x","fingerprint":"y"}"#))),
        (SourceKind::CloudEvents, format!("[{}]", list(r#"{"specversion":"1.0","id":"1","source":"s","type":"t"}"#))),
    ]
}

#[test]
fn a_thousand_alerts_and_no_more() {
    for (kind, body) in alerts(MOST_ALERTS) {
        assert_eq!(connector::read(kind, &redact(body.into_bytes())).unwrap().reports.len(), MOST_ALERTS);
    }
    for (kind, body) in alerts(MOST_ALERTS + 1) {
        let body = redact(body.into_bytes());
        assert_eq!(connector::read(kind, &body), Err(TooManyAlerts));
        assert_eq!(check(kind, &body).rejected.len(), 1);
    }
    // Spread over envelopes, and counting what cannot be read.
    let half = format!(r#"{{"data":{{"alerts":[{}]}}}}"#, vec![r#"{"alertId":1}"#; 500].join(","));
    let spread = redact(format!("[{half},{half},7]").into_bytes());
    assert_eq!(connector::read(SourceKind::SecureAccess, &spread), Err(TooManyAlerts));
    let unreadable = redact(format!("[{}]", vec!["0"; 400_000].join(",")).into_bytes());
    assert_eq!(connector::read(SourceKind::CloudEvents, &unreadable), Err(TooManyAlerts));
}

#[test]
fn an_alert_with_too_many_keys_is_rejected_alone() {
    let keys = |count: usize| (0..count).map(|key| format!(r#""k{key}":0"#)).collect::<Vec<_>>().join(",");
    for (wide, readable) in [(keys(9_999), 2), (keys(10_000), 1)] {
        let body = format!(r#"{{"data":{{"alerts":[{{"alertId":1,{wide}}},{{"alertId":2}}]}}}}"#);
        let found = check(SourceKind::SecureAccess, &redact(body.into_bytes()));
        assert_eq!((found.reports.len(), found.rejected.len()), (readable, 2 - readable));
    }
    let nested =
        format!(r#"{{"specversion":"1.0","id":"1","source":"s","type":"t","data":{{"a":{{{}}}}}}}"#, keys(10_000));
    let found = check(SourceKind::CloudEvents, &redact(nested.into_bytes()));
    assert!(found.rejected[0].reason.contains("10,000 keys"), "{found:?}");
    let envelope = format!(r#"{{"data":{{"alerts":[]}},{}}}"#, keys(60_000));
    assert_eq!(check(SourceKind::SecureAccess, &redact(envelope.into_bytes())).rejected.len(), 1);
}

#[test]
fn long_texts_are_cut_where_a_line_shows_them_and_ids_are_not_cut() {
    let long = "é".repeat(5_000);
    let body = format!(r#"{{"data":{{"alerts":[{{"alertId":1,"ruleName":"{long}"}},{{"alertId":"{long}"}}]}}}}"#);
    let found = check(SourceKind::SecureAccess, &redact(body.into_bytes()));
    assert_eq!(found.reports[0].title.chars().count(), 300);
    assert!(found.rejected[0].reason.contains("1,000 characters"), "{found:?}");
}

static PAYLOADS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/payloads");
    let mut files: Vec<_> = SourceKind::READ
        .into_iter()
        // A kind that only has a feed has no deliveries.
        .filter_map(|kind| fs::read_dir(root.join(kind.as_str())).ok())
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension != "expected"))
        .collect();
    files.sort();
    files.into_iter().map(|path| fs::read(path).unwrap()).collect()
});

/// Pieces that matter to a reader of JSON.
const PIECES: [&str; 18] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "null",
    "true",
    "-",
    "1e9",
    "\\",
    "\\ud800",
    "\u{feff}",
    "\n",
    "é",
    "\"alerts\":",
    "\"alertId\":",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_are_read_without_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        check_all(&body);
    }

    #[test]
    fn any_pieces_of_json_are_read_without_panic(pieces in proptest::collection::vec(0..PIECES.len(), 0..60)) {
        let body: String = pieces.into_iter().map(|piece| PIECES[piece]).collect();
        check_all(body.as_bytes());
    }

    #[test]
    fn changed_documents_are_read_without_panic(
        file in any::<prop::sample::Index>(),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0..30_usize, prop::sample::select(&PIECES[..])), 1..4),
    ) {
        let mut body = file.get(&PAYLOADS).clone();
        for (place, cut, piece) in edits {
            let at = place.index(body.len().max(1)).min(body.len());
            let end = (at + cut).min(body.len());
            body.splice(at..end, piece.bytes());
        }
        check_all(&body);
    }

    #[test]
    fn neighbours_of_what_cannot_be_read_are_kept(readable in proptest::collection::vec(any::<bool>(), 0..30)) {
        let list: Vec<_> = readable.iter().enumerate().map(|(index, ok)| if *ok {
            format!(r#"{{ "alertId" : "{index}" }}"#)
        } else {
            format!(r#"{{ "alertID2" : "{index}" }}"#)
        }).collect();
        let body = redact(format!("{{\"data\":{{\"alerts\":[\n{}]}}}}", list.join(" ,\n ")).into_bytes());
        let found = check(SourceKind::SecureAccess, &body);
        let kept: Vec<_> = found.reports.iter().map(|report| std::str::from_utf8(&body.as_bytes()[report.payload.clone()]).unwrap()).collect();
        let expected: Vec<_> = readable.iter().zip(&list).filter(|(ok, _)| **ok).map(|(_, text)| text.as_str()).collect();
        prop_assert_eq!(kept, expected);
        prop_assert_eq!(found.rejected.len(), readable.iter().filter(|ok| !**ok).count());
    }
}
