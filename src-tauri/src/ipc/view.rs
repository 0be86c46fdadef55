//! What the window is shown: `…View` types, made from the domain and never read back.
//!
//! Times are milliseconds since the epoch, ids are text. TypeScript is generated from here, so a change shows
//! up in `ui/src/lib/ipc/bindings.ts` at the next test run.

use serde::Serialize;
use specta::Type;

/// One row of the alert table.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AlertRow {
    /// Its id.
    pub id: String,
    /// The source's name.
    pub source: String,
    /// The source's kind, as a word.
    pub source_kind: String,
    /// critical, high, unknown, medium, low or informational.
    pub severity: String,
    /// new, acknowledged or closed.
    pub status: String,
    /// Why it was closed.
    pub close_reason: Option<String>,
    /// One line.
    pub title: String,
    /// The source's category.
    pub category: Option<String>,
    /// The source's type of alert.
    pub alert_type: Option<String>,
    /// The first of whom or what it concerns.
    pub entity: Option<String>,
    /// When it happened.
    pub time: i64,
    /// When it came in.
    pub received_at: i64,
    /// When it last changed.
    pub updated_at: i64,
    /// Quiet until then.
    pub snoozed_until: Option<i64>,
    /// How often it occurred.
    pub occurrences: u64,
    /// Whether a person has looked at it.
    pub seen: bool,
    /// Grows with every change: a row with a smaller one is out of date.
    pub revision: u64,
}

/// A page of the table, in the order asked for.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AlertPage {
    /// The rows.
    pub rows: Vec<AlertRow>,
    /// Where the next page starts; none on the last.
    pub next: Option<String>,
}

/// How many alerts a filter matches.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AlertCount {
    /// The number, at most the limit that was asked for.
    pub count: u64,
    /// Whether there are no more than that.
    pub exact: bool,
}

/// Whom and what an alert concerns.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct EntitiesView {
    /// Client addresses.
    pub client_ip: Vec<String>,
    /// Users.
    pub username: Vec<String>,
    /// API keys, by id.
    pub api_key_id: Vec<String>,
    /// API endpoints.
    pub endpoint: Vec<String>,
    /// Hosts.
    pub hostname: Vec<String>,
}

/// Everything about one alert, for the peek panel.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AlertDetails {
    /// What the table shows of it.
    pub row: AlertRow,
    /// The vendor's id.
    pub external_id: String,
    /// vendor or rule.
    pub origin: String,
    /// The source's own word for the severity.
    pub source_severity: Option<String>,
    /// The source's own word for the status.
    pub source_status: Option<String>,
    /// More text.
    pub description: Option<String>,
    /// MITRE ATT&CK tactic.
    pub tactic: Option<String>,
    /// MITRE ATT&CK techniques.
    pub techniques: Vec<String>,
    /// Whom and what it concerns.
    pub entities: EntitiesView,
    /// The rule that raised it.
    pub rule: Option<String>,
    /// Labels.
    pub tags: Vec<String>,
    /// What people wrote, one note a line.
    pub notes: Option<String>,
    /// The source's own JSON for this alert, redacted.
    pub payload: Option<String>,
    /// What happened to it, oldest first.
    pub activity: Vec<ActivityView>,
}

/// One thing that happened to an alert.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ActivityView {
    /// When.
    pub at: i64,
    /// you, source or tocsin.
    pub actor: String,
    /// received, updated, acknowledged, snoozed, closed, reopened, noted, undone or notified.
    pub what: String,
    /// The particulars in words, such as the reason or the note; may be empty.
    pub detail: String,
    /// Whether it was taken back later.
    pub undone: bool,
}

/// What came of an action on alerts.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ChangeView {
    /// What to hand to undo; none when nothing changed.
    pub change_id: Option<String>,
    /// The rows as they are now, at most 500.
    pub rows: Vec<AlertRow>,
    /// Alerts that were changed.
    pub changed: u64,
    /// Alerts that were so already.
    pub unchanged: u64,
    /// Why some could not be changed, one sentence each reason.
    pub refused: Vec<String>,
}

/// A source and how it is doing.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SourceView {
    /// Its name.
    pub name: String,
    /// secure-access, alertmanager or cloudevents.
    pub kind: String,
    /// The product's name.
    pub kind_title: String,
    /// basic, bearer or address-token.
    pub sign_in: String,
    /// The user name of basic sign-in.
    pub username: Option<String>,
    /// Where it posts to; without the token of an address-token source, which is not kept readable.
    pub address: String,
    /// Origins allowed to do the CloudEvents handshake.
    pub origins: Vec<String>,
    /// When it was added.
    pub created_at: i64,
    /// The last delivery; none while it waits for its first.
    pub last_delivery_at: Option<i64>,
    /// The last new alert.
    pub last_alert_at: Option<i64>,
    /// Deliveries taken in.
    pub deliveries: u64,
    /// New alerts.
    pub stored: u64,
    /// Alerts changed by a later report.
    pub updated: u64,
    /// Reports that changed nothing.
    pub duplicate: u64,
    /// Parts in quarantine now.
    pub quarantined: u64,
    /// Deliveries turned away.
    pub refused: Vec<RefusedView>,
}

