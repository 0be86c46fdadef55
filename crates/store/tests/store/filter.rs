//! The filter in SQL finds exactly the alerts that a naive reading of the query means.

use std::cell::Cell;
use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use rusqlite::Connection;
use tocsin_model::id::AlertId;
use tocsin_model::query::{Query, QueryError};
use tocsin_store::{AlertSort, PageRequest, SortDirection, SortKey, Store};

use crate::oracle::{Ask, Made, SOURCES, WORDS, ask, made};
use crate::support::{Fixture, NOW, content, keep, source};

/// Rounds, each with alerts of its own, and queries of a round.
const ROUNDS: u32 = 8;
const QUERIES: usize = 400;
const ALERTS: usize = 70;

/// Keeps the alerts as they were made; gives their ids in the same order.
pub fn fill(fixture: &Fixture, alerts: &[Made]) -> Vec<AlertId> {
    let made = alerts.to_vec();
    let kept = fixture.write(move |tx| {
        let rows = SOURCES.map(|(name, kind)| tx.add_source(&source(name, kind)));
        let rows = rows.into_iter().collect::<Result<Vec<_>, _>>()?;
        let mut kept = Vec::new();
        for (n, alert) in made.iter().enumerate() {
            let (row, id) = keep(tx, rows[alert.source], &n.to_string(), &alert.content, alert.received_at)?;
            tx.set_handling(row, &alert.handling, Some(alert.seen), alert.updated_at)?;
            kept.push((row, id));
        }
        Ok(kept)
    });
    // What no use case sets yet.
    let connection = Connection::open(fixture.dir.path().join(Store::FILE_NAME)).unwrap();
    connection.execute_batch("BEGIN").unwrap();
    for ((row, _), alert) in kept.iter().zip(alerts) {
        let origin = if alert.from_rule { "rule" } else { "vendor" };
        connection
            .execute(
                "UPDATE alerts SET origin = ?2, occurrences = ?3, external_id = ?4 WHERE row = ?1",
                (row, origin, i64::try_from(alert.occurrences).unwrap(), &alert.external_id),
            )
            .unwrap();
    }
    connection.execute_batch("COMMIT").unwrap();
    kept.into_iter().map(|(_, id)| id).collect()
}

pub fn found(fixture: &Fixture, query: &Query) -> BTreeSet<AlertId> {
    let sort = AlertSort { key: SortKey::Received, direction: SortDirection::Ascending };
    let request = PageRequest { query, sort, after: None, skip: 0, limit: 100_000 };
    let page = fixture.store.read(|reader| reader.alerts(&request)).unwrap();
    page.alerts.into_iter().map(|alert| alert.id).collect()
}

/// Questions that must all be answered yes, or no where they are negated.
pub type Asked = Vec<(bool, Ask)>;

pub fn asked() -> impl Strategy<Value = Asked> {
    prop::collection::vec((any::<bool>(), ask()), 1..4)
}

pub fn written(asked: &Asked) -> String {
    let terms = asked.iter().map(|(negated, ask)| format!("{}{}", if *negated { "-" } else { "" }, ask.written()));
    terms.collect::<Vec<_>>().join(" ")
}

/// Asks in three ways; says how many alerts were found.
fn check(fixture: &Fixture, alerts: &[Made], ids: &[AlertId], asked: &Asked) -> Result<usize, TestCaseError> {
    let text = written(asked);
    let query = Query::parse(&text, NOW).map_err(|QueryError { message, .. }| TestCaseError::fail(message))?;
    let means = |alert: &Made| asked.iter().all(|(negated, ask)| ask.means(alert) != *negated);
    let expected: BTreeSet<AlertId> =
        alerts.iter().zip(ids).filter(|(alert, _)| means(alert)).map(|(_, id)| *id).collect();
    let found = found(fixture, &query);
    if let Some(wrong) = found.symmetric_difference(&expected).next() {
        let at = ids.iter().position(|id| id == wrong).unwrap();
        let verdict = if found.contains(wrong) { "found" } else { "missed" };
        return Err(TestCaseError::fail(format!("{text}\nwrongly {verdict}: {:#?}", alerts[at])));
    }
    let count = fixture.store.read(|reader| reader.count_alerts(&query, u64::MAX)).unwrap();
    prop_assert_eq!(count, u64::try_from(expected.len()).unwrap(), "counting {}", text);
    // One statement an alert, so only a few.
    let few = &ids[..ids.len().min(8)];
    let matching = fixture.store.read(|reader| reader.matching(&query, few)).unwrap();
    let matching: BTreeSet<AlertId> = matching.into_iter().map(|alert| alert.id).collect();
    let expected: BTreeSet<AlertId> = few.iter().filter(|id| expected.contains(id)).copied().collect();
    prop_assert_eq!(matching, expected, "matching {}", text);
    Ok(found.len())
}

/// The reason alone: a round with all its alerts says nothing to a reader.
pub fn tell<T: std::fmt::Debug>(outcome: Result<(), TestError<T>>) {
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, _)) => panic!("{reason}"),
        Err(TestError::Abort(reason)) => panic!("gave up: {reason}"),
    }
}

#[test]
fn the_filter_means_what_the_documents_say() {
    let config = Config { cases: ROUNDS, failure_persistence: None, max_shrink_iters: 300, ..Config::default() };
    let rounds = (prop::collection::vec(made(), ALERTS), prop::collection::vec(asked(), QUERIES));
    let (queries, telling) = (Cell::new(0), Cell::new(0));
    let outcome = TestRunner::new(config).run(&rounds, |(alerts, asked)| {
        let fixture = Fixture::new();
        let ids = fill(&fixture, &alerts);
        for asked in &asked {
            let found = check(&fixture, &alerts, &ids, asked)?;
            queries.set(queries.get() + 1);
            telling.set(telling.get() + usize::from((1..alerts.len()).contains(&found)));
        }
        Ok(())
    });
    tell(outcome);
    let (queries, telling) = (queries.get(), telling.get());
    assert!(queries >= 3_000, "{queries}");
    assert!(telling * 2 > queries, "only {telling} of {queries} queries tell alerts apart");
}

