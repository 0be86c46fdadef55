//! The cells of a field: the combinations of tests that one value can pass at once.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use tocsin_model::field::Field;
use tocsin_model::rule::{Comparison, Test, Wanted};
use tocsin_model::value::{Decimal, FieldKind, NUMBER_LIMIT, Pattern, Token, network};

use super::text::{Marked, combinations};
use crate::compile::Lists;

/// Most tests of one field: a bit each.
pub(super) const MOST_TESTS: usize = 64;
/// Most regular expressions and lists of one field; each doubles the cells.
const MOST_OPAQUE: usize = 8;
/// Most cells of a field.
const MOST_CELLS: usize = 1 << 14;
/// Up to so many places of patterns, plain values are walked with them, which is exact; beyond they are only added.
const FEW_PLACES: usize = 512;

/// A test of the field with the lists that it may name. Its place among the others is its bit.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub test: &'a Test,
    pub lists: &'a Lists,
}

/// What cannot be looked into: it may take any value and any set of values. The same one takes the same.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Opaque<'a> {
    Regex(&'a str),
    /// Rules that were kept at different times may hold different values of a list.
    List(&'a str, Option<&'a Vec<String>>),
}

/// For every value the field can have, the bits of the tests that it passes; each combination once. `None`: too many to
/// look at.
pub(super) fn cells(field: &Field, tests: &[Asked<'_>]) -> Option<BTreeSet<u64>> {
    if tests.len() > MOST_TESTS {
        return None;
    }
    let known: Vec<Known> = tests.iter().map(|asked| Known::of(field.kind(), asked.test)).collect();
    let plain = match field.kind() {
        FieldKind::Bool => [Point::Bool(true), Point::Bool(false)].iter().map(|point| passed(&known, point)).collect(),
        FieldKind::Number => numbers(&known).iter().map(|point| passed(&known, point)).collect(),
        FieldKind::Ip => addresses(&known).iter().map(|point| passed(&known, point)).collect(),
        FieldKind::Text | FieldKind::MediaType | FieldKind::Hostname | FieldKind::Set => texts(&known)?,
    };
    with_opaque(plain, tests)
}

/// Every cell, with and without each thing that cannot be looked into.
fn with_opaque(mut cells: BTreeSet<u64>, tests: &[Asked<'_>]) -> Option<BTreeSet<u64>> {
    let mut opaque: BTreeMap<Opaque<'_>, u64> = BTreeMap::new();
    for (bit, asked) in bits().zip(tests) {
        for one in opaques(asked) {
            *opaque.entry(one).or_default() |= bit;
        }
    }
    if opaque.len() > MOST_OPAQUE {
        return None;
    }
    for bits in opaque.into_values() {
        let taken: Vec<u64> = cells.iter().map(|cell| cell | bits).collect();
        cells.extend(taken);
    }
    (cells.len() <= MOST_CELLS).then_some(cells)
}

/// A bit for each test.
pub(super) fn bits() -> impl Iterator<Item = u64> {
    (0..MOST_TESTS).map(|at| 1 << at)
}

fn opaques<'a>(asked: &Asked<'a>) -> Vec<Opaque<'a>> {
    match asked.test {
        Test::AnyOf(wanted) => {
            let list = |one: &'a Wanted| match one {
                Wanted::List(name) => Some(Opaque::List(name.as_str(), asked.lists.get(name))),
                Wanted::Value(_) => None,
            };
            wanted.iter().filter_map(list).collect()
        }
        Test::Regex(all) => all.iter().map(|text| Opaque::Regex(text.as_str())).collect(),
        Test::Compare(..) => Vec::new(),
    }
}

/// What of a test can be looked into.
enum Known {
    Bools(HashSet<bool>),
    Numbers(HashSet<Decimal>),
    Compare(Comparison, Vec<Decimal>),
    Networks(Vec<IpNet>),
    Patterns(Vec<Pattern>),
}

impl Known {
    fn of(kind: FieldKind, test: &Test) -> Self {
        let empty = Vec::new();
        let wanted = match test {
            Test::Compare(comparison, limits) => return Self::Compare(*comparison, limits.clone()),
            Test::AnyOf(wanted) => wanted,
            Test::Regex(_) => &empty,
        };
        let values =
            wanted.iter().filter_map(|one| if let Wanted::Value(text) = one { Some(text.as_str()) } else { None });
        match kind {
            FieldKind::Bool => Self::Bools(values.map(|text| text.eq_ignore_ascii_case("true")).collect()),
            FieldKind::Number => Self::Numbers(values.filter_map(Decimal::parse).collect()),
            FieldKind::Ip => Self::Networks(values.filter_map(network).collect()),
            FieldKind::Text | FieldKind::MediaType | FieldKind::Hostname | FieldKind::Set => {
                Self::Patterns(values.map(|text| Pattern::parse(kind, text)).collect())
            }
        }
    }

