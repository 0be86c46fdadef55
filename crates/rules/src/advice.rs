//! Advice: what experience says about rules, asked of a rule, of what it did, and of the rules beside it.
//!
//! From the best practices that Shield's reference names: descriptive names, a purpose that is written down, conditions
//! that are combined, rolling windows for bursts, thresholds that are tuned, rules that are reviewed.

use tocsin_model::rule::window::WindowKind;
use tocsin_model::rule::{Condition, Rule, Test, Trigger, Wanted};
use tocsin_model::time::{Span, Timestamp};
use tocsin_model::value::FieldKind;

use crate::compile::Lists;
use crate::overlap::{Side, Standing, inspect, wide};

/// How long a rule may be silent, or disabled, before it is looked at again.
const REVIEW_AFTER: Span = Span::from_millis(30 * Span::DAY.millis());
/// Over how long firings are counted.
pub const BUSY_SPAN: Span = Span::from_millis(7 * Span::DAY.millis());
/// Firings over that time from which nobody reads them any more: one an hour.
const BUSY: u64 = 7 * 24;
/// Names of fewer letters say nothing.
const SHORT_NAME: usize = 4;
/// Names that say nothing, without digits and punctuation.
const VAGUE_NAMES: [&str; 16] = [
    "alert",
    "alerts",
    "test",
    "testalert",
    "testrule",
    "rule",
    "rules",
    "newrule",
    "newalert",
    "myrule",
    "myalert",
    "untitled",
    "example",
    "temp",
    "default",
    "custom",
];

/// One piece of advice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// A word for programs.
    pub code: &'static str,
    /// What was noticed.
    pub reason: String,
    /// What to do about it.
    pub remedy: &'static str,
}

/// What is known of a kept rule.
#[derive(Debug, Clone, Copy)]
pub struct History {
    /// Now.
    pub now: Timestamp,
    /// Whether it is evaluated.
    pub enabled: bool,
    /// When it was first kept, or last enabled, disabled or changed.
    pub changed_at: Timestamp,
    /// When it last fired.
    pub fired_at: Option<Timestamp>,
    /// How often it fired within [`BUSY_SPAN`].
    pub firings: u64,
}

/// What the rule's document says about it.
#[must_use]
pub fn advise(rule: &Rule) -> Vec<Advice> {
    let single = [vague_name(rule), no_description(rule), broad_condition(rule), fixed_window(rule)];
    single.into_iter().flatten().chain(idle_conditions(rule)).collect()
}

/// What it did so far says about it.
#[must_use]
pub fn advise_on_history(history: &History) -> Vec<Advice> {
    let long_ago = |at: Timestamp| at.plus(REVIEW_AFTER) <= history.now;
    let mut all = Vec::new();
    if !history.enabled {
        if long_ago(history.changed_at) {
            all.push(Advice {
                code: "long-disabled",
                reason: format!("it has been disabled since {}, for 30 days or more", history.changed_at),
                remedy: "remove it, or enable it",
            });
        }
        return all;
    }
    match history.fired_at {
        None if long_ago(history.changed_at) => all.push(Advice {
            code: "never-fired",
            reason: format!("it has not fired since {}, for 30 days or more", history.changed_at),
            remedy: "run it over stored events, and lower its threshold if it should have fired",
        }),
        Some(at) if long_ago(at) && long_ago(history.changed_at) => all.push(Advice {
            code: "never-fired",
            reason: format!("it last fired on {at}, 30 days ago or more"),
            remedy: "run it over stored events, and lower its threshold if it should have fired",
        }),
        Some(_) | None => {}
    }
    if history.firings >= BUSY {
        all.push(Advice {
            code: "fires-too-often",
            reason: format!("it fired {} times in the last 7 days, once an hour or more", history.firings),
            remedy: "raise its threshold, add a condition, or suppress it for longer",
        });
    }
    all
}

/// Which of the other rules fire whenever this one does.
#[must_use]
pub fn overlaps(rule: &Rule, others: &[&Rule]) -> Vec<Advice> {
    let covering = others.iter().filter(|other| other.name != rule.name && covers(other, rule));
    covering
        .map(|other| Advice {
            code: "overlap",
            reason: format!("“{}” holds whenever this rule does", other.name),
            remedy: "remove one of the two, or make this one ask for something else",
        })
        .collect()
}

