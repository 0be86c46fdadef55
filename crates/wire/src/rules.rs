//! The wire types of rules: the list, the studio, the catalogue. Documents travel as JSON text, because the order of
//! their keys counts.

use serde::{Deserialize, Serialize};

use crate::survey::ValueCount;

wire! {
    (Deserialize)

    /// What to try of a rule that is being edited.
    PreviewSpec {
        /// JSON or YAML.
        document: String,
        /// The name of the kept rule that is edited; none makes a new one.
        rule: Option<String>,
        from: i64,
        /// Exclusive.
        to: i64,
        /// Bars wanted, 1 to 2,000.
        buckets: u32,
    }

    /// A rule to keep.
    SaveRuleSpec {
        /// JSON or YAML.
        document: String,
        /// The name of the kept rule it takes the place of, which may say another name now; none makes a new one.
        rule: Option<String>,
    }
}

wire! {
    (Serialize)

    /// One rule of the list.
    RuleRow {
        name: String, description: String, severity: String, tags: Vec<String>,
        /// off, shadow or live.
        state: String,
        version: u64,
        /// The version that waits to be promoted.
        candidate: Option<u64>,
        /// As it runs.
        document: String,
        /// Firings of each of the last 30 days of 24 hours, the oldest first; the last one ends now. A version that
        /// waits does not count.
        spark: Vec<u64>,
        firings_week: u64,
        /// Notifications about its alerts that were shown in seven days, one by one or in a summary.
        notifications_week: u64,
        /// Its alerts by what people closed them as, of all time.
        true_positives: u64, false_positives: u64, benign: u64,
        last_fired_at: Option<i64>,
        /// What keeps it from being evaluated, and since when.
        error: Option<String>, error_at: Option<i64>,
        /// Groups given up to stay within its memory, and matching events that came too late.
        forgotten: u64, late: u64,
        /// In a list without what other rules have to do with it.
        advice: Vec<AdviceView>,
        created_at: i64, updated_at: i64,
    }

    /// What experience says about a rule.
    AdviceView { code: String, reason: String, remedy: String }

    /// Something that is wrong with a document, or may not be meant.
    ProblemView {
        /// Where, as `$.conditions[0].values`.
        path: String,
        reason: String, remedy: String,
    }

    /// A test that is kept with a rule, run.
    RuleTestView { name: String, fires: bool, events: u64, matched: u64, firings: u64, passed: bool }

    /// What came of looking at a document.
    RuleCheckView {
        valid: bool, name: Option<String>,
        /// The document is one of Shield's.
        shield: bool,
        /// The document as JSON, whatever it was written in; none when it cannot be read at all.
        document: Option<String>,
        problems: Vec<ProblemView>, warnings: Vec<ProblemView>, advice: Vec<AdviceView>, tests: Vec<RuleTestView>,
    }

    /// What a rule would do.
    PreviewView {
        check: RuleCheckView,
        /// None when the rule cannot be used.
        effect: Option<EffectView>,
        /// When its next windows end, for a fixed window or a schedule; at most five.
        next_runs: Vec<i64>,
    }

    /// What a rule does on what is stored.
    EffectView {
        /// All that is stored; demo data alone counts only where there is nothing else.
        events: u64, first: Option<i64>, last: Option<i64>, demo: bool,
        /// From here on between the two times asked for.
        matched: u64, groups: u64, firings: u64, occurrences: u64, notifications: u64,
        /// Firings and notifications of the version that counts now.
        before: Option<Vec<u64>>,
        bars: Vec<BarView>,
        /// The newest firings, the last one first; at most 500.
        marks: Vec<MarkView>,
        /// None where the trigger has no threshold.
        curve: Option<Vec<CurveView>>,
        busiest: Vec<ValueCount>,
        /// Alerts that people closed as true and as false positives, and whether the rule still fires for them.
        true_kept: u64, true_lost: u64, false_kept: u64, false_lost: u64,
    }

    /// A stretch of time.
    BarView {
        matched: u64, firings: u64,
        /// The greatest value of a window that ended in it.
        peak: Option<f64>,
    }

    /// A firing.
    MarkView {
        at: i64, group: String, value: f64,
        /// true or false: what people closed its alert as.
        label: Option<bool>,
        alert: Option<String>,
    }

    /// What a threshold would do.
    CurveView { threshold: f64, candidates: u64, firings: u64 }

    /// Three thresholds, or why there are none.
    SuggestionsView {
        /// Why there is too little to go by.
        refusal: Option<String>,
        /// What they rest on, in a sentence.
        sample: String,
        suggestions: Vec<SuggestionView>,
    }

    /// A threshold that history speaks for.
    SuggestionView {
        /// quiet, balanced or sensitive.
        name: String,
        threshold: f64, firings: u64, busiest_week: u64, true_kept: u64, false_kept: u64,
        /// What it rests on, in words.
        reason: String,
    }

    /// A version of a rule.
    RuleVersionView {
        number: u64,
        /// current, candidate or past.
        state: String,
        document: String, added_at: i64, firings: u64, fired_at: Option<i64>,
    }

    /// A firing of an alert, with what explains it.
    WhyView {
        /// The rule's name now; it may have been removed.
        rule: String,
        version: u64,
        /// live or shadow.
        mode: String,
        fired_at: i64, decided_at: i64, last_seen: i64, occurrences: u64,
        /// As `username=ana hostname=null`; empty without groups.
        group: String,
        window_from: Option<i64>, window_to: Option<i64>,
        /// count, distinct, sum, mean, max or share.
        measure: String,
        /// atLeast, absent, baseline, unseen or rare.
        trigger: String,
        value: Option<f64>,
        /// None where the trigger has no threshold.
        threshold: Option<f64>,
        /// The ids of the first hundred events behind it, in order, and how many there were.
        events: Vec<String>, events_total: u64,
        /// The event that made it fire, to be explained.
        event: Option<String>,
        conditions: Vec<WhyConditionView>,
    }

    /// What the event that made a rule fire said to a condition.
    WhyConditionView { path: String, field: String, holds: bool, reason: String }

    /// A firing as it is kept.
    FiringView {
        version: u64,
        /// live or shadow.
        mode: String,
        fired_at: i64, last_seen: i64, occurrences: u64, group: String, value: Option<f64>, threshold: Option<f64>,
        alert: Option<String>,
        /// The newest contributing event, to be explained.
        event: Option<String>,
    }

    /// A rule in full.
    RuleDetailsView { row: RuleRow, versions: Vec<RuleVersionView>, firings: Vec<FiringView> }

    /// What saving a rule did.
    SavedRuleView {
        /// new, unchanged, replaced or candidate.
        added: String,
        row: RuleRow,
    }

    /// Why an event made a rule fire, or not.
    ExplainedView {
        rule: String, event: EventView, fires: bool,
        /// The stage that it did not get past.
        failed: Option<String>,
        /// The nearest change that would have fired.
        nearest: Option<String>,
        stages: Vec<StageView>, conditions: Vec<ConditionView>, groups: Vec<GroupResultView>,
    }

    /// An event.
    EventView {
        id: String, time: i64, kind: String, source: Option<String>,
        /// The fields that rules see, as JSON text.
        fields: String,
        /// Whether it meets the conditions; none where nobody asked, or the rule cannot be used.
        matches: Option<bool>,
    }

    /// A stage and whether the event got past it; none when it did not get there.
    StageView { stage: String, passed: Option<bool>, reason: String }

    /// A condition and whether it held.
    ConditionView { path: String, field: String, holds: bool, said: Vec<String>, reason: String, remedy: Option<String> }

    /// A group of the event and what its window said.
    GroupResultView {
        group: String,
        window_from: Option<i64>, window_to: Option<i64>,
        holds: bool, value: Option<f64>, threshold: Option<f64>, fired_at: Option<i64>,
        joined: Option<i64>, reason: String, remedy: Option<String>,
    }

    /// An edit that would have kept a false positive away.
    EditView {
        /// exception, threshold or window.
        kind: String,
        /// What it does, in words.
        says: String,
        /// The rule with it, as JSON.
        document: String,
        firings_before: u64, firings: u64,
        /// Alerts closed as false and as true positives that would not have been raised.
        removes: Vec<String>, loses: Vec<String>,
    }

    /// A rule that somebody thought of before.
    TemplateView {
        id: String, system: String, name: String, about: String, noise: String,
        /// What has to be there for it to find anything, and what to do when it fires.
        needs: String, respond: String,
        places: Vec<TemplatePlaceView>,
        /// The rule; its places hold an example.
        document: String,
    }

    /// Something that only the user of a template knows.
    TemplatePlaceView { name: String, about: String, condition: u64 }

    /// A field that conditions, groups and measures can look at.
    RuleFieldView {
        name: String, label: String, help: String,
        /// bool, text, number, ip, media-type, hostname or set.
        kind: String,
        /// The kinds of events that have it.
        of: Vec<String>,
    }

    /// What somebody was writing.
    DraftView {
        /// The rule's name; `new` and a number for one that is not kept yet.
        key: String,
        text: String, updated_at: i64,
    }
}
