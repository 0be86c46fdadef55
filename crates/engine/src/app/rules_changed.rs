//! Changing the rules that are kept: new ones, new versions, how they run, and taking all that back.
//!
//! A version whose words alone differ (its name, description, tags and tests) fires like the one before, so it takes
//! that one's place at once, also of a live rule, and what was told under the old words is not told again.

use std::collections::BTreeMap;
use std::str::FromStr;

use tocsin_model::rule::document::Dialect;
use tocsin_model::rule::{Mode, Rule};
use tocsin_model::time::Timestamp;
use tocsin_model::tree::Tree;
use tocsin_store::{NewRule, RuleRecord, RuleVersion, StoreError, VersionState, WriteTx};

use super::App;
use super::rules::{RuleCheck, RuleFile, check_rule, check_text};
use super::rules_kept::{Added, AddedRule, KeptRule, as_it_runs, folded, kept, missing, read_version};
use crate::error::EngineError;
use crate::feed::FeedItem;

/// How a rule runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleState {
    /// Not evaluated.
    Off,
    /// Its firings are recorded and raise no alerts.
    Shadow,
    /// Its firings raise alerts.
    Live,
}

impl RuleState {
    /// The word that interfaces use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Shadow => "shadow",
            Self::Live => "live",
        }
    }
}

/// The text names no way to run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a rule is off, shadow or live")]
pub struct RuleStateError;

impl FromStr for RuleState {
    type Err = RuleStateError;

    fn from_str(text: &str) -> Result<Self, RuleStateError> {
        [Self::Off, Self::Shadow, Self::Live].into_iter().find(|state| state.as_str() == text).ok_or(RuleStateError)
    }
}

impl KeptRule {
    /// How it runs.
    #[must_use]
    pub const fn state(&self) -> RuleState {
        match (self.record.enabled, self.record.mode) {
            (false, _) => RuleState::Off,
            (true, Mode::Shadow) => RuleState::Shadow,
            (true, Mode::Live) => RuleState::Live,
        }
    }
}

/// Which rule a document is to be kept as.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// The one of its name, or a new one.
    Named,
    /// A new one.
    New,
    /// The one in this row.
    Of(i64),
}

