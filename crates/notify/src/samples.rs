//! Notifications for tests; also used by the tests against a real bus.

use tocsin_model::alert::{Alert, Content, Handling, Origin};
use tocsin_model::entities::Entities;
use tocsin_model::id::{AlertId, NotificationId};
use tocsin_model::notification::{Arrival, Notification, Occasion};
use tocsin_model::severity::Severity;
use tocsin_model::source::{SourceKind, SourceName};
use tocsin_model::status::Status;
use tocsin_model::time::{Span, Timestamp};

/// 2026-03-04T08:12:40Z.
pub const NOW: Timestamp = Timestamp::from_millis(1_772_611_960_000);

/// `seconds` after [`NOW`].
pub fn later(seconds: i64) -> Timestamp {
    NOW.plus(Span::from_millis(seconds * 1_000))
}

/// A fresh delivery at `at`; `number` tells alerts apart.
pub fn delivered(number: u32, severity: Severity, at: Timestamp) -> Notification {
    let [a, b, c, d] = number.to_be_bytes();
    let random = [0, 0, 0, 0, 0, 0, a, b, c, d];
    Notification {
        id: NotificationId::new(at, random),
        occasion: Occasion::Raised,
        arrival: Arrival::Delivered,
        queued_at: at,
        held_until: None,
        attempts: 0,
        alert: Alert {
            id: AlertId::new(NOW, random),
            source: SourceName::from_stored("csa".to_owned()),
            source_kind: SourceKind::SecureAccess,
            external_id: number.to_string(),
            origin: Origin::Vendor,
            content: content(severity, at),
            handling: Handling::fresh(Status::New, None),
            received_at: at,
            updated_at: at,
            occurrences: 1,
            revision: 1,
            seen: false,
        },
    }
}

/// An import at `at` of an alert that happened `age` before.
pub fn imported(number: u32, severity: Severity, age: Span, at: Timestamp) -> Notification {
    let mut notification = delivered(number, severity, at);
    notification.arrival = Arrival::Imported;
    notification.alert.content.time = at.minus(age);
    notification
}

fn content(severity: Severity, time: Timestamp) -> Content {
    Content {
        severity,
        source_severity: None,
        source_status: None,
        title: "Shared automation key".to_owned(),
        description: None,
        category: Some("API keys".to_owned()),
        alert_type: Some("Key used from two countries".to_owned()),
        tactic: None,
        techniques: vec![],
        time,
        entities: Entities { username: vec!["svc-build@example.com".to_owned()], ..Entities::default() },
        rule: None,
        tags: vec![],
    }
}
