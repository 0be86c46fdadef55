//! Conditions, ready to be asked of an event.

use std::collections::HashSet;
use std::net::IpAddr;

use ipnet::IpNet;
use regex::Regex;
use tocsin_model::event::Event;
use tocsin_model::field::Field;
use tocsin_model::rule::problem::Problem;
use tocsin_model::rule::{Comparison, Condition, Test, Wanted, check_value, regular_expression};
use tocsin_model::value::{Canonical, Decimal, FieldKind, Member, Pattern, canonical, network};

use crate::compile::Lists;

/// A condition with its values in the form that is compared.
#[derive(Debug, Clone)]
pub(crate) struct Matcher {
    field: Field,
    negated: bool,
    test: Compiled,
}

/// What an event says to a condition, before it is negated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finding {
    /// Events of its kind do not have the field.
    OtherKind,
    /// It has the field in a form that cannot be read.
    Unreadable,
    /// It does not have the field.
    Missing,
    /// It has these values.
    Says {
        /// Those that pass the test.
        hits: Vec<Member>,
        /// Those that do not.
        others: Vec<Member>,
    },
}

#[derive(Debug, Clone)]
enum Compiled {
    /// Which of true and false it asks for.
    Bools(HashSet<bool>),
    Numbers(HashSet<Decimal>),
    Networks(Networks),
    Texts {
        exactly: HashSet<String>,
        like: Vec<Pattern>,
    },
    Compare(Comparison, Vec<Decimal>),
    Regex(Vec<Regex>),
}

/// Whether an event meets all of them. One whose kind lacks a field meets none of that field's, negated or not.
pub(crate) fn meets(conditions: &[Matcher], event: &Event) -> bool {
    conditions.iter().all(|condition| condition.holds(event))
}

impl Matcher {
    /// Joins a condition with its lists. `path` is its place in the document.
    pub(crate) fn new(condition: &Condition, path: &str, lists: &Lists, problems: &mut Vec<Problem>) -> Self {
        let test = match &condition.test {
            Test::AnyOf(wanted) => any_of(&condition.field, &values(condition, wanted, path, lists, problems)),
            Test::Compare(comparison, limits) => Compiled::Compare(*comparison, limits.clone()),
            Test::Regex(texts) => Compiled::Regex(expressions(texts, path, problems)),
        };
        Self { field: condition.field.clone(), negated: condition.negated, test }
    }

    /// What an event says to it.
    pub(crate) fn finding(&self, event: &Event) -> Finding {
        if !self.field.is_of(event.kind) {
            return Finding::OtherKind;
        }
        let Some(value) = event.get(&self.field) else {
            let unreadable = event.unreadable.contains(&self.field);
            return if unreadable { Finding::Unreadable } else { Finding::Missing };
        };
        let (hits, others) = value.members().iter().cloned().partition(|one| self.test.takes(one));
        Finding::Says { hits, others }
    }

    /// What it looks at.
    pub(crate) const fn field(&self) -> &Field {
        &self.field
    }

    /// Whether it holds exactly when its test does not.
    pub(crate) const fn is_negated(&self) -> bool {
        self.negated
    }

    /// Whether a value passes its test.
    pub(crate) fn takes(&self, member: &Member) -> bool {
        self.test.takes(member)
    }

    /// The values that pass because the test names them; others do only when [`Self::has_to_be_asked`].
    pub(crate) fn named(&self) -> Vec<Canonical> {
        match &self.test {
            Compiled::Bools(wanted) => wanted.iter().copied().map(Canonical::Bool).collect(),
            Compiled::Numbers(wanted) => wanted.iter().copied().map(Canonical::Number).collect(),
            Compiled::Networks(wanted) => wanted.all.iter().filter_map(address).map(Canonical::Ip).collect(),
            Compiled::Texts { exactly, .. } => exactly.iter().map(|text| Canonical::Text(text.into())).collect(),
            Compiled::Compare(..) | Compiled::Regex(_) => Vec::new(),
        }
    }

    /// Whether the test may take values that it does not name.
    pub(crate) fn has_to_be_asked(&self) -> bool {
        match &self.test {
            Compiled::Bools(_) | Compiled::Numbers(_) => false,
            Compiled::Networks(wanted) => wanted.all.iter().any(|network| address(network).is_none()),
            Compiled::Texts { like, .. } => !like.is_empty(),
            Compiled::Compare(..) | Compiled::Regex(_) => true,
        }
    }

