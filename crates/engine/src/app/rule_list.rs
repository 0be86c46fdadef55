//! The list of rules: what each says, how it runs and what it did of late, in a few questions to the store for all.

use std::collections::BTreeMap;

use tocsin_model::rule::Rule;
use tocsin_model::time::{Span, Timestamp};
use tocsin_rules::{Advice, History, advise, advise_on_history, overlaps};
use tocsin_store::{CountsFrom, FiringRecord, RuleCounts, RuleVersion, VersionState};

use super::App;
use super::rules_kept::KeptRule;
use crate::error::EngineError;

/// Days of firings that are shown.
const SPARK_DAYS: usize = 30;
/// Days of them over which firings and notifications are counted.
const WEEK_DAYS: usize = 7;
/// Firings that are shown of a rule.
const SHOWN_FIRINGS: u64 = 100;

/// A rule with what it did.
#[derive(Debug, Clone)]
pub struct RuleOverview {
    /// The rule.
    pub rule: KeptRule,
    /// Firings of each of the last 30 days (24 hours each, the last one ends now), the oldest first: of every version
    /// that counts or did, not of one that waits.
    pub spark: Vec<u64>,
    /// Firings of the last seven of those days.
    pub firings_week: u64,
    /// Notifications about its alerts that were shown in the last seven days, one by one or in a summary. What was held
    /// back, below the severity that is told, or already handled is not among them.
    pub notifications_week: u64,
    /// Its alerts that are closed as true positives.
    pub true_positives: u64,
    /// Its alerts that are closed as false positives.
    pub false_positives: u64,
    /// Its alerts that are closed as benign.
    pub benign: u64,
    /// When the version that counts, or one before that fires alike, last fired.
    pub fired_at: Option<Timestamp>,
    /// What experience says about it: its document and what it did. That another rule covers it is said in the details
    /// alone, because every pair of rules would have to be compared.
    pub advice: Vec<Advice>,
}

/// A rule in full.
#[derive(Debug)]
pub struct RuleDetails {
    /// The rule with what it did.
    pub overview: RuleOverview,
    /// Every version, the newest first.
    pub versions: Vec<(VersionState, RuleVersion)>,
    /// The newest firings, at most 100.
    pub firings: Vec<FiringRecord>,
}

impl App {
    /// Every rule by name, with what it did.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn rule_overviews(&self) -> Result<Vec<RuleOverview>, EngineError> {
        let (rules, mut counts) = (self.kept_rules()?, self.rule_counts()?);
        let now = self.now();
        let overview = |rule: KeptRule| {
            let counts = counts.remove(&rule.record.row).unwrap_or_default();
            overview(rule, &counts, now)
        };
        Ok(rules.into_iter().map(overview).collect())
    }

    /// One rule with what it did.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn rule_overview(&self, rule: KeptRule) -> Result<RuleOverview, EngineError> {
        let counts = self.rule_counts()?.remove(&rule.record.row).unwrap_or_default();
        Ok(overview(rule, &counts, self.now()))
    }

    /// Everything about the rule of that name.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is none.
    pub fn rule_details(&self, name: &str) -> Result<RuleDetails, EngineError> {
        let rule = self.kept_rule(name)?;
        let row = rule.record.row;
        let (versions, firings) =
            self.store.read(|reader| Ok((reader.rule_versions(row)?, reader.firings_of_rule(row, SHOWN_FIRINGS)?)))?;
        let others = self.kept_rules()?;
        let others: Vec<&Rule> = others.iter().filter(|one| one.record.enabled).map(|one| &one.document.rule).collect();
        let mut overview = self.rule_overview(rule)?;
        overview.advice.extend(overlaps(&overview.rule.document.rule, &others));
        Ok(RuleDetails { overview, versions, firings })
    }

    /// Every version of the rule of that name, the newest first.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is none.
    pub fn rule_versions(&self, name: &str) -> Result<Vec<(VersionState, RuleVersion)>, EngineError> {
        let row = self.rule_record(name)?.row;
        Ok(self.store.read(|reader| reader.rule_versions(row))?)
    }

    fn rule_counts(&self) -> Result<BTreeMap<i64, RuleCounts>, EngineError> {
        let now = self.now();
        let days = |count: usize| Span::from_millis(i64::try_from(count).unwrap_or(0) * Span::DAY.millis());
        // A firing at this very moment is one of the last day.
        let end = now.plus(Span::from_millis(1));
        let from = CountsFrom {
            firings: end.minus(days(SPARK_DAYS)),
            stretch: Span::DAY,
            notifications: end.minus(days(WEEK_DAYS)),
        };
        Ok(self.store.read(|reader| reader.rule_counts(from))?)
    }
}

fn overview(rule: KeptRule, counts: &RuleCounts, now: Timestamp) -> RuleOverview {
    let mut spark = vec![0; SPARK_DAYS];
    for (day, count) in &counts.firings {
        // What fired ahead of the clock is of the last day.
        let at = usize::try_from(*day).unwrap_or(usize::MAX).min(SPARK_DAYS - 1);
        spark[at] += count;
    }
    let firings_week = spark.iter().rev().take(WEEK_DAYS).sum();
    let closed = |reason: &str| counts.closed.get(reason).copied().unwrap_or(0);
    let record = &rule.record;
    let mut advice = advise(&rule.document.rule);
    advice.extend(advise_on_history(&History {
        now,
        enabled: record.enabled,
        changed_at: record.updated_at,
        fired_at: record.current.all_fired_at,
        firings: firings_week,
    }));
    RuleOverview {
        spark,
        firings_week,
        notifications_week: counts.notifications,
        true_positives: closed("true-positive"),
        false_positives: closed("false-positive"),
        benign: closed("benign"),
        fired_at: record.current.all_fired_at,
        advice,
        rule,
    }
}