/// The alerts that a query finds among some with these titles, by their place.
fn titles_found(titles: &[&str], query: &str) -> Vec<usize> {
    let (fixture, source) = Fixture::with_source();
    let owned: Vec<String> = titles.iter().map(|title| (*title).to_owned()).collect();
    let ids = fixture.write(move |tx| {
        let keep = |(n, title): (usize, &String)| keep(tx, source, &n.to_string(), &content(title), NOW);
        owned.iter().enumerate().map(|found| keep(found).map(|(_, id)| id)).collect::<Result<Vec<_>, _>>()
    });
    let found = found(&fixture, &Query::parse(query, NOW).unwrap());
    ids.iter().enumerate().filter(|(_, id)| found.contains(id)).map(|(n, _)| n).collect()
}

#[test]
fn free_text_is_looked_for_in_what_an_alert_says_and_nowhere_else() {
    let (fixture, row) = Fixture::with_source();
    let mut content = content("a title");
    content.entities.username = vec!["CORP\\Ana \"the boss\"".to_owned(), "böb".to_owned()];
    content.tags = vec!["team=red".to_owned()];
    fixture.write(move |tx| keep(tx, row, "41", &content, NOW));
    let holds = |text: &str| {
        let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
        found(&fixture, &Query::parse(&format!("\"{quoted}\""), NOW).unwrap()).len() == 1
    };
    for said in ["A TITLE", "corp\\ana", "\"The Boss\"", "BÖB", "team=RED", "41", "csa", "High", "active"] {
        assert!(holds(said), "{said}");
    }
    // How the store writes lists down is no part of what they say.
    for unsaid in ["username", "clientIp", "hostname", "[", "\",\"", "{}", "\\\\ana", "null", "vendor"] {
        assert!(!holds(unsaid), "{unsaid}");
    }
}

#[test]
fn a_v4_network_written_as_v6_is_that_network() {
    let (fixture, row) = Fixture::with_source();
    let addresses = ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1"];
    fixture.write(move |tx| {
        addresses.iter().try_for_each(|address| {
            let mut content = content(address);
            content.entities.client_ip = vec![(*address).to_owned()];
            keep(tx, row, address, &content, NOW).map(|_| ())
        })
    });
    for (network, matches) in [
        ("10.1.2.3", 2),
        ("::ffff:10.1.2.3", 2),
        ("::ffff:10.0.0.0/104", 2),
        ("::ffff:10.1.2.4", 0),
        ("0.0.0.0/0", 2),
        ("::/0", 1),
        ("2001:db8::/32,10.0.0.0/8", 3),
    ] {
        assert_eq!(found(&fixture, &Query::parse(&format!("ip:{network}"), NOW).unwrap()).len(), matches, "{network}");
    }
}

#[test]
fn search_text_is_only_ever_text() {
    let titles =
        ["a%b", "a_b", "axb", "it's", "x'; DROP TABLE alerts; --", "a\\b", "İzmir", "ΟΔΟΣ", "straße", "nul\0l"];
    for (query, places) in [
        ("%", vec![0]),
        ("a_b", vec![1]),
        ("title:a?b", vec![]),
        ("title:a*b", vec![0, 1, 2, 5]),
        ("'", vec![3, 4]),
        ("\"'; drop table alerts; --\"", vec![4]),
        ("title:\"x'; drop*\"", vec![4]),
        ("\\", vec![5]),
        ("İZMIR", vec![6]),
        ("title:i\u{307}zmir", vec![6]),
        ("οδος", vec![7]),
        ("οδοσ", vec![7]),
        ("ΔΟΣ", vec![7]),
        ("STRAẞE", vec![8]),
        ("strasse", vec![]),
        ("\0", vec![9]),
    ] {
        assert_eq!(titles_found(&titles, query), places, "{query}");
    }
}

#[test]
fn no_search_text_makes_an_error() {
    let (fixture, row) = Fixture::with_source();
    for (n, word) in WORDS.iter().enumerate() {
        fixture.write(move |tx| keep(tx, row, &n.to_string(), &content(word), NOW));
    }
    let text = proptest::collection::vec(
        prop_oneof![
            any::<char>().prop_map(String::from),
            proptest::sample::select(vec![
                "%", "_", "'", "''", ";", "--", "/*", "*", "?", "\\", "[", "]", "\0", "?1", ":a"
            ])
            .prop_map(str::to_owned),
            proptest::sample::select(WORDS.to_vec()).prop_map(str::to_owned),
        ],
        1..12,
    );
    let fields = proptest::sample::select(vec!["", "title:", "user:", "tag:", "id:", "source:", "-note:", "-"]);
    let config = Config { cases: 400, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&(fields, text), |(field, parts)| {
        let text = parts.concat().replace('\\', "\\\\").replace('"', "\\\"");
        let query =
            Query::parse(&format!("{field}\"{text}\""), NOW).map_err(|error| TestCaseError::fail(error.message))?;
        found(&fixture, &query);
        Ok(())
    });
    tell(outcome);
    assert_eq!(found(&fixture, &Query::default()).len(), WORDS.len(), "everything is still there");
    assert_eq!(fixture.store.check().unwrap(), [""; 0]);
}