    /// Whether values that are equal otherwise may differ for the test when they are spelt differently.
    pub(crate) const fn sees_spelling(&self) -> bool {
        matches!(self.test, Compiled::Regex(_))
    }

    /// Equal for tests that take the same values, as far as one can easily see.
    pub(crate) fn test_key(&self) -> String {
        let mut parts: Vec<String> = match &self.test {
            Compiled::Bools(wanted) => wanted.iter().map(|one| format!("{one:?}")).collect(),
            Compiled::Numbers(wanted) => wanted.iter().map(|one| format!("{one:?}")).collect(),
            Compiled::Networks(wanted) => wanted.all.iter().map(|one| format!("{one:?}")).collect(),
            Compiled::Texts { exactly, like } => {
                let exactly = exactly.iter().map(|one| format!("{one:?}"));
                exactly.chain(like.iter().map(|one| format!("like {one:?}"))).collect()
            }
            Compiled::Compare(comparison, limits) => {
                limits.iter().map(|limit| format!("{comparison:?} {limit:?}")).collect()
            }
            Compiled::Regex(all) => all.iter().map(|one| format!("regex {:?}", one.as_str())).collect(),
        };
        parts.sort();
        parts.dedup();
        parts.join(" ")
    }

    /// Whether the event meets it.
    pub(crate) fn holds(&self, event: &Event) -> bool {
        let found =
            || event.get(&self.field).is_some_and(|value| value.members().iter().any(|one| self.test.takes(one)));
        self.field.is_of(event.kind) && found() != self.negated
    }
}

impl Compiled {
    fn takes(&self, member: &Member) -> bool {
        match (self, member.canonical()) {
            (Self::Bools(wanted), Canonical::Bool(yes)) => wanted.contains(yes),
            (Self::Numbers(wanted), Canonical::Number(number)) => wanted.contains(number),
            (Self::Networks(wanted), Canonical::Ip(address)) => wanted.hold(*address),
            (Self::Texts { exactly, like }, Canonical::Text(text)) => {
                exactly.contains(text.as_str()) || like.iter().any(|pattern| pattern.matches(text))
            }
            (Self::Compare(comparison, limits), Canonical::Number(number)) => {
                limits.iter().any(|limit| comparison.holds(*number, *limit))
            }
            (Self::Regex(all), Canonical::Text(_)) => all.iter().any(|regex| regex.is_match(member.written())),
            // One name has one sort of value, so nothing else meets.
            (
                Self::Bools(_)
                | Self::Numbers(_)
                | Self::Networks(_)
                | Self::Texts { .. }
                | Self::Compare(..)
                | Self::Regex(_),
                Canonical::Bool(_) | Canonical::Number(_) | Canonical::Ip(_) | Canonical::Text(_),
            ) => false,
        }
    }
}

/// Networks, and the same as first and last addresses, which do not overlap and are in order: lists of networks may be
/// long, and addresses many.
#[derive(Debug, Clone)]
struct Networks {
    all: Vec<IpNet>,
    four: Vec<(u32, u32)>,
    six: Vec<(u128, u128)>,
}

impl Networks {
    fn new(all: Vec<IpNet>) -> Self {
        let (mut four, mut six) = (Vec::new(), Vec::new());
        for network in &all {
            match network {
                IpNet::V4(net) => four.push((net.network().to_bits(), net.broadcast().to_bits())),
                IpNet::V6(net) => six.push((net.network().to_bits(), net.broadcast().to_bits())),
            }
        }
        Self { all, four: apart(four), six: apart(six) }
    }

    fn hold(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => holds(&self.four, address.to_bits()),
            IpAddr::V6(address) => holds(&self.six, address.to_bits()),
        }
    }
}

/// Stretches in order, those that overlap as one.
fn apart<T: Copy + Ord>(mut all: Vec<(T, T)>) -> Vec<(T, T)> {
    all.sort_unstable();
    all.dedup_by(|(first, last), (_, before)| {
        let overlap = *first <= *before;
        if overlap {
            *before = (*before).max(*last);
        }
        overlap
    });
    all
}

