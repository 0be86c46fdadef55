//! A naive reading of queries: what the documents say, written a second time and without SQL.
//!
//! It makes alerts full of the same few words, and questions about them. A question can be written down in the query
//! language and can say by itself which alerts it means.

use std::net::IpAddr;

use proptest::prelude::*;
use proptest::sample::select;
use tocsin_model::alert::{Content, Handling};
use tocsin_model::entities::Entities;
use tocsin_model::severity::Severity;
use tocsin_model::source::SourceKind;
use tocsin_model::status::{CloseReason, Status};
use tocsin_model::time::{Span, Timestamp};

use crate::support::NOW;

/// Words that differ in case, script and in what a database might stumble over.
pub const WORDS: [&str; 22] = [
    "token",
    "TOKEN",
    "to",
    "storm",
    "a%b",
    "a_b",
    "100%",
    "it's",
    "\"quoted\"",
    "back\\slash",
    "DOM\\Ana",
    "İzmir",
    "STRASSE",
    "straße",
    "ΟΔΟΣ",
    "οδός",
    "Ünïcode",
    "clientIp",
    "null",
    "[]",
    "{\"a\":1}",
    "a\u{ffff}b",
];
const ADDRESSES: [&str; 9] = [
    "10.0.0.1",
    "10.0.255.9",
    "10.1.0.1",
    "::ffff:10.0.0.7",
    "2001:db8::1",
    "2001:db8:1::1",
    "203.0.113.9",
    "no address",
    "10.0.0.1:443",
];
const NETWORKS: [&str; 11] = [
    "10.0.0.0/8",
    "10.0.0.0/16",
    "10.0.0.1",
    "10.0.0.7",
    "0.0.0.0/0",
    "::/0",
    "::ffff:10.0.0.1",
    "::ffff:10.0.0.0/104",
    "2001:db8::/32",
    "2001:db8::1",
    "203.0.113.8/31",
];
const MINUTE: i64 = 60_000;

/// An alert as the test made it.
#[derive(Debug, Clone)]
pub struct Made {
    pub source: usize,
    pub external_id: String,
    pub content: Content,
    pub handling: Handling,
    pub received_at: Timestamp,
    pub updated_at: Timestamp,
    pub occurrences: u64,
    pub from_rule: bool,
    pub seen: bool,
}

/// Names and kinds of the sources that alerts come from.
pub const SOURCES: [(&str, SourceKind); 3] =
    [("Token", SourceKind::SecureAccess), ("to", SourceKind::Alertmanager), ("a_b", SourceKind::CloudEvents)];

/// One to three words.
fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(select(WORDS.to_vec()), 1..4).prop_map(|words| words.join(" "))
}

fn some_text() -> impl Strategy<Value = Option<String>> {
    prop::option::weighted(0.6, text())
}

fn list() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(text(), 0..3)
}

pub fn instant() -> impl Strategy<Value = Timestamp> {
    (-4i64..3).prop_map(|hours| Timestamp::from_millis(NOW.millis() + hours * 60 * MINUTE))
}

pub fn content() -> impl Strategy<Value = Content> {
    let words = (some_text(), some_text(), some_text(), some_text(), some_text(), some_text(), some_text());
    let lists = (list(), list(), list(), list(), list(), list());
    let addresses = prop::collection::vec(select(ADDRESSES.to_vec()), 0..3);
    (text(), words, lists, addresses, instant(), select(Severity::ALL.to_vec())).prop_map(
        |(title, words, lists, addresses, time, severity)| Content {
            severity,
            source_severity: words.0,
            source_status: words.1,
            title,
            description: words.2,
            category: words.3,
            alert_type: words.4,
            tactic: words.5,
            techniques: lists.0,
            time,
            entities: Entities {
                client_ip: addresses.into_iter().map(str::to_owned).collect(),
                username: lists.1,
                api_key_id: lists.2,
                endpoint: lists.3,
                hostname: lists.4,
            },
            rule: words.6,
            tags: lists.5,
        },
    )
}

pub fn handling() -> impl Strategy<Value = Handling> {
    let snooze = prop::option::of(-1i64..2);
    let reason = select(vec!["benign", "token", "other"]);
    (select(Status::ALL.to_vec()), reason, snooze, some_text()).prop_map(|(status, reason, snooze, notes)| Handling {
        status,
        close_reason: (status == Status::Closed).then(|| CloseReason::from_stored(reason.to_owned())),
        // One that ends now is over.
        snoozed_until: snooze.map(|minutes| Timestamp::from_millis(NOW.millis() + minutes * MINUTE)),
        notes,
    })
}

pub fn made() -> impl Strategy<Value = Made> {
    (0..SOURCES.len(), text(), content(), handling(), instant(), instant(), 0u64..6, any::<[bool; 2]>()).prop_map(
        |(source, external_id, content, handling, received_at, updated_at, occurrences, [from_rule, seen])| Made {
            source,
            external_id,
            content,
            handling,
            received_at,
            updated_at,
            occurrences,
            from_rule,
            seen,
        },
    )
}

