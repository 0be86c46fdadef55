//! Exports: every form whole, in the order asked for, and what each standard requires.

use serde_json::Value;
use tempfile::TempDir;
use tocsin_engine::{App, ErrorCode, ExportFormat, ExportRequest, IfThere};
use tocsin_model::time::Timestamp;

use crate::support::{ManualClock, START, add_source, alert, envelope, ingest, open};

/// What OCSF 1.1.0 requires of a Detection Finding, by path.
const REQUIRED: [&str; 12] = [
    "/activity_id",
    "/category_uid",
    "/class_uid",
    "/type_uid",
    "/severity_id",
    "/time",
    "/metadata",
    "/metadata/version",
    "/metadata/product/name",
    "/finding_info",
    "/finding_info/uid",
    "/finding_info/title",
];

fn desk(alerts: usize) -> (TempDir, App) {
    let (dir, clock) = (tempfile::tempdir().unwrap(), ManualClock::new());
    let app = open(&dir, &clock);
    add_source(&app, "csa");
    let severities = ["High", "Medium", "Low", "Info", "Odd"];
    let all: Vec<Value> = (0..alerts)
        .map(|n| {
            let mut one =
                alert(&format!("id-{n:04}"), if n % 3 == 0 { "Resolved" } else { "Active" }, severities[n % 5]);
            one["ruleName"] =
                Value::from(if n % 2 == 0 { "=HYPERLINK(\"http://x\")" } else { "two words, quoted \"so\"" });
            one["time"] = Value::from(Timestamp::from_millis(START.millis() - n as i64 * 1_000).to_string());
            one
        })
        .collect();
    for (n, part) in all.chunks(900).enumerate() {
        ingest(&app, envelope(&format!("e{n}"), Some(START), part)).unwrap();
    }
    (dir, app)
}

fn request(format: ExportFormat) -> ExportRequest {
    ExportRequest { query: String::new(), sort: "time".to_owned(), format, columns: Vec::new() }
}

fn exported(app: &App, request: &ExportRequest) -> String {
    let mut out = Vec::new();
    app.export_alerts(request, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn more_than_a_page_comes_whole_and_in_order() {
    let (_dir, app) = desk(1_203);
    let text = exported(&app, &request(ExportFormat::Ndjson));
    let ids: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["externalId"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 1_203);
    assert!(ids.is_sorted(), "newest first is the order of the ids here");
    let turned = exported(&app, &ExportRequest { sort: "time:asc".to_owned(), ..request(ExportFormat::Ndjson) });
    assert!(turned.lines().rev().eq(text.lines()));
    let closed = ExportRequest { query: "status:closed".to_owned(), ..request(ExportFormat::Ndjson) };
    assert_eq!(exported(&app, &closed).lines().count(), 401);
}

#[test]
fn a_table_for_a_spreadsheet_has_the_columns_asked_for_and_no_formula() {
    let (_dir, app) = desk(4);
    let columns = ["severity", "rule", "closeReason", "externalId"].map(str::to_owned).to_vec();
    let text = exported(&app, &ExportRequest { columns, ..request(ExportFormat::Csv) });
    let wanted = "severity,rule,closeReason,externalId\r\n\
        high,\"'=HYPERLINK(\"\"http://x\"\")\",source-resolved,id-0000\r\n\
        medium,\"two words, quoted \"\"so\"\"\",,id-0001\r\n";
    assert!(text.starts_with(wanted), "{text}");
    let whole = exported(&app, &request(ExportFormat::Csv));
    assert!(whole.starts_with("time,severity,status,title,source,"), "{whole}");
}

#[test]
fn a_finding_has_all_that_ocsf_requires() {
    let (_dir, app) = desk(30);
    let text = exported(&app, &request(ExportFormat::Ocsf));
    assert_eq!(text.lines().count(), 30);
    for line in text.lines() {
        let finding: Value = serde_json::from_str(line).unwrap();
        for path in REQUIRED {
            assert!(finding.pointer(path).is_some_and(|value| !value.is_null() && value != ""), "{path} in {line}");
        }
        assert_eq!((&finding["class_uid"], &finding["category_uid"]), (&Value::from(2004), &Value::from(2)));
        let activity = finding["activity_id"].as_i64().unwrap();
        assert!((1..=3).contains(&activity));
        assert_eq!(finding["type_uid"].as_i64(), Some(200_400 + activity));
        assert!((0..=5).contains(&finding["severity_id"].as_i64().unwrap()));
        assert!((1..=4).contains(&finding["status_id"].as_i64().unwrap()));
        assert!(finding["time"].as_i64().unwrap() > 1_700_000_000_000, "milliseconds");
        for attack in finding["finding_info"]["attacks"].as_array().into_iter().flatten() {
            assert!(["tactic", "technique", "sub_technique"].iter().any(|key| attack.get(key).is_some()), "{line}");
        }
        assert_eq!(finding["metadata"]["version"], "1.1.0");
    }
}

#[test]
fn mistakes_are_said_before_anything_is_written() {
    let (dir, app) = desk(1);
    let wrong = |change: &dyn Fn(&mut ExportRequest)| {
        let mut request = request(ExportFormat::Csv);
        change(&mut request);
        let mut out = Vec::new();
        let error = app.export_alerts(&request, &mut out).unwrap_err();
        assert!(out.is_empty());
        (error.code(), error.field().unwrap_or_default().to_owned())
    };
    assert_eq!(wrong(&|request| request.query = "colour:red".into()), (ErrorCode::Invalid, "query".to_owned()));
    assert_eq!(wrong(&|request| request.sort = "colour".into()), (ErrorCode::Invalid, "sort".to_owned()));
    assert_eq!(wrong(&|request| request.columns = vec!["colour".into()]), (ErrorCode::Invalid, "columns".to_owned()));
    assert!("xlsx".parse::<ExportFormat>().is_err_and(|error| error.to_string().contains("csv, ndjson or ocsf")));

    let path = dir.path().join("alerts.csv");
    assert_eq!(app.export_alerts_to(&path, &request(ExportFormat::Csv), IfThere::Refuse).unwrap(), 1);
    let before = std::fs::read(&path).unwrap();
    let again = app.export_alerts_to(&path, &request(ExportFormat::Ocsf), IfThere::Refuse).unwrap_err();
    assert_eq!((again.code(), std::fs::read(&path).unwrap()), (ErrorCode::Conflict, before));
    assert_eq!(app.export_alerts_to(&path, &request(ExportFormat::Ocsf), IfThere::Replace).unwrap(), 1);
}
