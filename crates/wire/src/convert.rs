//! From the domain to views.

use std::path::Path;
use tocsin_engine::{
    ActOutcome, AddedSource, AlertDetails as EngineDetails, ColumnChoice as EngineColumn, EntityDetails, Finding,
    IngestSummary, QuarantineRecord, Quarantined, RetentionPreview, SavedView, SavedViewSpec as EngineViewSpec,
    Similar, SourceStatus, Verdict,
};
use tocsin_model::survey::{Facet, FacetValue, Survey};
use tocsin_model::{activity::Activity, alert::Alert, entities::EntityKind, settings::Settings, time::Timestamp};

use crate::{Answer, ErrorView};

use super::{settings::*, survey::*, view::*};

/// Characters of a quarantined text that the window gets.
const BODY_SHOWN: usize = 64 * 1024;

/// A time as the window counts.
const fn ms(time: Timestamp) -> i64 {
    time.millis()
}

impl From<&Alert> for AlertRow {
    fn from(alert: &Alert) -> Self {
        Self {
            id: alert.id.to_string(),
            source: alert.source.to_string(),
            source_kind: alert.source_kind.to_string(),
            severity: alert.content.severity.to_string(),
            status: alert.handling.status.to_string(),
            close_reason: alert.handling.close_reason.as_ref().map(ToString::to_string),
            title: alert.content.title.clone(),
            category: alert.content.category.clone(),
            alert_type: alert.content.alert_type.clone(),
            entity: alert.content.entities.first().map(str::to_owned),
            time: ms(alert.content.time),
            received_at: ms(alert.received_at),
            updated_at: ms(alert.updated_at),
            snoozed_until: alert.handling.snoozed_until.map(ms),
            occurrences: alert.occurrences,
            seen: alert.seen,
            revision: alert.revision,
        }
    }
}

impl AlertPage {
    /// A page of the store's.
    pub fn new(alerts: &[Alert], next: Option<String>) -> Self {
        Self { rows: alerts.iter().map(AlertRow::from).collect(), next }
    }
}

impl AlertCount {
    /// A count that stopped one beyond `limit`.
    pub fn new(count: u64, limit: u64) -> Self {
        Self { count: count.min(limit), exact: count <= limit }
    }
}

impl From<EngineDetails> for AlertDetails {
    fn from(details: EngineDetails) -> Self {
        let row = AlertRow::from(&details.alert);
        let (content, handling) = (details.alert.content, details.alert.handling);
        Self {
            row,
            external_id: details.alert.external_id,
            origin: details.alert.origin.as_str().to_owned(),
            source_severity: content.source_severity,
            source_status: content.source_status,
            description: content.description,
            tactic: content.tactic,
            techniques: content.techniques,
            entities: EntitiesView {
                client_ip: content.entities.client_ip,
                username: content.entities.username,
                api_key_id: content.entities.api_key_id,
                endpoint: content.entities.endpoint,
                hostname: content.entities.hostname,
            },
            rule: content.rule,
            tags: content.tags,
            notes: handling.notes,
            payload: details.payload,
            activity: details.activity.into_iter().map(ActivityView::from).collect(),
        }
    }
}

impl From<Activity> for ActivityView {
    fn from(entry: Activity) -> Self {
        Self {
            at: ms(entry.at),
            actor: entry.actor.as_str().to_owned(),
            what: entry.what,
            detail: entry.detail,
            undone: entry.undone,
        }
    }
}

impl From<ActOutcome> for ChangeView {
    fn from(outcome: ActOutcome) -> Self {
        let refused = outcome.reasons();
        Self {
            change_id: outcome.change.map(|id| id.to_string()),
            rows: outcome.changed.iter().map(AlertRow::from).collect(),
            changed: outcome.changed_count,
            unchanged: outcome.unchanged,
            refused,
        }
    }
}

impl From<&SourceStatus> for SourceView {
    fn from(status: &SourceStatus) -> Self {
        let (source, activity) = (&status.record.source, &status.record.activity);
        Self {
            name: source.name.to_string(),
            kind: source.kind.to_string(),
            kind_title: source.kind.title().to_owned(),
            sign_in: source.sign_in.to_string(),
            username: source.username.clone(),
            address: status.address.clone(),
            origins: source.origins.clone(),
            created_at: ms(source.created_at),
            last_delivery_at: activity.last_delivery_at.map(ms),
            last_alert_at: activity.last_alert_at.map(ms),
            deliveries: activity.deliveries,
            stored: activity.stored,
            updated: activity.updated,
            duplicate: activity.duplicate,
            quarantined: activity.quarantined,
            refused: activity.refused.iter().map(RefusedView::from).collect(),
            demo: status.record.demo,
        }
    }
}

impl From<&tocsin_model::source::Refused> for RefusedView {
    fn from(refused: &tocsin_model::source::Refused) -> Self {
        Self {
            reason: refused.reason.to_string(),
            explanation: refused.reason.explanation().to_owned(),
            count: refused.count,
            last_at: ms(refused.last_at),
        }
    }
}

impl From<Survey> for SurveyView {
    fn from(survey: Survey) -> Self {
        let histogram = survey.histogram;
        let facet = |facet: Facet| FacetView {
            field: facet.field.to_owned(),
            values: facet.values.into_iter().map(ValueCount::from).collect(),
            others: facet.others,
            distinct: facet.distinct,
        };
        Self {
            count: survey.count,
            unseen: survey.unseen,
            facets: survey.facets.into_iter().map(facet).collect(),
            histogram: HistogramView {
                from: ms(histogram.from),
                to: ms(histogram.to),
                step: histogram.step_ms,
                bars: histogram.bars.iter().map(|bar| bar.to_vec()).collect(),
            },
        }
    }
}