impl Made {
    fn texts(&self, field: &str) -> Vec<String> {
        let content = &self.content;
        let one = |text: &Option<String>| text.iter().cloned().collect();
        match field {
            "externalId" => vec![self.external_id.clone()],
            "source" => vec![SOURCES[self.source].0.to_owned()],
            "origin" => vec![if self.from_rule { "rule" } else { "vendor" }.to_owned()],
            "title" => vec![content.title.clone()],
            "description" => one(&content.description),
            "category" => one(&content.category),
            "type" => one(&content.alert_type),
            "tactic" => one(&content.tactic),
            "technique" => content.techniques.clone(),
            "sourceStatus" => one(&content.source_status),
            "sourceSeverity" => one(&content.source_severity),
            "reason" => self.handling.close_reason.iter().map(ToString::to_string).collect(),
            "rule" => one(&content.rule),
            "tag" => content.tags.clone(),
            "note" => one(&self.handling.notes),
            "user" => content.entities.username.clone(),
            "key" => content.entities.api_key_id.clone(),
            "endpoint" => content.entities.endpoint.clone(),
            "host" => content.entities.hostname.clone(),
            "ip" => content.entities.client_ip.clone(),
            other => panic!("no field {other}"),
        }
    }

    /// Everything the alert says, which free text looks through; not the words of our own that say who raised it.
    fn said(&self) -> Vec<String> {
        let all = TEXT_FIELDS.iter().filter(|field| **field != "origin").flat_map(|field| self.texts(field));
        all.chain(self.texts("ip")).collect()
    }

    fn instant(&self, field: &str) -> Timestamp {
        match field {
            "time" => self.content.time,
            "received" => self.received_at,
            "updated" => self.updated_at,
            other => panic!("no field {other}"),
        }
    }
}

const TEXT_FIELDS: [&str; 19] = [
    "externalId",
    "source",
    "origin",
    "title",
    "description",
    "category",
    "type",
    "tactic",
    "technique",
    "sourceStatus",
    "sourceSeverity",
    "reason",
    "rule",
    "tag",
    "note",
    "user",
    "key",
    "endpoint",
    "host",
];

