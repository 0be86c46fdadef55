//! What the window is shown: `…View` types, made from the domain and never read back.
//!
//! Times are milliseconds since the epoch, ids are text. TypeScript is generated from here, so a change shows
//! up in `ui/src/lib/ipc/bindings.ts` at the next test run.

use serde::Serialize;

wire! {
    (Serialize)

    /// One row of the alert table.
    AlertRow {
        id: String, source: String, source_kind: String,
        /// critical, high, unknown, medium, low or informational.
        severity: String,
        /// new, acknowledged or closed.
        status: String,
        close_reason: Option<String>, title: String, category: Option<String>, alert_type: Option<String>,
        /// The first of whom or what it concerns.
        entity: Option<String>,
        time: i64, received_at: i64, updated_at: i64, snoozed_until: Option<i64>, occurrences: u64, seen: bool,
        /// Grows with every change: a row with a smaller one is out of date.
        revision: u64,
    }

    /// A page of the table, in the order asked for.
    AlertPage {
        rows: Vec<AlertRow>,
        /// Where the next page starts; none on the last.
        next: Option<String>,
    }

    /// How many alerts a filter matches.
    AlertCount {
        /// The number, at most the limit that was asked for.
        count: u64,
        exact: bool,
    }

    /// Whom and what an alert concerns.
    EntitiesView {
        client_ip: Vec<String>, username: Vec<String>, api_key_id: Vec<String>, endpoint: Vec<String>,
        hostname: Vec<String>,
    }

    /// Everything about one alert, for the peek panel.
    AlertDetails {
        row: AlertRow, external_id: String,
        /// vendor or rule.
        origin: String,
        source_severity: Option<String>, source_status: Option<String>, description: Option<String>,
        tactic: Option<String>, techniques: Vec<String>, entities: EntitiesView, rule: Option<String>,
        tags: Vec<String>, notes: Option<String>, payload: Option<String>, activity: Vec<ActivityView>,
    }

    /// One thing that happened to an alert.
    ActivityView {
        at: i64,
        /// you, source or tocsin.
        actor: String,
        /// received, updated, acknowledged, snoozed, closed, reopened, noted, undone or notified.
        what: String,
        detail: String, undone: bool,
    }

    /// What came of an action on alerts.
    ChangeView {
        /// What to hand to undo; none when nothing changed.
        change_id: Option<String>,
        /// The rows as they are now, at most 500.
        rows: Vec<AlertRow>,
        changed: u64, unchanged: u64, refused: Vec<String>,
    }

    /// A source and how it is doing.
    SourceView {
        name: String,
        /// secure-access, alertmanager or cloudevents.
        kind: String,
        kind_title: String,
        /// basic, bearer or address-token.
        sign_in: String,
        username: Option<String>, address: String, origins: Vec<String>, created_at: i64,
        /// The last delivery; none while it waits for its first.
        last_delivery_at: Option<i64>,
        last_alert_at: Option<i64>, deliveries: u64, stored: u64, updated: u64, duplicate: u64, quarantined: u64,
        refused: Vec<RefusedView>,
        /// Whether it belongs to the demo.
        demo: bool,
    }

    /// How often a source's deliveries were turned away for one reason.
    RefusedView { reason: String, explanation: String, count: u64, last_at: i64 }

    /// A source's credentials, shown once.
    CredentialsView {
        source: SourceView, address: String, username: Option<String>,
        /// The password or token. It cannot be shown again.
        secret: String,
        curl: String,
    }

    /// A delivery, or part of one, that could not be read.
    QuarantineView {
        id: String, source: String, received_at: i64, reason: String,
        /// Where reading stopped: line, from 1.
        line: u64,
        /// Column in characters, from 1.
        column: u64,
        path: Option<String>, size: u64, attempts: u64,
        /// The text itself; only when one is opened, cut to 64 KiB.
        body: Option<String>,
    }

    /// What trying a quarantined delivery again did.
    RetryView { readable: bool, message: String }

    /// How the engine is doing, for the status bar.
    EngineStatus {
        version: String,
        /// The address the listener answers on, such as `http://127.0.0.1:8787`; none when it could not start.
        listening: Option<String>,
        listener_problem: Option<String>, notification_problem: Option<String>, store_problem: Option<String>,
        /// Why the window cannot close to a tray; none where it can.
        tray_problem: Option<String>,
        /// Open alerts (new or acknowledged, not snoozed).
        open_alerts: u64,
        alerts: u64, database_bytes: u64,
        outbox_waiting: u64, quarantined: u64, last_delivery_at: Option<i64>, demo: bool, data_dir: String,
    }

    /// What a test of a source found.
    TestView { ok: bool, message: String }
}
