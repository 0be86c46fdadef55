//! From the domain to views: a rule that is being written.

use tocsin_engine::{
    App, Basis, Busy, ConditionVerdict, CurvePoint, DocumentCheck, EffectBucket, EngineError, Explained, FiringMark,
    GroupVerdict, MarkLabel, Previewed, RecentEvent, RuleEffect, StageVerdict, Suggested, Suggestion, Suggestions,
    TestOutcome,
};
use tocsin_model::event::Event;
use tocsin_model::field::{EventKind, FIELDS, Field};
use tocsin_model::firing::{Exact, GroupValue};
use tocsin_model::rule::Rule;
use tocsin_model::rule::problem::Problem;
use tocsin_model::time::{Span, Timestamp};
use tocsin_model::tree::Tree;
use tocsin_model::value::{Decimal, FieldKind};
use tocsin_model::words::{counted, grouped};

use super::rules::*;
use super::survey::ValueCount;

const fn ms(time: Timestamp) -> i64 {
    time.millis()
}

fn number(decimal: Decimal) -> f64 {
    Exact::fraction(decimal.thousandths(), 1).map_or(0.0, Exact::nearest)
}

impl From<DocumentCheck> for RuleCheckView {
    fn from(looked: DocumentCheck) -> Self {
        let check = &looked.check;
        Self {
            valid: check.is_valid(),
            name: looked.name,
            shield: looked.is_shields,
            document: looked.json,
            problems: check.findings.errors.iter().map(ProblemView::from).collect(),
            warnings: check.findings.warnings.iter().map(ProblemView::from).collect(),
            advice: check.advice.iter().map(AdviceView::from).collect(),
            tests: check.tests.iter().map(RuleTestView::from).collect(),
        }
    }
}

impl From<&Problem> for ProblemView {
    fn from(problem: &Problem) -> Self {
        Self { path: problem.path.clone(), reason: problem.reason.clone(), remedy: problem.remedy.clone() }
    }
}

impl From<&TestOutcome> for RuleTestView {
    fn from(test: &TestOutcome) -> Self {
        Self {
            name: test.name.clone(),
            fires: test.fires,
            events: test.events,
            matched: test.matched,
            firings: test.firings,
            passed: test.passed(),
        }
    }
}

impl PreviewView {
    /// What a preview of the document `text` found.
    pub fn new(app: &App, found: Previewed, text: &str) -> Self {
        let rule = found.check.document.as_ref().map(|document| document.rule.clone());
        let next_runs = rule.as_ref().map(|rule| app.next_runs(rule)).unwrap_or_default();
        let effect = found.effect.zip(rule).map(|(effect, rule)| EffectView::new(effect, &rule));
        let check = DocumentCheck::new(found.check, text).into();
        Self { check, effect, next_runs: next_runs.into_iter().map(ms).collect() }
    }
}

impl EffectView {
    fn new(effect: RuleEffect, rule: &Rule) -> Self {
        let group = |values: &[GroupValue]| group_text(rule, values);
        let mark = |mark: FiringMark| MarkView {
            at: ms(mark.at),
            group: group(&mark.group),
            value: mark.value,
            label: mark.label.map(|label| label == MarkLabel::True),
            alert: mark.alert.map(|id| id.to_string()),
        };
        let bar = |bucket: &EffectBucket| BarView {
            matched: bucket.matched.into(),
            firings: bucket.firings.into(),
            peak: bucket.peak,
        };
        let busy = |busy: &Busy| ValueCount { value: group(&busy.group), count: busy.firings };
        Self {
            events: effect.events,
            first: effect.first.map(ms),
            last: effect.last.map(ms),
            demo: effect.demo,
            matched: effect.matched,
            groups: effect.groups,
            firings: effect.firings,
            occurrences: effect.occurrences,
            notifications: effect.notifications,
            before: effect.before.map(|before| vec![before.firings, before.notifications]),
            bars: effect.buckets.iter().map(bar).collect(),
            marks: effect.marks.into_iter().map(mark).collect(),
            curve: effect.curve.as_ref().map(|points| points.iter().map(CurveView::from).collect()),
            busiest: effect.busiest.iter().map(busy).collect(),
            true_kept: effect.known.true_kept,
            true_lost: effect.known.true_lost,
            false_kept: effect.known.false_kept,
            false_lost: effect.known.false_lost,
        }
    }
}

/// A group in words: `username=ana hostname=null`; empty without groups.
fn group_text(rule: &Rule, group: &[GroupValue]) -> String {
    let value = |value: &GroupValue| match &value.spelling {
        Tree::Text(text) => text.clone(),
        other @ (Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::List(_) | Tree::Map(_)) => {
            serde_json::to_string(other).unwrap_or_default()
        }
    };
    let pairs = rule.group_by.iter().zip(group);
    pairs.map(|(field, one)| format!("{}={}", field.name(), value(one))).collect::<Vec<_>>().join(" ")
}

impl From<&CurvePoint> for CurveView {
    fn from(point: &CurvePoint) -> Self {
        Self { threshold: number(point.threshold), candidates: point.candidates, firings: point.firings }
    }
}