    fn takes(&self, point: &Point) -> bool {
        match (self, point) {
            (Self::Bools(wanted), Point::Bool(yes)) => wanted.contains(yes),
            (Self::Numbers(wanted), Point::Number(number)) => wanted.contains(number),
            (Self::Compare(comparison, limits), Point::Number(number)) => {
                limits.iter().any(|limit| comparison.holds(*number, *limit))
            }
            (Self::Networks(wanted), Point::Ip(address)) => wanted.iter().any(|network| network.contains(address)),
            (
                Self::Bools(_) | Self::Numbers(_) | Self::Compare(..) | Self::Networks(_) | Self::Patterns(_),
                Point::Bool(_) | Point::Number(_) | Point::Ip(_),
            ) => false,
        }
    }
}

/// A value.
enum Point {
    Bool(bool),
    Number(Decimal),
    Ip(IpAddr),
}

fn passed(known: &[Known], point: &Point) -> u64 {
    bits().zip(known).filter(|(_, test)| test.takes(point)).fold(0, |all, (bit, _)| all | bit)
}

/// The numbers on and beside every limit: between two of them nothing changes.
fn numbers(known: &[Known]) -> Vec<Point> {
    let mut limits = vec![0, -NUMBER_LIMIT, NUMBER_LIMIT];
    for test in known {
        match test {
            Known::Numbers(wanted) => limits.extend(wanted.iter().map(|one| one.thousandths())),
            Known::Compare(_, wanted) => limits.extend(wanted.iter().map(|one| one.thousandths())),
            Known::Bools(_) | Known::Networks(_) | Known::Patterns(_) => {}
        }
    }
    let beside = |limit: i128| [limit.saturating_sub(1), limit, limit.saturating_add(1)];
    let all: BTreeSet<i128> = limits.into_iter().flat_map(beside).collect();
    let real = all.into_iter().filter(|one| one.unsigned_abs() <= NUMBER_LIMIT.unsigned_abs());
    real.map(|one| Point::Number(Decimal::from_thousandths(one))).collect()
}

/// The v6 addresses that stand for v4 ones; no event holds them as they are.
const MAPPED: (u128, u128) = (0xffff << 32, (0xffff << 32) | 0xffff_ffff);

/// The first address of every network and the one after its last: between two of them nothing changes.
fn addresses(known: &[Known]) -> Vec<Point> {
    let (mut four, mut six) = (BTreeSet::from([0_u32]), BTreeSet::from([0_u128, MAPPED.1 + 1]));
    for test in known {
        let Known::Networks(wanted) = test else { continue };
        for network in wanted {
            match network {
                IpNet::V4(net) => {
                    four.insert(net.network().into());
                    four.extend(u32::from(net.broadcast()).checked_add(1));
                }
                IpNet::V6(net) => {
                    six.insert(net.network().into());
                    six.extend(u128::from(net.broadcast()).checked_add(1));
                }
            }
        }
    }
    six.retain(|at| !(MAPPED.0..=MAPPED.1).contains(at));
    let four = four.into_iter().map(|at| Point::Ip(IpAddr::V4(Ipv4Addr::from(at))));
    four.chain(six.into_iter().map(|at| Point::Ip(IpAddr::V6(Ipv6Addr::from(at))))).collect()
}

/// Exact as long as the patterns are few; otherwise there may be more cells than there are kinds of texts, never fewer.
fn texts(known: &[Known]) -> Option<BTreeSet<u64>> {
    let (mut shapes, mut plain, mut places) = (Vec::new(), BTreeSet::new(), 0);
    for (bit, test) in bits().zip(known) {
        let Known::Patterns(patterns) = test else { continue };
        for pattern in patterns {
            let tokens = pattern.tokens();
            places += tokens.len();
            match pattern.literal() {
                Some(text) => drop(plain.insert(text)),
                None => shapes.push(Marked { tokens, bit }),
            }
        }
    }
    let named = plain.iter().map(|text| {
        let fits = |test: &Known| matches!(test, Known::Patterns(all) if all.iter().any(|one| one.matches(text)));
        (text, bits().zip(known).filter(|(_, test)| fits(test)).fold(0, |all, (bit, _)| all | bit))
    });
    if shapes.is_empty() {
        return Some(named.map(|(_, passed)| passed).chain([0]).collect());
    }
    if places > FEW_PLACES {
        let mut cells = combinations(&shapes)?;
        cells.extend(named.map(|(_, passed)| passed));
        return Some(cells);
    }
    let letters = |text: &str| text.chars().map(Token::Letter).collect();
    let walked: Vec<Marked> = named.map(|(text, bit)| Marked { tokens: letters(text), bit }).collect();
    shapes.extend(walked);
    combinations(&shapes)
}