/// One question.
#[derive(Debug, Clone)]
pub enum Ask {
    Words(String),
    Text(&'static str, Vec<String>),
    Severity(Vec<Severity>),
    SeverityBy(&'static str, Severity),
    Status(Vec<Status>),
    Kind(Vec<SourceKind>),
    Since(&'static str, i64),
    Between(&'static str, Option<Timestamp>, Option<Timestamp>),
    TimeBy(&'static str, &'static str, Timestamp),
    Occurrences(&'static str, u64),
    OccurrencesBetween(u64, u64),
    Networks(Vec<&'static str>),
    Snoozed(bool),
    Seen(bool),
}

/// A word, a part of one, or one with something left open.
fn pattern() -> impl Strategy<Value = String> {
    (select(WORDS.to_vec()), 0usize..4, 0usize..4, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(word, cut, hole, open, end, upper)| {
            let mut letters: Vec<char> = word.chars().collect();
            letters.drain(..cut.min(letters.len() - 1));
            if hole == 3 && letters.len() > 2 {
                letters[1] = '*';
            }
            let text: String = letters.into_iter().collect();
            let text = if upper { text.to_uppercase() } else { text };
            format!("{}{text}{}", if open { "*" } else { "" }, if end { "*" } else { "" })
        },
    )
}

pub fn ask() -> impl Strategy<Value = Ask> {
    let time = || select(vec!["time", "received", "updated"]);
    let sign = || select(vec![">=", ">", "<=", "<", ""]);
    let word = prop_oneof![text(), pattern().prop_map(|text| text.replace('*', ""))];
    prop_oneof![
        3 => word.prop_map(Ask::Words),
        6 => (select(TEXT_FIELDS.to_vec()), prop::collection::vec(pattern(), 1..4))
            .prop_map(|(field, patterns)| Ask::Text(field, patterns)),
        1 => prop::collection::vec(select(Severity::ALL.to_vec()), 1..4).prop_map(Ask::Severity),
        1 => (sign(), select(Severity::ALL.to_vec())).prop_map(|(sign, severity)| Ask::SeverityBy(sign, severity)),
        1 => prop::collection::vec(select(Status::ALL.to_vec()), 1..3).prop_map(Ask::Status),
        1 => prop::collection::vec(select(SourceKind::ALL.to_vec()), 1..3).prop_map(Ask::Kind),
        1 => (time(), 1i64..5).prop_map(|(field, hours)| Ask::Since(field, hours)),
        1 => (time(), prop::option::of(instant()), prop::option::of(instant()))
            .prop_map(|(field, from, to)| Ask::Between(field, from, to)),
        1 => (time(), sign(), instant()).prop_map(|(field, sign, time)| Ask::TimeBy(field, sign, time)),
        1 => (sign(), prop_oneof![0u64..6, Just(u64::MAX)]).prop_map(|(sign, number)| Ask::Occurrences(sign, number)),
        1 => (0u64..6, 0u64..6).prop_map(|(low, high)| Ask::OccurrencesBetween(low, high)),
        2 => prop::collection::vec(select(NETWORKS.to_vec()), 1..4).prop_map(Ask::Networks),
        1 => any::<bool>().prop_map(Ask::Snoozed),
        1 => any::<bool>().prop_map(Ask::Seen),
    ]
}

/// In quotes, so that nothing in it has a meaning of its own but `*`.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn listed<T: ToString>(values: &[T]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

impl Ask {
    /// The question in the query language.
    pub fn written(&self) -> String {
        match self {
            Self::Words(words) => quoted(words),
            Self::Text(field, patterns) => {
                format!("{field}:{}", patterns.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(","))
            }
            Self::Severity(severities) => format!("severity:{}", listed(severities)),
            Self::SeverityBy(sign, severity) => format!("severity:{sign}{severity}"),
            Self::Status(statuses) => format!("status:{}", listed(statuses)),
            Self::Kind(kinds) => format!("kind:{}", listed(kinds)),
            Self::Since(field, hours) => format!("{field}:{hours}h"),
            Self::Between(field, from, to) => {
                let end = |time: &Option<Timestamp>| time.as_ref().map(ToString::to_string).unwrap_or_default();
                format!("{field}:{}..{}", end(from), end(to))
            }
            Self::TimeBy(field, sign, time) => format!("{field}:{sign}{time}"),
            Self::Occurrences(sign, number) => format!("occurrences:{sign}{number}"),
            Self::OccurrencesBetween(low, high) => format!("occurrences:{low}..{high}"),
            Self::Networks(networks) => format!("ip:{}", networks.join(",")),
            Self::Snoozed(wanted) => format!("snoozed:{wanted}"),
            Self::Seen(wanted) => format!("seen:{wanted}"),
        }
    }

    /// Whether it means this alert.
    pub fn means(&self, alert: &Made) -> bool {
        match self {
            Self::Words(words) => alert.said().iter().any(|text| folded(text).contains(&folded(words))),
            Self::Text(field, patterns) => {
                let texts = alert.texts(field);
                patterns.iter().any(|pattern| texts.iter().any(|text| fits(pattern, text)))
            }
            Self::Severity(severities) => severities.contains(&alert.content.severity),
            Self::SeverityBy(sign, severity) => by(sign, &alert.content.severity, severity),
            Self::Status(statuses) => statuses.contains(&alert.handling.status),
            Self::Kind(kinds) => kinds.contains(&SOURCES[alert.source].1),
            Self::Since(field, hours) => alert.instant(field) >= NOW.minus(Span::from_millis(hours * 60 * MINUTE)),
            Self::Between(field, from, to) => {
                let time = alert.instant(field);
                from.is_none_or(|from| time >= from) && to.is_none_or(|to| time <= to)
            }
            Self::TimeBy(field, sign, time) => by(sign, &alert.instant(field), time),
            Self::Occurrences(sign, number) => by(sign, &alert.occurrences, number),
            Self::OccurrencesBetween(low, high) => (*low..=*high).contains(&alert.occurrences),
            Self::Networks(networks) => alert
                .texts("ip")
                .iter()
                .filter_map(|text| text.parse().ok())
                .any(|address| networks.iter().any(|network| within(network, address))),
            Self::Snoozed(wanted) => alert.handling.snoozed_until.is_some_and(|until| until > NOW) == *wanted,
            Self::Seen(wanted) => alert.seen == *wanted,
        }
    }
}

fn by<T: PartialOrd>(sign: &str, value: &T, limit: &T) -> bool {
    match sign {
        ">=" => value >= limit,
        ">" => value > limit,
        "<=" => value <= limit,
        "<" => value < limit,
        _ => value == limit,
    }
}

/// Case never matters.
fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).map(|letter| if letter == 'ς' { 'σ' } else { letter }).collect()
}

/// The textbook's wildcard, letter by letter.
fn fits(pattern: &str, text: &str) -> bool {
    fn rest(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', left)) => (0..=text.len()).any(|skipped| rest(left, &text[skipped..])),
            Some((letter, left)) => text.first() == Some(letter) && rest(left, &text[1..]),
        }
    }
    let letters = |text: &str| folded(text).chars().collect::<Vec<_>>();
    rest(&letters(pattern), &letters(text))
}

/// Bit by bit; an IPv4 address written as IPv6 is that IPv4 address, and the two kinds never mix.
fn within(network: &str, address: IpAddr) -> bool {
    let (base, length) = network.split_once('/').map_or((network, None), |(base, length)| (base, Some(length)));
    let base: IpAddr = base.parse().unwrap();
    let bits = |address: IpAddr| match address {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    };
    let mut length: usize = length.map_or(bits(base).len() * 8, |length| length.parse().unwrap());
    if base.is_ipv6() && base.to_canonical().is_ipv4() {
        length -= 96;
    }
    let (base, address) = (bits(base.to_canonical()), bits(address.to_canonical()));
    let bit = |bytes: &[u8], at: usize| bytes[at / 8] >> (7 - at % 8) & 1;
    base.len() == address.len() && (0..length).all(|at| bit(&base, at) == bit(&address, at))
}
