//! What is proven of firings: that one rule's trigger holds whenever another's does.
//!
//! Of triggers, not of firings, since suppression stands between the two: a trigger that holds fires, or joins a firing
//! of its group that goes on.

use std::collections::BTreeSet;

use tocsin_model::field::Field;
use tocsin_model::rule::window::{Window, WindowKind};
use tocsin_model::rule::{Measure, Rule, Trigger};
use tocsin_model::value::Decimal;

use super::conditions::{Relation, Side, relate};

/// When the other trigger holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Together {
    /// At the same moment.
    SameMoment,
    /// In the same window, at that moment or before.
    SameWindow,
}

/// Whenever a rule fires for a group, the wide one's trigger holds too: it fires, or joins a firing of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wide {
    /// When it does.
    pub together: Together,
    /// The wide one looks at fewer fields, so its group is the one that holds the other's.
    pub coarser: bool,
}

/// Whether `other` is proven to hold whenever `narrow` fires. How the rules run (enabled, live, shadow) makes no
/// difference.
#[must_use]
pub fn wide(narrow: Side<'_>, other: Side<'_>) -> Option<Wide> {
    wide_of(relate(narrow, other), narrow, other)
}

/// Everything that is proven of two rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proof {
    /// Of the events that match them.
    pub events: Option<Relation>,
    /// They fire alike.
    pub fire_alike: bool,
    /// Whenever the first fires, the second holds.
    pub left_with_right: Option<Wide>,
    /// Whenever the second fires, the first holds.
    pub right_with_left: Option<Wide>,
}

/// All of [`relate`], [`same_firings`] and [`wide`] both ways, with their conditions looked at once.
#[must_use]
pub fn prove(left: Side<'_>, right: Side<'_>) -> Proof {
    let events = relate(left, right);
    let turned = events.map(|relation| match relation {
        Relation::Within => Relation::Covers,
        Relation::Covers => Relation::Within,
        Relation::Equal | Relation::Apart => relation,
    });
    Proof {
        events,
        fire_alike: alike(events, left, right),
        left_with_right: wide_of(events, left, right),
        right_with_left: wide_of(turned, right, left),
    }
}

fn wide_of(relation: Option<Relation>, narrow: Side<'_>, other: Side<'_>) -> Option<Wide> {
    let exact = match relation? {
        Relation::Equal => true,
        Relation::Within => false,
        Relation::Covers | Relation::Apart => return None,
    };
    let (of_narrow, of_other) = (fields(narrow.rule), fields(other.rule));
    if !of_other.is_subset(&of_narrow) {
        return None;
    }
    let coarser = of_other != of_narrow;
    let exact = exact && !coarser && same_share(narrow, other);
    together(narrow.rule, other.rule, exact).map(|together| Wide { together, coarser })
}

/// Whether two rules are proven to fire alike: for the same groups at the same moments.
#[must_use]
pub fn same_firings(left: Side<'_>, right: Side<'_>) -> bool {
    alike(relate(left, right), left, right)
}

fn alike(relation: Option<Relation>, left: Side<'_>, right: Side<'_>) -> bool {
    relation == Some(Relation::Equal)
        && fields(left.rule) == fields(right.rule)
        && same_share(left, right)
        && asks_the_same(left.rule, right.rule)
        && left.rule.suppress_for == right.rule.suppress_for
}

fn together(narrow: &Rule, other: &Rule, exact: bool) -> Option<Together> {
    if exact && asks_the_same(narrow, other) {
        return Some(Together::SameMoment);
    }
    if holds_at_each_event(other) && is_asked_at_events(narrow) {
        return Some(Together::SameMoment);
    }
    let (Trigger::AtLeast(high), Trigger::AtLeast(low)) = (&narrow.trigger, &other.trigger) else { return None };
    let grows = match &other.measure {
        Measure::Count | Measure::Distinct(_) | Measure::Max(_) => true,
        // More events may lower them.
        Measure::Sum(_) | Measure::Mean(_) | Measure::Share { .. } => false,
    };
    if low > high || narrow.measure != other.measure || !(grows || exact) {
        return None;
    }
    let (short, long) = (narrow.window.as_ref()?, other.window.as_ref()?);
    if let (WindowKind::Rolling(short), WindowKind::Rolling(long)) = (&short.kind, &long.kind) {
        let longer = long.span() == short.span() || (grows && long.span() > short.span());
        return longer.then_some(Together::SameMoment);
    }
    let decided_early = matches!(short.kind, WindowKind::Fixed(_)) && !other.measure.waits_for_the_end();
    (short == long).then_some(if decided_early { Together::SameWindow } else { Together::SameMoment })
}

fn fields(rule: &Rule) -> BTreeSet<&Field> {
    rule.group_by.iter().collect()
}

/// The conditions of a share may name lists, of which each rule has its own values.
fn same_share(left: Side<'_>, right: Side<'_>) -> bool {
    let has_lists = |side: Side<'_>| matches!(side.rule.measure, Measure::Share { .. }) && !side.lists.is_empty();
    !(has_lists(left) || has_lists(right)) || left.lists == right.lists
}

/// Whether the same is computed over the same windows and compared with the same.
fn asks_the_same(left: &Rule, right: &Rule) -> bool {
    left.measure == right.measure && left.trigger == right.trigger && same_window(&left.window, &right.window)
}

fn same_window(left: &Option<Window>, right: &Option<Window>) -> bool {
    let (Some(one), Some(other)) = (left, right) else { return left.is_none() && right.is_none() };
    match (&one.kind, &other.kind) {
        // A rolling day is 24 hours, whatever the zone.
        (WindowKind::Rolling(one), WindowKind::Rolling(other)) => one.span() == other.span(),
        (
            WindowKind::Rolling(_) | WindowKind::Fixed(_) | WindowKind::Schedule(_),
            WindowKind::Rolling(_) | WindowKind::Fixed(_) | WindowKind::Schedule(_),
        ) => one == other,
    }
}

/// Whether the trigger holds at every matching event.
fn holds_at_each_event(rule: &Rule) -> bool {
    const ONE: Decimal = Decimal::from_thousandths(1_000);
    let at_once = match rule.window.as_ref().map(|window| &window.kind) {
        None | Some(WindowKind::Rolling(_)) => true,
        Some(WindowKind::Fixed(_) | WindowKind::Schedule(_)) => false,
    };
    at_once && rule.measure == Measure::Count && matches!(rule.trigger, Trigger::AtLeast(value) if value <= ONE)
}

/// Whether the rule can only fire at a matching event.
fn is_asked_at_events(rule: &Rule) -> bool {
    match rule.trigger {
        Trigger::AtLeast(_) => match rule.window.as_ref().map(|window| &window.kind) {
            None | Some(WindowKind::Rolling(_)) => true,
            Some(WindowKind::Fixed(_)) => !rule.measure.waits_for_the_end(),
            Some(WindowKind::Schedule(_)) => false,
        },
        Trigger::Unseen { .. } | Trigger::Rare { .. } => true,
        Trigger::Absent | Trigger::Baseline { .. } => false,
    }
}
