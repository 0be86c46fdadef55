//! The incident: a partner's key stolen by malware on a laptop, used at night to copy customers, found and stopped.

use tocsin_model::alert::Action;
use tocsin_model::severity::Severity;
use tocsin_model::status::CloseReason;
use tocsin_model::time::Timestamp;

use super::DemoAlert;
use super::calendar::Calendar;
use super::dice::Dice;
use super::people::{act, minutes};
use super::system::{axway, defender, secure_access, shield, threat_alerts};

/// How long ago the evening was.
const DAYS_AGO: i64 = 5;
const ADDRESS: &str = "203.0.113.47";
const KEY: &str = "d41f8c02b5a94c7e9e30f17a6b8c5d24";
const PERSON: &str = "m.kowalczyk";
const HOST: &str = "LAP-0417";
const APPLICATION: &str = "Partner Sync";
const ACCOUNT: &str = "svc-partner-sync";
const CUSTOMERS: (&str, &str) = ("customers-api", "GET /v2/customers/{id}");
const EXPORT: (&str, &str) = ("customers-api", "GET /v2/customers/export");
const TICKET: &str = "SEC-2291";

pub(super) fn alerts(seed: u64, calendar: &Calendar) -> Vec<DemoAlert> {
    let mut dice = Dice::new(seed, "incident");
    let start = calendar.days_ago(DAYS_AGO, 20);
    let mut alerts = Vec::new();
    attack(&mut dice, start, &mut alerts);
    answer(&mut dice, start, &mut alerts);
    alerts
}

/// What the systems saw, minutes after the start.
fn attack(dice: &mut Dice, start: Timestamp, alerts: &mut Vec<DemoAlert>) {
    let at = |count: i64| start.plus(minutes(count));
    let theft = threat_alerts::triggered(dice, &threat_alerts::STEALER, at(-95), (HOST, PERSON), "198.51.100.23");
    alerts.push(close(
        theft,
        at(262),
        format!("{HOST} taken off the network, reimaged. Key of {ACCOUNT} was in a file there. {TICKET}"),
    ));

    let tor = defender::found(dice, &defender::TOR, at(12), ADDRESS, CUSTOMERS);
    alerts.push(duplicate(tor, at(241)));
    let failures = secure_access::raised(dice, &secure_access::FAILURES, at(33), KEY, ACCOUNT);
    alerts.push(duplicate(failures, at(242)));
    let tried = defender::found(dice, &defender::ENUMERATION, at(47), ADDRESS, CUSTOMERS);
    alerts.push(duplicate(tried, at(242)));

    let mut shared = secure_access::raised(dice, &secure_access::SHARED_KEY, at(78), KEY, ACCOUNT);
    shared.content.entities.client_ip = vec![ADDRESS.to_owned()];
    act(&mut shared, at(221), Action::Acknowledge);
    let text = format!("Key {KEY} belongs to {ACCOUNT}. The partner does not know {ADDRESS}. Opened {TICKET}");
    act(&mut shared, at(229), Action::Note { text });
    alerts.push(close(shared, at(252), "Key revoked 00:05, partner has a new one".to_owned()));

    let made = axway::raised(dice, &axway::NEW_CREDENTIAL, at(91), APPLICATION, ACCOUNT);
    alerts.push(close(made, at(247), format!("Not ours: second key made with the stolen one. Deleted. {TICKET}")));
    let keys = secure_access::raised(dice, &secure_access::NEW_CREDENTIALS, at(92), KEY, ACCOUNT);
    alerts.push(duplicate(keys, at(248)));

    let mut large = defender::found(dice, &defender::LARGE_RESPONSE, at(118), ADDRESS, EXPORT);
    act(&mut large, at(224), Action::Acknowledge);
    alerts.push(close(
        large,
        at(258),
        format!("2,314 customer records copied. Data protection officer told. {TICKET}"),
    ));
    let mut records = shield::entry(dice, &shield::CUSTOMER_RECORDS, at(121), ACCOUNT, "crm.example.net");
    records.content.severity = Severity::Critical;
    records.content.entities.client_ip = vec![ADDRESS.to_owned()];
    act(&mut records, at(219), Action::Acknowledge);
    let text = "Count confirmed with the CRM team: 2,314 records, no card data".to_owned();
    act(&mut records, at(256), Action::Note { text });
    alerts.push(close(records, at(259), format!("Stopped with the key. {TICKET}")));
    let quota = axway::raised(dice, &axway::QUOTA, at(126), APPLICATION, ACCOUNT);
    alerts.push(duplicate(quota, at(249)));
}

/// What was done about it, as the systems saw that. One thing is still to be done.
fn answer(dice: &mut Dice, start: Timestamp, alerts: &mut Vec<DemoAlert>) {
    let at = |count: i64| start.plus(minutes(count));
    let mut gone = axway::raised(dice, &axway::NO_CREDENTIAL, at(245), APPLICATION, "a.lindqvist");
    let reason = CloseReason::from_stored("benign".to_owned());
    act(&mut gone, at(250), Action::Close { reason, note: Some(format!("That was us. {TICKET}")) });
    alerts.push(gone);
    let mut again = defender::found(dice, &defender::TOR, at(1_710), ADDRESS, CUSTOMERS);
    again.content.severity = Severity::High;
    again.content.source_severity = Some("High".to_owned());
    act(&mut again, at(2_204), Action::Acknowledge);
    let text = format!("Same address tried again, key is dead: 401 only. Watching until the end of the week. {TICKET}");
    act(&mut again, at(2_206), Action::Note { text });
    alerts.push(again);
}

fn close(mut alert: DemoAlert, at: Timestamp, note: String) -> DemoAlert {
    let reason = CloseReason::from_stored("true-positive".to_owned());
    act(&mut alert, at, Action::Close { reason, note: Some(note) });
    alert
}

fn duplicate(mut alert: DemoAlert, at: Timestamp) -> DemoAlert {
    let reason = CloseReason::from_stored("duplicate".to_owned());
    act(&mut alert, at, Action::Close { reason, note: Some(format!("Part of {TICKET}")) });
    alert
}
