//! The columns in memory answer exactly what the database does, whatever was written in between, and by whom.

use std::cell::Cell;
use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use rusqlite::Connection;
use tocsin_model::alert::{Content, Handling};
use tocsin_model::id::AlertId;
use tocsin_model::query::Query;
use tocsin_model::survey::SurveyField;
use tocsin_model::time::Timestamp;
use tocsin_store::{AlertSort, Hint, PageRequest, ReportPlace, SortDirection, SortKey, Store, SurveyRequest, Topic};

use crate::filter::{Asked, asked, fill, tell, written};
use crate::oracle::{Made, SOURCES, content, handling, instant, made};
use crate::support::{Fixture, NOW, keep, keep_plain};

/// Rounds, each with alerts of its own, and questions of a round.
const ROUNDS: u32 = 6;
const QUESTIONS: usize = 60;
const ALERTS: usize = 90;

/// What happens between two questions.
#[derive(Debug, Clone)]
enum Change {
    Nothing,
    Handle(prop::sample::Index, Handling, Timestamp),
    Update(prop::sample::Index, Box<Content>, Timestamp),
    Add(Box<Made>),
    Seen(prop::sample::Index),
    Remove(prop::sample::Index),
    Index(u64),
    Drop,
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        3 => Just(Change::Nothing),
        2 => (at(), handling(), instant()).prop_map(|(at, handling, time)| Change::Handle(at, handling, time)),
        2 => (at(), content(), instant()).prop_map(|(at, content, time)| Change::Update(at, Box::new(content), time)),
        1 => made().prop_map(|made| Change::Add(Box::new(Made { from_rule: false, occurrences: 1, ..made }))),
        1 => at().prop_map(Change::Seen),
        1 => at().prop_map(Change::Remove),
        2 => (1u64..60).prop_map(Change::Index),
        1 => Just(Change::Drop),
    ]
}

/// One question: which alerts, in which order, in pages of which size, from where on.
#[derive(Debug, Clone)]
struct Question {
    change: Change,
    asked: Asked,
    key: SortKey,
    direction: SortDirection,
    sizes: Vec<u64>,
    skip: u64,
    buckets: usize,
}

fn question() -> impl Strategy<Value = Question> {
    let direction = prop::sample::select(vec![SortDirection::Ascending, SortDirection::Descending]);
    let sizes = prop::collection::vec(1u64..30, 1..4);
    (change(), asked(), prop::sample::select(SortKey::ALL.to_vec()), direction, sizes, 0u64..40, 1usize..30).prop_map(
        |(change, asked, key, direction, sizes, skip, buckets)| Question {
            change,
            asked,
            key,
            direction,
            sizes,
            skip,
            buckets,
        },
    )
}

/// A store with what is known about it.
struct Round {
    fixture: Fixture,
    alerts: Vec<(AlertId, Made)>,
    fields: Vec<SurveyField>,
}

impl Round {
    fn new(alerts: &[Made]) -> Self {
        let fixture = Fixture::new();
        let ids = fill(&fixture, alerts);
        fixture.store.look_plainly(0);
        fixture.store.load_columns().unwrap();
        let fields = SurveyField::names().into_iter().filter_map(SurveyField::parse).collect();
        Self { fixture, alerts: ids.into_iter().zip(alerts.iter().cloned()).collect(), fields }
    }

    fn row(&self, id: AlertId) -> i64 {
        self.fixture.store.read(|reader| Ok(reader.alert(id)?.unwrap().0)).unwrap()
    }

    fn change(&mut self, change: &Change) {
        match change.clone() {
            Change::Nothing => {}
            Change::Index(some) => drop(self.fixture.write(move |tx| tx.index_text(some))),
            Change::Drop => {
                self.fixture.store.drop_columns();
                self.fixture.store.load_columns().unwrap();
            }
            Change::Handle(at, handling, time) => {
                let (id, made) = &mut self.alerts[at.index(ALERTS / 2)];
                (made.handling, made.updated_at) = (handling.clone(), time);
                let id = *id;
                let row = self.row(id);
                self.fixture.write(move |tx| tx.set_handling(row, &handling, None, time));
            }
            Change::Update(at, content, time) => {
                let place = at.index(ALERTS / 2);
                let (id, made) = &mut self.alerts[place];
                (made.content, made.updated_at) = ((*content).clone(), time);
                let (id, handling) = (*id, made.handling.clone());
                let row = self.row(id);
                let report = ReportPlace { key: None, reported_at: None, delivery_row: 1, payload: 0..1 };
                self.fixture.write(move |tx| tx.update_alert(row, &content, &handling, &report, time));
            }
            Change::Add(made) => {
                let (kept, number) = (made.clone(), self.alerts.len());
                let id = self.fixture.write(move |tx| {
                    let source = tx.reader().source(SOURCES[made.source].0)?.unwrap().row;
                    let name = format!("added {number} {}", made.external_id);
                    let (row, id) = keep(tx, source, &name, &made.content, made.received_at)?;
                    tx.set_handling(row, &made.handling, Some(made.seen), made.updated_at)?;
                    Ok(id)
                });
                let external_id = format!("added {number} {}", kept.external_id);
                self.alerts.push((id, Made { external_id, ..*kept }));
            }
            Change::Seen(at) => {
                let (id, made) = &mut self.alerts[at.index(ALERTS / 2)];
                made.seen = true;
                let id = *id;
                self.fixture.write(move |tx| tx.mark_seen(&[id]));
            }
            Change::Remove(at) => self.remove(at.index(self.alerts.len())),
        }
    }

