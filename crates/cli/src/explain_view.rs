//! What programs and people read of `rule explain`.

use serde::Serialize;
use tocsin_engine::{ConditionVerdict, Explained, GroupVerdict, StageVerdict};
use tocsin_model::firing::Exact;
use tocsin_model::time::Timestamp;

use crate::rule_view::{GroupView, Number};

/// `rule explain`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExplainView<'a> {
    rule: &'a str,
    event: EventView<'a>,
    fires: bool,
    /// The first stage that the event did not get past.
    failed: Option<&'static str>,
    nearest: Option<&'a str>,
    stages: Vec<StageView<'a>>,
    conditions: Vec<ConditionView<'a>>,
    groups: Vec<GroupResultView<'a>>,
}

#[derive(Debug, Serialize)]
struct EventView<'a> {
    id: &'a str,
    time: Timestamp,
    kind: &'static str,
    source: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct StageView<'a> {
    stage: &'static str,
    passed: Option<bool>,
    reason: &'a str,
}

#[derive(Debug, Serialize)]
struct ConditionView<'a> {
    path: &'a str,
    field: &'a str,
    holds: bool,
    said: &'a [String],
    reason: &'a str,
    remedy: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupResultView<'a> {
    group: GroupView<'a>,
    window_start: Option<Timestamp>,
    window_end: Option<Timestamp>,
    value: Option<Number>,
    threshold: Option<Number>,
    holds: bool,
    fired_at: Option<Timestamp>,
    joined: Option<Timestamp>,
    reason: &'a str,
    remedy: Option<&'a str>,
}

impl<'a> From<&'a Explained> for ExplainView<'a> {
    fn from(found: &'a Explained) -> Self {
        let (event, told) = (&found.event, &found.explanation);
        let names: Vec<&str> = found.rule.group_by.iter().map(|field| field.name()).collect();
        Self {
            rule: &found.rule.name,
            event: EventView {
                id: &event.id,
                time: event.time,
                kind: event.kind.as_str(),
                source: event.source.as_deref(),
            },
            fires: told.fires,
            failed: told.failed().map(|stage| stage.as_str()),
            nearest: told.nearest.as_deref(),
            stages: told.stages.iter().map(StageView::from).collect(),
            conditions: told.conditions.iter().map(ConditionView::from).collect(),
            groups: told.groups.iter().map(|group| GroupResultView::new(group, &names)).collect(),
        }
    }
}

impl<'a> From<&'a StageVerdict> for StageView<'a> {
    fn from(verdict: &'a StageVerdict) -> Self {
        Self { stage: verdict.stage.as_str(), passed: verdict.passed, reason: &verdict.reason }
    }
}

impl<'a> From<&'a ConditionVerdict> for ConditionView<'a> {
    fn from(verdict: &'a ConditionVerdict) -> Self {
        Self {
            path: &verdict.path,
            field: &verdict.field,
            holds: verdict.holds,
            said: &verdict.said,
            reason: &verdict.reason,
            remedy: verdict.remedy.as_deref(),
        }
    }
}

impl<'a> GroupResultView<'a> {
    fn new(verdict: &'a GroupVerdict, names: &[&'a str]) -> Self {
        Self {
            group: GroupView(names.iter().copied().zip(&verdict.group).collect()),
            window_start: verdict.window.map(|(start, _)| start),
            window_end: verdict.window.map(|(_, end)| end),
            value: verdict.value.map(Number),
            threshold: verdict.threshold.and_then(|value| Exact::fraction(value.thousandths(), 1)).map(Number),
            holds: verdict.holds,
            fired_at: verdict.fired_at,
            joined: verdict.joined,
            reason: &verdict.reason,
            remedy: verdict.remedy.as_deref(),
        }
    }
}

impl ExplainView<'_> {
    /// What people read.
    pub(crate) fn lines(&self) -> Vec<String> {
        let verdict = if self.fires { "fires" } else { "does not fire" };
        let mut lines = vec![
            format!("“{}” {verdict} on {}, {} of {}", self.rule, self.event.id, self.event.kind, self.event.time),
            String::new(),
        ];
        for stage in &self.stages {
            lines.push(format!("{}  {:<11}  {}", mark(stage.passed), stage.stage, stage.reason));
            if stage.stage == "conditions" && stage.passed.is_some() {
                let condition = |one: &ConditionView<'_>| format!("     {}  {}", mark(Some(one.holds)), one.reason);
                lines.extend(self.conditions.iter().map(condition));
            }
        }
        if self.groups.len() > 1 {
            lines.push(String::new());
            lines.extend(self.groups.iter().map(|group| {
                let fired = group.fired_at.is_some();
                format!("{}  {}: {}", mark(Some(fired)), group.group.text(), group.reason)
            }));
        }
        if let Some(nearest) = self.nearest {
            lines.extend([String::new(), format!("Nearest change: {nearest}.")]);
        }
        lines
    }
}

const fn mark(passed: Option<bool>) -> &'static str {
    match passed {
        Some(true) => "yes",
        Some(false) => "NO ",
        None => " - ",
    }
}
