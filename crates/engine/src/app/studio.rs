//! What the rule studio asks while a rule is being written: is it right, what would it look at, when would it run next.

use tocsin_model::event::Event;
use tocsin_model::field::{EventKind, Field};
use tocsin_model::rule::Rule;
use tocsin_model::rule::document::{self, Dialect, Format};
use tocsin_model::time::Timestamp;
use tocsin_model::tree::Tree;
use tocsin_rules::Lists;
use tocsin_store::RuleRecord;

use super::App;
use super::explain::Explained;
use super::lists::{FOLDER, lists_of};
use super::rules::{RuleCheck, check_text};
use super::rules_kept::Ready;
use crate::error::EngineError;
use crate::evaluate::log::newest;
use crate::evaluate::names::Names;

/// What a document that is being written is called in messages.
const DOCUMENT: &str = "that is being edited";
/// Most recent events that are shown.
const MOST_EVENTS: u32 = 500;
/// Times of the next runs that are shown.
const NEXT_RUNS: usize = 5;

/// A document as it stands, whether or not it is a rule yet.
#[derive(Debug)]
pub struct DocumentCheck {
    /// What came of checking it.
    pub check: RuleCheck,
    /// The document as JSON, its keys in their order; none when it cannot be read at all.
    pub json: Option<String>,
    /// The name it says.
    pub name: Option<String>,
    /// Whether its keys are Shield's.
    pub is_shields: bool,
}

impl DocumentCheck {
    /// What a document is that was checked.
    #[must_use]
    pub fn new(check: RuleCheck, text: &str) -> Self {
        let tree = document::tree(text, Format::of(DOCUMENT, text));
        let name = tree.as_ref().and_then(|tree| tree.get("name")).and_then(Tree::as_text).map(str::to_owned);
        Self {
            json: tree.as_ref().map(|tree| serde_json::to_string_pretty(tree).unwrap_or_default()),
            is_shields: tree.is_some_and(|tree| document::dialect(&tree) == Dialect::Shield),
            name,
            check,
        }
    }
}

/// An event and what a rule makes of it.
#[derive(Debug)]
pub struct RecentEvent {
    /// The event.
    pub event: Event,
    /// Whether it meets the conditions; none while the rule cannot be used.
    pub matches: Option<bool>,
}

impl App {
    /// Checks a document that is being written. Its lists are the files of the folder `lists` in the data directory, and
    /// those that the rule `edited`, or the one of its name, was kept with.
    ///
    /// # Errors
    /// When a list is there but cannot be read. What is wrong with the rule is in the findings.
    pub(super) fn check_document(&self, text: &str, edited: Option<&str>) -> Result<RuleCheck, EngineError> {
        check_text(DOCUMENT.to_owned(), text, |rule| {
            let kept = self.rule_record(edited.unwrap_or(&rule.name)).map_or_else(|_| Lists::new(), lists_kept);
            self.with_list_files(rule, kept)
        })
    }

    /// The lists of a rule that is being written: those it was kept with, and the files as they are now.
    pub(super) fn with_list_files(&self, rule: &Rule, mut kept: Lists) -> Result<Lists, EngineError> {
        kept.extend(lists_of(rule, &self.config.data_dir.join(FOLDER))?);
        Ok(kept)
    }

    /// Checks a document that is being written and says what it is, whether or not it is a rule yet.
    ///
    /// # Errors
    /// As for [`RuleCheck`]: when a list is there but cannot be read.
    pub fn look_at_document(&self, text: &str, edited: Option<&str>) -> Result<DocumentCheck, EngineError> {
        Ok(DocumentCheck::new(self.check_document(text, edited)?, text))
    }

    /// A document that is being written, ready to be evaluated.
    pub(super) fn ready_document(&self, text: &str, edited: Option<&str>) -> Result<Ready, EngineError> {
        let check = self.check_document(text, edited)?;
        match check.compiled {
            Some(compiled) => Ok(Ready { compiled, lists: check.lists }),
            None => Err(EngineError::Rule { file: check.file, problems: check.findings.errors }),
        }
    }

    /// Explains a stored event to the document as it is being edited; as [`Self::explain_stored`].
    ///
    /// # Errors
    /// As [`Self::explain_stored`].
    pub fn explain_document(&self, text: &str, id: &str) -> Result<Explained, EngineError> {
        self.explain_ready(&self.ready_document(text, None)?.compiled, id)
    }

    /// The newest stored events of the kinds that a document looks at, whether they match or not; at most `limit`. Demo
    /// data only where there is nothing else.
    ///
    /// # Errors
    /// When the store or a list cannot be read.
    pub fn recent_events(&self, text: &str, limit: u32) -> Result<Vec<RecentEvent>, EngineError> {
        let compiled = self.check_document(text, None)?.compiled;
        let kinds = kinds_of(document::tree(text, Format::of(DOCUMENT, text)).as_ref());
        let limit = limit.clamp(1, MOST_EVENTS);
        let events = self.store.read(|reader| {
            let mut names = Names::read(reader)?;
            names.look_for(compiled.as_deref());
            match newest(reader, &kinds, false, limit, &names)? {
                none if none.is_empty() => newest(reader, &kinds, true, limit, &names),
                some => Ok(some),
            }
        })?;
        let recent = |event| RecentEvent { matches: compiled.as_ref().map(|rule| rule.matches(&event)), event };
        Ok(events.into_iter().map(recent).collect())
    }

    /// When the next windows of a rule end from now on, at most five: none for rolling windows, and none without one.
    #[must_use]
    pub fn next_runs(&self, rule: &Rule) -> Vec<Timestamp> {
        rule.window.as_ref().map(|window| window.next_ends(self.now(), NEXT_RUNS)).unwrap_or_default()
    }
}

/// The lists that a rule was kept with.
fn lists_kept(record: RuleRecord) -> Lists {
    let candidate = record.candidate.map(|version| version.lists).unwrap_or_default();
    record.current.lists.into_iter().chain(candidate).collect()
}

/// The kinds of events that can meet the conditions of a document, as far as they can be read.
fn kinds_of(tree: Option<&Tree>) -> Vec<EventKind> {
    let conditions = match tree.and_then(|tree| tree.get("conditions")) {
        Some(Tree::List(conditions)) => conditions.as_slice(),
        Some(Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) | Tree::Map(_)) | None => &[],
    };
    let fields: Vec<Field> =
        conditions.iter().filter_map(|one| one.get("type")?.as_text()).filter_map(Field::named).collect();
    EventKind::ALL.into_iter().filter(|kind| fields.iter().all(|field| field.is_of(*kind))).collect()
}
