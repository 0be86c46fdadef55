//! What firings do, inside one transaction: they are kept with what explains them, and raise and update alerts.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use tocsin_model::activity::Actor;
use tocsin_model::alert::{Content, Handling};
use tocsin_model::entities::Entities;
use tocsin_model::firing::{Firing, GroupValue};
use tocsin_model::id::AlertId;
use tocsin_model::notification::{Arrival, Occasion};
use tocsin_model::rule::{Mode, Rule, Trigger};
use tocsin_model::status::Status;
use tocsin_model::time::{Span, Timestamp};
use tocsin_model::tree::Tree;
use tocsin_rules::{Compiled, LiveFiring, LiveOutcome, unheard};
use tocsin_store::{NewActivity, NewFiring, NewRuleAlert, RuleAlert, StoreError, WriteTx};

use crate::accept::outbox_row;
use crate::identity::IdSource;

/// Firings further apart than this are not one alert.
pub(crate) const ONE_ALERT: Span = Span::DAY;

/// What one version of a rule found.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) rule_row: i64,
    pub(crate) version_row: i64,
    pub(crate) version: u64,
    pub(crate) mode: Mode,
    pub(crate) rule: Arc<Compiled>,
    pub(crate) outcome: LiveOutcome,
}

/// A firing that others join: its version, group and time.
type Joining = (i64, Arc<str>, Timestamp);

/// How alerts of a rule are told.
#[derive(Debug, Clone, Copy)]
struct Telling<'a> {
    ids: &'a IdSource,
    now: Timestamp,
    /// Whether the rule's channels say to tell them on the desktop.
    desktop: bool,
}

impl<'a> Telling<'a> {
    fn of(found: &Found, ids: &'a IdSource, now: Timestamp) -> Self {
        Self { ids, now, desktop: found.rule.rule().tells_desktop() }
    }
}

/// What became of it.
#[derive(Debug, Default)]
pub(crate) struct Raised {
    pub(crate) added: Vec<AlertId>,
    pub(crate) updated: Vec<AlertId>,
}

