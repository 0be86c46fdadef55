//! What programs read of rules: the JSON that interfaces promise, and the table beside it.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::value::RawValue;
use tocsin_engine::{Advice, CurvePoint, FileBacktest, RuleCheck, TestOutcome};
use tocsin_model::firing::{Exact, Firing, GroupValue};
use tocsin_model::rule::problem::Problem;
use tocsin_model::time::Timestamp;
use tocsin_model::tree::Tree;
use tocsin_model::words::{counted, grouped};

/// One file of `rule check`.
#[derive(Debug, Serialize)]
pub(crate) struct CheckView<'a> {
    file: &'a str,
    valid: bool,
    name: Option<&'a str>,
    problems: Vec<ProblemView<'a>>,
    warnings: Vec<ProblemView<'a>>,
    advice: Vec<AdviceView<'a>>,
    tests: Vec<TestView<'a>>,
}

/// A test that is kept with a rule, run.
#[derive(Debug, Serialize)]
pub(crate) struct TestView<'a> {
    name: &'a str,
    /// Whether the rule has to fire.
    fires: bool,
    events: u64,
    matched: u64,
    firings: u64,
    passed: bool,
}

impl<'a> From<&'a TestOutcome> for TestView<'a> {
    fn from(test: &'a TestOutcome) -> Self {
        Self {
            name: &test.name,
            fires: test.fires,
            events: test.events,
            matched: test.matched,
            firings: test.firings,
            passed: test.passed(),
        }
    }
}

impl TestView<'_> {
    /// What people read.
    pub(crate) fn text(&self) -> String {
        let Self { name, events, matched, firings, .. } = self;
        let found = found(*events, *matched, *firings);
        match (self.passed, self.fires) {
            (true, true) => format!("passed  “{name}”: it fires ({found})"),
            (true, false) => format!("passed  “{name}”: it does not fire ({found})"),
            (false, true) => format!("failed  “{name}”: it should fire and does not ({found})"),
            (false, false) => format!("failed  “{name}”: it should not fire and does ({found})"),
        }
    }
}

/// What experience says about a rule.
#[derive(Debug, Serialize)]
pub(crate) struct AdviceView<'a> {
    code: &'static str,
    reason: &'a str,
    remedy: &'static str,
}

impl<'a> From<&'a Advice> for AdviceView<'a> {
    fn from(advice: &'a Advice) -> Self {
        Self { code: advice.code, reason: &advice.reason, remedy: advice.remedy }
    }
}

#[derive(Debug, Serialize)]
struct ProblemView<'a> {
    path: &'a str,
    reason: &'a str,
    remedy: &'a str,
}

impl<'a> From<&'a RuleCheck> for CheckView<'a> {
    fn from(check: &'a RuleCheck) -> Self {
        Self {
            file: &check.file,
            valid: check.is_valid(),
            name: check.document.as_ref().map(|document| document.rule.name.as_str()),
            problems: check.findings.errors.iter().map(ProblemView::from).collect(),
            warnings: check.findings.warnings.iter().map(ProblemView::from).collect(),
            advice: check.advice.iter().map(AdviceView::from).collect(),
            tests: check.tests.iter().map(TestView::from).collect(),
        }
    }
}

impl<'a> From<&'a Problem> for ProblemView<'a> {
    fn from(problem: &'a Problem) -> Self {
        Self { path: &problem.path, reason: &problem.reason, remedy: &problem.remedy }
    }
}

/// `rule backtest`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BacktestView<'a> {
    events: u64,
    matched: u64,
    dropped: u64,
    marked: u64,
    firings: Vec<FiringView<'a>>,
    /// The same whenever the same fires in the same period.
    result_hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    curve: Option<Vec<CurveView>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FiringView<'a> {
    group: GroupView<'a>,
    fired_at: Timestamp,
    window_start: Timestamp,
    window_end: Timestamp,
    value: Number,
    occurrences: u64,
}

#[derive(Debug, Serialize)]
struct CurveView {
    threshold: Number,
    candidates: u64,
    firings: u64,
}

/// A group's values by the names of their fields.
#[derive(Debug)]
pub(crate) struct GroupView<'a>(pub Vec<(&'a str, &'a GroupValue)>);

impl GroupView<'_> {
    /// `username=ana hostname=null`.
    pub(crate) fn text(&self) -> String {
        let value = |value: &GroupValue| match &value.spelling {
            Tree::Text(text) => text.clone(),
            Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::List(_) | Tree::Map(_) => {
                serde_json::to_string(&value.spelling).unwrap_or_default()
            }
        };
        self.0.iter().map(|(name, one)| format!("{name}={}", value(one))).collect::<Vec<_>>().join(" ")
    }
}

