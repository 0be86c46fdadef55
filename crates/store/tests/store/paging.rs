//! Pages of any size, put together, are the list: nothing twice, nothing missing, in every order.

use std::cmp::Ordering;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tocsin_model::alert::Alert;
use tocsin_model::id::AlertId;
use tocsin_model::query::Query;
use tocsin_model::severity::Severity;
use tocsin_model::time::Timestamp;
use tocsin_store::{AlertSort, PageRequest, SortDirection, SortKey, StoreError};

use crate::support::{Fixture, NOW, content, keep};

const KEYS: [SortKey; 10] = SortKey::ALL;
const DIRECTIONS: [SortDirection; 2] = [SortDirection::Ascending, SortDirection::Descending];

/// What an order looks at: few different values, so that most of them are equal.
#[derive(Debug, Clone)]
struct Keys {
    time: i64,
    updated: i64,
    severity: Severity,
    text: Option<&'static str>,
}

fn keys() -> impl Strategy<Value = Keys> {
    let texts = [None, Some(""), Some("a.b"), Some("A.B"), Some("b.7"), Some("ÄB"), Some("äb c"), Some("."), Some("é")];
    let texts = prop::sample::select(texts.to_vec());
    (-2i64..3, 0i64..4, prop::sample::select(Severity::ALL.to_vec()), texts)
        .prop_map(|(time, updated, severity, text)| Keys { time: time * 3_600_000, updated, severity, text })
}

fn fill(alerts: &[Keys]) -> Fixture {
    let (fixture, source) = Fixture::with_source();
    let alerts = alerts.to_vec();
    fixture.write(move |tx| {
        for (n, keys) in alerts.iter().enumerate() {
            let mut content = content(&n.to_string());
            content.time = Timestamp::from_millis(keys.time);
            content.severity = keys.severity;
            content.title = keys.text.unwrap_or("none").to_owned();
            content.category = keys.text.map(str::to_owned);
            content.alert_type = keys.text.map(|text| format!("{text}."));
            let (row, id) = keep(tx, source, &n.to_string(), &content, NOW)?;
            let (_, alert) = tx.reader().alert(id)?.unwrap();
            tx.set_handling(row, &alert.handling, None, Timestamp::from_millis(NOW.millis() + keys.updated))?;
        }
        Ok(())
    });
    fixture
}

/// The naive order: by the key, and equal keys by arrival, all turned round when descending.
fn sorted(mut alerts: Vec<Alert>, sort: AlertSort) -> Vec<AlertId> {
    let arrival = |alert: &Alert| alert.external_id.parse::<usize>().unwrap();
    alerts.sort_by(|left, right| {
        let by_key = match sort.key {
            SortKey::Time => left.content.time.cmp(&right.content.time),
            SortKey::Received => Ordering::Equal,
            SortKey::Updated => left.updated_at.cmp(&right.updated_at),
            SortKey::Severity => left.content.severity.cmp(&right.content.severity),
            SortKey::Status => left.handling.status.cmp(&right.handling.status),
            SortKey::Occurrences => left.occurrences.cmp(&right.occurrences),
            SortKey::Source => by_alphabet(Some(left.source.as_str()), Some(right.source.as_str())),
            SortKey::Title => by_alphabet(Some(&left.content.title), Some(&right.content.title)),
            SortKey::Category => by_alphabet(left.content.category.as_deref(), right.content.category.as_deref()),
            SortKey::AlertType => by_alphabet(left.content.alert_type.as_deref(), right.content.alert_type.as_deref()),
        };
        let order = by_key.then(arrival(left).cmp(&arrival(right)));
        match sort.direction {
            SortDirection::Ascending => order,
            SortDirection::Descending => order.reverse(),
        }
    });
    alerts.into_iter().map(|alert| alert.id).collect()
}

/// Whatever the case; nothing is before everything.
fn by_alphabet(left: Option<&str>, right: Option<&str>) -> Ordering {
    left.map(str::to_lowercase).unwrap_or_default().cmp(&right.map(str::to_lowercase).unwrap_or_default())
}

/// Reads page after page, each of the next size.
fn paged(fixture: &Fixture, query: &Query, sort: AlertSort, sizes: &[u64]) -> Vec<AlertId> {
    let (mut read, mut after, mut sizes) = (Vec::new(), None, sizes.iter().cycle());
    loop {
        let limit = *sizes.next().unwrap();
        let request = PageRequest { query, sort, after: after.as_deref(), skip: 0, limit };
        let page = fixture.store.read(|reader| reader.alerts(&request)).unwrap();
        assert!(u64::try_from(page.alerts.len()).unwrap() <= limit.max(1));
        assert!(!page.alerts.is_empty() || after.is_none(), "a cursor that leads to nothing");
        read.extend(page.alerts.into_iter().map(|alert| alert.id));
        assert!(read.len() < 1_000, "the list has no end");
        after = page.next;
        if after.is_none() {
            return read;
        }
    }
}

