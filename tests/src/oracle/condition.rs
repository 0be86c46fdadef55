//! Conditions: which events a rule is about.

use regex::{Regex, RegexBuilder};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::IpAddr;

use super::Slip;
use super::fact::Fact;
use super::value::{Member, Sort, canonical, has, number, sort_of};

/// What `list:NAME` stands for.
pub type Lists = BTreeMap<String, Vec<String>>;

/// One condition.
#[derive(Debug, Clone)]
pub struct Condition {
    field: String,
    op: String,
    wanted: Vec<Wanted>,
    negated: bool,
}

#[derive(Debug, Clone)]
enum Wanted {
    Same(String),
    Pattern(Vec<Piece>),
    Network(IpAddr, u32),
    Number(i128),
    Regex(Regex),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Piece {
    Run,
    One,
    Char(char),
}

impl Condition {
    /// Reads a condition of a document that is known to be valid.
    #[must_use]
    pub fn read(said: &Value, lists: &Lists) -> Self {
        let field = said["type"].as_str().unwrap().to_owned();
        let op = said["op"].as_str().unwrap_or("anyOf").to_owned();
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut texts = Vec::new();
        for value in said["values"].as_array().unwrap() {
            match text(value).strip_prefix("list:") {
                Some(name) => texts.extend(lists[name].iter().cloned()),
                None => texts.push(text(value)),
            }
        }
        let wanted = texts.iter().map(|text| Wanted::read(&field, &op, text)).collect();
        Self { field, op, wanted, negated: said["isNot"] == Value::Bool(true) }
    }

    /// Whether the event meets it; `None` when its kind does not have the field, which excludes it either way.
    #[must_use]
    pub fn met(&self, fact: &Fact, slip: Option<Slip>) -> Option<bool> {
        if !has(&fact.kind, &self.field) {
            return None;
        }
        let holds = |member: &Member| self.wanted.iter().any(|wanted| wanted.takes(&self.op, member, slip));
        Some(fact.members(&self.field).iter().any(holds) != self.negated)
    }
}

impl Wanted {
    fn read(field: &str, op: &str, text: &str) -> Self {
        if op == "regex" {
            return Self::Regex(RegexBuilder::new(text).case_insensitive(true).build().unwrap());
        }
        match sort_of(field) {
            Sort::Number => Self::Number(number(text).unwrap()),
            Sort::Bool => Self::Same(canonical(Sort::Bool, text).unwrap()),
            Sort::Ip => network(text),
            sort @ (Sort::Text | Sort::Media | Sort::Host | Sort::Set) => {
                Self::Pattern(pieces(&canonical(sort, text).unwrap()))
            }
        }
    }

    fn takes(&self, op: &str, member: &Member, slip: Option<Slip>) -> bool {
        match self {
            Self::Same(value) => member.canonical == *value,
            Self::Pattern(pieces) => fits(pieces, &member.canonical.chars().collect::<Vec<_>>()),
            Self::Network(address, bits) => within(*address, *bits, member.canonical.parse().unwrap()),
            Self::Regex(regex) => regex.is_match(member.spelling.as_str().unwrap_or_default()),
            Self::Number(value) => {
                let (has, wants) = (number(&member.canonical).unwrap(), *value);
                let edge = slip == Some(Slip::NumberEdge);
                match op {
                    "gte" => has > wants || (has == wants && !edge),
                    "gt" => has > wants || (has == wants && edge),
                    "lte" => has < wants || (has == wants && !edge),
                    "lt" => has < wants || (has == wants && edge),
                    _ => has == wants,
                }
            }
        }
    }
}

fn network(text: &str) -> Wanted {
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let address: IpAddr = address.parse().unwrap();
    let whole = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.map_or(whole, |bits| bits.parse().unwrap());
    let mapped = address.to_canonical();
    // A network of mapped addresses is one of v4 as long as it holds nothing else.
    if mapped != address && bits >= 96 { Wanted::Network(mapped, bits - 96) } else { Wanted::Network(address, bits) }
}

fn within(network: IpAddr, bits: u32, address: IpAddr) -> bool {
    let shared = match (network, address) {
        (IpAddr::V4(one), IpAddr::V4(two)) => (u32::from(one) ^ u32::from(two)).leading_zeros(),
        (IpAddr::V6(one), IpAddr::V6(two)) => (u128::from(one) ^ u128::from(two)).leading_zeros(),
        _ => return false,
    };
    shared >= bits
}

fn pieces(pattern: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut chars = pattern.chars();
    while let Some(next) = chars.next() {
        found.push(match next {
            '*' => Piece::Run,
            '?' => Piece::One,
            '\\' => Piece::Char(chars.next().unwrap()),
            other => Piece::Char(other),
        });
    }
    found
}

fn fits(pieces: &[Piece], text: &[char]) -> bool {
    match pieces.split_first() {
        None => text.is_empty(),
        Some((Piece::Run, rest)) => (0..=text.len()).any(|taken| fits(rest, &text[taken..])),
        Some((Piece::One, rest)) => !text.is_empty() && fits(rest, &text[1..]),
        Some((Piece::Char(char), rest)) => text.first() == Some(char) && fits(rest, &text[1..]),
    }
}
