//! Rules as files: checking them and running them over an events file. Neither touches a store.

use std::path::PathBuf;
use std::sync::Arc;

use tocsin_model::event::{Event, EventFile, LineProblem};
use tocsin_model::rule::Rule;
use tocsin_model::rule::document::{self, Dialect, Format, RuleDocument};
use tocsin_model::rule::problem::Findings;
use tocsin_rules::{Advice, Backtest, Bounds, Compiled, Lists, TestOutcome, advise, backtest, compile, run_tests};

use super::lists::lists_of;
use crate::error::EngineError;

/// A rule's document as it was found.
#[derive(Debug, Clone)]
pub struct RuleFile {
    /// Its name, for messages and to tell JSON from YAML.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// The folder of its lists (`list:NAME` is the file NAME or NAME.txt there, one value a line, `#` comments).
    pub lists: PathBuf,
}

/// What came of checking a document.
#[derive(Debug)]
pub struct RuleCheck {
    /// The file.
    pub file: String,
    /// The rule's document, when it has no errors.
    pub document: Option<RuleDocument>,
    /// Everything that is wrong or may not be meant.
    pub findings: Findings,
    /// What experience says about such a rule.
    pub advice: Vec<Advice>,
    /// What came of the tests that are kept with it; none when the rule cannot be used.
    pub tests: Vec<TestOutcome>,
    pub(crate) compiled: Option<Arc<Compiled>>,
    /// The values of the lists it names.
    pub(crate) lists: Lists,
}

impl RuleCheck {
    /// Whether the rule can be used.
    #[must_use]
    pub const fn is_valid(&self) -> bool {
        self.compiled.is_some()
    }

    /// How many of its tests fail.
    #[must_use]
    pub fn failed_tests(&self) -> usize {
        self.tests.iter().filter(|test| !test.passed()).count()
    }

    /// Whether the document is one of Shield's.
    #[must_use]
    pub fn is_shields(&self) -> bool {
        self.document.as_ref().is_some_and(|document| document.dialect == Dialect::Shield)
    }
}

/// A backtest over an events file.
#[derive(Debug)]
pub struct FileBacktest {
    /// The rule.
    pub rule: Rule,
    /// What was found.
    pub result: Backtest,
    /// Lines that repeat the id of an earlier one.
    pub dropped: u64,
    /// Events with a field that cannot be read.
    pub marked: u64,
}

impl FileBacktest {
    /// A hash of all that fired: the same over the same events of a period, whatever came after it and wherever it runs.
    #[must_use]
    pub fn result_hash(&self) -> String {
        let mut text = String::new();
        for firing in &self.result.firings {
            let group: Vec<_> =
                firing.group.iter().map(|value| value.canonical.as_ref().map(ToString::to_string)).collect();
            let (over, under) = firing.value.parts();
            let (start, end) = (firing.window_start.millis(), firing.window_end.millis());
            let (at, occurrences) = (firing.fired_at.millis(), firing.occurrences);
            let group = serde_json::to_string(&group).unwrap_or_default();
            text.push_str(&format!("{group} {at} {start} {end} {over}/{under} {occurrences}\n"));
        }
        blake3::hash(text.as_bytes()).to_hex().to_string()
    }
}

/// Checks a rule's document and joins it with its lists.
///
/// # Errors
/// When a list is there but cannot be read. What is wrong with the rule is in the findings.
pub fn check_rule(file: RuleFile) -> Result<RuleCheck, EngineError> {
    match String::from_utf8(file.bytes) {
        Ok(text) => check_text(file.name, &text, |rule| lists_of(rule, &file.lists)),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let mut findings = Findings::default();
            findings.error("$", format!("byte {at} is not UTF-8 text"), "save the document as UTF-8");
            let (lists, advice, tests) = (Lists::new(), Vec::new(), Vec::new());
            Ok(RuleCheck { file: file.name, document: None, findings, compiled: None, lists, advice, tests })
        }
    }
}

/// Checks a document whose lists are found by `lists`.
pub(super) fn check_text(
    file: String,
    text: &str,
    lists: impl FnOnce(&Rule) -> Result<Lists, EngineError>,
) -> Result<RuleCheck, EngineError> {
    let document::Reading { document, mut findings } = document::read(text, Format::of(&file, text));
    let lists = document.as_ref().map_or_else(|| Ok(Lists::new()), |document| lists(&document.rule))?;
    let compiled = document.as_ref().and_then(|document| {
        compile(document.rule.clone(), &lists).map_err(|problems| findings.errors.extend(problems)).ok()
    });
    let (document, compiled) = (document.filter(|_| compiled.is_some()), compiled.map(Arc::new));
    let advice = document.as_ref().map(|document| advise(&document.rule)).unwrap_or_default();
    let run = |(document, compiled): (&RuleDocument, &Arc<Compiled>)| run_tests(compiled, &document.tests);
    let tests = document.as_ref().zip(compiled.as_ref()).map(run).unwrap_or_default();
    Ok(RuleCheck { file, document, findings, compiled, lists, advice, tests })
}

/// Runs a rule over an events file.
///
/// # Errors
/// [`EngineError::Rule`] and [`EngineError::Events`] name everything that is wrong with either.
pub fn backtest_file(
    rule: RuleFile,
    events_name: &str,
    events: &[u8],
    bounds: Bounds,
    with_curve: bool,
) -> Result<FileBacktest, EngineError> {
    let check = check_rule(rule)?;
    let Some(compiled) = check.compiled else {
        return Err(EngineError::Rule { file: check.file, problems: check.findings.errors });
    };
    let events = parse_events(events_name, events)?;
    let result = run(&compiled, &events.events, bounds, with_curve)?;
    Ok(FileBacktest { rule: compiled.rule().clone(), result, dropped: events.dropped, marked: events.marked })
}

/// A backtest, with a curve only where a rule has one.
pub(super) fn run(
    compiled: &Arc<Compiled>,
    events: &[Event],
    bounds: Bounds,
    with_curve: bool,
) -> Result<Backtest, EngineError> {
    let result = backtest(compiled, events, bounds, with_curve);
    curve_of(&result, with_curve)?;
    Ok(result)
}

/// Whether there is a curve if one is wanted.
pub(super) fn curve_of(result: &Backtest, is_wanted: bool) -> Result<(), EngineError> {
    if is_wanted && result.curve.is_none() {
        let message = "only a rule with an atLeast trigger has a curve: leave --curve out";
        return Err(EngineError::field_error("curve", message));
    }
    Ok(())
}

/// Reads an events file.
pub(super) fn parse_events(name: &str, events: &[u8]) -> Result<EventFile, EngineError> {
    let text = std::str::from_utf8(events).map_err(|error| {
        let before = events.get(..error.valid_up_to()).unwrap_or_default();
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let reason = "this line is not UTF-8 text: save the file as UTF-8".to_owned();
        EngineError::Events { file: name.to_owned(), problems: vec![LineProblem { line, reason }] }
    })?;
    EventFile::parse(text).map_err(|problems| EngineError::Events { file: name.to_owned(), problems })
}
