//! How CloudEvents over HTTP become one document, whatever mode they came in.

#![allow(clippy::unwrap_used, reason = "tests")]

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use tocsin_ingest::connector;
use tocsin_ingest::envelope::{Form, document, form};
use tocsin_model::source::SourceKind;

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap()))
        .fold(HeaderMap::new(), |mut map, (name, value)| {
            map.append(name, value);
            map
        })
}

const CE: [(&str, &str); 4] = [("ce-specversion", "1.0"), ("ce-type", "a.b"), ("ce-source", "/s"), ("ce-id", "4")];

fn binary(more: &[(&str, &str)], body: &[u8]) -> String {
    let headers = headers(&[&CE[..], more].concat());
    assert_eq!(form(SourceKind::CloudEvents, &headers), Some(Form::Binary));
    document(Form::Binary, &headers, body.to_vec()).text().into_owned()
}

fn parsed(more: &[(&str, &str)], body: &[u8]) -> Value {
    serde_json::from_str(&binary(more, body)).unwrap()
}

#[test]
fn the_content_type_decides() {
    use SourceKind::{Alertmanager, CloudEvents, SecureAccess};
    let document = Some(Form::Document);
    for (kind, pairs, expected) in [
        (SecureAccess, vec![("content-type", "application/json")], document),
        (SecureAccess, vec![("content-type", "Application/JSON; charset=UTF-8")], document),
        (SecureAccess, vec![("content-type", "application/json;charset=\"utf-8\"")], document),
        (SecureAccess, vec![("content-type", "application/cloudevents+json")], document),
        (SecureAccess, vec![("content-type", "application/cloudevents-batch+json; charset=utf-8")], document),
        (CloudEvents, vec![("content-type", "application/cloudevents+json"), CE[0]], document),
        (CloudEvents, vec![("content-type", "application/json"), CE[0]], Some(Form::Binary)),
        (CloudEvents, vec![("content-type", "text/xml"), CE[3]], Some(Form::Binary)),
        (SecureAccess, vec![CE[0]], Some(Form::Binary)),
        (Alertmanager, vec![("content-type", "application/json")], document),
        (Alertmanager, vec![("content-type", "application/json"), CE[0]], document),
        (Alertmanager, vec![("content-type", "application/cloudevents+json")], None),
        (Alertmanager, vec![("content-type", "text/plain"), CE[0]], None),
        (SecureAccess, vec![], None),
        (SecureAccess, vec![("content-type", "text/plain")], None),
        (SecureAccess, vec![("content-type", "application/json; charset=utf-16")], None),
        (SecureAccess, vec![("content-type", "application/x-www-form-urlencoded")], None),
        (SecureAccess, vec![("content-type", "application/json"), ("content-type", "text/plain")], None),
        (CloudEvents, vec![("content-type", "application/cloudevents+xml"), CE[0]], None),
        (CloudEvents, vec![("content-type", "application/cloudevents"), CE[0]], None),
        (CloudEvents, vec![("content-type", "application/json"), ("content-encoding", "gzip")], None),
        (CloudEvents, vec![("content-type", "application/json"), ("content-encoding", "identity, gzip")], None),
        (CloudEvents, vec![("content-type", "application/json"), ("content-encoding", "identity")], document),
    ] {
        assert_eq!(form(kind, &headers(&pairs)), expected, "{kind} {pairs:?}");
    }
}

#[test]
fn a_binary_event_is_kept_in_structured_form() {
    let event = parsed(
        &[
            ("ce-subject", "caf%C3%A9%20%E2%82%AC"),
            ("ce-quoted", "\"a \\\"b\\\" %41\""),
            ("content-type", "application/json"),
        ],
        br#"{"n":12345678901234567890123}"#,
    );
    assert_eq!(event["subject"], "café €");
    assert_eq!(event["quoted"], "a \"b\" A");
    assert_eq!(event["id"], "4");
    assert_eq!(event["datacontenttype"], "application/json");
    assert!(
        binary(&[("content-type", "application/json")], br#"{"n":12345678901234567890123}"#)
            .contains(r#""data":{"n":12345678901234567890123}"#)
    );
}

#[test]
fn data_keeps_its_form() {
    for (content_type, body, expected) in [
        ("text/plain", b"a \"b\"".as_slice(), json!({"data": "a \"b\""})),
        ("text/plain", b"\xff\xfe", json!({"data_base64": "//4="})),
        ("application/octet-stream", b"\x00\x01\x02", json!({"data_base64": "AAEC"})),
        ("application/vnd.x+json", b"[1]", json!({"data": [1]})),
        ("application/json", b"\xEF\xBB\xBF\"text\"", json!({"data": "text"})),
        ("application/json", b"", json!({})),
    ] {
        let mut event = parsed(&[("content-type", content_type)], body);
        for known in ["specversion", "type", "source", "id", "datacontenttype"] {
            assert!(event.as_object_mut().unwrap().remove(known).is_some());
        }
        assert_eq!(event, expected, "{content_type}");
    }
}

#[test]
fn headers_cannot_bring_data_or_say_a_thing_twice() {
    let event = parsed(&[("ce-data", "x"), ("ce-data_base64", "x"), ("ce-datacontenttype", "x")], b"{}");
    assert_eq!(event, json!({"specversion": "1.0", "type": "a.b", "source": "/s", "id": "4", "data": {}}));
    for (more, body) in [
        (vec![("ce-id", "5")], b"{}".as_slice()),
        (vec![], br#"1,"id":"5""#),
        (vec![], b"not json"),
        (vec![], br#"{}},{"x":{"#),
        (vec![], b"\"\xff\""),
    ] {
        let headers = headers(&[&CE[..], &more].concat());
        let document = document(Form::Binary, &headers, body.to_vec());
        let found = connector::normalise(SourceKind::CloudEvents, &document);
        assert_eq!((found.reports.len(), found.rejected.len()), (0, 1), "{}", document.text());
    }
}

#[test]
fn secrets_leave_before_anything_is_encoded() {
    let canary = "CANARY0123456789abcdef";
    for content_type in
        ["application/json", "text/plain", "application/x-www-form-urlencoded", "application/octet-stream"]
    {
        let body = format!("{{\"client_secret\":\"{canary}\",\"x\":\"a&password={canary}\"}}");
        let text = binary(
            &[("content-type", content_type), ("ce-authorization", &format!("Bearer {canary}"))],
            body.as_bytes(),
        );
        let encoded =
            serde_json::from_str::<Value>(&text).unwrap()["data_base64"].as_str().unwrap_or_default().to_owned();
        let inner = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, encoded).unwrap();
        assert!(
            !text.contains("CANARY") && !String::from_utf8_lossy(&inner).contains("CANARY"),
            "{content_type}: {text}"
        );
    }
}

#[test]
fn a_binary_delivery_of_secure_access_is_read_like_any_other() {
    let headers = headers(&[
        ("ce-specversion", "1.0"),
        ("ce-type", "secureaccess.alerts.api.anomaly.v1"),
        ("ce-source", "secureaccess.alerts"),
        ("ce-id", "e1"),
        ("ce-time", "2026-06-02T07:15:09Z"),
        ("content-type", "application/json"),
    ]);
    let document = document(Form::Binary, &headers, br#"{"alerts":[{"alertId":"7","severity":"Low"}]}"#.to_vec());
    let found = connector::normalise(SourceKind::SecureAccess, &document);
    assert_eq!(found.reports[0].report_key.as_deref(), Some("e1\u{1F}7"));
    assert_eq!(&document.as_bytes()[found.reports[0].payload.clone()], br#"{"alertId":"7","severity":"Low"}"#);
}
