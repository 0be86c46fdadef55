//! What programs read of rules that are kept.

use serde::Serialize;
use serde_json::value::RawValue;
use tocsin_engine::{AddedRule, Advice, FiringRecord, KeptRule, RuleVersion, VersionState};
use tocsin_model::time::Timestamp;
use tocsin_model::tree::Tree;

use crate::rule_view::{AdviceView, TestView};

/// One rule of a list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeptRuleView<'a> {
    name: &'a str,
    description: &'a str,
    enabled: bool,
    mode: &'static str,
    severity: &'static str,
    version: u64,
    /// The version that waits to be promoted.
    candidate: Option<u64>,
    firings: u64,
    last_fired_at: Option<Timestamp>,
    /// What keeps it from being evaluated.
    error: Option<&'a str>,
    error_at: Option<Timestamp>,
    /// Groups given up to stay within its memory.
    forgotten_groups: u64,
    /// Matching events that came too late to be looked at.
    late_events: u64,
    tags: &'a [String],
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl<'a> From<&'a KeptRule> for KeptRuleView<'a> {
    fn from(kept: &'a KeptRule) -> Self {
        let (record, rule) = (&kept.record, &kept.document.rule);
        Self {
            name: &record.name,
            description: &rule.description,
            enabled: record.enabled,
            mode: record.mode.as_str(),
            severity: rule.severity.as_str(),
            version: record.current.number,
            candidate: record.candidate.as_ref().map(|version| version.number),
            firings: record.current.all_firings,
            last_fired_at: record.current.all_fired_at,
            error: record.error.as_ref().map(|(_, error)| error.as_str()),
            error_at: record.error.as_ref().map(|(at, _)| *at),
            forgotten_groups: record.forgotten,
            late_events: record.late,
            tags: &rule.tags,
            created_at: record.created_at,
            updated_at: record.updated_at,
        }
    }
}

impl KeptRuleView<'_> {
    /// What is wrong with it, in a sentence.
    pub(crate) fn problem(&self) -> Option<String> {
        let forgotten = self.forgotten_groups;
        match (self.error, forgotten, self.late_events) {
            (Some(error), ..) => Some(error.to_owned()),
            (None, 1.., _) => Some(format!("{forgotten} groups were given up to stay within its memory")),
            (None, 0, 1..) => Some(format!("{} events came too late", self.late_events)),
            (None, 0, 0) => None,
        }
    }

    /// The cells of a table.
    pub(crate) fn cells(&self) -> Vec<String> {
        let runs = match (self.enabled, self.candidate) {
            (false, _) => "disabled".to_owned(),
            (true, None) => self.mode.to_owned(),
            (true, Some(_)) => format!("{}, a new version waits", self.mode),
        };
        vec![
            self.name.to_owned(),
            runs,
            self.severity.to_owned(),
            self.version.to_string(),
            self.firings.to_string(),
            self.last_fired_at.map(super::command::short).unwrap_or_default(),
            self.problem().unwrap_or_default(),
        ]
    }
}

/// What `rule add` did.
#[derive(Debug, Serialize)]
pub(crate) struct AddedView<'a> {
    /// new, unchanged, replaced or candidate.
    added: &'static str,
    #[serde(flatten)]
    rule: KeptRuleView<'a>,
    warnings: Vec<String>,
    tests: Vec<TestView<'a>>,
}

impl<'a> AddedView<'a> {
    pub(crate) fn new(added: &'a AddedRule) -> Self {
        Self {
            added: added.added.as_str(),
            rule: KeptRuleView::from(&added.rule),
            warnings: added.check.findings.warnings.iter().map(ToString::to_string).collect(),
            tests: added.check.tests.iter().map(TestView::from).collect(),
        }
    }
}

/// One rule in full.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RuleDetailsView<'a> {
    #[serde(flatten)]
    pub(crate) rule: KeptRuleView<'a>,
    /// As it runs.
    pub(crate) document: Tree,
    candidate_document: Option<Tree>,
    /// What experience says about it.
    advice: Vec<AdviceView<'a>>,
    /// The newest first.
    recent_firings: Vec<FiringRecordView<'a>>,
}

impl<'a> RuleDetailsView<'a> {
    pub(crate) fn new(kept: &'a KeptRule, firings: &'a [FiringRecord], advice: &'a [Advice]) -> Self {
        Self {
            rule: KeptRuleView::from(kept),
            document: kept.to_document(),
            candidate_document: kept.candidate_document(),
            advice: advice.iter().map(AdviceView::from).collect(),
            recent_firings: firings.iter().map(FiringRecordView::from).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FiringRecordView<'a> {
    version: u64,
    mode: &'static str,
    fired_at: Timestamp,
    last_seen: Timestamp,
    occurrences: u64,
    decided_at: Timestamp,
    alert: Option<String>,
    /// Window, exact value, threshold, contributing events and the verdict of each condition.
    #[serde(flatten)]
    explanation: &'a serde_json::Value,
}

impl<'a> From<&'a FiringRecord> for FiringRecordView<'a> {
    fn from(firing: &'a FiringRecord) -> Self {
        Self {
            version: firing.version,
            mode: firing.mode.as_str(),
            fired_at: firing.fired_at,
            last_seen: firing.last_seen,
            occurrences: firing.occurrences,
            decided_at: firing.decided_at,
            alert: firing.alert.map(|id| id.to_string()),
            explanation: &firing.explanation,
        }
    }
}

/// One version of `rule versions`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VersionView<'a> {
    number: u64,
    /// current, candidate or past.
    state: &'static str,
    added_at: Timestamp,
    firings: u64,
    last_fired_at: Option<Timestamp>,
    /// What it said, its keys in their order.
    document: &'a RawValue,
}

impl<'a> From<&'a (VersionState, RuleVersion)> for VersionView<'a> {
    fn from((state, version): &'a (VersionState, RuleVersion)) -> Self {
        Self {
            number: version.number,
            state: state.as_str(),
            added_at: version.added_at,
            firings: version.firings,
            last_fired_at: version.fired_at,
            document: serde_json::from_str(&version.document).unwrap_or(RawValue::NULL),
        }
    }
}

impl VersionView<'_> {
    /// The cells of a table.
    pub(crate) fn cells(&self) -> Vec<String> {
        vec![
            self.number.to_string(),
            self.state.to_owned(),
            super::command::short(self.added_at),
            self.firings.to_string(),
            self.last_fired_at.map(super::command::short).unwrap_or_default(),
        ]
    }
}
