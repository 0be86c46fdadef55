//! Rules that are kept in the store: adding them, what runs, and writing them down again.
//!
//! A rule has one version that counts. Editing a rule that is live keeps that version live: the new one runs beside it
//! in shadow until it is promoted, by setting the rule live once more. Of any other rule the new version takes the place
//! of the old one at once.

use std::sync::Arc;
use tocsin_model::event::Event;
use tocsin_model::rule::document::{self, Dialect, Format, RuleDocument};
use tocsin_model::rule::{Mode, Rule};
use tocsin_model::time::Timestamp;
use tocsin_model::tree::Tree;
use tocsin_model::value::{FieldKind, canonical};
use tocsin_rules::{Advice, BUSY_SPAN, Bounds, Compiled, History, Lists, advise, advise_on_history, compile, overlaps};
use tocsin_store::{
    FiringRecord, LogPlace, NewRule, Reader, RuleRecord, RuleVersion, StoreError, VersionState, WriteTx,
};

use super::App;
use super::rules::{FileBacktest, RuleCheck, RuleFile, check_rule, run};
use crate::error::EngineError;
use crate::evaluate::log::{Names, each};
use crate::feed::FeedItem;

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
    /// Keeps a rule; see [`Added`] for what that does when there is one of its name.
    ///
    /// # Errors
    /// [`EngineError::Rule`] names everything that is wrong with the document.
    pub fn add_rule(&self, file: RuleFile) -> Result<AddedRule, EngineError> {
        self.keep_rule(check_rule(file)?)
    }

    /// Keeps a rule that was checked.
    pub(super) fn keep_rule(&self, check: RuleCheck) -> Result<AddedRule, EngineError> {
        let Some(document) = &check.document else {
            return Err(EngineError::Rule { file: check.file, problems: check.findings.errors });
        };
        let (name, json, lists) = (document.rule.name.clone(), document.to_json(), check.lists.clone());
        let (enabled, mode, now) = (document.rule.enabled, document.rule.mode, self.now());
        let folded = folded(&name);
        let added = self.change(move |tx| {
            let new = NewRule { name: &name, folded: &folded, enabled, mode };
            let Some(known) = tx.reader().rule(&folded)? else {
                let row = tx.add_rule(&new, now)?;
                tx.add_version(row, VersionState::Current, &json, &lists, now)?;
                return Ok((Added::New, Some(FeedItem::Rules)));
            };
            let same = |version: &RuleVersion| version.document == json && version.lists == lists;
            // What was said last counts: the version that waits, if there is one.
            if known.candidate.as_ref().map_or_else(|| same(&known.current) && runs(&known, &new), same) {
                return Ok((Added::Unchanged, None));
            }
            if known.enabled && known.mode == Mode::Live && known.error.is_none() && !same(&known.current) {
                tx.add_version(known.row, VersionState::Candidate, &json, &lists, now)?;
                return Ok((Added::Candidate, Some(FeedItem::Rules)));
            }
            tx.retire(known.row, VersionState::Candidate)?;
            tx.set_rule(known.row, &name, enabled, mode, now)?;
            if same(&known.current) {
                start_if_new(tx, &known, enabled, now)?;
            } else {
                tx.add_version(known.row, VersionState::Current, &json, &lists, now)?;
            }
            Ok((Added::Replaced, Some(FeedItem::Rules)))
        })?;
        let rule = self.kept_rule(&document.rule.name)?;
        Ok(AddedRule { added, rule, check })
    }

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
        let (enabled, changed_at, fired_at) = (record.enabled, record.updated_at, record.current.fired_at);
        let others = self.kept_rules()?;
        let others: Vec<&Rule> = others.iter().filter(|one| one.record.enabled).map(|one| &one.document.rule).collect();
        let mut advice = advise(&rule.document.rule);
        advice.extend(advise_on_history(&History { now, enabled, changed_at, fired_at, firings }));
        advice.extend(overlaps(&rule.document.rule, &others));
        Ok(advice)
    }

    fn rule_record(&self, name: &str) -> Result<RuleRecord, EngineError> {
        let folded = folded(name.trim());
        self.store.read(|reader| reader.rule(&folded))?.ok_or_else(|| missing(name))
    }

    /// Has a rule evaluated, or not. What comes from now on fires it; what came before fills its windows.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is none.
    pub fn set_rule_enabled(&self, name: &str, enabled: bool) -> Result<KeptRule, EngineError> {
        let (known, now) = (self.rule_record(name)?, self.now());
        if known.enabled == enabled && known.error.is_none() {
            return kept(known);
        }
        self.change(move |tx| {
            tx.set_rule(known.row, &known.name, enabled, known.mode, now)?;
            start_if_new(tx, &known, enabled, now)?;
            Ok(((), Some(FeedItem::Rules)))
        })?;
        self.kept_rule(name)
    }

    /// Lets a rule raise alerts, or only record its firings. A version that waits is promoted by either.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is none.
    pub fn set_rule_mode(&self, name: &str, mode: Mode) -> Result<KeptRule, EngineError> {
        let (known, now) = (self.rule_record(name)?, self.now());
        if known.mode == mode && known.candidate.is_none() {
            return kept(known);
        }
        let promoted = known.candidate.as_ref().and_then(|version| read_version(&version.document));
        let new_name = promoted.map_or_else(|| known.name.clone(), |document| document.rule.name);
        self.change(move |tx| {
            tx.promote(known.row)?;
            tx.set_rule(known.row, &new_name, known.enabled, mode, now)?;
            Ok(((), Some(FeedItem::Rules)))
        })?;
        self.kept_rule(name)
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
        let compiled = self.compiled(rule)?;
        let stored = self.store.read(|reader| stored_events(reader, |event| compiled.matches(event)))?;
        let mut result = run(&compiled, &stored.events, bounds, with_curve)?;
        result.events = stored.looked_at;
        Ok(FileBacktest { rule: compiled.rule().clone(), result, dropped: 0, marked: stored.marked })
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

    /// Removes a rule. Its firings and alerts stay.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is none.
    pub fn remove_rule(&self, name: &str) -> Result<RuleRecord, EngineError> {
        let (known, now) = (self.rule_record(name)?, self.now());
        let row = known.row;
        self.change(move |tx| Ok((tx.remove_rule(row, now)?, Some(FeedItem::Rules))))?;
        Ok(known)
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

/// What is stored, as far as rules need it.
#[derive(Debug, Default)]
pub(super) struct Stored {
    /// Those that match, and the last one of all, in the order of time and id.
    pub(super) events: Vec<Event>,
    /// How many there are, without demo data.
    pub(super) looked_at: u64,
    /// How many of them have a field that cannot be read.
    pub(super) marked: u64,
    /// When the first of them was.
    pub(super) first: Option<Timestamp>,
}

/// Everything that is stored, without demo data, of which only what matches is kept.
pub(super) fn stored_events(reader: &Reader<'_>, matches: impl Fn(&Event) -> bool) -> Result<Stored, StoreError> {
    let names: Names = reader.source_names()?.into_iter().map(|(row, name, demo)| (row, (name, demo))).collect();
    let mut stored = Stored::default();
    let mut last: Option<Event> = None;
    each(reader, LogPlace::default(), reader.log_end()?, &names, |entry| {
        if names.get(&entry.source).is_some_and(|(_, demo)| *demo) {
            return;
        }
        stored.looked_at += 1;
        stored.marked += u64::from(!entry.event.unreadable.is_empty());
        stored.first = Some(stored.first.map_or(entry.event.time, |first| first.min(entry.event.time)));
        let order = |event: &Event| (event.time, event.id.clone());
        if last.as_ref().is_none_or(|last| order(last) < order(&entry.event)) {
            last = Some(entry.event.clone());
        }
        if matches(&entry.event) {
            stored.events.push(entry.event);
        }
    })?;
    stored.events.extend(last.filter(|last| !matches(last)));
    stored.events.sort_by(|left, right| (left.time, &left.id).cmp(&(right.time, &right.id)));
    Ok(stored)
}

/// Whether a rule runs as a new document of it wants.
fn runs(known: &RuleRecord, new: &NewRule<'_>) -> bool {
    known.enabled == new.enabled && known.mode == new.mode && known.name == new.name
}

/// A rule that was not evaluated looks at what comes from now on.
fn start_if_new(tx: &WriteTx<'_>, known: &RuleRecord, enabled: bool, now: Timestamp) -> Result<(), StoreError> {
    if enabled && (!known.enabled || known.error.is_some()) { tx.activate(known.row, now) } else { Ok(()) }
}

/// A name as names are compared.
pub(crate) fn folded(name: &str) -> String {
    canonical(FieldKind::Text, name).unwrap_or_default()
}

fn missing(name: &str) -> EngineError {
    EngineError::Missing(format!("there is no rule “{name}”: list the rules to see their names"))
}

fn kept(record: RuleRecord) -> Result<KeptRule, EngineError> {
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
fn as_it_runs(document: &RuleDocument, enabled: bool, mode: Mode) -> Tree {
    let mut tree = document.tree.clone();
    let Tree::Map(members) = &mut tree else { return tree };
    let mut set = |key: &str, value: Tree| match members.iter_mut().rev().find(|(name, _)| name == key) {
        Some((_, old)) => *old = value,
        None => members.push((key.to_owned(), value)),
    };
    match document.dialect {
        // There a rule that is not enabled is what we call shadow.
        Dialect::Shield if document.rule.mode != mode => set("enable", Tree::Bool(mode == Mode::Live)),
        Dialect::Shield => {}
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
