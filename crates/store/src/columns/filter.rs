//! Terms of a query as bitmaps. A pattern is tried once on each different text, not once on each alert.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tocsin_model::query::{Pattern, Term, Test, TextField, TimeField};
use tocsin_model::severity::Severity;
use tocsin_model::status::Status;
use tocsin_model::time::Timestamp;

use super::bitmap::Bitmap;
use super::codes::Codes;
use super::dictionary::Dictionary;
use super::table::{BLOCK, Table};
use crate::sql::{canonical, folded, holds};
use crate::table::alert_columns::{ListField, TEXTS};
use crate::table::count;

/// Tried patterns that are remembered.
const REMEMBERED: usize = 64;

/// What a text is asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Asked {
    /// It fits one of these.
    Patterns(Vec<Pattern>),
    /// It holds this, folded.
    Holds(String),
    /// It is an address within one of these.
    Networks(Vec<ipnet::IpNet>),
}

impl Asked {
    /// As [`crate::sql`] has it: both sides folded.
    fn of(patterns: &[Pattern]) -> Self {
        let plain =
            |pattern: &Pattern| Pattern { runs: pattern.runs.iter().map(|run| folded(run).into_owned()).collect() };
        Self::Patterns(patterns.iter().map(plain).collect())
    }

    fn holds(&self, text: &str) -> bool {
        match self {
            Self::Patterns(patterns) => {
                let text = folded(text);
                patterns.iter().any(|pattern| pattern.matches(&text))
            }
            Self::Holds(needle) => holds(text, needle),
            Self::Networks(networks) => text.parse::<IpAddr>().is_ok_and(|address| {
                let address = address.to_canonical();
                networks.iter().any(|network| canonical(*network).contains(&address))
            }),
        }
    }
}

/// Which numbers of a dictionary fit.
type Fitting = Arc<Vec<bool>>;

/// What was tried already. A dictionary only grows, so only its new texts are tried again.
#[derive(Debug, Default)]
pub(crate) struct Tried(Mutex<Vec<(usize, Asked, Fitting)>>);

impl Tried {
    /// The numbers of a column's texts that fit; `place` tells columns apart.
    pub(crate) fn fitting(&self, place: usize, asked: &Asked, texts: &Dictionary) -> Fitting {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().position(|(at, before, _)| *at == place && before == asked);
        let before = found.map(|found| kept.remove(found).2).unwrap_or_default();
        let fitting = if before.len() == texts.len() {
            before
        } else {
            let new = match asked {
                Asked::Holds(needle) => texts.holding(needle, before.len()),
                Asked::Patterns(_) | Asked::Networks(_) => {
                    let new = (before.len()..texts.len()).filter_map(|number| u32::try_from(number).ok());
                    new.map(|number| texts.text(number).is_some_and(|text| asked.holds(text))).collect()
                }
            };
            Arc::new([before.as_slice(), &new].concat())
        };
        kept.push((place, asked.clone(), Arc::clone(&fitting)));
        if kept.len() > REMEMBERED {
            kept.remove(0);
        }
        fitting
    }

    /// Takes out of `bits` what a term rules out; says whether the columns could tell.
    pub(crate) fn restrict(&self, table: &Table, term: &Term, bits: &mut Bitmap) -> bool {
        let wanted = !term.negated;
        match &term.test {
            Test::Severity(all) => numbers(&table.severity, all.iter().copied().map(Severity::rank), wanted, bits),
            Test::Status(all) => numbers(&table.status, all.iter().copied().map(Status::rank), wanted, bits),
            Test::Kind(all) => {
                let fits = |number| table.source_kind(number).is_some_and(|kind| all.contains(&kind));
                table.source.retain(bits, |number| fits(number) == wanted);
            }
            Test::Time(field, from, to) => time(table, *field, (*from, *to), wanted, bits),
            Test::Occurrences(low, high) => {
                let range = count(*low)..=count(*high);
                bits.retain(|slot| range.contains(&table.occurrences(slot)) == wanted);
            }
            Test::Snoozed(snoozed, now) => self::snoozed(table, *now, *snoozed == wanted, bits),
            Test::Seen(seen) if *seen == wanted => bits.and_not(&table.unseen),
            Test::Seen(_) => bits.and(&table.unseen),
            Test::Address(networks) => {
                return self.list(table, ListField::ClientIp, &Asked::Networks(networks.clone()), wanted, bits);
            }
            Test::Text(TextField::Source, patterns) => {
                let asked = Asked::of(patterns);
                let fits: Vec<bool> = table.sources.iter().map(|source| asked.holds(&source.name)).collect();
                table.source.retain(bits, |number| fits.get(number as usize).copied().unwrap_or(false) == wanted);
            }
            Test::Text(field, patterns) => {
                let asked = Asked::of(patterns);
                if let Some(list) = ListField::of(*field) {
                    return self.list(table, list, &asked, wanted, bits);
                }
                let Some(column) = table.text(*field) else { return false };
                let place = TEXTS.iter().position(|known| known == field).unwrap_or(0);
                let fits = self.fitting(place, &asked, &column.values);
                column.numbers.retain(bits, |number| fits[number as usize] == wanted);
            }
            Test::Words(_) => return false,
        }
        true
    }