/// What a document says, ready to be kept.
struct Said {
    rule: Rule,
    dialect: Dialect,
    folded: String,
    json: String,
    tree: Tree,
    lists: BTreeMap<String, Vec<String>>,
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
        self.keep(check, Place::Named)
    }

    /// Keeps the document of a rule that is being edited: in the place of the rule `edited`, which it may name anew, or
    /// as a new one.
    ///
    /// # Errors
    /// [`EngineError::Rule`] names everything that is wrong with the document, [`EngineError::RuleNameTaken`] when
    /// another rule has the name, [`EngineError::Missing`] when there is no rule `edited`.
    pub fn save_rule(&self, document: &str, edited: Option<&str>) -> Result<AddedRule, EngineError> {
        let place = edited.map(|name| self.rule_record(name).map(|record| Place::Of(record.row))).transpose()?;
        self.keep(self.check_document(document, edited)?, place.unwrap_or(Place::New))
    }

    /// Keeps what a rule said in an earlier version anew. How it runs stays as it is.
    ///
    /// # Errors
    /// As [`Self::save_rule`], and [`EngineError::Missing`] when the rule has no version of that number.
    pub fn restore_rule_version(&self, name: &str, number: u64) -> Result<AddedRule, EngineError> {
        let record = self.rule_record(name)?;
        let versions = self.store.read(|reader| reader.rule_versions(record.row))?;
        let version = versions.into_iter().map(|(_, version)| version).find(|version| version.number == number);
        let Some((version, document)) =
            version.and_then(|version| read_version(&version.document).map(|said| (version, said)))
        else {
            let message = format!("“{}” has no version {number}: list its versions to see their numbers", record.name);
            return Err(EngineError::Missing(message));
        };
        let tree = as_it_runs(&document, record.enabled, record.mode);
        let text = serde_json::to_string_pretty(&tree).unwrap_or_default();
        self.keep(check_text(record.name, &text, |_| Ok(version.lists))?, Place::Of(record.row))
    }

    fn keep(&self, check: RuleCheck, place: Place) -> Result<AddedRule, EngineError> {
        let Some(document) = &check.document else {
            return Err(EngineError::Rule { file: check.file, problems: check.findings.errors });
        };
        let said = Said {
            folded: folded(&document.rule.name),
            rule: document.rule.clone(),
            dialect: document.dialect,
            json: document.to_json(),
            tree: document.tree.clone(),
            lists: check.lists.clone(),
        };
        let (name, now) = (document.rule.name.clone(), self.now());
        let kept = self.change(move |tx| keep(tx, place, &said, now))?;
        let (added, row) = kept.ok_or(EngineError::RuleNameTaken(name))?;
        Ok(AddedRule { added, rule: self.kept_in(row)?, check })
    }

    /// The rule in a row that was just written.
    fn kept_in(&self, row: i64) -> Result<KeptRule, EngineError> {
        kept(self.store.read(|reader| reader.rule_of_row(row))?.ok_or_else(|| missing(""))?)
    }

    /// Has a rule evaluated, or not. What comes from now on fires it; what came before fills its windows.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is none.
    pub fn set_rule_enabled(&self, name: &str, enabled: bool) -> Result<KeptRule, EngineError> {
        self.set_running(name, Some(enabled), None)
    }

    /// Lets a rule raise alerts, or only record its firings. A version that waits is promoted by either.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is none, [`EngineError::RuleNameTaken`] when the version that waits has a
    /// name that another rule has by now.
    pub fn set_rule_mode(&self, name: &str, mode: Mode) -> Result<KeptRule, EngineError> {
        self.set_running(name, None, Some(mode))
    }

    /// Both at once.
    ///
    /// # Errors
    /// As [`Self::set_rule_mode`].
    pub fn set_rule_state(&self, name: &str, state: RuleState) -> Result<KeptRule, EngineError> {
        match state {
            RuleState::Off => self.set_running(name, Some(false), None),
            RuleState::Shadow => self.set_running(name, Some(true), Some(Mode::Shadow)),
            RuleState::Live => self.set_running(name, Some(true), Some(Mode::Live)),
        }
    }

    fn set_running(&self, name: &str, enabled: Option<bool>, mode: Option<Mode>) -> Result<KeptRule, EngineError> {
        let (known, now) = (self.rule_record(name)?, self.now());
        let stays = enabled.is_none_or(|enabled| enabled == known.enabled && known.error.is_none())
            && mode.is_none_or(|mode| mode == known.mode && known.candidate.is_none());
        if stays {
            return kept(known);
        }
        let row = known.row;
        let taken = self.change(move |tx| set_running(tx, &known, enabled, mode, now))?;
        taken.map_or_else(|| self.kept_in(row), |name| Err(EngineError::RuleNameTaken(name)))
    }

    /// Drops the version of a rule that waits to be promoted.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is no rule of that name, or nothing waits.
    pub fn discard_candidate(&self, name: &str) -> Result<KeptRule, EngineError> {
        let known = self.rule_record(name)?;
        if known.candidate.is_none() {
            return Err(EngineError::Missing(format!("no new version of “{}” waits to be promoted", known.name)));
        }
        let row = known.row;
        self.change(move |tx| Ok((tx.retire(row, VersionState::Candidate)?, Some(FeedItem::Rules))))?;
        self.kept_in(row)
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

    /// Brings the rule of that name back that was removed last, with its versions and as it ran. What came in between
    /// fills its windows and fires nothing.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when none of that name was removed, [`EngineError::RuleNameTaken`] when another one
    /// has the name by now.
    pub fn unremove_rule(&self, name: &str) -> Result<KeptRule, EngineError> {
        let (folded, now) = (folded(name.trim()), self.now());
        let (removed, taken) =
            self.store.read(|reader| Ok((reader.removed_rule(&folded)?, reader.rule(&folded)?.is_some())))?;
        if taken {
            return Err(EngineError::RuleNameTaken(name.to_owned()));
        }
        let removed = removed.ok_or_else(|| EngineError::Missing(format!("no rule “{name}” was removed")))?;
        let row = removed.row;
        self.change(move |tx| {
            tx.unremove_rule(row)?;
            tx.activate(row, now)?;
            Ok(((), Some(FeedItem::Rules)))
        })?;
        self.kept_in(row)
    }
}

/// Keeps what a document says; what that did and the rule's row, or none when another rule has the name.
#[expect(clippy::type_complexity, reason = "what a change gives, and its hint")]
fn keep(
    tx: &WriteTx<'_>,
    place: Place,
    said: &Said,
    now: Timestamp,
) -> Result<(Option<(Added, i64)>, Option<FeedItem>), StoreError> {
    let of_name = tx.reader().rule(&said.folded)?;
    let known = match place {
        Place::Named => of_name.clone(),
        Place::New => None,
        Place::Of(row) => tx.reader().rule_of_row(row)?,
    };
    if of_name.as_ref().is_some_and(|other| known.as_ref().is_none_or(|known| known.row != other.row)) {
        return Ok((None, None));
    }
    let (enabled, mode) = said.runs_as(known.as_ref());
    let new = NewRule { name: &said.rule.name, folded: &said.folded, enabled, mode };
    let Some(known) = known else {
        let row = tx.add_rule(&new, now)?;
        tx.add_version(row, VersionState::Current, &said.json, &said.lists, now)?;
        return Ok((Some((Added::New, row)), Some(FeedItem::Rules)));
    };
    let added = change_rule(tx, &known, &new, said, now)?;
    Ok((Some((added, known.row)), (added != Added::Unchanged).then_some(FeedItem::Rules)))
}