impl Serialize for GroupView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, &value.spelling)?;
        }
        map.end()
    }
}

/// The nearest double; without a point where it is whole.
#[derive(Debug)]
pub(crate) struct Number(pub Exact);

/// Up to here a double holds every whole number.
const WHOLE: f64 = 9_007_199_254_740_992.0;

impl Number {
    pub(crate) fn text(&self) -> String {
        let number = self.0.nearest();
        if number.fract() == 0.0 && number.abs() <= WHOLE { format!("{number:.0}") } else { format!("{number:?}") }
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match RawValue::from_string(self.text()) {
            Ok(raw) => raw.serialize(serializer),
            Err(_) => serializer.serialize_f64(self.0.nearest()),
        }
    }
}

impl<'a> From<&'a FileBacktest> for BacktestView<'a> {
    fn from(found: &'a FileBacktest) -> Self {
        let names: Vec<&str> = found.rule.group_by.iter().map(|field| field.name()).collect();
        Self {
            events: found.result.events,
            matched: found.result.matched,
            dropped: found.dropped,
            marked: found.marked,
            firings: found.result.firings.iter().map(|firing| FiringView::new(firing, &names)).collect(),
            result_hash: found.result_hash(),
            curve: found.result.curve.as_ref().map(|points| points.iter().map(CurveView::from).collect()),
        }
    }
}

impl<'a> FiringView<'a> {
    fn new(firing: &'a Firing, names: &[&'a str]) -> Self {
        Self {
            group: GroupView(names.iter().copied().zip(&firing.group).collect()),
            fired_at: firing.fired_at,
            window_start: firing.window_start,
            window_end: firing.window_end,
            value: Number(firing.value),
            occurrences: firing.occurrences,
        }
    }
}

impl From<&CurvePoint> for CurveView {
    fn from(point: &CurvePoint) -> Self {
        let threshold = Exact::fraction(point.threshold.thousandths(), 1).unwrap_or_else(|| Exact::whole(0));
        Self { threshold: Number(threshold), candidates: point.candidates, firings: point.firings }
    }
}

impl BacktestView<'_> {
    /// What people read.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = vec![found(self.events, self.matched, self.firings.len() as u64)];
        if self.dropped > 0 {
            lines.push(format!("dropped because their id came before: {}", counted(self.dropped, "line")));
        }
        if self.marked > 0 {
            lines.push(format!(
                "with a field that cannot be read and counts as missing: {}",
                counted(self.marked, "event")
            ));
        }
        lines.push(format!("result {}", self.result_hash));
        if !self.firings.is_empty() {
            lines.push(String::new());
            let rows = self.firings.iter().map(FiringView::cells).collect();
            lines.extend(columns(&["FIRED AT", "VALUE", "OCCURRENCES", "WINDOW FROM", "TO", "GROUP"], rows));
        }
        if let Some(curve) = &self.curve {
            lines.push(String::new());
            let cells = |point: &CurveView| {
                vec![point.threshold.text(), point.candidates.to_string(), point.firings.to_string()]
            };
            lines.extend(columns(&["THRESHOLD", "CANDIDATES", "FIRINGS"], curve.iter().map(cells).collect()));
        }
        lines
    }
}

impl FiringView<'_> {
    fn cells(&self) -> Vec<String> {
        vec![
            self.fired_at.to_string(),
            self.value.text(),
            self.occurrences.to_string(),
            self.window_start.to_string(),
            self.window_end.to_string(),
            self.group.text(),
        ]
    }
}

/// What a rule came to over events, in one line.
fn found(events: u64, matched: u64, firings: u64) -> String {
    let (events, firings) = (counted(events, "event"), counted(firings, "firing"));
    format!(
        "{events}, {} the conditions, {firings}",
        if matched == 1 { "1 meets".to_owned() } else { format!("{} meet", grouped(matched)) }
    )
}

/// Rows under a header, cells side by side.
pub(crate) fn columns(header: &[&str], rows: Vec<Vec<String>>) -> Vec<String> {
    let header = header.iter().map(|cell| (*cell).to_owned()).collect();
    let all: Vec<Vec<String>> = std::iter::once(header).chain(rows).collect();
    let count = all.first().map_or(0, Vec::len);
    let width =
        |at: usize| all.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}", width = *width)).collect();
        cells.join("  ").trim_end().to_owned()
    };
    all.iter().map(line).collect()
}
