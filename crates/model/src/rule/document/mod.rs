//! Rule documents: JSON or YAML, ours or Shield's, read into a [`Rule`] with everything that is wrong named at once.
//!
//! Invariant: pure, never panics on any text, bounded by [`DOCUMENT_LIMIT`]. A document that was read is written back
//! with its keys in their order, the unknown ones of Shield's too. Absent on purpose: the values of lists
//! (`list:NAME`), which are files; they are joined in when the rule is compiled.

mod condition;
mod contradiction;
mod head;
mod measure;
mod object;
mod pinned;
mod print;
mod syntax;
mod targets;
mod window;

use super::Rule;
use super::problem::Findings;
use super::window::WindowKind;
use crate::time::Span;
use crate::tree::Tree;
use object::Object;

pub use condition::{check_value, is_list_name};
pub use pinned::PinnedTest;
pub use syntax::Format;

/// Largest document in bytes.
pub const DOCUMENT_LIMIT: usize = 64 * 1024;

/// Whose keys a document has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Ours.
    Tocsin,
    /// Nullafi Shield's alert definition.
    Shield,
}

/// A document that is a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleDocument {
    /// What it means.
    pub rule: Rule,
    /// Whose keys it has.
    pub dialect: Dialect,
    /// The tests that are kept with it.
    pub tests: Vec<PinnedTest>,
    /// The document as it is written, without its comments.
    pub tree: Tree,
}

impl RuleDocument {
    /// The document as JSON, its keys in their order.
    #[must_use]
    pub fn to_json(&self) -> String {
        // A tree has text keys only, so it is always JSON.
        serde_json::to_string_pretty(&self.tree).unwrap_or_default()
    }
}

/// What came of reading a document.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// The rule, when there are no errors.
    pub document: Option<RuleDocument>,
    /// Everything that is wrong or may not be meant.
    pub findings: Findings,
}

/// Keys of a document of ours at its top.
const OURS: &[&str] = &[
    "name",
    "description",
    "enable",
    "mode",
    "severity",
    "sources",
    "conditions",
    "groupBy",
    "measure",
    "window",
    "trigger",
    "suppressFor",
    "channels",
    "tags",
    "tests",
];
/// Keys that make a document ours, even beside Shield's.
const OURS_ALONE: &[&str] = &["window", "trigger", "measure", "groupBy", "mode", "sources", "suppressFor", "severity"];
/// Keys of Shield's document that are known in both.
const SHIELDS: &[&str] = &[
    "name",
    "description",
    "enable",
    "conditions",
    "thresholdTime",
    "thresholdType",
    "id",
    "createdAt",
    "updatedAt",
    "channels",
    "tags",
    "tests",
];

/// Reads a document.
#[must_use]
pub fn read(text: &str, format: Format) -> Reading {
    let mut findings = Findings::default();
    let document = syntax::tree(text, format, &mut findings).and_then(|tree| document(tree, &mut findings));
    let document = document.filter(|_| findings.errors.is_empty());
    Reading { document, findings }
}

/// The document as it is written, also where it is no rule yet; `None` when it cannot be read at all.
#[must_use]
pub fn tree(text: &str, format: Format) -> Option<Tree> {
    syntax::tree(text, format, &mut Findings::default())
}

/// Whose keys a document has, also where it is no rule yet.
#[must_use]
pub fn dialect(tree: &Tree) -> Dialect {
    let Tree::Map(members) = tree else { return Dialect::Tocsin };
    let has = |keys: &[&str]| members.iter().any(|(key, _)| keys.contains(&key.as_str()));
    let is_shields = has(&["thresholdTime", "thresholdType"]) && !has(OURS_ALONE);
    if is_shields { Dialect::Shield } else { Dialect::Tocsin }
}

fn document(tree: Tree, findings: &mut Findings) -> Option<RuleDocument> {
    if !matches!(tree, Tree::Map(_)) {
        let what = format!("this is {}, not an object", tree.sort());
        findings.error("$", what, "write one rule, {\"name\": …, \"conditions\": […]}");
        return None;
    }
    let dialect = dialect(&tree);
    let rule = rule(&tree, dialect, findings);
    rule.map(|(rule, tests)| RuleDocument { rule, dialect, tests, tree })
}

/// Reads every part before it gives up, so that every problem is named.
fn rule(tree: &Tree, dialect: Dialect, findings: &mut Findings) -> Option<(Rule, Vec<PinnedTest>)> {
    let known = [if dialect == Dialect::Shield { SHIELDS } else { OURS }, targets::KEYS].concat();
    let others = if dialect == Dialect::Shield { OURS } else { SHIELDS };
    let top = Object::open("$".to_owned(), tree, &known, others, dialect, findings)?;
    let name = head::name(&top, findings);
    let description = head::description(&top, findings);
    let enable = head::enable(&top, findings);
    let mode = head::mode(&top, findings);
    let severity = head::severity(&top, findings);
    let sources = head::texts(&top, "sources", findings);
    let tags = head::texts(&top, "tags", findings);
    let channels = targets::read(&top, findings);
    let tests = pinned::read(&top, findings);
    let conditions = condition::all(&top, dialect, findings);
    let window = match dialect {
        Dialect::Shield => window::shields(&top, findings).map(Some),
        Dialect::Tocsin => window::ours(&top, findings),
    };
    let group_by = measure::group_by(&top, findings);
    let measure = measure::measure(&top, findings);
    let trigger = measure::trigger(&top, measure.as_ref(), findings);
    let suppress_for = head::suppress_for(&top, findings);
    measure::fit(&top, dialect, trigger.as_ref(), findings);
    // From here on every part has to have been readable.
    let (conditions, window, measure, trigger) = (conditions?, window?, measure?, trigger?);
    contradiction::warn(&conditions, findings);
    let rolling = match window.as_ref().map(|window| &window.kind) {
        Some(WindowKind::Rolling(length)) => length.span(),
        Some(WindowKind::Fixed(_) | WindowKind::Schedule(_)) | None => Span::default(),
    };
    // Shield goes on evaluating and logging an alert that is disabled.
    let (enabled, mode) = match dialect {
        Dialect::Shield if enable == Some(false) => (true, super::Mode::Shadow),
        Dialect::Shield | Dialect::Tocsin => (enable.unwrap_or(true), mode),
    };
    let rule = Rule {
        name: name?,
        description,
        enabled,
        mode,
        severity,
        sources,
        conditions,
        group_by: group_by?,
        measure,
        window,
        trigger,
        suppress_for: suppress_for.unwrap_or(rolling),
        channels,
        tags,
    };
    Some((rule, tests))
}
