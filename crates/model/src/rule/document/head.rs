//! The plain keys of a rule: its name, what it is for, whether and how it runs.

use regex::Regex;
use std::sync::LazyLock;

use super::object::Object;
use crate::rule::Mode;
use crate::rule::problem::Findings;
use crate::severity::Severity;
use crate::time::Span;
use crate::tree::Tree;

const NAME_LIMIT: usize = 64;
const DESCRIPTION_LIMIT: usize = 128;

/// Control and unassigned characters; surrogates are no text at all. `None` cannot happen: the expression is constant.
static UNPRINTABLE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[\p{Cc}\p{Cn}]").ok());

pub(super) fn name(top: &Object<'_>, findings: &mut Findings) -> Option<String> {
    let remedy = "name the rule after what it finds";
    top.required("name", remedy, findings)?;
    let name = top.text("name", findings)?;
    if name.is_empty() {
        findings.error(top.place("name"), "the name is empty", remedy);
    }
    printable(top, "name", name, NAME_LIMIT, findings);
    Some(name.to_owned())
}

pub(super) fn description(top: &Object<'_>, findings: &mut Findings) -> String {
    let text = top.text("description", findings).unwrap_or_default();
    printable(top, "description", text, DESCRIPTION_LIMIT, findings);
    text.to_owned()
}

fn printable(top: &Object<'_>, key: &str, text: &str, limit: usize, findings: &mut Findings) {
    let length = text.chars().count();
    if length > limit {
        findings.error(top.place(key), format!("it has {length} characters, and {limit} is the most"), "shorten it");
    }
    if let Some(found) = UNPRINTABLE.as_ref().and_then(|letters| letters.find(text)) {
        let code = found.as_str().chars().next().map_or(0, u32::from);
        findings.error(top.place(key), format!("it holds U+{code:04X}, which cannot be printed"), "take it out");
    }
    let turns = |letter: char| matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if let Some(letter) = text.chars().find(|letter| turns(*letter)) {
        let what = format!("it holds U+{:04X}, which changes the direction of the text around it", u32::from(letter));
        findings.warning(top.place(key), what, "take it out unless it is meant");
    }
}

pub(super) fn enable(top: &Object<'_>, findings: &mut Findings) -> Option<bool> {
    top.flag("enable", findings)
}

pub(super) fn mode(top: &Object<'_>, findings: &mut Findings) -> Mode {
    let Some(word) = top.text("mode", findings) else { return Mode::Live };
    word.parse().unwrap_or_else(|()| {
        findings.error(top.place("mode"), format!("“{}” is no mode", shown(word)), "write live or shadow");
        Mode::Live
    })
}

pub(super) fn severity(top: &Object<'_>, findings: &mut Findings) -> Severity {
    let Some(word) = top.text("severity", findings) else { return Severity::Medium };
    let found = Severity::ALL.into_iter().filter(|one| *one != Severity::Unknown).find(|one| one.as_str() == word);
    found.unwrap_or_else(|| {
        let remedy = "write critical, high, medium, low or informational";
        findings.error(top.place("severity"), format!("“{}” is no severity", shown(word)), remedy);
        Severity::Medium
    })
}

/// A list of texts, none of them empty, none twice.
pub(super) fn texts(top: &Object<'_>, key: &str, findings: &mut Findings) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for (at, tree) in top.list(key, findings).unwrap_or_default().iter().enumerate() {
        let place = format!("{}[{at}]", top.place(key));
        match tree {
            Tree::Text(text) if text.trim().is_empty() => {
                findings.error(place, "it is empty", "fill it in or leave it out")
            }
            Tree::Text(text) if all.contains(text) => {
                findings.error(place, format!("“{}” stands here twice", shown(text)), "keep one of the two");
            }
            Tree::Text(text) => all.push(text.clone()),
            Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::List(_) | Tree::Map(_) => {
                findings.error(place, format!("this is {}", tree.sort()), "write text");
            }
        }
    }
    all
}

pub(super) fn suppress_for(top: &Object<'_>, findings: &mut Findings) -> Option<Span> {
    let text = top.text("suppressFor", findings)?;
    duration(text, true, top.place("suppressFor"), findings)
}

/// Reads `90s`, `5m`, `1h`, `1d`; `0s` and the like where `or_none`.
pub(super) fn duration(text: &str, or_none: bool, place: String, findings: &mut Findings) -> Option<Span> {
    if or_none && text.strip_suffix(['s', 'm', 'h', 'd']).is_some_and(|digits| digits == "0") {
        return Some(Span::default());
    }
    let read = Span::parse(text).map_err(|_| {
        let what = format!("“{}” is no duration", shown(text));
        findings.error(place, what, "write a whole number and s, m, h or d, such as 90s, 5m, 1h or 7d, at most 366d");
    });
    read.ok()
}

/// Text as a message may quote it.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(64).collect()
}