    fn list(&self, table: &Table, field: ListField, asked: &Asked, wanted: bool, bits: &mut Bitmap) -> bool {
        let Some(lists) = table.list(field) else { return false };
        let fits = self.fitting(TEXTS.len() + field as usize, asked, &lists.values);
        lists.retain(bits, &fits, wanted);
        true
    }

    /// The alerts whose title, category or other short text holds a needle (folded).
    pub(crate) fn holding(&self, table: &Table, needle: &str) -> Bitmap {
        let asked = Asked::Holds(needle.to_owned());
        let mut found = Bitmap::none(table.len());
        let mut add = |codes: &Codes, fits: &[bool]| {
            if fits.contains(&true) {
                let mut some = table.alive.clone();
                codes.retain(&mut some, |number| fits.get(number as usize).copied().unwrap_or(false));
                found.or(&some);
            }
        };
        for (place, column) in table.text_columns().iter().enumerate() {
            // Who raised it is a word of ours, not something that the alert says.
            if TEXTS[place] != TextField::Origin {
                add(&column.numbers, &self.fitting(place, &asked, &column.values));
            }
        }
        let sources: Vec<bool> = table.sources.iter().map(|source| asked.holds(&source.name)).collect();
        add(&table.source, &sources);
        found
    }
}

fn numbers(codes: &Codes, all: impl Iterator<Item = i64>, wanted: bool, bits: &mut Bitmap) {
    let mut fits = [false; 256];
    for rank in all {
        if let Some(fits) = usize::try_from(rank).ok().and_then(|rank| fits.get_mut(rank)) {
            *fits = true;
        }
    }
    codes.retain(bits, |number| fits[(number & 255) as usize] == wanted);
}

fn time(
    table: &Table,
    field: TimeField,
    (from, to): (Option<Timestamp>, Option<Timestamp>),
    wanted: bool,
    bits: &mut Bitmap,
) {
    let all = match field {
        TimeField::Time => &table.time,
        TimeField::Received => &table.received,
        TimeField::Updated => &table.updated,
    };
    let (from, to) = (from.map_or(i64::MIN, Timestamp::millis), to.map(Timestamp::millis));
    let inside = |instant: i64| instant >= from && to.is_none_or(|to| instant < to);
    // Alerts mostly come as they happen, so nearly every block lies inside or outside as a whole.
    for (block, &(least, greatest)) in all.blocks.iter().enumerate() {
        let outside = greatest < from || to.is_some_and(|to| least >= to);
        if if wanted { outside } else { inside(least) && inside(greatest) } {
            bits.clear_within(block * BLOCK, BLOCK);
        } else if if wanted { !(inside(least) && inside(greatest)) } else { !outside }
            && let Some(chunk) = all.chunk(block)
        {
            bits.retain_within(block * BLOCK, BLOCK, |slot| inside(chunk.get(slot % BLOCK)) == wanted);
        }
    }
}

fn snoozed(table: &Table, now: Timestamp, wanted: bool, bits: &mut Bitmap) {
    let mut quiet = Bitmap::none(bits.len());
    let still = table.snoozed.iter().filter(|(_, until)| **until > now.millis());
    still.for_each(|(slot, _)| quiet.set(*slot, true));
    if wanted { bits.and(&quiet) } else { bits.and_not(&quiet) }
}
