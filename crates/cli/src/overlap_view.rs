//! What programs and people read of `rule overlap`. What is proven and what was measured stand apart in both.

use serde::Serialize;
use tocsin_engine::{Inspection, Overlap, OverlapPair, OverlapRule, Relation, Sample, Standing, Together, Wide};
use tocsin_model::rule::Rule;
use tocsin_model::time::Timestamp;
use tocsin_model::words::{counted, grouped};

/// The events that something was measured over.
#[derive(Debug, Serialize)]
pub(crate) struct SampleView {
    events: u64,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

impl From<&Sample> for SampleView {
    fn from(sample: &Sample) -> Self {
        Self { events: sample.events, from: sample.from, to: sample.to }
    }
}

impl SampleView {
    /// `1200 events from … to …`.
    pub(crate) fn text(&self) -> String {
        match (self.from, self.to) {
            (Some(from), Some(to)) => format!("{} from {from} to {to}", counted(self.events, "event")),
            (None | Some(_), _) => "no events".to_owned(),
        }
    }
}

/// `rule overlap`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OverlapView<'a> {
    /// What the measured part was measured over.
    history: SampleView,
    rules: Vec<RuleView<'a>>,
    /// How many pairs were looked at; those of which there is nothing to say are left out.
    pairs_looked_at: usize,
    pairs: Vec<PairView<'a>>,
}

#[derive(Debug, Serialize)]
struct RuleView<'a> {
    name: &'a str,
    proven: Vec<VerdictView>,
    measured: CountView,
}

/// What is proven of a condition, or of all of them together.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct VerdictView {
    /// never, always, always-if-present or implied.
    verdict: &'static str,
    /// The condition; null: all of them.
    path: Option<String>,
    reason: String,
}

#[derive(Debug, Serialize)]
struct CountView {
    events: u64,
    firings: u64,
}

#[derive(Debug, Serialize)]
struct PairView<'a> {
    a: &'a str,
    b: &'a str,
    proven: ProvenView,
    measured: MeasuredView,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ProvenView {
    /// Of the events that match: equal, a-in-b, b-in-a, contradict; null: not proven.
    events: Option<&'static str>,
    /// Of the firings: equal, a-with-b, b-with-a, each-with-other; null: not proven.
    firings: Option<&'static str>,
    /// The same in sentences.
    reasons: Vec<String>,
}

#[derive(Debug, Serialize)]
struct MeasuredView {
    events: SharedEventsView,
    firings: SharedFiringsView,
}

#[derive(Debug, Serialize)]
struct SharedEventsView {
    a: u64,
    b: u64,
    both: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SharedFiringsView {
    a: u64,
    b: u64,
    a_with_b: u64,
    b_with_a: u64,
}

impl<'a> From<&'a Overlap> for OverlapView<'a> {
    fn from(found: &'a Overlap) -> Self {
        let telling = found.pairs.iter().filter(|pair| pair.is_something());
        Self {
            history: SampleView::from(&found.sample),
            rules: found.rules.iter().map(RuleView::from).collect(),
            pairs_looked_at: found.pairs.len(),
            pairs: telling.filter_map(|pair| PairView::of(pair, &found.rules)).collect(),
        }
    }
}

impl<'a> From<&'a OverlapRule> for RuleView<'a> {
    fn from(one: &'a OverlapRule) -> Self {
        Self {
            name: &one.rule.name,
            proven: verdicts(&one.rule, &one.proven),
            measured: CountView { events: one.measured.matched, firings: one.measured.firings },
        }
    }
}

fn verdicts(rule: &Rule, proven: &Inspection) -> Vec<VerdictView> {
    let mut all = Vec::new();
    let alone = proven.conditions.iter().any(|(_, standing)| *standing == Standing::Never);
    if proven.never && !alone {
        let reason = "no event can meet all of its conditions".to_owned();
        all.push(VerdictView { verdict: "never", path: None, reason });
    }
    for (at, standing) in &proven.conditions {
        let Some(field) = rule.conditions.get(*at).map(|condition| condition.field.name()) else { continue };
        let (verdict, reason) = match standing {
            Standing::Never => ("never", format!("no event can meet the condition on {field}")),
            Standing::Always => {
                ("always", format!("every event whose kind has {field} meets the condition on it: leave it out"))
            }
            Standing::IfPresent => {
                ("always-if-present", format!("the condition on {field} only asks that an event shows the field"))
            }
            Standing::Implied => {
                ("implied", format!("the condition on {field} follows from the others: it can be left out"))
            }
        };
        all.push(VerdictView { verdict, path: Some(format!("$.conditions[{at}]")), reason });
    }
    all
}

