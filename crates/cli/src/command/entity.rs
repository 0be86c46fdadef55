//! `entity …`.

use serde_json::{Map, Value, json};
use std::path::PathBuf;
use std::process::ExitCode;
use tocsin_engine::EntityDetails;
use tocsin_model::entities::EntityKind;
use tocsin_model::severity::Severity;

use super::alert::line;
use super::{open, short};
use crate::failure::Failure;
use crate::output::Output;
use crate::view::AlertView;

pub(crate) fn run(
    data_dir: Option<PathBuf>,
    kind: EntityKind,
    value: &str,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let found = open(data_dir)?.entity(kind, value)?;
    output.one(&entity_json(&found), &lines(&found))?;
    Ok(ExitCode::SUCCESS)
}

fn lines(found: &EntityDetails) -> Vec<String> {
    let mut lines =
        vec![format!("{} {}", found.kind, found.value), format!("Alerts    {} ({} open)", found.total, found.open)];
    if let Some((first, last)) = found.first_seen.zip(found.last_seen) {
        lines.push(format!("Seen      {} to {}", short(first), short(last)));
    }
    lines.extend(by_severity(found).map(|(severity, count)| format!("{:9} {count}", severity.as_str())));
    lines.extend(found.sources.iter().map(|(name, count)| format!("Source    {name} ({count})")));
    lines.extend(found.related.iter().map(|(kind, value, count)| format!("With      {kind} {value} ({count})")));
    lines.extend(found.latest.iter().map(line));
    lines
}

/// The severities that occur, worst first.
fn by_severity(found: &EntityDetails) -> impl Iterator<Item = (Severity, u64)> {
    Severity::ALL.into_iter().filter_map(|severity| {
        let count = found.by_severity.get(usize::try_from(severity.rank()).ok()?)?;
        (*count > 0).then_some((severity, *count))
    })
}

fn entity_json(found: &EntityDetails) -> Value {
    let severities: Map<String, Value> =
        by_severity(found).map(|(severity, count)| (severity.as_str().to_owned(), json!(count))).collect();
    let sources: Vec<_> =
        found.sources.iter().map(|(value, count)| json!({ "value": value, "count": count })).collect();
    let related =
        found.related.iter().map(|(kind, value, count)| json!({ "kind": kind, "value": value, "count": count }));
    json!({
        "kind": found.kind,
        "value": found.value,
        "total": found.total,
        "open": found.open,
        "firstSeen": found.first_seen,
        "lastSeen": found.last_seen,
        "bySeverity": severities,
        "sources": sources,
        "spark": { "from": found.spark_from, "stepMs": found.spark_step_ms, "bars": found.spark },
        "latest": found.latest.iter().map(AlertView::from).collect::<Vec<_>>(),
        "related": related.collect::<Vec<_>>(),
    })
}