impl From<FacetValue> for ValueCount {
    fn from(counted: FacetValue) -> Self {
        Self { value: counted.value, count: counted.count }
    }
}

impl From<Similar> for SimilarView {
    fn from(similar: Similar) -> Self {
        let handled = |(alert, how): (Alert, Vec<Activity>)| HandledView {
            row: AlertRow::from(&alert),
            how: how.into_iter().map(ActivityView::from).collect(),
        };
        Self {
            rows: similar.alerts.iter().map(AlertRow::from).collect(),
            last_handled: similar.last_handled.map(handled),
        }
    }
}

impl From<EntityDetails> for EntityView {
    fn from(entity: EntityDetails) -> Self {
        let related =
            |(kind, value, count): (EntityKind, String, u64)| RelatedView { kind: kind.to_string(), value, count };
        Self {
            kind: entity.kind.to_string(),
            value: entity.value,
            total: entity.total,
            open: entity.open,
            first_seen: entity.first_seen.map(ms),
            last_seen: entity.last_seen.map(ms),
            by_severity: entity.by_severity.to_vec(),
            sources: entity.sources.into_iter().map(|(value, count)| ValueCount { value, count }).collect(),
            spark: entity.spark,
            spark_from: ms(entity.spark_from),
            spark_step: entity.spark_step_ms,
            latest: entity.latest.iter().map(AlertRow::from).collect(),
            related: entity.related.into_iter().map(related).collect(),
        }
    }
}

impl From<SavedView> for SavedViewView {
    fn from(view: SavedView) -> Self {
        let column = |column: EngineColumn| ColumnChoice { field: column.field, width: column.width };
        Self {
            id: view.id,
            name: view.name,
            query: view.query,
            sort: view.sort,
            columns: view.columns.into_iter().map(column).collect(),
            is_default: view.is_default,
            builtin: view.builtin,
        }
    }
}

impl From<SavedViewSpec> for EngineViewSpec {
    fn from(spec: SavedViewSpec) -> Self {
        let column = |column: ColumnChoice| EngineColumn { field: column.field, width: column.width };
        Self {
            id: spec.id,
            name: spec.name,
            query: spec.query,
            sort: spec.sort,
            columns: spec.columns.into_iter().map(column).collect(),
            is_default: spec.is_default,
        }
    }
}

impl SettingsView {
    /// Settings have the same form inside; only the types of the wire stand here.
    pub fn new(settings: &Settings) -> Answer<Self> {
        let document = serde_json::to_value(settings).and_then(serde_json::from_value);
        document.map_err(|error| ErrorView::internal(&error))
    }

    /// Back again, or which setting does not fit.
    pub fn parse(&self) -> Answer<Settings> {
        let document = serde_json::to_value(self).map_err(|error| ErrorView::internal(&error))?;
        Settings::from_person(&document).map_err(|error| ErrorView::invalid(error.field, error))
    }
}

impl From<RetentionPreview> for RetentionView {
    fn from(found: RetentionPreview) -> Self {
        Self {
            alerts: found.alerts,
            deliveries: found.deliveries,
            quarantined: found.quarantined,
            events: found.events,
            bytes_freed: found.bytes_freed,
            oldest_kept: found.oldest_kept.map(ms),
            kept_open: found.kept_open,
        }
    }
}

impl ImportView {
    /// What so many files came to.
    pub fn new(files: usize, sum: IngestSummary) -> Self {
        let IngestSummary { stored, updated, duplicate, quarantined, .. } = sum;
        Self { files: files as u64, stored, updated, duplicate, quarantined }
    }
}

impl FileView {
    /// A file that is there, or none because nobody chose one.
    pub fn new(path: Option<&Path>, rows: u64) -> Self {
        let bytes = path.and_then(|path| path.metadata().ok()).map_or(0, |file| file.len());
        Self { path: path.map(|path| path.display().to_string()), rows, bytes }
    }
}

impl From<Finding> for CheckView {
    fn from(finding: Finding) -> Self {
        Self { name: finding.check.to_owned(), ok: finding.verdict != Verdict::Problem, message: finding.message }
    }
}

impl From<AddedSource> for CredentialsView {
    fn from(added: AddedSource) -> Self {
        Self {
            source: SourceView::from(&added.status),
            address: added.address,
            username: added.status.record.source.username,
            secret: added.secret,
            curl: added.curl,
        }
    }
}

impl From<&Quarantined> for QuarantineView {
    fn from(entry: &Quarantined) -> Self {
        Self {
            id: entry.id.to_string(),
            source: entry.source.to_string(),
            received_at: ms(entry.received_at),
            reason: entry.reason.clone(),
            line: entry.position.line as u64,
            column: entry.position.column as u64,
            path: entry.path.clone(),
            size: entry.size,
            attempts: entry.attempts,
            body: None,
        }
    }
}

impl From<QuarantineRecord> for QuarantineView {
    fn from(record: QuarantineRecord) -> Self {
        let body = record.body.text().chars().take(BODY_SHOWN).collect();
        Self { body: Some(body), ..Self::from(&record.entry) }
    }
}
