//! Rules that are kept in the store: adding them, what runs, and writing them down again.
//!
//! A rule has one version that counts. Editing a rule that is live keeps that version live: the new one runs beside it
//! in shadow until it is promoted, by setting the rule live once more. Of any other rule the new version takes the place
//! of the old one at once.

use std::sync::Arc;
use tocsin_model::rule::document::{self, Dialect, Format, RuleDocument};
use tocsin_model::rule::{Mode, Rule};
use tocsin_model::tree::Tree;
use tocsin_model::value::{FieldKind, canonical};
use tocsin_rules::{Advice, BUSY_SPAN, Bounds, Compiled, History, Lists, advise, advise_on_history, compile, overlaps};
use tocsin_store::{FiringRecord, RuleRecord};

use super::App;
use super::rules::{FileBacktest, RuleCheck, RuleFile, check_rule, curve_of, run};
use crate::error::EngineError;

/// Firings that are shown of a rule.
const RECENT_FIRINGS: u64 = 20;

/// What adding a rule did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// There was no rule of that name.
    New,
    /// The rule says just this already.
    Unchanged,
    /// It took the place of what the rule said before.
    Replaced,
    /// The rule is live, so the new version runs beside it in shadow until it is promoted.
    Candidate,
}

impl Added {
    /// The word that interfaces use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Unchanged => "unchanged",
            Self::Replaced => "replaced",
            Self::Candidate => "candidate",
        }
    }
}

/// A rule that was added.
#[derive(Debug)]
pub struct AddedRule {
    /// What that did.
    pub added: Added,
    /// The rule as it is now.
    pub rule: KeptRule,
    /// What may not be meant.
    pub check: RuleCheck,
}

/// The rule of a backtest.
#[derive(Debug)]
pub enum RuleToTest {
    /// One in a file.
    File(RuleFile),
    /// The version that counts of the rule of that name.
    Kept(String),
}

/// A rule of the store.
#[derive(Debug, Clone)]
pub struct KeptRule {
    /// How it is kept.
    pub record: RuleRecord,
    /// What the version that counts says.
    pub document: RuleDocument,
}

impl KeptRule {
    /// The document with how the rule runs now, its keys in the order they were written in.
    #[must_use]
    pub fn to_document(&self) -> Tree {
        as_it_runs(&self.document, self.record.enabled, self.record.mode)
    }

    /// The document of the version that waits to be promoted.
    #[must_use]
    pub fn candidate_document(&self) -> Option<Tree> {
        let candidate = self.record.candidate.as_ref()?;
        read_version(&candidate.document).map(|document| document.tree)
    }
}

impl App {
    /// Every rule, by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn kept_rules(&self) -> Result<Vec<KeptRule>, EngineError> {
        self.store.read(|reader| reader.rules())?.into_iter().map(kept).collect()
    }

    /// The rule of that name, whatever the case.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is none.
    pub fn kept_rule(&self, name: &str) -> Result<KeptRule, EngineError> {
        kept(self.rule_record(name)?)
    }

    /// The newest firings of a rule.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn rule_firings(&self, rule: &KeptRule) -> Result<Vec<FiringRecord>, EngineError> {
        Ok(self.store.read(|reader| reader.firings_of_rule(rule.record.row, RECENT_FIRINGS))?)
    }

    /// What experience says about a rule: its document, what it did, and the rules beside it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn rule_advice(&self, rule: &KeptRule) -> Result<Vec<Advice>, EngineError> {
        let (now, record) = (self.now(), &rule.record);
        let (row, from) = (record.row, now.minus(BUSY_SPAN));
        let firings = self.store.read(|reader| reader.count_firings(row, from))?;
        let (enabled, changed_at, fired_at) = (record.enabled, record.updated_at, record.current.all_fired_at);
        let others = self.kept_rules()?;
        let others: Vec<&Rule> = others.iter().filter(|one| one.record.enabled).map(|one| &one.document.rule).collect();
        let mut advice = advise(&rule.document.rule);
        advice.extend(advise_on_history(&History { now, enabled, changed_at, fired_at, firings }));
        advice.extend(overlaps(&rule.document.rule, &others));
        Ok(advice)
    }

    pub(super) fn rule_record(&self, name: &str) -> Result<RuleRecord, EngineError> {
        let folded = folded(name.trim());
        self.store.read(|reader| reader.rule(&folded))?.ok_or_else(|| missing(name))
    }

    /// Runs a rule over everything that is stored: events of feeds and vendors' alerts, without demo data.
    ///
    /// # Errors
    /// [`EngineError::Rule`] when the rule cannot be used, [`EngineError::Missing`] when there is none of that name.
    pub fn backtest_stored(
        &self,
        rule: RuleToTest,
        bounds: Bounds,
        with_curve: bool,
    ) -> Result<FileBacktest, EngineError> {
        let compiled = self.compiled(rule)?.with_gaps(&self.gaps()?);
        if let Some(found) = self.backtest_in_columns(&compiled, bounds, with_curve)? {
            curve_of(&found.result, with_curve)?;
            return Ok(found);
        }
        // Nothing but made-up events is stored.
        let result = run(&compiled, &[], bounds, with_curve)?;
        Ok(FileBacktest { rule: compiled.rule().clone(), result, dropped: 0, marked: 0 })
    }

    /// A rule, ready to be evaluated.
    pub(super) fn compiled(&self, rule: RuleToTest) -> Result<Arc<Compiled>, EngineError> {
        Ok(self.ready(rule)?.compiled)
    }

    /// A rule, ready to be evaluated, with its lists.
    pub(super) fn ready(&self, rule: RuleToTest) -> Result<Ready, EngineError> {
        match rule {
            RuleToTest::File(file) => ready_file(file),
            RuleToTest::Kept(name) => ready_kept(self.kept_rule(&name)?),
        }
    }
}