    /// As another process would, which says so. The newest are removed as well, so that rows are used again.
    fn remove(&mut self, place: usize) {
        if self.alerts.len() <= ALERTS / 2 + 1 {
            return;
        }
        let place = place.max(ALERTS / 2);
        let (id, _) = self.alerts.remove(place);
        let row = self.row(id);
        let other = Connection::open(self.fixture.dir.path().join(Store::FILE_NAME)).unwrap();
        other
            .execute_batch(&format!(
                "PRAGMA foreign_keys = OFF; BEGIN; DELETE FROM alerts WHERE row = {row}; \
                 DELETE FROM alert_text WHERE rowid = {row}; \
                 UPDATE alert_text_progress SET indexed_row = min(indexed_row, (SELECT max(row) FROM alerts)); \
                 INSERT INTO hints (topic, alerts) VALUES ('alerts', '[]'); COMMIT"
            ))
            .unwrap();
    }

    fn check(&self, question: &Question) -> Result<usize, TestCaseError> {
        let text = written(&question.asked);
        let query = Query::parse(&text, NOW).map_err(|error| TestCaseError::fail(error.message))?;
        let store = &self.fixture.store;
        let means = |made: &Made| question.asked.iter().all(|(negated, ask)| ask.means(made) != *negated);
        let expected: BTreeSet<AlertId> =
            self.alerts.iter().filter(|(_, made)| means(made)).map(|(id, _)| *id).collect();
        let sort = AlertSort { key: question.key, direction: question.direction };
        let all = PageRequest { query: &query, sort, after: None, skip: 0, limit: 10_000 };
        let rows = store.read(|reader| reader.alerts(&all)).unwrap();
        let columns = store.list(&all).unwrap();
        prop_assert!(columns.alerts == rows.alerts, "{text} {sort:?}");
        let found: BTreeSet<AlertId> = columns.alerts.iter().map(|alert| alert.id).collect();
        prop_assert_eq!(&found, &expected, "{}", text);
        self.pages(question, &query, sort)?;
        prop_assert_eq!(store.count(&query, 1_000).unwrap(), u64::try_from(expected.len()).unwrap(), "{}", text);
        let request = SurveyRequest {
            query: &query,
            from: None,
            to: None,
            buckets: question.buckets,
            fields: &self.fields[question.buckets % 7..][..12],
            now: NOW,
        };
        let counted = store.read(|reader| reader.survey(&request)).unwrap();
        prop_assert_eq!(store.survey(&request).unwrap(), counted, "{}", text);
        let field = self.fields[question.buckets % self.fields.len()];
        let rows = store.read(|reader| reader.count_by(&query, field)).unwrap();
        prop_assert_eq!(store.count_by(&query, field).unwrap(), rows, "{} by {:?}", text, field);
        prop_assert!(store.columns_idle().is_some(), "the columns were asked");
        Ok(expected.len())
    }

    /// Page after page, by the columns and by the database in turn: the same alerts, the same cursors.
    fn pages(&self, question: &Question, query: &Query, sort: AlertSort) -> Result<(), TestCaseError> {
        let (mut after, mut skip) = (None::<String>, question.skip);
        for (turn, limit) in question.sizes.iter().cycle().enumerate() {
            let request = PageRequest { query, sort, after: after.as_deref(), skip, limit: *limit };
            let rows = self.fixture.store.read(|reader| reader.alerts(&request)).unwrap();
            let columns = self.fixture.store.list(&request).unwrap();
            prop_assert!(columns.alerts == rows.alerts, "page {turn} after {after:?} of {query:?} {sort:?}");
            prop_assert_eq!(&columns.next, &rows.next);
            after = rows.next;
            skip = 0;
            if after.is_none() {
                break;
            }
        }
        Ok(())
    }
}

