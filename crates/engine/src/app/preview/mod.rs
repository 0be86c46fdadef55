//! What a rule would have done, while it is being edited: over stored events that are held in columns.
//!
//! Invariant: says what a backtest over the store says. The columns are a cache: read when somebody first asks, with
//! just the fields that rules need, extended as the log grows, read anew when something was removed, and dropped when
//! nobody has asked for ten minutes. One preview runs at a time.

mod asks;
mod beside;
mod desk;
mod effect;
mod history;
mod loading;
mod object;
mod told;

use tocsin_model::firing::GroupValue;
use tocsin_model::id::AlertId;
use tocsin_model::time::{Span, Timestamp};
use tocsin_rules::{Bounds, Busy, CurvePoint, Slices};

use super::App;
use super::rules::{RuleCheck, check_text};
use crate::error::EngineError;
pub(crate) use desk::Desk;

/// Most slices of a history strip.
pub const SLICE_LIMIT: u32 = 4_096;
/// Firings that are marked.
const MARKS: usize = 500;
/// Groups that are named.
const BUSIEST: usize = 5;
/// Columns that nobody asked for so long are dropped.
const IDLE: Span = Span::from_millis(10 * 60_000);

/// A rule as it is being edited, and what is to be drawn of it.
#[derive(Debug, Clone)]
pub struct PreviewAsk {
    /// Its document, JSON or YAML.
    pub document: String,
    /// The name of the rule of the store that is being edited, if it is one.
    pub rule: Option<String>,
    /// From when on firings are counted. Earlier events fill windows and suppression.
    pub from: Timestamp,
    /// When they end: nothing at or after it fires.
    pub to: Timestamp,
    /// Slices of that stretch, 1 to [`SLICE_LIMIT`].
    pub buckets: u32,
}

/// What came of it.
#[derive(Debug)]
pub struct Previewed {
    /// What is wrong with the document, or may not be meant.
    pub check: RuleCheck,
    /// What the rule would have done; none when it cannot be used.
    pub effect: Option<RuleEffect>,
}

/// What a rule would have done.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleEffect {
    /// Events that are stored.
    pub events: u64,
    /// When the first of them was.
    pub first: Option<Timestamp>,
    /// When the last of them was.
    pub last: Option<Timestamp>,
    /// The events are made up, since nothing else is stored.
    pub demo: bool,
    /// Events of the stretch that meet the conditions.
    pub matched: u64,
    /// Firings in the stretch.
    pub firings: u64,
    /// Candidates that fire or join one of these firings.
    pub occurrences: u64,
    /// Groups that fire in the stretch.
    pub groups: u64,
    /// How many notifications these firings would be, were the rule live and each alert acknowledged as soon as it is
    /// told. Counted are: alerts that take in what fires within a day and are told again when they have doubled, the
    /// mildest severity that is told, quiet hours with one summary at their end, and storms. Not counted are: alerts
    /// that people close or snooze, and other rules' part in a storm.
    pub notifications: u64,
    /// The slices of the stretch, all of the same length.
    pub buckets: Vec<EffectBucket>,
    /// The newest firings, the last one first; at most 500.
    pub marks: Vec<FiringMark>,
    /// Candidates and firings for up to 64 thresholds, the rule's own among them; none unless its trigger is `atLeast`.
    pub curve: Option<Vec<CurvePoint>>,
    /// The five groups that fire most in the stretch.
    pub busiest: Vec<Busy>,
    /// What becomes of alerts of the rule that people have closed, over all of history.
    pub known: Known,
    /// The same numbers for the version of the rule that counts now; none when no rule was named, or it cannot be used.
    pub before: Option<Before>,
}

/// A slice of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EffectBucket {
    /// Where it begins; it ends where the next one begins.
    pub from: Timestamp,
    /// Events that meet the conditions.
    pub matched: u32,
    /// Firings.
    pub firings: u32,
    /// The greatest value of any group's window, at the moments at which the trigger is asked; none when no window was
    /// asked or had a value, and unless the trigger is `atLeast`.
    pub peak: Option<f64>,
}

/// A firing, as far as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct FiringMark {
    /// When.
    pub at: Timestamp,
    /// The values of its group, in the order of the rule's `groupBy`.
    pub group: Vec<GroupValue>,
    /// What its window measured.
    pub value: f64,
    /// What people said of the alert that the kept rule has of that group and time.
    pub label: Option<MarkLabel>,
    /// That alert.
    pub alert: Option<AlertId>,
}

/// What people said of an alert by closing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkLabel {
    /// It was right.
    True,
    /// It was wrong, or nobody needed to know.
    False,
}

/// Alerts of a rule that people closed as true or false positives (benign counts as false), and whether the edited rule
/// still fires for their groups while they went on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Known {
    /// True ones that it still finds.
    pub true_kept: u64,
    /// True ones that it would not have found.
    pub true_lost: u64,
    /// False ones that it still raises.
    pub false_kept: u64,
    /// False ones that it would not have raised.
    pub false_lost: u64,
}

/// What the version that counts now does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// Firings in the stretch.
    pub firings: u64,
    /// Notifications of these.
    pub notifications: u64,
}

impl App {
    /// What a rule would have done over everything that is stored, while it is being edited. What was found before is
    /// kept, so that an edit redoes only what follows from it.
    ///
    /// # Errors
    /// [`EngineError::Field`] when the stretch or its slices make no sense, [`EngineError::Missing`] when there is no
    /// rule of that name. What is wrong with the document is in [`Previewed::check`].
    pub fn preview(&self, ask: &PreviewAsk) -> Result<Previewed, EngineError> {
        let slices = slices(ask)?;
        let mut desk = self.desk();
        let beside = desk.beside(self, ask.rule.as_deref())?;
        let check =
            check_text("rule".to_owned(), &ask.document, |rule| self.with_list_files(rule, beside.lists.clone()))?;
        let bounds = Bounds { from: Some(ask.from), to: Some(ask.to) };
        let effect = match &check.compiled {
            Some(compiled) => Some(desk.effect(self, compiled, &beside, bounds, &slices)?),
            None => None,
        };
        desk.keep(beside);
        Ok(Previewed { check, effect })
    }
}

fn slices(ask: &PreviewAsk) -> Result<Slices, EngineError> {
    if !(1..=SLICE_LIMIT).contains(&ask.buckets) {
        return Err(EngineError::field_error("buckets", format!("a stretch has 1 to {SLICE_LIMIT} slices")));
    }
    if ask.from >= ask.to {
        return Err(EngineError::field_error("to", "the stretch ends before it begins: name a later end"));
    }
    Ok(Slices::new(ask.from, ask.to, ask.buckets))
}
