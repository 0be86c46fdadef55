//! The words and marks of a pop-up, as far as the server can show them.

use notify_rust::Urgency;
use tocsin_model::alert::Content;
use tocsin_model::notification::{Notification, Occasion};
use tocsin_model::severity::Severity;
use tocsin_model::words::grouped;

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
        Matter::Quiet(running) => summary_card(running, Target::Quiet, quiet_line(&running.tally)),
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

fn quiet_line(tally: &Tally) -> String {
    match tally.total() {
        1 => "1 alert in quiet hours".to_owned(),
        count => format!("{} alerts in quiet hours", grouped(count)),
    }
}

fn headline(severity: Severity, title: &str) -> String {
    // The summary is plain by the specification, yet some servers look for tags in it all the same.
    let title = clean(title).replace('<', "‹").replace('>', "›");
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Row;
    use crate::samples::{NOW, delivered, imported};
    use tocsin_model::time::Span;

    const FULL: Capabilities = Capabilities { actions: true, body_markup: true };
    const BARE: Capabilities = Capabilities { actions: false, body_markup: false };

    fn single(notification: Notification, capabilities: Capabilities) -> Card {
        compose(&Telling { places: vec![0], matter: Matter::Alert(Box::new(notification)) }, capabilities)
    }

    fn summary(of: Vec<Notification>, matter: fn(Running) -> Matter) -> Card {
        let rows: Vec<_> = of.into_iter().map(|notification| Row { places: vec![0], notification }).collect();
        compose(&Telling { places: vec![0], matter: matter(Running::with(None, &rows, NOW)) }, FULL)
    }

    #[test]
    fn an_alert_says_what_where_and_who() {
        let card = single(delivered(1, Severity::High, NOW), FULL);
        assert_eq!(card.summary, "High · Shared automation key");
        assert_eq!(
            card.body,
            "Cisco Secure Access (csa) · API keys / Key used from two countries · svc-build@example.com"
        );
        assert_eq!(card.actions, [("default", "Open"), ("acknowledge", "Acknowledge"), ("snooze", "Snooze 1 h")]);
        assert!(card.in_place);
    }

    #[test]
    fn every_severity_has_a_word_and_an_urgency() {
        for (severity, word, urgency) in [
            (Severity::Critical, "Critical", Urgency::Critical),
            (Severity::High, "High", Urgency::Normal),
            (Severity::Unknown, "Unknown severity", Urgency::Normal),
            (Severity::Medium, "Medium", Urgency::Normal),
            (Severity::Low, "Low", Urgency::Low),
            (Severity::Informational, "Informational", Urgency::Low),
        ] {
            let card = single(delivered(1, severity, NOW), BARE);
            assert_eq!((card.summary, card.urgency), (format!("{word} · Shared automation key"), urgency));
        }
    }

    #[test]
    fn the_body_is_escaped_exactly_when_the_server_reads_markup() {
        let mut notification = delivered(1, Severity::High, NOW);
        notification.alert.content.title = "<b>a</b> & b".to_owned();
        notification.alert.content.category = None;
        notification.alert.content.alert_type = Some("<i>x</i> &amp; y".to_owned());
        notification.alert.content.entities = Default::default();
        let markup = single(notification.clone(), FULL);
        assert_eq!(markup.summary, "High · ‹b›a‹/b› & b");
        assert_eq!(markup.body, "Cisco Secure Access (csa) · &lt;i&gt;x&lt;/i&gt; &amp;amp; y");
        let plain = single(notification, BARE);
        assert_eq!(plain.body, "Cisco Secure Access (csa) · <i>x</i> &amp; y");
        assert_eq!(plain.actions, []);
    }

    #[test]
    fn what_is_missing_leaves_no_gap() {
        let mut notification = delivered(1, Severity::Low, NOW);
        notification.alert.content.title = "\u{202e}\u{200b} \n".to_owned();
        notification.alert.content.category = Some("same".to_owned());
        notification.alert.content.alert_type = Some("same".to_owned());
        notification.alert.content.entities.username = vec!["\u{7}".to_owned()];
        let card = single(notification, BARE);
        assert_eq!(card.summary, "Low · Alert without a title");
        assert_eq!(card.body, "Cisco Secure Access (csa) · same");
    }

    #[test]
    fn summaries_count_worst_first_and_only_open_the_list() {
        let old = (0..30)
            .map(|number| imported(number, Severity::Low, Span::DAY, NOW))
            .chain((30..37).map(|number| imported(number, Severity::Critical, Span::DAY, NOW)));
        let card = summary(old.collect(), Matter::History);
        assert_eq!(card.summary, "37 older alerts were imported");
        assert_eq!(card.body, "7 critical, 30 low · Critical · Shared automation key");
        assert_eq!((card.urgency, card.actions), (Urgency::Critical, &[("default", "Open")][..]));
        let storm = (0..1_234).map(|number| delivered(number, Severity::Medium, NOW)).collect();
        assert_eq!(summary(storm, Matter::Storm).summary, "1,234 more alerts");
        let one = vec![imported(1, Severity::Low, Span::DAY, NOW)];
        assert_eq!(summary(one.clone(), Matter::History).summary, "1 older alert was imported");
        assert_eq!(summary(one, Matter::Storm).summary, "1 more alert");
        let waited = vec![delivered(1, Severity::Low, NOW), imported(2, Severity::Low, Span::DAY, NOW)];
        assert_eq!(summary(waited, Matter::History).summary, "2 older alerts");
    }
}
