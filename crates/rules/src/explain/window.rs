//! What became of an event in its windows: the value against the threshold, and what held a candidate back.

use tocsin_model::event::Event;
use tocsin_model::firing::{Exact, GroupValue};
use tocsin_model::rule::window::WindowKind;
use tocsin_model::rule::{Measure, Rule, Trigger};
use tocsin_model::time::{Span, Timestamp};
use tocsin_model::value::Decimal;

use super::run::Run;
use super::words;
use crate::compile::Compiled;
use crate::evaluator::Reading;
use crate::group::GroupId;
use crate::judge::Verdict;

/// What became of the event in one of its groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupVerdict {
    /// The values of the rule's `groupBy` fields.
    pub group: Vec<GroupValue>,
    /// The bounds of the window that was asked; none when none was.
    pub window: Option<(Timestamp, Timestamp)>,
    /// The measure over it.
    pub value: Option<Exact>,
    /// What it has to reach, where that is a fixed number.
    pub threshold: Option<Decimal>,
    /// Whether the trigger held.
    pub holds: bool,
    /// When it fired.
    pub fired_at: Option<Timestamp>,
    /// The firing that it joined instead.
    pub joined: Option<Timestamp>,
    /// What the trigger said to the value.
    pub asked: String,
    /// Why it fired or not, in one sentence.
    pub reason: String,
    /// What would have made it fire, when it did not.
    pub remedy: Option<String>,
}

pub(super) fn verdict(compiled: &Compiled, run: &Run, group: GroupId, event: &Event) -> GroupVerdict {
    let rule = compiled.rule();
    let threshold = if let Trigger::AtLeast(value) = rule.trigger { Some(value) } else { None };
    let mut out = GroupVerdict {
        group: run.shown(group).to_vec(),
        window: None,
        value: None,
        threshold,
        holds: false,
        fired_at: None,
        joined: None,
        asked: String::new(),
        reason: String::new(),
        remedy: None,
    };
    let Some((at, reading)) = run.reading(rule, group, event) else {
        (out.reason, out.remedy) = unasked(rule);
        out.reason.push_str(&unheard(compiled, event.time, event.time.plus(length(rule))));
        out.asked.clone_from(&out.reason);
        return out;
    };
    let asked = reading.asked;
    out.window = Some((asked.start, asked.end));
    out.value = Some(asked.value);
    out.holds = reading.verdict.is_some();
    out.asked = if out.holds { held(rule, asked.value) } else { short(rule, asked.value) };
    out.asked.push_str(&unheard(compiled, asked.start, asked.end));
    out.reason.clone_from(&out.asked);
    match reading.verdict {
        None => out.remedy = nearest(rule, run, at, reading),
        Some(None) => {
            out.reason = "it had held in this window before: a fixed window fires once".to_owned();
            out.remedy = Some("the next window".to_owned());
        }
        Some(Some(Verdict::Joins)) => {
            out.joined = run.fired_before(group, at);
            let since = out.joined.unwrap_or(asked.at);
            let passed = Span::from_millis(asked.at.millis() - since.millis());
            let (passed, whole) = (words::length(passed), words::length(rule.suppress_for));
            out.reason = format!("it joined the firing of {since}: {passed} of {whole} had passed");
            out.remedy = Some(format!("suppressFor of {passed} or less"));
        }
        Some(Some(Verdict::Fires)) => out.fired_at = Some(asked.at),
    }
    out
}

/// For a rule that waits for silence: how much of a stretch does not count, because nobody listened; empty when all of it
/// does, and for other rules.
#[must_use]
pub fn unheard(rule: &Compiled, from: Timestamp, to: Timestamp) -> String {
    let unheard = rule.gaps().within(from, to);
    if !matches!(rule.rule().trigger, Trigger::Absent) || unheard == Span::default() {
        return String::new();
    }
    format!("; {} from {from} to {to} do not count, because nobody listened then", words::length(unheard))
}

/// The length of a rolling window.
fn length(rule: &Rule) -> Span {
    match rule.window.as_ref().map(|window| &window.kind) {
        Some(WindowKind::Rolling(length)) => length.span(),
        Some(WindowKind::Fixed(_) | WindowKind::Schedule(_)) | None => Span::default(),
    }
}

/// Why no window of the group was asked, and what would change it.
fn unasked(rule: &Rule) -> (String, Option<String>) {
    match &rule.trigger {
        Trigger::Absent => {
            let remedy = "no further event of the group for the length of the window".to_owned();
            ("the group was not silent for long enough after it".to_owned(), Some(remedy))
        }
        Trigger::Unseen { field, minimum_history, .. } => (
            format!(
                "no value of {} is new to the group, or it has fewer than {minimum_history} earlier events",
                field.name()
            ),
            Some(format!("a value of {} that the group did not show within learn", field.name())),
        ),
        Trigger::Rare { field, share, minimum_history, .. } => (
            format!(
                "each value of {} was shown by {share} % of the group's earlier events or more, or there are fewer than \
                 {minimum_history}",
                field.name()
            ),
            Some(format!("a value of {} that fewer earlier events showed, or a larger share", field.name())),
        ),
        Trigger::AtLeast(_) | Trigger::Baseline { .. } => match &rule.measure {
            Measure::Share { minimum_events, .. } => (
                format!("the window holds fewer than {minimum_events} matching events, so its share has no value"),
                Some("more matching events, or smaller minimumEvents".to_owned()),
            ),
            Measure::Sum(field) | Measure::Mean(field) | Measure::Max(field) => (
                format!("no event of the window has a number in {}, so there is no value", field.name()),
                Some(format!("an event with a number in {}", field.name())),
            ),
            Measure::Count | Measure::Distinct(_) => {
                ("its window is still open".to_owned(), Some("the end of the window".to_owned()))
            }
        },
    }
}