fn vague_name(rule: &Rule) -> Option<Advice> {
    let letters: String = rule.name.chars().filter(|one| one.is_alphabetic()).flat_map(char::to_lowercase).collect();
    let vague = letters.chars().count() < SHORT_NAME || VAGUE_NAMES.contains(&letters.as_str());
    vague.then(|| Advice {
        code: "vague-name",
        reason: format!("“{}” does not say what it is about", rule.name),
        remedy: "name what happens and to what, since the name is the title of its alerts",
    })
}

fn no_description(rule: &Rule) -> Option<Advice> {
    rule.description.trim().is_empty().then(|| Advice {
        code: "no-description",
        reason: "it has no description".to_owned(),
        remedy: "write down why it exists, for whoever gets its alerts",
    })
}

fn broad_condition(rule: &Rule) -> Option<Advice> {
    let [only] = rule.conditions.as_slice() else { return None };
    is_broad(only).then(|| Advice {
        code: "broad-condition",
        reason: format!("its only condition, on {}, holds for very many events", only.field.name()),
        remedy: "add a condition",
    })
}

/// Conditions that rule nothing out, which is proven. What can never hold is told where the document is read.
fn idle_conditions(rule: &Rule) -> Vec<Advice> {
    let lists = Lists::new();
    let found = inspect(Side { rule, lists: &lists }).conditions;
    let idle = |(at, standing): &(usize, Standing)| {
        let field = &rule.conditions.get(*at)?.field;
        let reason = match standing {
            Standing::Always => format!("its condition on {field} ($.conditions[{at}]) always holds"),
            Standing::Implied => format!("its condition on {field} ($.conditions[{at}]) follows from the others"),
            Standing::Never | Standing::IfPresent => return None,
        };
        Some(Advice {
            code: "idle-condition",
            reason,
            remedy: "leave it out, or correct it if it is meant to do something",
        })
    };
    found.iter().filter_map(idle).collect()
}

/// Whether a condition rules little out: a yes or no, anything but something, or a pattern that takes everything.
fn is_broad(condition: &Condition) -> bool {
    let everything = |wanted: &Wanted| matches!(wanted, Wanted::Value(text) if !text.is_empty() && text.chars().all(|one| one == '*'));
    match &condition.test {
        Test::AnyOf(wanted) => {
            condition.negated || condition.field.kind() == FieldKind::Bool || wanted.iter().any(everything)
        }
        Test::Compare(..) | Test::Regex(_) => condition.negated,
    }
}

fn fixed_window(rule: &Rule) -> Option<Advice> {
    let WindowKind::Fixed(length) = &rule.window.as_ref()?.kind else { return None };
    let burst = length.span() < Span::DAY && matches!(rule.trigger, Trigger::AtLeast(_));
    burst.then(|| Advice {
        code: "fixed-window",
        reason: "a burst across the border of two fixed windows is counted in two halves".to_owned(),
        remedy: "use a rolling window for bursts; fixed ones are for summaries of a day or longer",
    })
}

