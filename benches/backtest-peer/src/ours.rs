//! Our side: events in columns.

use std::time::{Duration, Instant};

use cpu_time::ThreadTime;
use tocsin_model::event::Event;
use tocsin_model::field::Field;
use tocsin_model::value::Decimal;
use tocsin_rules::{Bounds, Columns, Preview, backtest};

use crate::work::{Events, USUAL, Variant, rows, rule};
use crate::{Gate, at_most};

/// As many events go through the plain evaluator too.
const PLAIN: usize = 100_000;
/// Buckets of a timeline.
const BUCKETS: usize = 100;

pub struct Ours {
    columns: Columns,
    preview: Preview,
}

fn timed<T>(run: impl FnOnce() -> T) -> (T, f64) {
    let begun = ThreadTime::now();
    let result = run();
    (result, begun.elapsed().as_secs_f64() * 1_000.0)
}

/// What fills columns, and the time that this took beside making the events.
fn fill(fields: impl IntoIterator<Item = Field>, events: &Events, seed: u64, count: usize) -> (Columns, Duration) {
    let mut columns = Columns::new(fields);
    let mut spent = Duration::ZERO;
    let mut some: Vec<Event> = Vec::new();
    let mut rows = rows(seed, count).enumerate();
    loop {
        // An event that has just come in is in the processor's cache, so few are made before the clock starts.
        some.clear();
        some.extend(rows.by_ref().take(64).map(|(number, row)| events.of(number, &row)));
        if some.is_empty() {
            break;
        }
        let begun = ThreadTime::now();
        some.iter().for_each(|event| columns.append(event));
        spent += begun.elapsed();
    }
    columns.settle();
    (columns, spent)
}

impl Ours {
    /// Fills columns; a small part of the events first, to hold firing for firing against the plain evaluator.
    pub fn load(seed: u64, count: usize) -> (Self, Vec<Gate>) {
        let events = Events::new();
        plain(&events, seed, count.min(PLAIN));
        let begun = Instant::now();
        let fields = Columns::fields_of(&rule(USUAL));
        let ((mut columns, spent), made) = (fill(fields, &events, seed, count), begun.elapsed());
        columns.shrink();
        let each = columns.bytes() as f64 / count as f64;
        let ns = spent.as_nanos() as f64 / count as f64;
        println!("cold: the rule's six fields are loaded in {ns:.0} ns an event ({made:.1?} with making the events)");
        println!("memory: {:.1} MB, {each:.1} bytes an event", columns.bytes() as f64 / 1e6);
        let host = [Field::named("hostname").expect("it is a field")];
        let (more, spent) = fill(host, &events, seed, count);
        columns.join(more).expect("they are the same events");
        columns.shrink();
        let each_more = columns.bytes() as f64 / count as f64;
        println!(
            "one field more: {:.0} ns an event; then {each_more:.1} bytes an event",
            spent.as_nanos() as f64 / count as f64
        );
        (Self { columns, preview: Preview::default() }, vec![at_most("memory", each, 40.0, "bytes an event")])
    }

    /// A whole backtest of which nothing is known: events that match, and those that reach the threshold.
    pub fn whole(&mut self, variant: Variant) -> (Vec<u64>, f64) {
        let rule = rule(variant);
        let mut preview = Preview::default();
        let (summary, spent) = timed(|| {
            let found = preview.run(&mut self.columns, &rule, Bounds::default()).expect("its fields are loaded");
            (found.summary(), found.timeline(BUCKETS))
        });
        let mut found = preview.run(&mut self.columns, &rule, Bounds::default()).expect("its fields are loaded");
        let least = Decimal::from_thousandths(i128::from(variant.least) * 1_000);
        let candidates = found.candidates(least).expect("the trigger is atLeast");
        let (summary, _) = summary;
        assert_eq!(summary.occurrences, candidates, "each candidate fires or joins");
        (vec![summary.matched, candidates], spent)
    }

    /// An edit of the usual rule: its firings, and the time until they and the timeline are there.
    pub fn edit(&mut self, variant: Variant) -> (u64, f64) {
        let (before, after) = (rule(USUAL), rule(variant));
        self.preview.run(&mut self.columns, &before, Bounds::default()).expect("its fields are loaded");
        let ((summary, timeline), spent) = timed(|| {
            let found = self.preview.run(&mut self.columns, &after, Bounds::default()).expect("its fields are loaded");
            (found.summary(), found.timeline(BUCKETS).expect("there are events"))
        });
        assert_eq!(timeline.counts.iter().sum::<u64>(), summary.firings, "every firing is on the timeline");
        (summary.firings, spent)
    }

    /// The time that the curve takes when windows are known.
    pub fn curve(&mut self) -> f64 {
        let rule = rule(USUAL);
        let mut found = self.preview.run(&mut self.columns, &rule, Bounds::default()).expect("its fields are loaded");
        let (curve, spent) = timed(|| found.curve());
        assert!(curve.is_some_and(|curve| curve.len() > 2), "a curve without points shows nothing");
        spent
    }
}

/// Holds columns against the plain evaluator.
fn plain(events: &Events, seed: u64, count: usize) {
    let events: Vec<Event> = rows(seed, count).enumerate().map(|(number, row)| events.of(number, &row)).collect();
    for variant in [USUAL, Variant { distinct: true, ..USUAL }, Variant { hours: 1, least: 2, ..USUAL }] {
        let rule = rule(variant);
        let mut columns = Columns::new(Columns::fields_of(&rule));
        events.iter().for_each(|event| columns.append(event));
        let mut preview = Preview::default();
        let mut found = preview.run(&mut columns, &rule, Bounds::default()).expect("its fields are loaded");
        let (found, expected) = (found.backtest(true), backtest(&rule, &events, Bounds::default(), true));
        assert!(found == expected, "columns fire {} times, not {}", found.firings.len(), expected.firings.len());
        assert!(!found.firings.is_empty(), "a rule that never fires shows nothing");
    }
    println!("equal to the plain evaluator, firing for firing, over the first {count} events");
}
