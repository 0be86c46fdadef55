//! The short cuts of columns of several blocks beside a plain reading, slot after slot.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on stops")]

use tocsin_model::query::{Pattern, Term, Test, TextField, TimeField};
use tocsin_model::severity::Severity;
use tocsin_model::source::SourceKind;
use tocsin_model::status::Status;
use tocsin_model::survey::Bars;
use tocsin_model::time::Timestamp;

use super::bitmap::Bitmap;
use super::count;
use super::filter::Tried;
use super::lists::Lists;
use super::page::Order;
use super::table::{BLOCK, Table};
use super::terms::Terms;
use crate::table::alert_columns::{ColumnRow, ColumnSource, TEXTS};
use crate::table::alert_order::{AlertSort, SortDirection, SortKey};

const SLOTS: usize = BLOCK * 3 + 1_234;
const START: i64 = 1_700_000_000_000;
const DAY: i64 = 86_400_000;
const CATEGORIES: [Option<&str>; 5] = [Some("Injection"), None, Some("injection"), Some("Abuse"), Some("")];

/// Numbers without a pattern, the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    /// About `share` of a hundred slots.
    fn bits(&mut self, share: usize, of: &Bitmap) -> Bitmap {
        let mut bits = of.clone();
        (0..of.len()).for_each(|slot| bits.set(slot, of.has(slot) && self.below(100) < share));
        bits
    }
}

/// An alert made up for a slot; each round another one.
fn put(table: &mut Table, slot: usize, random: &mut Random) {
    let arrived = START + i64::try_from(slot).unwrap() * 9_000;
    let time = match random.below(500) {
        0 => arrived - 200 * DAY,
        1 => arrived + 50 * DAY,
        _ => arrived - i64::try_from(random.below(120_000)).unwrap(),
    };
    let title =
        format!("{} number {}", if slot.is_multiple_of(3) { "Alert" } else { "alert" }, random.below(700).pow(2) / 500);
    let mut texts = [None; TEXTS.len()];
    texts[0] = Some(title.as_str());
    texts[1] = CATEGORIES[random.below(5)];
    let row = ColumnRow {
        row: i64::try_from(slot * 2 + 1).unwrap(),
        severity: u8::try_from(random.below(6)).unwrap(),
        status: if random.below(200) == 0 { 0 } else { 2 },
        source_row: i64::try_from(random.below(3)).unwrap(),
        time,
        received_at: arrived,
        updated_at: time,
        snoozed_until: None,
        occurrences: if random.below(1_000) == 0 { 1 << 40 } else { i64::try_from(random.below(300)).unwrap() },
        seen: random.below(2) == 0,
        texts,
    };
    table.put(&row).unwrap();
}

fn table(random: &mut Random) -> Table {
    let source = |(row, name): (i64, &str)| ColumnSource { row, name: name.to_owned(), kind: SourceKind::Alertmanager };
    let sources = (0..).zip(["b", "A", "b"]).map(source).collect();
    let mut table = Table::default();
    table.sources = sources;
    (0..SLOTS).for_each(|slot| put(&mut table, slot, random));
    for _ in 0..300 {
        let row = table.row(random.below(SLOTS));
        table.take_out(row, row);
    }
    table
}

#[test]
fn a_stretch_of_time_holds_what_lies_in_it() {
    let mut random = Random(1);
    let (table, tried) = (table(&mut random), Tried::default());
    let ends = [None, Some(-300), Some(-1), Some(0), Some(1), Some(2), Some(60), Some(999)];
    let instant = |days: Option<i64>| days.map(|days| Timestamp::from_millis(START + days * DAY / 2));
    for (field, from, to) in ends.iter().flat_map(|from| {
        let fields = [TimeField::Time, TimeField::Received, TimeField::Updated];
        ends.iter().flat_map(move |to| fields.map(|field| (field, instant(*from), instant(*to))))
    }) {
        for negated in [false, true] {
            let (mut found, mut expected) = (table.alive.clone(), table.alive.clone());
            assert!(tried.restrict(&table, &Term { negated, test: Test::Time(field, from, to) }, &mut found));
            let all = match field {
                TimeField::Time => &table.time,
                TimeField::Received => &table.received,
                TimeField::Updated => &table.updated,
            };
            expected.retain(|slot| {
                let at = Timestamp::from_millis(all.get(slot));
                (from.is_none_or(|from| at >= from) && to.is_none_or(|to| at < to)) != negated
            });
            assert!(found == expected, "{field:?} {from:?} {to:?} {negated}");
        }
    }
}