#[test]
fn columns_rows_and_a_naive_reading_agree_whatever_happens_in_between() {
    let config = Config { cases: ROUNDS, failure_persistence: None, max_shrink_iters: 10, ..Config::default() };
    let rounds = (prop::collection::vec(made(), ALERTS), prop::collection::vec(question(), QUESTIONS));
    let (questions, telling) = (Cell::new(0), Cell::new(0));
    let outcome = TestRunner::new(config).run(&rounds, |(alerts, asked)| {
        let mut round = Round::new(&alerts);
        for question in &asked {
            round.change(&question.change);
            let found = round.check(question)?;
            questions.set(questions.get() + 1);
            telling.set(telling.get() + usize::from((1..round.alerts.len()).contains(&found)));
        }
        Ok(())
    });
    tell(outcome);
    let (questions, telling) = (questions.get(), telling.get());
    assert!(questions >= 300, "{questions}");
    assert!(telling * 2 > questions, "only {telling} of {questions} questions tell alerts apart");
}

fn count(store: &Store, query: &str) -> u64 {
    store.count(&Query::parse(query, NOW).unwrap(), u64::MAX).unwrap()
}

#[test]
fn a_change_by_another_process_is_seen_at_once() {
    let (fixture, source) = Fixture::with_source();
    let ids: Vec<AlertId> = (0..5).map(|n| keep_plain(&fixture, source, &n.to_string()).1).collect();
    fixture.store.load_columns().unwrap();
    assert_eq!(count(&fixture.store, "seen:false"), 5);
    let other = Store::open(fixture.dir.path()).unwrap();
    let (one, two) = (ids[0], ids[1]);
    let mark = |id: AlertId, told: Vec<AlertId>| {
        other
            .write_blocking(move |tx| {
                tx.mark_seen(&[id])?;
                tx.add_hint(&Hint { topic: Topic::Alerts, alerts: told })
            })
            .unwrap();
    };
    mark(one, vec![one]);
    assert_eq!(count(&fixture.store, "seen:false"), 4);
    assert!(fixture.store.columns_idle().is_some(), "one alert is no reason to read them all again");
    // Hints may be taken before anyone asks.
    mark(two, vec![two]);
    fixture.write(|tx| tx.take_hints());
    assert_eq!(count(&fixture.store, "seen:false"), 3);
    // “Many” means all of them.
    mark(ids[2], Vec::new());
    assert_eq!(count(&fixture.store, "seen:false"), 2);
    fixture.store.load_columns().unwrap();
    assert_eq!(count(&fixture.store, "seen:false"), 2);
    // What came in through the other one is there as well.
    other
        .write_blocking(move |tx| {
            let (_, id) = keep(tx, source, "elsewhere", &crate::support::content("elsewhere"), NOW)?;
            tx.add_hint(&Hint { topic: Topic::Alerts, alerts: vec![id] })
        })
        .unwrap();
    assert_eq!(count(&fixture.store, "elsewhere"), 1);
}

#[test]
fn what_a_write_returned_is_found_by_whoever_asks_next() {
    let (fixture, source) = Fixture::with_source();
    fixture.store.load_columns().unwrap();
    std::thread::scope(|scope| {
        // More of them than there are readers.
        for sender in 0..12 {
            let fixture = &fixture;
            scope.spawn(move || {
                for n in 0..40 {
                    let (_, id) = keep_plain(fixture, source, &format!("sender{sender}-{n}-end"));
                    assert_eq!(count(&fixture.store, &format!("title:sender{sender}-{n}-end")), 1);
                    fixture.write(move |tx| tx.mark_seen(&[id]));
                    assert_eq!(count(&fixture.store, &format!("sender{sender}-{n}-end seen:true")), 1);
                }
            });
        }
    });
    assert_eq!(count(&fixture.store, ""), 480);
}

#[test]
fn the_index_of_texts_is_found_again_after_a_restart_and_is_sound() {
    let (fixture, source) = Fixture::with_source();
    for n in 0..30 {
        keep_plain(&fixture, source, &format!("number {n} of thirty"));
    }
    assert_eq!(fixture.write(|tx| tx.index_text(20)), 20);
    assert_eq!(fixture.store.read(|reader| reader.texts_to_index()).unwrap(), 10);
    let Fixture { store, dir } = fixture;
    drop(store);
    let store = Store::open(dir.path()).unwrap();
    store.look_plainly(0);
    store.load_columns().unwrap();
    assert_eq!(store.write_blocking(|tx| tx.index_text(20)).unwrap(), 10);
    assert_eq!(store.write_blocking(|tx| tx.index_text(20)).unwrap(), 0);
    for n in 0..30 {
        assert_eq!(count(&store, &format!("\"UMBER {n} OF\"")), 1, "{n}");
    }
    assert_eq!(store.check().unwrap(), [""; 0]);
    let look = Connection::open(dir.path().join(Store::FILE_NAME)).unwrap();
    look.execute("INSERT INTO alert_text (alert_text) VALUES ('integrity-check')", []).unwrap();
}
