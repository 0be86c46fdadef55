//! An alert is known by its identity, whoever wrote it and whatever was rolled back, removed or restarted since.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tocsin_model::source::SourceKind;
use tocsin_store::{Store, StoreError};

use crate::support::{Fixture, NOW, committed, content, keep, source};

/// What can happen, in one of two stores on the same file.
#[derive(Debug, Clone)]
enum Step {
    Add {
        store: usize,
        demo: bool,
        identity: u8,
    },
    /// Added, and then the operation fails.
    Fail {
        store: usize,
        identity: u8,
    },
    /// All alerts of the demo go, mostly the newest rows among them.
    Wipe {
        store: usize,
    },
    Restart {
        store: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let store = 0..2_usize;
    prop_oneof![
        6 => (store.clone(), any::<bool>(), 0..12_u8)
            .prop_map(|(store, demo, identity)| Step::Add { store, demo, identity }),
        2 => (store.clone(), 0..12_u8).prop_map(|(store, identity)| Step::Fail { store, identity }),
        1 => store.clone().prop_map(|store| Step::Wipe { store }),
        1 => store.prop_map(|store| Step::Restart { store }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn two_writers_know_every_alert_and_no_other(steps in proptest::collection::vec(step(), 1..40)) {
        let dir = tempfile::tempdir().unwrap();
        let open = || Store::open(dir.path()).unwrap();
        let mut stores = [open(), open()];
        let add_source = |store: &Store, name: &'static str, demo: bool| {
            store.write_blocking(move |tx| {
                let new = source(name, SourceKind::Alertmanager);
                if demo { tx.add_demo_source(&new.source) } else { tx.add_source(&new) }
            }).unwrap()
        };
        let real = add_source(&stores[0], "real", false);
        let mut made_up = add_source(&stores[0], "made-up", true);
        let mut expected: BTreeMap<(i64, u8), i64> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Add { store, demo, identity } => {
                    let place = if demo { made_up } else { real };
                    let text = identity.to_string();
                    let row = stores[store].write_blocking(move |tx| {
                        if let Some(known) = tx.existing(place, &text)? {
                            return Ok(known.row);
                        }
                        Ok(keep(tx, place, &text, &content(&text), NOW)?.0)
                    }).unwrap();
                    let known = *expected.entry((place, identity)).or_insert(row);
                    prop_assert_eq!(row, known);
                }
                Step::Fail { store, identity } => {
                    let text = identity.to_string();
                    let failed = stores[store].write_blocking(move |tx| {
                        if tx.existing(real, &text)?.is_none() {
                            keep(tx, real, &text, &content(&text), NOW)?;
                        }
                        Err::<(), _>(StoreError::Busy)
                    });
                    prop_assert!(failed.is_err());
                }
                Step::Wipe { store } => {
                    stores[store].write_blocking(move |tx| tx.wipe_demo(NOW)).unwrap();
                    expected.retain(|(place, _), _| *place == real);
                    made_up = add_source(&stores[store], "made-up", true);
                }
                Step::Restart { store } => stores[store] = open(),
            }
            for store in &stores {
                for place in [real, made_up] {
                    for identity in 0..12_u8 {
                        let text = identity.to_string();
                        let found = store.write_blocking(move |tx| tx.existing(place, &text)).unwrap();
                        prop_assert_eq!(found.map(|found| found.row), expected.get(&(place, identity)).copied());
                    }
                }
            }
        }
        prop_assert_eq!(stores[0].check().unwrap(), Vec::<String>::new());
    }
}

#[test]
fn many_identities_leave_memory_and_stay_known() {
    const ALERTS: usize = 20_500;
    let (fixture, row) = Fixture::with_source();
    fixture.write(move |tx| {
        (0..ALERTS).try_for_each(|number| keep(tx, row, &number.to_string(), &content("many"), NOW).map(|_| ()))
    });
    assert_eq!(committed(fixture.dir.path(), "identities"), 20_000, "all that were there when they became many");
    let other = Store::open(fixture.dir.path()).unwrap();
    for number in [0, 1, 19_998, 19_999, 20_000, ALERTS - 1, ALERTS] {
        for store in [&fixture.store, &other] {
            let known = store.write_blocking(move |tx| tx.existing(row, &number.to_string())).unwrap();
            assert_eq!(known.is_some(), number < ALERTS, "{number}");
        }
    }
    // A writer that finds more than it wants to keep puts them into the table at once.
    fixture.write(move |tx| {
        (ALERTS..2 * ALERTS)
            .try_for_each(|number| keep(tx, row, &number.to_string(), &content("many"), NOW).map(|_| ()))
    });
    assert!(other.write_blocking(move |tx| tx.existing(row, "40999")).unwrap().is_some());
    assert_eq!(fixture.store.check().unwrap(), Vec::<String>::new());
}
