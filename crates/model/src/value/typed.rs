//! What a field of an event holds: the canonical form that is compared, and the spelling that is shown.

use ipnet::{IpNet, Ipv4Net};
use std::fmt;
use std::net::IpAddr;

use smol_str::SmolStr;

use super::canonical::canonical_text;
use super::member::{Member, Scalar};
use super::{Decimal, FieldKind};
use crate::tree::Tree;

/// A value as it is compared. A set's members are texts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Canonical {
    /// True or false.
    Bool(bool),
    /// An exact decimal.
    Number(Decimal),
    /// An address; v4-mapped v6 as v4.
    Ip(IpAddr),
    /// Text, hostname or media type in canonical form.
    Text(SmolStr),
}

impl Canonical {
    /// Whether both are equal. As `==`, but laid out where it is asked: most values are texts, and short.
    #[inline(always)]
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(left), Self::Text(right)) => left == right,
            (left, right) => left == right,
        }
    }
}

impl fmt::Display for Canonical {
    /// The canonical text, by which groups are ordered.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(yes) => yes.fmt(out),
            Self::Number(number) => number.fmt(out),
            Self::Ip(address) => address.fmt(out),
            Self::Text(text) => out.write_str(text),
        }
    }
}

/// What a field holds: one member, or of a set one or more that differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value(Members);

/// Most fields hold one member, which then stands with the field instead of somewhere else in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Members {
    One(Member),
    Many(Vec<Member>),
}

impl Value {
    /// The members, at least one.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        match &self.0 {
            Members::One(member) => std::slice::from_ref(member),
            Members::Many(members) => members,
        }
    }

    /// Several values of a field that usually has one; those that cannot be read are left out. `None`: there are none.
    #[must_use]
    pub fn any_of(kind: FieldKind, trees: &[Tree]) -> Option<Self> {
        let mut members: Vec<Member> = Vec::new();
        for member in trees.iter().filter_map(|tree| member(kind, tree).ok()) {
            add(&mut members, member);
        }
        Self::of(members)
    }

    /// Holds these, which differ; `None` when there are none.
    #[must_use]
    pub fn of(members: Vec<Member>) -> Option<Self> {
        match <[Member; 1]>::try_from(members) {
            Ok([member]) => Some(Self(Members::One(member))),
            Err(members) => (!members.is_empty()).then_some(Self(Members::Many(members))),
        }
    }

    /// Holds this one.
    pub(crate) const fn one(member: Member) -> Self {
        Self(Members::One(member))
    }

    /// The number, when it is one.
    #[must_use]
    pub fn number(&self) -> Option<Decimal> {
        self.members()
            .iter()
            .find_map(|member| if let Canonical::Number(number) = member.canonical() { Some(*number) } else { None })
    }
}

/// Adds a member unless one like it is there.
pub(crate) fn add(members: &mut Vec<Member>, member: Member) {
    if members.iter().all(|known| !known.is(&member)) {
        members.push(member);
    }
}

/// The value cannot be read as what the field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

/// Largest number of an event, either way, in thousandths: a sum of a hundred million of them is still exact.
pub const NUMBER_LIMIT: i128 = 10_i128.pow(30);

/// Reads a value as `kind`. `None`: missing (null, an empty set). A scalar for a set is a set of one; members that
/// are alike collapse into the first; null members are left out.
///
/// # Errors
/// [`Unreadable`] makes the field missing and marks the event.
pub fn coerce(kind: FieldKind, tree: &Tree) -> Result<Option<Value>, Unreadable> {
    let members = match (kind, tree) {
        (_, Tree::Null) => return Ok(None),
        (FieldKind::Set, Tree::List(list)) => {
            let mut members: Vec<Member> = Vec::new();
            for tree in list.iter().filter(|tree| **tree != Tree::Null) {
                add(&mut members, member(kind, tree)?);
            }
            members
        }
        (_, scalar) => return member(kind, scalar).map(Value::one).map(Some),
    };
    Ok(Value::of(members))
}

fn member(kind: FieldKind, tree: &Tree) -> Result<Member, Unreadable> {
    Scalar::of(tree).and_then(|scalar| read(kind, scalar)).ok_or(Unreadable)
}

/// Reads one value; `None` when it is none of that kind.
pub(crate) fn read(kind: FieldKind, said: Scalar<'_>) -> Option<Member> {
    let canonical = match (kind, said) {
        (FieldKind::Text | FieldKind::Set | FieldKind::Hostname | FieldKind::MediaType, Scalar::Text(text)) => {
            return Some(Member::text(&canonical_text(kind, text), text));
        }
        (FieldKind::Bool, Scalar::Bool(yes)) => Canonical::Bool(yes),
        (FieldKind::Bool, Scalar::Text(text)) if text.eq_ignore_ascii_case("true") => Canonical::Bool(true),
        (FieldKind::Bool, Scalar::Text(text)) if text.eq_ignore_ascii_case("false") => Canonical::Bool(false),
        (FieldKind::Ip, Scalar::Text(text)) => Canonical::Ip(text.parse::<IpAddr>().ok()?.to_canonical()),
        (FieldKind::Number, said) => Canonical::Number(number(said)?),
        (
            FieldKind::Text
            | FieldKind::Set
            | FieldKind::Hostname
            | FieldKind::MediaType
            | FieldKind::Bool
            | FieldKind::Ip,
            Scalar::Bool(_) | Scalar::Number(_) | Scalar::Text(_),
        ) => return None,
    };
    Some(Member::new(canonical, said))
}