/// How often a source's deliveries were turned away for one reason.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RefusedView {
    /// The reason as a word.
    pub reason: String,
    /// The reason as a sentence that says what to do.
    pub explanation: String,
    /// How often.
    pub count: u64,
    /// When last.
    pub last_at: i64,
}

/// A source's credentials, shown once.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CredentialsView {
    /// The source.
    pub source: SourceView,
    /// Where to post, with the token for an address-token source.
    pub address: String,
    /// The user name of basic sign-in.
    pub username: Option<String>,
    /// The password or token. It cannot be shown again.
    pub secret: String,
    /// A command line that sends one test alert as it stands.
    pub curl: String,
}

/// A delivery, or part of one, that could not be read.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct QuarantineView {
    /// Its id.
    pub id: String,
    /// The source it came to.
    pub source: String,
    /// When.
    pub received_at: i64,
    /// Why it could not be read.
    pub reason: String,
    /// Where reading stopped: line, from 1.
    pub line: u64,
    /// Column in characters, from 1.
    pub column: u64,
    /// The JSON path concerned.
    pub path: Option<String>,
    /// Size in bytes.
    pub size: u64,
    /// How often it was tried again.
    pub attempts: u64,
    /// The text itself; only when one is opened, cut to 64 KiB.
    pub body: Option<String>,
}

/// What trying a quarantined delivery again did.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RetryView {
    /// Whether it could be read this time, and has left quarantine.
    pub readable: bool,
    /// What happened, in a sentence.
    pub message: String,
}

/// How the engine is doing, for the status bar.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct EngineStatus {
    /// The version of the app.
    pub version: String,
    /// The address the listener answers on, such as `http://127.0.0.1:8787`; none when it could not start.
    pub listening: Option<String>,
    /// Why the listener could not start, and what to do.
    pub listener_problem: Option<String>,
    /// Why desktop notifications do not arrive, and what to do.
    pub notification_problem: Option<String>,
    /// Why new alerts cannot be stored, and what to do (disk full, for one).
    pub store_problem: Option<String>,
    /// Open alerts (new or acknowledged, not snoozed).
    pub open_alerts: u64,
    /// All alerts.
    pub alerts: u64,
    /// Bytes of the database.
    pub database_bytes: u64,
    /// Notifications that are still to be sent.
    pub outbox_waiting: u64,
    /// Deliveries in quarantine.
    pub quarantined: u64,
    /// When anything last came in.
    pub last_delivery_at: Option<i64>,
    /// Whether the demo is there.
    pub demo: bool,
    /// Where the data is.
    pub data_dir: String,
}

/// Alerts came in or changed. A hint with data: the store is the truth.
#[derive(Debug, Clone, Serialize, serde::Deserialize, Type, tauri_specta::Event)]
#[serde(rename_all = "camelCase")]
pub struct AlertsChanged {
    /// Ids of new alerts, at most 1,000; when more came in, `many` is set.
    pub added: Vec<String>,
    /// Ids of alerts that changed, at most 1,000.
    pub updated: Vec<String>,
    /// More changed than the lists hold: read again.
    pub many: bool,
}

/// Sources, their counts or quarantine changed: read them again.
#[derive(Debug, Clone, Serialize, serde::Deserialize, Type, tauri_specta::Event)]
pub struct SourcesChanged;

/// The engine's status changed: read it again.
#[derive(Debug, Clone, Serialize, serde::Deserialize, Type, tauri_specta::Event)]
pub struct EngineChanged;

/// Something was done on a notification: offer to take it back.
#[derive(Debug, Clone, Serialize, serde::Deserialize, Type, tauri_specta::Event)]
#[serde(rename_all = "camelCase")]
pub struct ActionDone {
    /// What to hand to undo.
    pub change_id: String,
    /// acknowledged or snoozed.
    pub what: String,
    /// How many alerts it changed.
    pub alerts: u64,
}

/// A notification or a link was followed: show this alert.
#[derive(Debug, Clone, Serialize, serde::Deserialize, Type, tauri_specta::Event)]
#[serde(rename_all = "camelCase")]
pub struct OpenAlert {
    /// The alert; none means the list.
    pub id: Option<String>,
}

/// What a test of a source found.
#[derive(Debug, Clone, Serialize, Type)]
pub struct TestView {
    /// Whether all that was tried works.
    pub ok: bool,
    /// What was found, in a sentence.
    pub message: String,
}
