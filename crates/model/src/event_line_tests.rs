//! Lines of every sort, read both ways.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;

use crate::event::{Event, by_tree};
use crate::field::{EventKind, FIELDS};
use crate::tree::Tree;

/// A value, mostly of a sort that fields have.
fn value() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        4 => "[a-zA-Z0-9.:/ -]{0,30}".prop_map(|text| Tree::quoted(&text)),
        2 => any::<String>().prop_map(|text| Tree::quoted(&text)),
        1 => "[aA0]{0,2}(\\\\u00e9|\\\\u0041|\\\\ud800|\\\\n|\\\\x|\n)[a]{0,2}".prop_map(|text| format!("\"{text}\"")),
        2 => "(-?(0|[1-9][0-9]{0,20}))(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,3})?",
        1 => Just("-0".to_owned()),
        1 => "(\"[-+]?[0-9]{0,3}(\\.[0-9]{0,4})?\")",
        1 => "(\"(true|FALSE|10.0.0.1|::ffff:10.1.1.1|text/html; a=b|Host.example.)\")",
        2 => "(true|false|null)",
        1 => "(nul|01|1\\.|\\{|\"|tru)",
    ];
    let list = prop::collection::vec(scalar.clone(), 0..4).prop_map(|members| format!("[{}]", members.join(", ")));
    prop_oneof![
        8 => scalar,
        2 => list.clone(),
        1 => prop::collection::vec(list, 0..2).prop_map(|members| format!("[{}]", members.join(","))),
        1 => "(\\{\\}|\\{\"a\": 1, \"b\": \\[\\]\\}|\\[1,\\])",
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => (0..FIELDS.len()).prop_map(|at| FIELDS[at].name.to_owned()),
        2 => "attr:[ab]{0,2}",
        1 => "(colour|Hostname|host\\\\u006eame|host\\\\name|)",
    ]
}

fn object() -> impl Strategy<Value = String> {
    prop::collection::vec((name(), value()), 0..8).prop_map(|members| {
        let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    })
}

fn line() -> impl Strategy<Value = String> {
    let member = prop_oneof![
        1 => Just("\"time\":\"2026-03-01T11:00:00+01:00\"".to_owned()),
        1 => value().prop_map(|value| format!("\"time\":{value}")),
        2 => "(\"source\": ?(\"Edge\"|\"\"|null|1))",
        2 => value().prop_map(|value| format!("\"colour\":{value}")),
        1 => value().prop_map(|value| format!("\"fields\":{value}")),
        1 => Just("\"id\":\"\"".to_owned()),
    ];
    let kind = (0..EventKind::ALL.len()).prop_map(|at| EventKind::ALL[at].as_str());
    (object(), kind, prop::collection::vec(member, 0..2), any::<bool>(), "( |}|)").prop_map(
        |(fields, kind, more, first, end)| {
            let mut members = vec![
                "\"id\":\"e1\"".to_owned(),
                "\"time\":\"2026-03-01T10:00:00.5Z\"".to_owned(),
                format!("\"kind\":\"{kind}\""),
            ];
            members.extend(more);
            members.insert(if first { 0 } else { members.len() }, format!("\"fields\": {fields}"));
            format!("{{{}}}{end}", members.join(", "))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_the_quick_way_reads_is_what_the_tree_says(line in line()) {
        if let Some(event) = super::event(&line) {
            prop_assert_eq!(Ok(event), by_tree(&line), "{}", line);
        }
    }

    #[test]
    fn fields_of_the_log_are_read_alike(fields in object(), kind in 0..EventKind::ALL.len()) {
        let (kind, time) = (EventKind::ALL[kind], crate::time::Timestamp::default());
        if let (Some((found, unreadable)), Ok(Tree::Map(said))) = (super::fields(&fields, kind), Tree::parse(&fields)) {
            let event = Event::new(String::new(), time, kind, &said);
            prop_assert_eq!((found, unreadable), (event.fields, event.unreadable), "{}", fields);
        }
    }
}

#[test]
fn ordinary_lines_go_the_quick_way() {
    for line in [
        r#"{"id":"a","time":"2026-03-01T10:00:00Z","kind":"generic"}"#,
        r#"{"fields":{"hostname":"A.example.","status_code":404,"latency_ms":12.5,"detected":true,"apps":["x","X"],
            "attr:n":5,"attr:b":true,"username":null,"client_ip":"nowhere","method":"a\"b","colour":1.5},
            "id":"a","kind":"dlp.transaction","source":"Edge","time":"2026-03-01T10:00:00.123Z","version":2}"#,
        r#"{"id":"a","time":"2026-03-01T10:00:00+01:00","kind":"api.request","fields":{"request_bytes":"12","apps":[1]}}"#,
    ] {
        assert_eq!(super::event(line).as_ref(), by_tree(line).as_ref().ok(), "{line}");
    }
}

#[test]
fn what_is_rare_or_wrong_is_left_to_the_other() {
    for line in [
        r#"{"id":"a","time":"2026-03-01T10:00:00Z","kind":"generic","id":"b"}"#,
        r#"{"id":"a","time":"2026-03-01T10:00:00Z","kind":"generic","fields":{"method":"a","method":null}}"#,
        r#"{"id":"a","time":"2026-03-01T10:00:00Z","kind":"generic","fields":{"attr:x":"a","attr:x":null}}"#,
        r#"{"id":"a","time":"2026-03-01T10:00:00Z","kind":"generic","fields":{"attr:x":1.50}}"#,
        r#"{"id":"a","time":"2026-03-01T10:00:00Z","kind":"generic","fields":{"method":["a"]}}"#,
        r#"{"id":"a","time":"2026-03-01T10:00:00Z","kind":"generic"} {}"#,
        r#"{"id":"a","time":"soon","kind":"generic"}"#,
        "[]",
        "",
    ] {
        assert_eq!(super::event(line), None, "{line}");
    }
}