#[test]
fn bars_add_up_to_a_plain_count() {
    let mut random = Random(2);
    let table = table(&mut random);
    for share in [100, 60, 20, 1, 0] {
        let bits = random.bits(share, &table.alive);
        let times = || bits.slots().map(|slot| table.time.get(slot));
        let ends = times().min().zip(times().max());
        assert_eq!(count::first_and_last(&table, &bits), ends);
        for (from, to, most) in
            [(START, START + DAY, 24), (START - 300 * DAY, START + 90 * DAY, 400), (START, START, 1)]
        {
            let bars = Bars::cover(Timestamp::from_millis(from), Timestamp::from_millis(to), most);
            let mut expected = vec![[0u64; 6]; bars.count];
            for slot in bits.slots() {
                if let Some(place) = bars.place(table.time.get(slot)) {
                    expected[place][table.severity.get(slot) as usize] += 1;
                }
            }
            assert_eq!(count::histogram(&table, bars, &bits).bars, expected, "{share} {from} {to}");
        }
    }
}

#[test]
fn the_first_of_any_order_are_those_of_the_sorted_list() {
    let mut random = Random(3);
    let table = table(&mut random);
    for (key, share) in SortKey::ALL.into_iter().flat_map(|key| [100, 30, 1, 0].map(|share| (key, share))) {
        let bits = random.bits(share, &table.alive);
        for direction in [SortDirection::Ascending, SortDirection::Descending] {
            let order = Order::of(&table, AlertSort { key, direction });
            let mut sorted: Vec<usize> = bits.slots().collect();
            sorted.sort_unstable_by_key(|slot| order.place(*slot));
            for turn in 0..12 {
                let wanted = [1, 7, 51, 900][random.below(4)];
                // Slots that are no longer in the list tell a place as well.
                let after = (turn > 0).then(|| order.place(random.below(SLOTS)));
                let start = sorted.partition_point(|slot| after.is_some_and(|after| order.place(*slot) <= after));
                let expected = &sorted[start..sorted.len().min(start + wanted)];
                assert_eq!(order.first(&bits, after, wanted), expected, "{key:?} {direction:?} {share} {after:?}");
            }
        }
    }
}

#[test]
fn a_term_that_is_known_follows_what_changes() {
    let mut random = Random(4);
    let mut table = table(&mut random);
    let (tried, terms) = (Tried::default(), Terms::default());
    let text = |field, runs: &[&str]| {
        Test::Text(field, vec![Pattern { runs: runs.iter().map(|run| (*run).to_owned()).collect() }])
    };
    let tests = [
        Test::Severity(vec![Severity::High, Severity::Low]),
        Test::Status(vec![Status::New]),
        text(TextField::Title, &["alert number 1", ""]),
        text(TextField::Category, &["injection"]),
        text(TextField::Source, &["b"]),
    ];
    let agree = |table: &Table| {
        for (test, negated) in tests.iter().flat_map(|test| [(test, false), (test, true)]) {
            let term = Term { negated, test: test.clone() };
            let (mut known, mut anew) = (table.alive.clone(), table.alive.clone());
            assert!(terms.restrict(table, &tried, &term, &mut known));
            assert!(Tried::default().restrict(table, &term, &mut anew));
            assert!(known == anew, "{term:?}");
            assert!(known.last().is_some() && known != table.alive, "{term:?} tells alerts apart");
        }
    };
    agree(&table);
    for _ in 0..20 {
        let mut changed = Bitmap::none(table.len());
        for slot in (0..random.below(40)).map(|_| random.below(SLOTS)).collect::<Vec<_>>() {
            changed.set(slot, true);
            table.take_out(table.row(slot), table.row(slot));
            if random.below(3) > 0 {
                put(&mut table, slot, &mut random);
            }
        }
        let last = table.len();
        (last..last + random.below(100)).for_each(|slot| put(&mut table, slot, &mut random));
        changed.grow(table.len());
        (last..table.len()).for_each(|slot| changed.set(slot, true));
        terms.follow(&table, &tried, &changed);
        agree(&table);
    }
    assert!(terms.bytes() > 0);
    (0..100).for_each(|_| terms.follow(&table, &tried, &Bitmap::none(table.len())));
    assert_eq!(terms.bytes(), 0, "what nobody asks for is let go");
}

#[test]
fn values_in_lists_are_found_whoever_has_them() {
    let mut random = Random(5);
    let mut lists = Lists::default();
    for slot in (0..SLOTS).filter(|slot| slot % 5 != 2) {
        let values: Vec<String> = (0..random.below(4)).map(|_| random.below(900).to_string()).collect();
        lists.set(slot, &values);
    }
    for _ in 0..200 {
        lists.set(random.below(SLOTS), &[random.below(950).to_string()]);
    }
    let mut all = Bitmap::none(SLOTS);
    (0..SLOTS).for_each(|slot| all.set(slot, true));
    for (share, rare) in [(100, 1), (100, 90), (40, 10), (2, 50)] {
        let bits = random.bits(share, &all);
        let fits: Vec<bool> = (0..lists.values.len()).map(|_| random.below(100) < rare).collect();
        for wanted in [true, false] {
            let (mut found, mut expected) = (bits.clone(), bits.clone());
            lists.retain(&mut found, &fits, wanted);
            expected.retain(|slot| lists.of(slot).iter().any(|&number| fits[number as usize]) == wanted);
            assert!(found == expected, "{share} {rare} {wanted}");
        }
    }
}
