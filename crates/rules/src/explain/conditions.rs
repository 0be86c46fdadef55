//! Why a condition holds or not, and what would have to change.

use tocsin_model::event::Event;
use tocsin_model::rule::Condition;

use super::words;
use crate::condition::{Finding, Matcher};

/// What an event says to one condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionVerdict {
    /// Its place in the rule's document.
    pub path: String,
    /// The field it looks at.
    pub field: String,
    /// Whether it holds.
    pub holds: bool,
    /// What the event says of the field, as it spells it.
    pub said: Vec<String>,
    /// Why it holds or not, in one sentence.
    pub reason: String,
    /// What would make it hold, when it does not.
    pub remedy: Option<String>,
}

pub(super) fn verdict(at: usize, condition: &Condition, matcher: &Matcher, event: &Event) -> ConditionVerdict {
    let finding = matcher.finding(event);
    let (field, wanted) = (condition.field.name(), words::wanted(condition));
    let said = match &finding {
        Finding::Says { hits, others } => words::said(&[hits.as_slice(), others.as_slice()].concat()),
        Finding::OtherKind | Finding::Unreadable | Finding::Missing => Vec::new(),
    };
    let holds = matcher.holds(event);
    let reason = reason(&finding, condition, &wanted, event);
    let remedy = (!holds).then(|| remedy(&finding, condition, &wanted, event));
    ConditionVerdict { path: format!("$.conditions[{at}]"), field: field.to_owned(), holds, said, reason, remedy }
}

fn reason(finding: &Finding, condition: &Condition, wanted: &str, event: &Event) -> String {
    let field = condition.field.name();
    let not = if condition.negated { "not " } else { "" };
    match finding {
        Finding::OtherKind => {
            format!("{} events do not have {field}, so they never meet a condition on it, negated or not", event.kind)
        }
        Finding::Unreadable => {
            format!("{field} cannot be read, so it counts as missing; wanted is {not}{wanted}")
        }
        Finding::Missing => format!("{field} is missing; wanted is {not}{wanted}"),
        Finding::Says { hits, others } if hits.is_empty() => {
            format!("{field} is {}; wanted is {not}{wanted}", words::some(&words::said(others)))
        }
        Finding::Says { hits, .. } => {
            format!("{field} has {}; wanted is {not}{wanted}", words::some(&words::said(hits)))
        }
    }
}

fn remedy(finding: &Finding, condition: &Condition, wanted: &str, event: &Event) -> String {
    let field = condition.field.name();
    match finding {
        Finding::OtherKind => format!("a rule for {} events without a condition on {field}", event.kind),
        Finding::Unreadable | Finding::Missing => format!("{field} would have to be there and be {wanted}"),
        Finding::Says { hits, .. } if condition.negated => {
            format!("{field} without {}", words::some(&words::said(hits)))
        }
        Finding::Says { others, .. } => {
            let values = words::said(others);
            format!("{field} would have to be {wanted}, or the condition to take {} too", words::some(&values))
        }
    }
}
