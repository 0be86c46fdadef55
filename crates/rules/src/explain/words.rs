//! Rules in words: what a condition asks, what an event says.

use tocsin_model::rule::{Comparison, Condition, Test, Wanted};
use tocsin_model::time::Span;
use tocsin_model::tree::Tree;
use tocsin_model::value::Member;

/// How many values are named before “and N more”.
const NAMED: usize = 5;

/// What a condition asks, without its negation: “one of a, b”.
pub(super) fn wanted(condition: &Condition) -> String {
    match &condition.test {
        Test::AnyOf(all) => {
            let texts: Vec<String> = all
                .iter()
                .map(|one| match one {
                    Wanted::Value(text) => quoted(text),
                    Wanted::List(name) => format!("the list “{name}”"),
                })
                .collect();
            if texts.len() == 1 { some(&texts) } else { format!("one of {}", some(&texts)) }
        }
        Test::Compare(comparison, limits) => {
            let word = match comparison {
                Comparison::AtLeast => "at least",
                Comparison::Above => "more than",
                Comparison::AtMost => "at most",
                Comparison::Below => "less than",
            };
            let limits: Vec<String> = limits.iter().map(ToString::to_string).collect();
            format!("{word} {}", limits.join(" or "))
        }
        Test::Regex(texts) => {
            let texts: Vec<String> = texts.iter().map(|text| format!("/{text}/")).collect();
            format!("something that {} finds", some(&texts))
        }
    }
}

/// Values as the event spells them.
pub(super) fn said(members: &[Member]) -> Vec<String> {
    members.iter().map(|member| member.written().to_owned()).collect()
}

/// A value as it is spelt.
pub(super) fn spelling(tree: &Tree) -> String {
    match tree {
        Tree::Text(text) | Tree::Number(text) => text.clone(),
        Tree::Bool(yes) => yes.to_string(),
        Tree::Null | Tree::List(_) | Tree::Map(_) => "null".to_owned(),
    }
}

/// The first few, and how many more there are.
pub(super) fn some(texts: &[String]) -> String {
    let named = texts.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match texts.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

pub(super) fn quoted(text: &str) -> String {
    format!("“{text}”")
}

/// “3 more matching events”, “1 more matching event”.
pub(super) fn counted(count: u64, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

/// A length of time in the largest units that say it exactly: “1 h 30 min”.
pub(super) fn length(span: Span) -> String {
    let mut rest = span.millis();
    let mut parts = Vec::new();
    for (unit, name) in [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s"), (1, "ms")] {
        if rest >= unit {
            parts.push(format!("{} {name}", rest / unit));
            rest %= unit;
        }
    }
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}