/// Whether `other` is proven to hold whenever `rule` does. Lists of one name are taken for one list.
fn covers(other: &Rule, rule: &Rule) -> bool {
    let lists = Lists::new();
    wide(Side { rule, lists: &lists }, Side { rule: other, lists: &lists }).is_some()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use tocsin_model::rule::document::{self, Format};

    fn rule(text: &str) -> Rule {
        document::read(text, Format::Json).document.unwrap().rule
    }

    fn codes(advice: &[Advice]) -> Vec<&'static str> {
        advice.iter().map(|one| one.code).collect()
    }

    const GOOD: &str = r#"{"name":"Sign-in failures of one user","description":"Guessing of passwords",
        "conditions":[{"type":"status_code","values":["401"]},{"type":"method","values":["POST"]}],"groupBy":["username"],
        "window":{"thresholdTime":"5m"},"trigger":{"kind":"atLeast","value":5}}"#;

    #[test]
    fn a_rule_as_it_should_be_gets_no_advice() {
        assert_eq!(advise(&rule(GOOD)), []);
    }

    #[test]
    fn each_practice_is_noticed() {
        let document = |name: &str, condition: &str, window: &str| {
            rule(&format!(r#"{{"name":"{name}","description":"d","conditions":[{condition}]{window}}}"#))
        };
        let narrow = r#"{"type":"username","values":["ana"]}"#;
        for name in ["Alert 7", "TEST", "my rule", "abc", "12 34"] {
            assert_eq!(codes(&advise(&document(name, narrow, ""))), ["vague-name"], "{name}");
        }
        for broad in [
            r#"{"type":"detected","values":["true"]}"#,
            r#"{"type":"username","values":["ana"],"isNot":true}"#,
            r#"{"type":"hostname","values":["**"]}"#,
        ] {
            assert_eq!(codes(&advise(&document("What it is", broad, ""))), ["broad-condition"], "{broad}");
        }
        let fixed = |length: &str| format!(r#","window":{{"kind":"fixed","thresholdTime":"{length}"}}"#);
        assert_eq!(codes(&advise(&document("What it is", narrow, &fixed("1h")))), ["fixed-window"]);
        assert_eq!(advise(&document("What it is", narrow, &fixed("1d"))), []);
        let bare = rule(r#"{"name":"What it is","conditions":[{"type":"username","values":["ana"]}]}"#);
        assert_eq!(codes(&advise(&bare)), ["no-description"]);
    }

    #[test]
    fn a_condition_that_rules_nothing_out_is_named() {
        let idle = GOOD.replace(r#"["POST"]}]"#, r#"["POST"]},{"type":"method","values":["GET"],"isNot":true}]"#);
        let advice = advise(&rule(&idle));
        assert_eq!(codes(&advice), ["idle-condition"]);
        assert_eq!(advice[0].reason, "its condition on method ($.conditions[2]) follows from the others");
        assert_eq!(advise(&rule(&idle.replace("\"GET\"", "\"P*\""))), [], "one that can never hold is a warning");
    }

    #[test]
    fn thirty_days_and_one_an_hour_are_the_limits() {
        let day = |days: i64| Timestamp::from_millis(days * Span::DAY.millis());
        let history = |changed, enabled, fired: Option<i64>, firings| {
            let fired_at = fired.map(day);
            codes(&advise_on_history(&History { now: day(100), enabled, changed_at: day(changed), fired_at, firings }))
        };
        assert_eq!(history(70, true, None, 0), ["never-fired"]);
        assert_eq!(history(71, true, None, 0), [""; 0]);
        assert_eq!(history(10, true, Some(70), 0), ["never-fired"]);
        assert_eq!(history(10, true, Some(71), 0), [""; 0]);
        assert_eq!(history(80, true, Some(60), 0), [""; 0]);
        assert_eq!(history(70, false, None, 0), ["long-disabled"]);
        assert_eq!(history(71, false, None, 0), [""; 0]);
        assert_eq!(history(99, true, Some(99), 168), ["fires-too-often"]);
        assert_eq!(history(99, true, Some(99), 167), [""; 0]);
    }

    #[test]
    fn a_rule_that_another_one_covers_is_named() {
        let wide = rule(&GOOD.replace("Sign-in", "All").replace(r#",{"type":"method","values":["POST"]}"#, ""));
        let narrow = rule(GOOD);
        assert_eq!(
            overlaps(&narrow, &[&wide, &narrow])[0].reason,
            "“All failures of one user” holds whenever this rule does"
        );
        assert_eq!(overlaps(&wide, &[&narrow]), []);
        let higher = rule(&GOOD.replace("Sign-in", "More").replace("\"value\":5", "\"value\":9"));
        assert_eq!((overlaps(&higher, &[&narrow]).len(), overlaps(&narrow, &[&higher]).len()), (1, 0));
        let other = rule(&GOOD.replace("Sign-in", "Other").replace("\"5m\"", "\"4m\""));
        assert_eq!(overlaps(&narrow, &[&other]), []);
    }
}