impl<'a> PairView<'a> {
    fn of(pair: &OverlapPair, rules: &'a [OverlapRule]) -> Option<Self> {
        let (left, right) = (rules.get(pair.left)?, rules.get(pair.right)?);
        let (a, b) = (left.rule.name.as_str(), right.rule.name.as_str());
        let events =
            SharedEventsView { a: left.measured.matched, b: right.measured.matched, both: pair.measured.matched };
        let firings = SharedFiringsView {
            a: left.measured.firings,
            b: right.measured.firings,
            a_with_b: pair.measured.left,
            b_with_a: pair.measured.right,
        };
        Some(Self { a, b, proven: ProvenView::of(pair, a, b), measured: MeasuredView { events, firings } })
    }
}

impl ProvenView {
    fn of(pair: &OverlapPair, a: &str, b: &str) -> Self {
        let mut reasons = Vec::new();
        let events = pair.events.map(|relation| {
            let (word, reason) = match relation {
                Relation::Equal => ("equal", format!("the same events match “{a}” and “{b}”")),
                Relation::Within => ("a-in-b", format!("every event that matches “{a}” matches “{b}”")),
                Relation::Covers => ("b-in-a", format!("every event that matches “{b}” matches “{a}”")),
                Relation::Apart => ("contradict", format!("no event can match both “{a}” and “{b}”")),
            };
            reasons.push(reason);
            word
        });
        if pair.fire_alike {
            reasons.push("they fire alike, for the same groups at the same moments: keep one of the two".to_owned());
        } else {
            reasons.extend(pair.left_with_right.map(|wide| comes_with(a, b, wide)));
            reasons.extend(pair.right_with_left.map(|wide| comes_with(b, a, wide)));
        }
        let firings = match (pair.fire_alike, pair.left_with_right, pair.right_with_left) {
            (true, ..) => Some("equal"),
            (false, Some(_), Some(_)) => Some("each-with-other"),
            (false, Some(_), None) => Some("a-with-b"),
            (false, None, Some(_)) => Some("b-with-a"),
            (false, None, None) => None,
        };
        Self { events, firings, reasons }
    }
}

fn comes_with(narrow: &str, wide: &str, how: Wide) -> String {
    let when = match how.together {
        Together::SameMoment => "at that moment",
        Together::SameWindow => "in that window, then or before",
    };
    let group = if how.coarser { "the wider group that holds it" } else { "the same group" };
    format!("whenever “{narrow}” fires, “{wide}” holds for {group} {when}: it fires, or joins a firing that goes on")
}

impl OverlapView<'_> {
    /// What people read.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        // Over no events there is nothing to measure: the last line says so once.
        let is_measured = self.history.events > 0;
        for rule in &self.rules {
            let count = format!(
                "{} match, {}",
                counted(rule.measured.events, "event"),
                counted(rule.measured.firings, "firing")
            );
            lines.push(format!("“{}”", rule.name));
            lines.extend(rule.proven.iter().map(|verdict| format!("  proven    {}", verdict.text())));
            lines.extend(is_measured.then(|| format!("  measured  {count}")));
        }
        for pair in &self.pairs {
            lines.push(String::new());
            lines.extend(pair.proven_lines());
            lines.extend(is_measured.then(|| pair.measured_lines()).into_iter().flatten());
        }
        lines.push(String::new());
        let left_out = self.pairs_looked_at - self.pairs.len();
        if left_out > 0 {
            lines.push(format!("{left_out} further pairs have nothing proven and nothing in common."));
        }
        lines.push(format!("Measured over {}. Proven holds for every event there can be.", self.history.text()));
        lines
    }
}

impl VerdictView {
    fn text(&self) -> String {
        self.path.as_ref().map_or_else(|| self.reason.clone(), |path| format!("{path}: {}", self.reason))
    }
}

impl PairView<'_> {
    fn proven_lines(&self) -> Vec<String> {
        let mut lines = vec![format!("“{}” and “{}”", self.a, self.b)];
        if self.proven.reasons.is_empty() {
            lines.push("  proven    nothing".to_owned());
        }
        lines.extend(self.proven.reasons.iter().map(|reason| format!("  proven    {reason}")));
        lines
    }

    fn measured_lines(&self) -> [String; 2] {
        let (events, firings) = (&self.measured.events, &self.measured.firings);
        [
            format!(
                "  measured  {} match both: {} of the first's, {} of the second's",
                counted(events.both, "event"),
                of(events.both, events.a),
                of(events.both, events.b)
            ),
            format!(
                "  measured  firings that coincide: {} of the first's, {} of the second's",
                of(firings.a_with_b, firings.a),
                of(firings.b_with_a, firings.b)
            ),
        ]
    }
}

/// `3 of 12 (25 %)`.
fn of(part: u64, all: u64) -> String {
    match (u128::from(part) * 100).checked_div(u128::from(all)) {
        Some(percent) => format!("{} of {} ({percent} %)", grouped(part), grouped(all)),
        None => "0 of 0".to_owned(),
    }
}
