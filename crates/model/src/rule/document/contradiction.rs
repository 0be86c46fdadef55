//! Conditions that can never hold together. Only a warning, since vendors' rules have to import. It names what is
//! certain: conditions that no value, and no kind of event, can meet at once.

use std::collections::HashSet;

use super::condition::check_value;
use crate::field::{EventKind, Field};
use crate::rule::problem::Findings;
use crate::rule::{Comparison, Condition, Test, Wanted};
use crate::value::{Decimal, FieldKind, Pattern};

pub(super) fn warn(conditions: &[Condition], findings: &mut Findings) {
    let mut fields: Vec<&Field> = Vec::new();
    for condition in conditions {
        if !fields.contains(&&condition.field) {
            fields.push(&condition.field);
        }
    }
    for field in &fields {
        let of_field: Vec<(usize, &Condition)> =
            conditions.iter().enumerate().filter(|(_, condition)| condition.field == **field).collect();
        if let Some((last, _)) = of_field.last()
            && (opposite(&of_field) || (field.kind() != FieldKind::Set && nothing_left(field, &of_field)))
        {
            let what = format!("no event can meet all the conditions on {field}");
            findings.warning(
                format!("$.conditions[{last}]"),
                what,
                "remove one, or join their values in one condition",
            );
        }
    }
    let has_all = |kind: &EventKind| *kind != EventKind::Generic && fields.iter().all(|field| field.is_of(*kind));
    if !EventKind::ALL.iter().any(has_all) {
        let names: Vec<&str> = fields.iter().map(|field| field.name()).collect();
        let what = format!("no kind of event has {} together, so only generic events can match", names.join(", "));
        findings.warning("$.conditions", what, "make a rule for each kind");
    }
}

/// Whether one condition is the exact negation of another.
fn opposite(conditions: &[(usize, &Condition)]) -> bool {
    conditions
        .iter()
        .any(|(_, left)| conditions.iter().any(|(_, right)| left.negated && !right.negated && left.test == right.test))
}

/// Whether no single value meets all of them.
fn nothing_left(field: &Field, conditions: &[(usize, &Condition)]) -> bool {
    let positive = || conditions.iter().filter(|(_, condition)| !condition.negated);
    let mut values = positive().filter_map(|(_, condition)| literals(field, &condition.test));
    if let Some(first) = values.next() {
        let left = values.fold(first, |left, other| &left & &other);
        return left.iter().all(|value| conditions.iter().any(|(_, condition)| excludes(field, condition, value)));
    }
    bounds_cross(positive().map(|(_, condition)| &condition.test))
}

/// The canonical values a condition asks for; `None` when it is not a plain list of them.
fn literals(field: &Field, test: &Test) -> Option<HashSet<String>> {
    let Test::AnyOf(wanted) = test else { return None };
    let literal = |wanted: &Wanted| {
        let Wanted::Value(text) = wanted else { return None };
        match field.kind() {
            FieldKind::Bool | FieldKind::Number => check_value(field, text).ok().map(|(form, _)| form),
            FieldKind::Ip => text.parse::<std::net::IpAddr>().ok().map(|ip| ip.to_canonical().to_string()),
            kind @ (FieldKind::Text | FieldKind::MediaType | FieldKind::Hostname | FieldKind::Set) => {
                Pattern::parse(kind, text).literal().map(str::to_owned)
            }
        }
    };
    wanted.iter().map(literal).collect()
}

/// Whether the condition certainly does not hold of this value.
fn excludes(field: &Field, condition: &Condition, value: &str) -> bool {
    match &condition.test {
        Test::AnyOf(_) => {
            literals(field, &condition.test).is_some_and(|wanted| wanted.contains(value) == condition.negated)
        }
        Test::Compare(comparison, limits) => Decimal::parse(value)
            .is_some_and(|number| limits.iter().any(|limit| comparison.holds(number, *limit)) == condition.negated),
        Test::Regex(_) => false,
    }
}

/// Whether lower bounds lie above upper ones.
fn bounds_cross<'a>(tests: impl Iterator<Item = &'a Test>) -> bool {
    let (mut lowest, mut highest) = (i128::MIN, i128::MAX);
    for test in tests {
        let Test::Compare(comparison, limits) = test else { continue };
        let all = limits.iter().map(|limit| limit.thousandths());
        match comparison {
            Comparison::AtLeast => lowest = lowest.max(all.min().unwrap_or(i128::MIN)),
            Comparison::Above => lowest = lowest.max(all.min().unwrap_or(i128::MIN).saturating_add(1)),
            Comparison::AtMost => highest = highest.min(all.max().unwrap_or(i128::MAX)),
            Comparison::Below => highest = highest.min(all.max().unwrap_or(i128::MAX).saturating_sub(1)),
        }
    }
    lowest > highest
}