/// Keeps what was found, in order.
pub(crate) fn raise(tx: &WriteTx<'_>, found: &[Found], ids: &IdSource, now: Timestamp) -> Result<Raised, StoreError> {
    let mut raised = Raised::default();
    // Joining is counted first and written once a firing: a busy group joins with every event.
    let mut joined: BTreeMap<Joining, (u64, Timestamp, Telling<'_>)> = BTreeMap::new();
    for one in found {
        let telling = Telling::of(one, ids, now);
        match &one.outcome {
            LiveOutcome::Fired(firing) => fired(tx, one, firing, telling, &mut raised)?,
            LiveOutcome::Joined { group_key, fired_at, at } => {
                let key = (one.version_row, Arc::clone(group_key), *fired_at);
                let (count, last, _) = joined.entry(key).or_insert((0, *at, telling));
                *count += 1;
                *last = (*last).max(*at);
            }
        }
    }
    for ((version_row, group_key, fired_at), (count, last, telling)) in joined {
        let Some(alert_row) = tx.join_firing(version_row, &group_key, fired_at, count, last)? else { continue };
        let Some(alert) = tx.reader().rule_alert_of_row(alert_row)? else { continue };
        if alert.handling.status != Status::Closed {
            grow(tx, &alert, count, None, telling)?;
            raised.updated.push(alert.id);
        }
    }
    raised.updated.sort_unstable();
    raised.updated.dedup();
    raised.updated.retain(|id| !raised.added.contains(id));
    Ok(raised)
}

fn fired(
    tx: &WriteTx<'_>,
    found: &Found,
    live: &LiveFiring,
    telling: Telling<'_>,
    raised: &mut Raised,
) -> Result<(), StoreError> {
    let (key, at) = (live.group_key.as_ref(), live.firing.fired_at);
    if tx.reader().knows_firing(found.version_row, key, at, &live.candidate)? {
        return Ok(());
    }
    let alert_row = match found.mode {
        Mode::Shadow => None,
        Mode::Live => Some(alert(tx, found, live, telling, raised)?),
    };
    let explanation = explained(found, &live.firing).to_string();
    tx.add_firing(&NewFiring {
        version_row: found.version_row,
        group_key: key,
        fired_at: at,
        candidate: &live.candidate,
        mode: found.mode,
        decided_at: telling.now,
        alert_row,
        explanation: &explanation,
    })?;
    Ok(())
}

/// Updates the alert of the same rule and group that is still open, or raises one; gives its row.
fn alert(
    tx: &WriteTx<'_>,
    found: &Found,
    live: &LiveFiring,
    telling: Telling<'_>,
    raised: &mut Raised,
) -> Result<i64, StoreError> {
    let Telling { ids, now, .. } = telling;
    let at = live.firing.fired_at;
    let last = tx.reader().rule_alert(found.rule_row, &live.group_key)?;
    let open = last.filter(|alert| alert.handling.status != Status::Closed);
    if let Some(known) = open.as_ref().filter(|known| at <= known.last_fired.plus(ONE_ALERT)) {
        note(tx, known.row, now, "fired-again", &format!("at {at}"))?;
        grow(tx, known, 1, Some(at), telling)?;
        raised.updated.push(known.id);
        return Ok(known.row);
    }
    let (id_at, random) = ids.next(now);
    let id = AlertId::new(id_at, random);
    let row = tx.add_rule_alert(&NewRuleAlert {
        id,
        source_row: live.source,
        rule_row: found.rule_row,
        group_key: &live.group_key,
        content: &content(&found.rule, &live.firing),
        handling: &Handling::fresh(Status::New, None),
        at: now,
        fired_at: at,
    })?;
    if let Some(before) = open {
        note(
            tx,
            row,
            now,
            "continues",
            &format!("alert {}: more than a day has passed since it last fired", before.id),
        )?;
        note(tx, before.row, now, "continued", &format!("in alert {id}"))?;
        raised.updated.push(before.id);
    }
    tell(tx, row, Occasion::Raised, telling)?;
    raised.added.push(id);
    Ok(row)
}

/// Adds occurrences. A new alert that fired again is told again; one that was acknowledged when it has doubled.
fn grow(
    tx: &WriteTx<'_>,
    alert: &RuleAlert,
    more: u64,
    fired_at: Option<Timestamp>,
    telling: Telling<'_>,
) -> Result<(), StoreError> {
    let (mut quiet_since, mut occasion) = (None, None);
    match alert.handling.status {
        Status::New => occasion = fired_at.map(|_| Occasion::Raised),
        Status::Acknowledged => {
            let since = alert.quiet_since.unwrap_or(alert.occurrences);
            let doubled = alert.occurrences + more >= since.saturating_mul(2);
            quiet_since = Some(if doubled { alert.occurrences + more } else { since });
            occasion = doubled.then_some(Occasion::Worsened);
        }
        Status::Closed => {}
    }
    tx.grow_rule_alert(alert.row, more, fired_at, quiet_since, telling.now)?;
    if let Some(occasion) = occasion {
        tx.mark_unseen(alert.row)?;
        tell(tx, alert.row, occasion, telling)?;
    }
    Ok(())
}

/// What is over an hour old by then is told in one summary: rules also look at what was imported. Whoever asks why they
/// were not told finds it in the alert's history.
fn tell(tx: &WriteTx<'_>, row: i64, occasion: Occasion, telling: Telling<'_>) -> Result<(), StoreError> {
    let Telling { ids, now, desktop } = telling;
    if !desktop {
        return note(tx, row, now, "not-notified", "the channels of its rule leave out the desktop");
    }
    tx.add_outbox(&outbox_row(ids, row, occasion, Arrival::Imported, now, now))
}

fn note(tx: &WriteTx<'_>, alert_row: i64, at: Timestamp, what: &str, detail: &str) -> Result<(), StoreError> {
    tx.add_activity(&NewActivity { alert_row, at, actor: Actor::System, what, detail, report_key: None })
}

/// What the alert of a firing says.
fn content(compiled: &Compiled, firing: &Firing) -> Content {
    let rule = compiled.rule();
    let shown: Vec<String> = firing.group.iter().map(spelled).collect();
    let title = if shown.is_empty() { rule.name.clone() } else { format!("{}: {}", rule.name, shown.join(", ")) };
    let why = format!(
        "{} {} over {} to {}{}",
        rule.measure.as_str(),
        firing.value.nearest(),
        firing.window_start,
        firing.window_end,
        threshold(rule).map_or_else(String::new, |least| format!(", and {least} is enough"))
    );
    let why = if matches!(rule.trigger, Trigger::Absent) {
        let (from, to) = (firing.window_start, firing.window_end);
        format!("nothing came from {from} to {to}{}", unheard(compiled, from, to))
    } else {
        why
    };
    let description = if rule.description.is_empty() { why } else { format!("{}\n{why}", rule.description) };
    Content {
        severity: rule.severity,
        source_severity: None,
        source_status: None,
        title,
        description: Some(description),
        category: None,
        alert_type: None,
        tactic: None,
        techniques: rule.tags.iter().filter_map(|tag| technique(tag)).collect(),
        time: firing.fired_at,
        entities: entities(rule, &firing.group),
        rule: Some(rule.name.clone()),
        tags: rule.tags.clone(),
    }
}

/// `attack.t1567.002` is the technique T1567.002.
fn technique(tag: &str) -> Option<String> {
    let rest = tag.strip_prefix("attack.t").or_else(|| tag.strip_prefix("attack.T"))?;
    let digits = rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    (digits && !rest.is_empty()).then(|| format!("T{rest}"))
}

fn entities(rule: &Rule, group: &[GroupValue]) -> Entities {
    let mut all = Entities::default();
    for (field, value) in rule.group_by.iter().zip(group).filter(|(_, value)| value.canonical.is_some()) {
        let list = match field.name() {
            "client_ip" => &mut all.client_ip,
            "username" => &mut all.username,
            "api_key_id" => &mut all.api_key_id,
            "endpoint" => &mut all.endpoint,
            "hostname" => &mut all.hostname,
            _ => continue,
        };
        list.push(spelled(value));
    }
    all
}

fn spelled(value: &GroupValue) -> String {
    match &value.spelling {
        Tree::Text(text) => text.clone(),
        Tree::Null => "none".to_owned(),
        other @ (Tree::Bool(_) | Tree::Number(_) | Tree::List(_) | Tree::Map(_)) => {
            serde_json::to_string(other).unwrap_or_default()
        }
    }
}

fn threshold(rule: &Rule) -> Option<String> {
    match &rule.trigger {
        Trigger::AtLeast(least) => Some(least.to_string()),
        Trigger::Absent | Trigger::Baseline { .. } | Trigger::Unseen { .. } | Trigger::Rare { .. } => None,
    }
}

/// What explains a firing for ever.
fn explained(found: &Found, firing: &Firing) -> Value {
    let rule = found.rule.rule();
    let group: serde_json::Map<String, Value> = rule
        .group_by
        .iter()
        .zip(&firing.group)
        .map(|(field, value)| (field.name().to_owned(), serde_json::to_value(&value.spelling).unwrap_or_default()))
        .collect();
    // Every contributing event met every condition, or it would not be among them.
    let conditions: Vec<Value> = rule
        .conditions
        .iter()
        .map(|condition| json!({ "type": condition.field.name(), "isNot": condition.negated, "holds": true }))
        .collect();
    let (thousandths, divisor) = firing.value.parts();
    json!({
        "ruleVersion": found.version,
        "group": group,
        "windowStart": firing.window_start,
        "windowEnd": firing.window_end,
        "measure": rule.measure.as_str(),
        "value": firing.value.nearest(),
        "exact": format!("{thousandths}/{}", divisor.saturating_mul(1_000)),
        "trigger": rule.trigger.as_str(),
        "threshold": threshold(rule),
        "events": { "first": firing.events.first, "total": firing.events.total },
        "conditions": conditions,
    })
}
