//! From the domain to views: rules that are kept.

use tocsin_engine::{
    AddedRule, Advice, Draft, EditKind, FiringFacts, FiringRecord, RuleDetails, RuleOverview, RuleVersion, Template,
    VersionState, WhatIf, Why,
};
use tocsin_model::time::Timestamp;

use super::rules::*;

/// A time as the window counts.
const fn ms(time: Timestamp) -> i64 {
    time.millis()
}

impl From<&RuleOverview> for RuleRow {
    fn from(overview: &RuleOverview) -> Self {
        let (record, rule) = (&overview.rule.record, &overview.rule.document.rule);
        Self {
            name: record.name.clone(),
            description: rule.description.clone(),
            severity: rule.severity.to_string(),
            tags: rule.tags.clone(),
            state: overview.rule.state().as_str().to_owned(),
            version: record.current.number,
            candidate: record.candidate.as_ref().map(|version| version.number),
            document: serde_json::to_string_pretty(&overview.rule.to_document()).unwrap_or_default(),
            spark: overview.spark.clone(),
            firings_week: overview.firings_week,
            notifications_week: overview.notifications_week,
            true_positives: overview.true_positives,
            false_positives: overview.false_positives,
            benign: overview.benign,
            last_fired_at: overview.fired_at.map(ms),
            error: record.error.as_ref().map(|(_, error)| error.clone()),
            error_at: record.error.as_ref().map(|(at, _)| ms(*at)),
            forgotten: record.forgotten,
            late: record.late,
            advice: overview.advice.iter().map(AdviceView::from).collect(),
            created_at: ms(record.created_at),
            updated_at: ms(record.updated_at),
        }
    }
}

impl From<&Advice> for AdviceView {
    fn from(advice: &Advice) -> Self {
        let (code, remedy) = (advice.code.to_owned(), advice.remedy.to_owned());
        Self { code, reason: advice.reason.clone(), remedy }
    }
}

impl From<RuleDetails> for RuleDetailsView {
    fn from(details: RuleDetails) -> Self {
        Self {
            row: RuleRow::from(&details.overview),
            versions: details.versions.iter().map(RuleVersionView::from).collect(),
            firings: details.firings.iter().map(FiringView::from).collect(),
        }
    }
}

impl From<&(VersionState, RuleVersion)> for RuleVersionView {
    fn from((state, version): &(VersionState, RuleVersion)) -> Self {
        Self {
            number: version.number,
            state: state.as_str().to_owned(),
            document: version.document.clone(),
            added_at: ms(version.added_at),
            firings: version.firings,
            fired_at: version.fired_at.map(ms),
        }
    }
}

impl From<&FiringRecord> for FiringView {
    fn from(firing: &FiringRecord) -> Self {
        let facts = FiringFacts::of(firing);
        Self {
            version: firing.version,
            mode: firing.mode.as_str().to_owned(),
            fired_at: ms(firing.fired_at),
            last_seen: ms(firing.last_seen),
            occurrences: firing.occurrences,
            group: facts.group,
            value: facts.value,
            threshold: facts.threshold,
            alert: firing.alert.map(|id| id.to_string()),
            event: facts.event,
        }
    }
}

impl From<Why> for WhyView {
    fn from(why: Why) -> Self {
        let (firing, facts) = (&why.firing, FiringFacts::of(&why.firing));
        let condition = |one: tocsin_engine::WhyCondition| WhyConditionView {
            path: one.path,
            field: one.field,
            holds: one.holds,
            reason: one.reason,
        };
        Self {
            version: firing.version,
            mode: firing.mode.as_str().to_owned(),
            fired_at: ms(firing.fired_at),
            decided_at: ms(firing.decided_at),
            last_seen: ms(firing.last_seen),
            occurrences: firing.occurrences,
            group: facts.group,
            window_from: facts.window.map(|(from, _)| ms(from)),
            window_to: facts.window.map(|(_, to)| ms(to)),
            measure: facts.measure,
            trigger: facts.trigger,
            value: facts.value,
            threshold: facts.threshold,
            events: facts.events,
            events_total: facts.total,
            event: facts.event,
            conditions: why.conditions.into_iter().map(condition).collect(),
            rule: why.rule,
        }
    }
}

impl SavedRuleView {
    /// What saving did, and the rule as it is now.
    pub fn new(added: &AddedRule, overview: &RuleOverview) -> Self {
        Self { added: added.added.as_str().to_owned(), row: RuleRow::from(overview) }
    }
}

impl EditView {
    /// Every edit, the best one first.
    pub fn all(found: WhatIf) -> Vec<Self> {
        let view = |(edit, document): (tocsin_engine::Edit, String)| {
            let (kind, says) = match &edit.kind {
                EditKind::Exception { field, value } => {
                    ("exception", format!("add the condition {field} is not {value}"))
                }
                EditKind::Threshold(threshold) => ("threshold", format!("raise the threshold to {threshold}")),
                EditKind::Window(length) => ("window", format!("shorten the window to {length}")),
            };
            Self {
                kind: kind.to_owned(),
                says,
                document,
                firings_before: edit.firings_before,
                firings: edit.firings,
                removes: edit.removes,
                loses: edit.loses,
            }
        };
        found.edits.into_iter().zip(found.documents).map(view).collect()
    }
}

impl From<&Template> for TemplateView {
    fn from(template: &Template) -> Self {
        let place = |place: &tocsin_engine::TemplatePlace| TemplatePlaceView {
            name: place.name.clone(),
            about: place.about.clone(),
            condition: place.condition as u64,
        };
        Self {
            id: template.id.clone(),
            system: template.system.to_owned(),
            name: template.name().to_owned(),
            about: template.about.clone(),
            noise: template.noise.clone(),
            needs: template.needs.clone(),
            respond: template.respond.clone(),
            places: template.places.iter().map(place).collect(),
            document: template.document.clone(),
        }
    }
}

impl From<Draft> for DraftView {
    fn from(draft: Draft) -> Self {
        Self { key: draft.key, text: draft.text, updated_at: ms(draft.updated_at) }
    }
}
