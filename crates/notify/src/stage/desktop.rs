//! The words and marks of a pop-up, as far as the server can show them.

use notify_rust::Urgency;
use tocsin_model::alert::Content;
use tocsin_model::notification::{Notification, Occasion};
use tocsin_model::severity::Severity;

use crate::channel::{Capabilities, Card, Target};
use crate::plan::{Matter, Running, Tally, Telling};
use crate::text::{LIMIT, clean, cut, escaped};

/// Longest part of a body, so that one long word does not push the others out.
const PART_LIMIT: usize = 80;
const SEPARATOR: &str = " · ";

/// The pop-up for `telling` on a server that can do `capabilities`.
pub(crate) fn compose(telling: &Telling, capabilities: Capabilities) -> Card {
    let card = match &telling.matter {
        Matter::Alert(notification) => alert_card(notification),
        Matter::History(running) => summary_card(running, Target::History, history_line(&running.tally)),
        Matter::Storm(running) => summary_card(running, Target::Storm, storm_line(&running.tally)),
    };
    Card {
        summary: cut(&card.summary, LIMIT),
        body: if capabilities.body_markup { escaped(&card.body) } else { cut(&card.body, LIMIT) },
        actions: if capabilities.actions { card.actions } else { &[] },
        ..card
    }
}

fn alert_card(notification: &Notification) -> Card {
    let alert = &notification.alert;
    Card {
        summary: headline(alert.content.severity, &alert.content.title),
        body: alert_body(notification),
        urgency: urgency(alert.content.severity),
        actions: &[("default", "Open"), ("acknowledge", "Acknowledge"), ("snooze", "Snooze 1 h")],
        category: "x-tocsin.alert",
        target: Target::Alert(alert.id),
        in_place: true,
    }
}

fn summary_card(running: &Running, target: Target, summary: String) -> Card {
    let counts: Vec<_> =
        running.tally.by_severity().map(|(severity, count)| format!("{} {severity}", grouped(count))).collect();
    let worst = running.tally.worst();
    let leader = worst.map(|(severity, title)| cut(&headline(severity, title), PART_LIMIT));
    Card {
        summary,
        body: [Some(counts.join(", ")), leader].into_iter().flatten().collect::<Vec<_>>().join(SEPARATOR),
        urgency: worst.map_or(Urgency::Normal, |(severity, _)| urgency(severity)),
        actions: &[("default", "Open")],
        category: "x-tocsin.summary",
        target,
        in_place: running.grows,
    }
}

fn history_line(tally: &Tally) -> String {
    match (tally.total(), tally.all_imported()) {
        (1, true) => "1 older alert was imported".to_owned(),
        (count, true) => format!("{} older alerts were imported", grouped(count)),
        (1, false) => "1 older alert".to_owned(),
        (count, false) => format!("{} older alerts", grouped(count)),
    }
}

fn storm_line(tally: &Tally) -> String {
    match tally.total() {
        1 => "1 more alert".to_owned(),
        count => format!("{} more alerts", grouped(count)),
    }
}

fn headline(severity: Severity, title: &str) -> String {
    let title = clean(title);
    let title = if title.is_empty() { "Alert without a title" } else { &title };
    format!("{}{SEPARATOR}{title}", severity_word(severity))
}

fn alert_body(notification: &Notification) -> String {
    let alert = &notification.alert;
    let occasion = match notification.occasion {
        Occasion::Raised => None,
        Occasion::Worsened => Some("Became worse".to_owned()),
        Occasion::SnoozeEnded => Some("Snooze is over".to_owned()),
    };
    let source = format!("{} ({})", alert.source_kind.title(), alert.source);
    [occasion, Some(source), kind(&alert.content), alert.content.entities.first().map(str::to_owned)]
        .into_iter()
        .flatten()
        .map(|part| cut(&clean(&part), PART_LIMIT))
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(SEPARATOR)
}

fn kind(content: &Content) -> Option<String> {
    match (content.category.as_deref(), content.alert_type.as_deref()) {
        (Some(category), Some(alert_type)) if category != alert_type => Some(format!("{category} / {alert_type}")),
        (category, alert_type) => category.or(alert_type).map(str::to_owned),
    }
}

const fn urgency(severity: Severity) -> Urgency {
    match severity {
        Severity::Critical => Urgency::Critical,
        Severity::High | Severity::Unknown | Severity::Medium => Urgency::Normal,
        Severity::Low | Severity::Informational => Urgency::Low,
    }
}

const fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "Critical",
        Severity::High => "High",
        Severity::Unknown => "Unknown severity",
        Severity::Medium => "Medium",
        Severity::Low => "Low",
        Severity::Informational => "Informational",
    }
}

/// `12345` as `12,345`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