/// A rule that can be run, with the values of its lists.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) compiled: Arc<Compiled>,
    pub(super) lists: Lists,
}

/// The rule of a file.
pub(super) fn ready_file(file: RuleFile) -> Result<Ready, EngineError> {
    let check = check_rule(file)?;
    match check.compiled {
        Some(compiled) => Ok(Ready { compiled, lists: check.lists }),
        None => Err(EngineError::Rule { file: check.file, problems: check.findings.errors }),
    }
}

/// The version that counts of a rule of the store.
pub(super) fn ready_kept(kept: KeptRule) -> Result<Ready, EngineError> {
    let KeptRule { record, document } = kept;
    let rule = Rule { enabled: record.enabled, mode: record.mode, ..document.rule };
    let compiled = compile(rule, &record.current.lists);
    let compiled = compiled.map_err(|problems| EngineError::Rule { file: record.name, problems })?;
    Ok(Ready { compiled: Arc::new(compiled), lists: record.current.lists })
}

/// A name as names are compared.
pub(crate) fn folded(name: &str) -> String {
    canonical(FieldKind::Text, name).unwrap_or_default()
}

pub(super) fn missing(name: &str) -> EngineError {
    EngineError::Missing(format!("there is no rule “{name}”: list the rules to see their names"))
}

pub(super) fn kept(record: RuleRecord) -> Result<KeptRule, EngineError> {
    match read_version(&record.current.document) {
        Some(document) => Ok(KeptRule { record, document }),
        None => {
            let reading = document::read(&record.current.document, Format::Json);
            Err(EngineError::Rule { file: record.name, problems: reading.findings.errors })
        }
    }
}

/// Reads a document of the store. None only when this version refuses what another one took.
pub(crate) fn read_version(document: &str) -> Option<RuleDocument> {
    document::read(document, Format::Json).document
}

/// Puts how a rule runs into its document: `rule mode` and `rule enable` do not write it anew.
pub(super) fn as_it_runs(document: &RuleDocument, enabled: bool, mode: Mode) -> Tree {
    let mut tree = document.tree.clone();
    let Tree::Map(members) = &mut tree else { return tree };
    let mut set = |key: &str, value: Tree| match members.iter_mut().rev().find(|(name, _)| name == key) {
        Some((_, old)) => *old = value,
        None => members.push((key.to_owned(), value)),
    };
    match document.dialect {
        // There is one word for off and for shadow, and a rule that is read from it must not raise alerts.
        Dialect::Shield => {
            let told = enabled && mode == Mode::Live;
            if told != (document.rule.mode == Mode::Live) {
                set("enable", Tree::Bool(told));
            }
        }
        Dialect::Tocsin => {
            if document.rule.enabled != enabled {
                set("enable", Tree::Bool(enabled));
            }
            if document.rule.mode != mode {
                set("mode", Tree::Text(mode.as_str().to_owned()));
            }
        }
    }
    tree
}