fn change_rule(
    tx: &WriteTx<'_>,
    known: &RuleRecord,
    new: &NewRule<'_>,
    said: &Said,
    now: Timestamp,
) -> Result<Added, StoreError> {
    let current = said.beside(&known.current);
    let waiting = known.candidate.as_ref().map(|version| (version, said.beside(version)));
    // What was said last counts: the version that waits, if there is one.
    let unchanged = match &waiting {
        Some((_, beside)) => *beside == Beside::Same,
        None => current == Beside::Same && runs(known, new),
    };
    if unchanged {
        return Ok(Added::Unchanged);
    }
    if known.enabled && known.mode == Mode::Live && known.error.is_none() && current == Beside::Other {
        match waiting {
            Some((version, Beside::Alike)) => {
                tx.add_alike_version(version.row, VersionState::Candidate, &said.json, &said.lists, now)?;
            }
            Some((_, Beside::Same | Beside::Other)) | None => {
                tx.add_version(known.row, VersionState::Candidate, &said.json, &said.lists, now)?;
            }
        }
        return Ok(Added::Candidate);
    }
    tx.retire(known.row, VersionState::Candidate)?;
    tx.set_rule(known.row, new, now)?;
    match current {
        Beside::Same => start_if_new(tx, known, new.enabled, now)?,
        Beside::Alike => {
            tx.add_alike_version(known.current.row, VersionState::Current, &said.json, &said.lists, now)?;
            start_if_new(tx, known, new.enabled, now)?;
        }
        Beside::Other => {
            tx.add_version(known.row, VersionState::Current, &said.json, &said.lists, now)?;
        }
    }
    Ok(Added::Replaced)
}

/// What a document is to a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beside {
    /// It says the same, but perhaps for how it runs.
    Same,
    /// Its words differ, and it fires alike.
    Alike,
    /// It fires otherwise.
    Other,
}

impl Said {
    /// How the rule runs from now on. Shield's documents have one word for off and for shadow: what is off stays so.
    fn runs_as(&self, known: Option<&RuleRecord>) -> (bool, Mode) {
        match known {
            Some(known) if self.dialect == Dialect::Shield && self.rule.mode == Mode::Shadow && !known.enabled => {
                (false, known.mode)
            }
            Some(_) | None => (self.rule.enabled, self.rule.mode),
        }
    }

    fn beside(&self, version: &RuleVersion) -> Beside {
        let known = read_version(&version.document).filter(|_| version.lists == self.lists);
        match known {
            Some(known) if without_running(&known.tree) == without_running(&self.tree) => Beside::Same,
            Some(known) if without_words(&known.rule) == without_words(&self.rule) => Beside::Alike,
            Some(_) | None => Beside::Other,
        }
    }
}

/// A document without how it runs, which is kept apart.
fn without_running(tree: &Tree) -> Vec<&(String, Tree)> {
    let Tree::Map(members) = tree else { return Vec::new() };
    members.iter().filter(|(key, _)| !["enable", "mode"].contains(&key.as_str())).collect()
}

/// A rule without what makes no difference to what fires and whom it tells.
fn without_words(rule: &Rule) -> Rule {
    let (name, description, tags) = (String::new(), String::new(), Vec::new());
    Rule { name, description, tags, enabled: true, mode: Mode::Live, ..rule.clone() }
}

/// Sets how a rule runs; the name of the version that waited, when another rule has it by now.
fn set_running(
    tx: &WriteTx<'_>,
    known: &RuleRecord,
    enabled: Option<bool>,
    mode: Option<Mode>,
    now: Timestamp,
) -> Result<(Option<String>, Option<FeedItem>), StoreError> {
    let (enabled, promotes) = (enabled.unwrap_or(known.enabled), mode.is_some());
    let promoted = known.candidate.as_ref().filter(|_| promotes).and_then(|version| read_version(&version.document));
    let name = promoted.map_or_else(|| known.name.clone(), |document| document.rule.name);
    let folded = folded(&name);
    if tx.reader().rule(&folded)?.is_some_and(|other| other.row != known.row) {
        return Ok((Some(name), None));
    }
    if promotes {
        tx.promote(known.row)?;
    }
    let to = NewRule { name: &name, folded: &folded, enabled, mode: mode.unwrap_or(known.mode) };
    tx.set_rule(known.row, &to, now)?;
    start_if_new(tx, known, enabled, now)?;
    Ok((None, Some(FeedItem::Rules)))
}

/// Whether a rule runs as a new document of it wants.
fn runs(known: &RuleRecord, new: &NewRule<'_>) -> bool {
    known.enabled == new.enabled && known.mode == new.mode && known.name == new.name
}

/// A rule that was not evaluated looks at what comes from now on.
fn start_if_new(tx: &WriteTx<'_>, known: &RuleRecord, enabled: bool, now: Timestamp) -> Result<(), StoreError> {
    if enabled && (!known.enabled || known.error.is_some()) { tx.activate(known.row, now) } else { Ok(()) }
}