/// Reads pages each of which is found by passing over all before it, from the start or from an earlier cursor.
fn jumped(fixture: &Fixture, query: &Query, sort: AlertSort, sizes: &[u64]) -> Vec<AlertId> {
    let (mut read, mut anchor, mut sizes) = (Vec::new(), (None::<String>, 0), sizes.iter().cycle());
    loop {
        let limit = sizes.next().unwrap().saturating_add(1);
        let skip = u64::try_from(read.len()).unwrap() - anchor.1;
        let request = PageRequest { query, sort, after: anchor.0.as_deref(), skip, limit };
        let page = fixture.store.read(|reader| reader.alerts(&request)).unwrap();
        read.extend(page.alerts.into_iter().map(|alert| alert.id));
        let Some(next) = page.next else { return read };
        if limit % 2 == 0 {
            anchor = (Some(next), u64::try_from(read.len()).unwrap());
        }
    }
}

#[test]
fn pages_add_up_to_the_sorted_list() {
    let cases = (prop::collection::vec(keys(), 0..60), prop::collection::vec(0u64..9, 1..6));
    let mut runner = TestRunner::new(Config { cases: 16, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&cases, |(alerts, sizes)| {
        let fixture = fill(&alerts);
        for (text, holds) in [("", true), ("severity:>=medium", false)] {
            let query = Query::parse(text, NOW).unwrap();
            let all = PageRequest {
                query: &query,
                sort: ordered(KEYS[1], DIRECTIONS[0]),
                after: None,
                skip: 0,
                limit: u64::MAX,
            };
            let all = fixture.store.read(|reader| reader.alerts(&all)).unwrap();
            prop_assert!(all.next.is_none());
            prop_assert!(!holds || all.alerts.len() == alerts.len());
            for sort in KEYS.into_iter().flat_map(|key| DIRECTIONS.map(|direction| ordered(key, direction))) {
                let paged = paged(&fixture, &query, sort, &sizes);
                let wanted = sorted(all.alerts.clone(), sort);
                prop_assert_eq!(&paged, &wanted, "{:?} of “{}”", sort, text);
                prop_assert_eq!(jumped(&fixture, &query, sort, &sizes), wanted, "{:?} of “{}”", sort, text);
            }
        }
        Ok(())
    });
    outcome.unwrap();
}

fn ordered(key: SortKey, direction: SortDirection) -> AlertSort {
    AlertSort { key, direction }
}

#[test]
fn alerts_that_come_in_while_paging_move_nothing() {
    let (fixture, source) = Fixture::with_source();
    let add = |name: String, millis: i64| {
        fixture.write(move |tx| {
            let mut content = content(&name);
            content.time = Timestamp::from_millis(millis);
            keep(tx, source, &name, &content, NOW).map(|(_, id)| id)
        })
    };
    let mut ids: Vec<_> = (0..20).map(|n| add(n.to_string(), n / 4)).collect();
    ids.reverse();
    let (query, sort) = (Query::default(), ordered(SortKey::Time, SortDirection::Descending));
    let (mut read, mut after) = (Vec::new(), None::<String>);
    for round in 0.. {
        let request = PageRequest { query: &query, sort, after: after.as_deref(), skip: 0, limit: 3 };
        let page = fixture.store.read(|reader| reader.alerts(&request)).unwrap();
        read.extend(page.alerts.into_iter().map(|alert| alert.id));
        add(format!("new {round}"), 1_000);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(read, ids);
}

#[test]
fn a_cursor_of_another_order_or_of_nobody_is_refused() {
    let fixture = fill(&vec![Keys { time: 0, updated: 0, severity: Severity::Low, text: None }; 3]);
    let query = Query::default();
    let read = |key, after: &str| {
        let request = PageRequest {
            query: &query,
            sort: ordered(key, SortDirection::Descending),
            after: Some(after),
            skip: 0,
            limit: 1,
        };
        fixture.store.read(|reader| reader.alerts(&request))
    };
    let request = PageRequest {
        query: &query,
        sort: ordered(SortKey::Time, SortDirection::Descending),
        after: None,
        skip: 0,
        limit: 1,
    };
    let cursor = fixture.store.read(|reader| reader.alerts(&request)).unwrap().next.unwrap();
    assert_eq!(read(SortKey::Time, &cursor).unwrap().alerts.len(), 1);
    let long = "x".repeat(100_000);
    for after in ["", "time", "time.1", "time.1.x", "time.1.2.3", "x.1.2", "time.99999999999999999999.1", &long] {
        let error = read(SortKey::Time, after).unwrap_err();
        assert!(matches!(error, StoreError::Cursor(_)), "{error:?}");
        assert!(error.to_string().contains("start again without one") && error.to_string().len() < 200);
    }
    assert!(matches!(read(SortKey::Severity, &cursor), Err(StoreError::Cursor(_))));
}