/// The number that a JSON number or decimal text stands for; an exponent only as JSON has it. `None` beyond
/// [`NUMBER_LIMIT`].
#[must_use]
pub fn number_of(tree: &Tree) -> Option<Decimal> {
    Scalar::of(tree).and_then(number)
}

fn number(said: Scalar<'_>) -> Option<Decimal> {
    let number = match said {
        Scalar::Number(digits) => match digits.split_once(['e', 'E']) {
            Some((digits, exponent)) => Decimal::parse(&shifted(digits, exponent.parse().ok()?)?),
            None => Decimal::parse(digits),
        },
        Scalar::Text(text) => Decimal::parse(text),
        Scalar::Bool(_) => None,
    }?;
    (number.thousandths().unsigned_abs() <= NUMBER_LIMIT.unsigned_abs()).then_some(number)
}

/// The network that an address or CIDR block names, v4-mapped v6 as v4.
#[must_use]
pub fn network(text: &str) -> Option<IpNet> {
    let net = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))?;
    let IpNet::V6(six) = net else { return Some(net.trunc()) };
    let mapped = six.addr().to_ipv4_mapped().zip(six.prefix_len().checked_sub(96));
    let four = mapped.and_then(|(address, length)| Ipv4Net::new(address, length).ok()).map(IpNet::V4);
    Some(four.unwrap_or(net).trunc())
}

/// Decimal text with its point moved by `exponent` places.
fn shifted(digits: &str, exponent: i32) -> Option<String> {
    const FAR: i32 = 400;
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    if all.bytes().all(|digit| digit == b'0') || exponent < -FAR {
        return Some("0".to_owned());
    }
    if exponent > FAR {
        return None;
    }
    let point = i64::try_from(whole.len()).ok()? + i64::from(exponent);
    let text = match usize::try_from(point) {
        Ok(point) if point >= all.len() => format!("{all}{}", "0".repeat(point - all.len())),
        Ok(point) if point > 0 => format!("{}.{}", &all[..point], &all[point..]),
        _ => format!("0.{}{all}", "0".repeat(usize::try_from(-point).ok()?)),
    };
    Some(format!("{sign}{text}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn read(kind: FieldKind, json: &str) -> Result<Vec<String>, Unreadable> {
        let value = coerce(kind, &Tree::parse(json).unwrap())?;
        Ok(value.iter().flat_map(Value::members).map(|member| member.canonical().to_string()).collect())
    }

    fn check(kind: FieldKind, table: &[(&str, Option<&[&str]>)]) {
        for (json, expected) in table {
            let expected: Result<Vec<String>, Unreadable> =
                expected.map(|all| all.iter().map(|one| (*one).to_owned()).collect()).ok_or(Unreadable);
            assert_eq!(read(kind, json), expected, "{kind:?} {json}");
        }
    }

    #[test]
    fn a_scalar_is_a_set_of_one_and_repeats_collapse() {
        check(
            FieldKind::Set,
            &[
                ("\"Finance\"", Some(&["finance"])),
                ("[\"Finance\",\"FINANCE\",\"x\"]", Some(&["finance", "x"])),
                ("[]", Some(&[])),
                ("null", Some(&[])),
                ("[null]", Some(&[])),
                ("[\"a\",null]", Some(&["a"])),
                ("[\"a\",1]", None),
                ("5", None),
                ("{}", None),
            ],
        );
    }

    #[test]
    fn scalars_take_their_own_sort_and_its_text() {
        check(
            FieldKind::Bool,
            &[("true", Some(&["true"])), ("\"FALSE\"", Some(&["false"])), ("1", None), ("[true]", None)],
        );
        check(FieldKind::Text, &[("\"A\"", Some(&["a"])), ("\"\"", Some(&[""])), ("5", None), ("true", None)]);
        check(FieldKind::Ip, &[("\"::ffff:10.0.0.1\"", Some(&["10.0.0.1"])), ("\"10.0.0\"", None), ("1", None)]);
        check(
            FieldKind::Number,
            &[
                ("500", Some(&["500"])),
                ("\"+0500.1235\"", Some(&["500.124"])),
                ("1.5e3", Some(&["1500"])),
                ("15E-4", Some(&["0.002"])),
                ("-2.5e-3", Some(&["-0.002"])),
                ("1e-999999999", Some(&["0"])),
                ("0e999", Some(&["0"])),
                ("1e27", Some(&["1000000000000000000000000000"])),
                ("1e28", None),
                ("1e999", None),
                ("1e99999999999", None),
                ("\"1e3\"", None),
                ("\"\"", None),
                ("false", None),
                ("[1]", None),
                ("null", Some(&[])),
            ],
        );
    }
}