impl SuggestionsView {
    /// Three thresholds, or why there are none.
    ///
    /// # Errors
    /// What is wrong with the rule.
    pub fn new(found: Result<Suggested, EngineError>) -> Result<Self, EngineError> {
        let found = match found {
            Err(EngineError::Field { message, .. }) => {
                return Ok(Self { refusal: Some(message), sample: String::new(), suggestions: Vec::new() });
            }
            found => found?.found,
        };
        let suggestions = [("quiet", &found.quiet), ("balanced", &found.balanced), ("sensitive", &found.sensitive)];
        Ok(Self {
            refusal: None,
            sample: sample(&found),
            suggestions: suggestions.into_iter().map(|(name, one)| SuggestionView::new(name, one)).collect(),
        })
    }
}

fn sample(found: &Suggestions) -> String {
    let days = found.stretch.span().millis() / Span::DAY.millis();
    format!(
        "{} of {}: {} match, {}; {} closed as true positives, {} as false ones",
        counted(found.stretch.events, "event"),
        counted(days.max(0).unsigned_abs(), "day"),
        grouped(found.matched),
        counted(found.readings, "window"),
        counted(found.labelled_true, "alert"),
        grouped(found.labelled_false)
    )
}

impl SuggestionView {
    fn new(name: &str, suggestion: &Suggestion) -> Self {
        let effect = &suggestion.effect;
        let reason = match suggestion.basis {
            Basis::Budget(budget) => format!("the lowest with at most {budget} firings in any seven days"),
            Basis::Labels(count) => format!("the highest that keeps all {count} alerts closed as true positives"),
            Basis::Halfway => {
                "no alert was closed as a true positive, so halfway between sensitive and quiet".to_owned()
            }
            Basis::NotNoise => "the lowest with less than one firing an hour in any seven days".to_owned(),
        };
        Self {
            name: name.to_owned(),
            threshold: number(effect.threshold),
            firings: effect.firings,
            busiest_week: effect.busiest_week,
            true_kept: effect.true_kept,
            false_kept: effect.false_kept,
            reason,
        }
    }
}

impl From<&Explained> for ExplainedView {
    fn from(found: &Explained) -> Self {
        let told = &found.explanation;
        Self {
            rule: found.rule.name.clone(),
            event: EventView::new(&found.event, None),
            fires: told.fires,
            failed: told.failed().map(|stage| stage.as_str().to_owned()),
            nearest: told.nearest.clone(),
            stages: told.stages.iter().map(StageView::from).collect(),
            conditions: told.conditions.iter().map(ConditionView::from).collect(),
            groups: told.groups.iter().map(|group| GroupResultView::new(group, &found.rule)).collect(),
        }
    }
}

impl EventView {
    fn new(event: &Event, matches: Option<bool>) -> Self {
        let fields = event.fields.keys().filter_map(|field| Some((field.name().to_owned(), said(field, event)?)));
        Self {
            id: event.id.clone(),
            time: ms(event.time),
            kind: event.kind.to_string(),
            source: event.source.clone(),
            fields: serde_json::to_string(&Tree::Map(fields.collect())).unwrap_or_default(),
            matches,
        }
    }
}

/// What an event says of a field: one value as it is, several and sets as a list.
fn said(field: &Field, event: &Event) -> Option<Tree> {
    let mut members: Vec<Tree> = event.get(field)?.members().iter().map(|member| member.spelling()).collect();
    if members.len() == 1 && field.kind() != FieldKind::Set { members.pop() } else { Some(Tree::List(members)) }
}

impl From<&RecentEvent> for EventView {
    fn from(recent: &RecentEvent) -> Self {
        Self::new(&recent.event, recent.matches)
    }
}

impl From<&StageVerdict> for StageView {
    fn from(verdict: &StageVerdict) -> Self {
        Self { stage: verdict.stage.as_str().to_owned(), passed: verdict.passed, reason: verdict.reason.clone() }
    }
}

impl From<&ConditionVerdict> for ConditionView {
    fn from(verdict: &ConditionVerdict) -> Self {
        Self {
            path: verdict.path.clone(),
            field: verdict.field.clone(),
            holds: verdict.holds,
            said: verdict.said.clone(),
            reason: verdict.reason.clone(),
            remedy: verdict.remedy.clone(),
        }
    }
}

impl GroupResultView {
    fn new(verdict: &GroupVerdict, rule: &Rule) -> Self {
        Self {
            group: group_text(rule, &verdict.group),
            window_from: verdict.window.map(|(from, _)| ms(from)),
            window_to: verdict.window.map(|(_, to)| ms(to)),
            holds: verdict.holds,
            value: verdict.value.map(Exact::nearest),
            threshold: verdict.threshold.map(number),
            fired_at: verdict.fired_at.map(ms),
            joined: verdict.joined.map(ms),
            reason: verdict.reason.clone(),
            remedy: verdict.remedy.clone(),
        }
    }
}

impl RuleFieldView {
    /// Every field of the registry.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let view = |field: &'static tocsin_model::field::FieldDef| Self {
            name: field.name.to_owned(),
            label: field.label.to_owned(),
            help: field.help.to_owned(),
            kind: field.kind.as_str().to_owned(),
            of: EventKind::ALL
                .into_iter()
                .filter(|kind| Field::Known(field).is_of(*kind))
                .map(|kind| kind.to_string())
                .collect(),
        };
        FIELDS.iter().map(view).collect()
    }
}
