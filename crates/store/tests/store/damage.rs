//! A damaged database: an error in words, or data that is whole. Never a panic, never quietly less.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tocsin_model::query::Query;
use tocsin_store::{AlertSort, PageRequest, SortDirection, SortKey, Store, StoreError};

use crate::support::{Fixture, NOW, content, keep, source};

const FILE: &str = Store::FILE_NAME;
const ALERTS: usize = 400;

/// What is done to a copy.
#[derive(Debug, Clone)]
enum Harm {
    /// The file ends here, in parts of a thousand.
    Cut(usize),
    /// These bits of these bytes, in parts of a million, are turned.
    Flip(Vec<(usize, u8)>),
    /// From here on, in parts of a thousand, this many bytes are this one.
    Smear(usize, usize, u8),
}

fn harm() -> impl Strategy<Value = Harm> {
    prop_oneof![
        (1usize..1_000).prop_map(Harm::Cut),
        prop::collection::vec((0usize..1_000_000, 0u8..8), 1..40).prop_map(Harm::Flip),
        (0usize..1_000, 1usize..9_000, any::<u8>()).prop_map(|(from, length, byte)| Harm::Smear(from, length, byte)),
    ]
}

fn harmed(mut bytes: Vec<u8>, harm: &Harm) -> Vec<u8> {
    let length = bytes.len();
    match harm {
        Harm::Cut(part) => bytes.truncate(length * part / 1_000),
        Harm::Flip(bits) => bits.iter().for_each(|(part, bit)| bytes[length * part / 1_000_000] ^= 1 << bit),
        Harm::Smear(part, wide, byte) => {
            let from = length * part / 1_000;
            bytes[from..(from + wide).min(length)].fill(*byte);
        }
    }
    bytes
}

/// A filled database as one file, nothing left in the log.
fn sound() -> Vec<u8> {
    let Fixture { store, dir } = Fixture::new();
    store
        .write_blocking(|tx| {
            let row = tx.add_source(&source("csa", tocsin_model::source::SourceKind::SecureAccess))?;
            for n in 0..ALERTS {
                keep(tx, row, &n.to_string(), &content(&"an ordinary title ".repeat(n % 7 + 1)), NOW)?;
            }
            Ok(())
        })
        .unwrap();
    drop(store);
    fs::read(dir.path().join(FILE)).unwrap()
}

#[derive(Debug, PartialEq)]
enum Found {
    /// It could not be opened or read, or the check names the damage.
    Damage(String),
    /// Everything is there.
    Whole,
}

/// Opens it and reads all that the product reads.
fn look(dir: &Path) -> Result<Found, StoreError> {
    let store = Store::open(dir)?;
    let alerts = store.read(|reader| {
        let query = Query::parse("title:* -title:nothing", NOW).unwrap();
        let sort = AlertSort { key: SortKey::Severity, direction: SortDirection::Descending };
        let page = reader.alerts(&PageRequest { query: &query, sort, after: None, skip: 0, limit: 10_000 })?;
        for alert in &page.alerts {
            let (row, _) = reader.alert(alert.id)?.ok_or_else(|| StoreError::Damaged("an id".to_owned()))?;
            reader.payload(alert.id)?;
            reader.activity(row)?;
        }
        Ok(page.alerts.len())
    })?;
    store.read(|reader| {
        reader.sources()?;
        reader.quarantine(None, None, 1_000)?;
        reader.due_notifications(NOW, 1_000)?;
        reader.alert_events(0, 1_000)
    })?;
    store.write_blocking(|tx| tx.remove_source("csa", NOW))?;
    match store.check()?.first() {
        Some(damage) => Ok(Found::Damage(damage.clone())),
        None => {
            assert_eq!(alerts, ALERTS, "the check finds nothing, yet alerts are missing");
            Ok(Found::Whole)
        }
    }
}

fn look_at(bytes: &[u8]) -> Found {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(FILE), bytes).unwrap();
    let looked = catch_unwind(AssertUnwindSafe(|| look(dir.path())));
    let found = looked.unwrap_or_else(|_| panic!("a damaged file is no reason to panic"));
    found.unwrap_or_else(|error| Found::Damage(error.to_string()))
}

#[test]
fn thirty_damaged_copies_are_detected_or_harmless() {
    let sound = sound();
    assert_eq!(look_at(&sound), Found::Whole);
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &[30; 32]);
    let mut runner = TestRunner::new_with_rng(Config { failure_persistence: None, ..Config::default() }, random);
    let mut detected = 0;
    for n in 0..30 {
        let harm = harm().new_tree(&mut runner).unwrap().current();
        match look_at(&harmed(sound.clone(), &harm)) {
            Found::Whole => {}
            Found::Damage(words) => {
                detected += 1;
                assert!(!words.is_empty(), "copy {n}, {harm:?}");
            }
        }
    }
    assert!(detected >= 15, "only {detected} of 30 copies were damaged enough to be noticed");
}

#[test]
fn every_cut_of_the_file_is_detected() {
    let sound = sound();
    for part in [1, 3, 10, 100, 500, 900, 999] {
        let cut = &sound[..sound.len() * part / 1_000];
        assert!(matches!(look_at(cut), Found::Damage(_)), "{part} thousandths");
    }
}

#[test]
fn a_file_that_no_longer_says_what_it_is_is_detected() {
    let sound = sound();
    for at in 0..16 {
        let mut bytes = sound.clone();
        bytes[at] ^= 0x20;
        assert!(matches!(look_at(&bytes), Found::Damage(_)), "byte {at}");
    }
}