fn holds<T: Copy + Ord>(all: &[(T, T)], address: T) -> bool {
    let at = all.partition_point(|(_, last)| *last < address);
    all.get(at).is_some_and(|(first, _)| *first <= address)
}

/// The address, when the network is a single one.
fn address(network: &IpNet) -> Option<IpAddr> {
    (network.prefix_len() == network.max_prefix_len()).then(|| network.addr())
}

/// The values with those of the lists in their place.
fn values(
    condition: &Condition,
    wanted: &[Wanted],
    path: &str,
    lists: &Lists,
    problems: &mut Vec<Problem>,
) -> Vec<String> {
    let mut all = Vec::new();
    for (at, wanted) in wanted.iter().enumerate() {
        let place = || format!("{path}.values[{at}]");
        match wanted {
            Wanted::Value(text) => all.push(text.clone()),
            Wanted::List(name) => match lists.get(name) {
                Some(entries) => {
                    for (line, entry) in entries.iter().enumerate() {
                        match check_value(&condition.field, entry) {
                            Ok(_) => all.push(entry.clone()),
                            Err(remedy) => {
                                let shown: String = entry.chars().take(64).collect();
                                let what = format!("entry {} of the list “{name}” is “{shown}”", line + 1);
                                problems.push(Problem::new(place(), what, remedy));
                            }
                        }
                    }
                }
                None => {
                    let what = format!("there is no list “{name}”");
                    let remedy = format!("put its values into a file “{name}” of the folder of lists, one a line");
                    problems.push(Problem::new(place(), what, remedy));
                }
            },
        }
    }
    all
}

fn any_of(field: &Field, values: &[String]) -> Compiled {
    let read = |text: &String| canonical(field.kind(), text);
    match field.kind() {
        FieldKind::Bool => Compiled::Bools(values.iter().filter_map(read).map(|word| word == "true").collect()),
        FieldKind::Number => Compiled::Numbers(values.iter().filter_map(|text| Decimal::parse(text)).collect()),
        FieldKind::Ip => Compiled::Networks(Networks::new(values.iter().filter_map(|text| network(text)).collect())),
        kind @ (FieldKind::Text | FieldKind::MediaType | FieldKind::Hostname | FieldKind::Set) => {
            let (mut exactly, mut like) = (HashSet::new(), Vec::new());
            for text in values {
                let pattern = Pattern::parse(kind, text);
                match pattern.literal() {
                    Some(literal) => drop(exactly.insert(literal.to_owned())),
                    None => like.push(pattern),
                }
            }
            Compiled::Texts { exactly, like }
        }
    }
}

fn expressions(texts: &[String], path: &str, problems: &mut Vec<Problem>) -> Vec<Regex> {
    let mut all = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        match regular_expression(text) {
            Ok(regex) => all.push(regex),
            Err(what) => problems.push(Problem::new(format!("{path}.values[{at}]"), what, "correct the expression")),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    #[test]
    fn networks_hold_the_addresses_that_one_of_them_contains() {
        let lists = [
            "10.0.0.0/9 10.64.0.0/10 10.200.0.1/32 192.0.2.0/24 2001:db8::/32 2001:db8:1::/48 ::1/128",
            "0.0.0.0/0 192.0.2.0/24",
            "203.0.113.8/29 ::/0",
            "",
        ];
        let addresses = "0.0.0.0 9.255.255.255 10.0.0.0 10.127.255.255 10.128.0.0 10.200.0.0 10.200.0.1 10.200.0.2 \
             192.0.1.255 192.0.2.0 192.0.2.255 192.0.3.0 203.0.113.7 203.0.113.8 203.0.113.15 203.0.113.16 \
             255.255.255.255 :: ::1 ::2 2001:db7:ffff:: 2001:db8:: 2001:db8:1::5 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff \
             2001:db9:: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
        for list in lists {
            let all: Vec<IpNet> = list.split_whitespace().map(|text| network(text).unwrap()).collect();
            let networks = Networks::new(all.clone());
            for address in addresses.split_whitespace().map(|text| text.parse::<IpAddr>().unwrap()) {
                let contains = all.iter().any(|network| network.contains(&address));
                assert_eq!(networks.hold(address), contains, "{address} in {list:?}");
            }
        }
    }
}