fn held(rule: &Rule, value: Exact) -> String {
    match &rule.trigger {
        Trigger::AtLeast(_) if rule.window.is_none() => "each matching event fires".to_owned(),
        Trigger::AtLeast(threshold) => format!("{} is {}, at least {threshold}", name(rule), shown(value)),
        Trigger::Absent => "nothing of the group came for the length of the window".to_owned(),
        Trigger::Baseline { .. } => format!("{} is {}, far above the group's usual", name(rule), shown(value)),
        Trigger::Unseen { field, .. } => format!("a value of {} is new to the group", field.name()),
        Trigger::Rare { field, .. } => format!("a value of {} is rare in the group", field.name()),
    }
}

fn short(rule: &Rule, value: Exact) -> String {
    match &rule.trigger {
        Trigger::AtLeast(threshold) => format!("{} is {}, below {threshold}", name(rule), shown(value)),
        Trigger::Baseline { .. } => {
            format!(
                "{} is {}, no more than usual, or there are too few windows to learn from",
                name(rule),
                shown(value)
            )
        }
        Trigger::Absent | Trigger::Unseen { .. } | Trigger::Rare { .. } => "the trigger does not hold".to_owned(),
    }
}

/// The smallest change that would have made a window reach its threshold.
fn nearest(rule: &Rule, run: &Run, at: usize, reading: &Reading) -> Option<String> {
    let Trigger::AtLeast(threshold) = rule.trigger else {
        return Some("a smaller number of deviations, or a smaller atLeast".to_owned());
    };
    let floor = reading.asked.value.floor();
    let missing = Decimal::from_thousandths(threshold.thousandths() - floor.thousandths());
    let lower = format!("a threshold of {floor} or less");
    let whole = u64::try_from(missing.thousandths() / 1_000).unwrap_or(0);
    let more = match &rule.measure {
        Measure::Count => {
            words::counted(whole, "more matching event in the window", "more matching events in the window")
        }
        Measure::Distinct(field) => {
            let (one, many) = (field.name(), field.name());
            words::counted(whole, &format!("more value of {one}"), &format!("more different values of {many}"))
        }
        Measure::Sum(field) => format!("{missing} more of {} in the window", field.name()),
        Measure::Mean(field) => format!("a mean of {} that is higher by {missing}", field.name()),
        Measure::Max(field) => format!("an event with {} of {threshold} or more", field.name()),
        Measure::Share { .. } => format!("a share that is higher by {missing}"),
    };
    let longer = longer(rule, run, at, reading, threshold).map(|span| format!("a window of {}", words::length(span)));
    // A threshold has to be above zero.
    let lower = (floor.thousandths() > 0).then_some(lower);
    let all: Vec<String> = [Some(more), lower, longer].into_iter().flatten().collect();
    Some(all.join(", or "))
}

/// The shortest rolling window, in whole minutes, in which the events up to this one are enough. For counts.
fn longer(rule: &Rule, run: &Run, at: usize, reading: &Reading, threshold: Decimal) -> Option<Span> {
    let rolls = rule.window.as_ref().is_some_and(|window| matches!(window.kind, WindowKind::Rolling(_)));
    if !rolls || rule.measure != Measure::Count {
        return None;
    }
    let back = usize::try_from((threshold.thousandths() + 999) / 1_000).ok()?.checked_sub(1)?;
    let first = run.readings_up_to(reading.asked.group, at).rev().nth(back)?;
    // The window is open at its start: one whole minute more than up to there.
    let minutes = (reading.asked.at.millis() - first.asked.at.millis()) / Span::MINUTE.millis() + 1;
    Some(Span::from_millis(minutes * Span::MINUTE.millis()))
}

fn name(rule: &Rule) -> String {
    match &rule.measure {
        Measure::Count => "the count".to_owned(),
        Measure::Distinct(field) => format!("the number of different values of {}", field.name()),
        Measure::Sum(field) => format!("the sum of {}", field.name()),
        Measure::Mean(field) => format!("the mean of {}", field.name()),
        Measure::Max(field) => format!("the largest {}", field.name()),
        Measure::Share { .. } => "the share".to_owned(),
    }
}

fn shown(value: Exact) -> String {
    let (thousandths, divisor) = value.parts();
    if thousandths % divisor == 0 { value.floor().to_string() } else { format!("{:.3}", value.nearest()) }
}
