//! The registry of fields: what an event of each kind can say, what sort of value it is, and where it comes from.
//!
//! Invariant: one name has one sort of value, whatever the kind of event.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::LazyLock;

use crate::value::FieldKind;
use EventKind::{Alert, ApiRequest, DlpTransaction, Generic, Governance};
use FieldKind::{Bool, Hostname, Ip, MediaType, Number, Set, Text};

/// What an event is about; it decides which fields the event has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// A transaction that a data protection proxy looked at.
    DlpTransaction,
    /// One call of an API.
    ApiRequest,
    /// An alert of a vendor.
    Alert,
    /// What happened to the APIs themselves: quotas, approvals.
    Governance,
    /// Anything else; it has every field.
    Generic,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [DlpTransaction, ApiRequest, Alert, Governance, Generic];

    /// The word that events files and feeds use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            DlpTransaction => "dlp.transaction",
            ApiRequest => "api.request",
            Alert => "alert",
            Governance => "governance",
            Generic => "generic",
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

/// The text names no kind of event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no kind of event: use dlp.transaction, api.request, alert, governance or generic")]
pub struct EventKindError(String);

impl FromStr for EventKind {
    type Err = EventKindError;

    fn from_str(text: &str) -> Result<Self, EventKindError> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| EventKindError(text.chars().take(64).collect()))
    }
}

/// Where a field stands in the payloads of one system.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// The system.
    pub system: &'static str,
    /// The path in its payload.
    pub path: &'static str,
}

/// One field of the registry.
#[derive(Debug)]
pub struct FieldDef {
    /// Its name in conditions and events.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// The kinds of events that have it, besides generic.
    pub kinds: &'static [EventKind],
    /// What people read.
    pub label: &'static str,
    /// One sentence about it.
    pub help: &'static str,
    /// Where it comes from; empty when only feeds and events files say it.
    pub origins: &'static [Origin],
    /// Its place in [`FIELDS`].
    pub place: usize,
    /// Its place among the names in order.
    pub rank: u8,
}

impl PartialEq for FieldDef {
    fn eq(&self, other: &Self) -> bool {
        self.place == other.place
    }
}

impl Eq for FieldDef {}

impl PartialOrd for FieldDef {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for FieldDef {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank.cmp(&other.rank)
    }
}

impl Hash for FieldDef {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.place.hash(state);
    }
}

/// The fields by the length of their names: two or three have the same, which is faster than to hash a name.
static BY_LENGTH: LazyLock<Vec<Vec<&FieldDef>>> = LazyLock::new(|| {
    let longest = FIELDS.iter().map(|field| field.name.len()).max().unwrap_or_default();
    (0..=longest).map(|length| FIELDS.iter().filter(|field| field.name.len() == length).collect()).collect()
});

/// What every path into the payload begins with.
pub const ATTR: &str = "attr:";

/// What a condition, a group or a measure looks at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// A field of the registry.
    Known(&'static FieldDef),
    /// Any other value of the payload, as text: `attr:` and its path (see [`crate::attr`]). Events of every kind have it.
    Attr(String),
}

impl Field {
    /// The field of that name. A path stands for itself.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        if name.strip_prefix(ATTR).is_some_and(|path| !path.trim().is_empty()) {
            return Some(Self::Attr(name.to_owned()));
        }
        BY_LENGTH.get(name.len())?.iter().find(|field| field.name == name).copied().map(Self::Known)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Known(field) => field.name,
            Self::Attr(name) => name,
        }
    }

    /// What it holds.
    #[must_use]
    pub const fn kind(&self) -> FieldKind {
        match self {
            Self::Known(field) => field.kind,
            Self::Attr(_) => Text,
        }
    }

    /// Whether events of that kind have it.
    #[must_use]
    pub fn is_of(&self, kind: EventKind) -> bool {
        match self {
            Self::Known(field) => kind == Generic || field.kinds.contains(&kind),
            Self::Attr(_) => true,
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

/// The known field whose name is most like `name`.
#[must_use]
pub fn nearest_field(name: &str) -> &'static str {
    let distance = |field: &&FieldDef| strsim::damerau_levenshtein(field.name, &name.to_lowercase());
    FIELDS.iter().min_by_key(distance).map_or("hostname", |field| field.name)
}

const fn shield(path: &'static str) -> Origin {
    Origin { system: "shield", path }
}

const fn secure_access(path: &'static str) -> Origin {
    Origin { system: "secure-access", path }
}

const fn axway(path: &'static str) -> Origin {
    Origin { system: "axway", path }
}

const fn field(
    name: &'static str,
    kind: FieldKind,
    kinds: &'static [EventKind],
    label: &'static str,
    help: &'static str,
    origins: &'static [Origin],
) -> FieldDef {
    FieldDef { name, kind, kinds, label, help, origins, place: 0, rank: 0 }
}

/// Tells every field its places.
const fn placed<const COUNT: usize>(mut fields: [FieldDef; COUNT]) -> [FieldDef; COUNT] {
    let mut at = 0;
    while at < COUNT {
        fields[at].place = at;
        let mut other = 0;
        while other < COUNT {
            fields[at].rank += is_before(fields[other].name.as_bytes(), fields[at].name.as_bytes()) as u8;
            other += 1;
        }
        at += 1;
    }
    fields
}

/// Whether a name stands before another; the language compares no texts where constants are made.
const fn is_before(left: &[u8], right: &[u8]) -> bool {
    let mut at = 0;
    while at < left.len() && at < right.len() {
        if left[at] != right[at] {
            return left[at] < right[at];
        }
        at += 1;
    }
    left.len() < right.len()
}

const DLP: &[EventKind] = &[DlpTransaction];
const API: &[EventKind] = &[ApiRequest];
const ALERT: &[EventKind] = &[Alert];
const GOVERNANCE: &[EventKind] = &[Governance];
const TRAFFIC: &[EventKind] = &[DlpTransaction, ApiRequest];
const API_ALERT: &[EventKind] = &[ApiRequest, Alert];
const ALL_BUT_GOVERNANCE: &[EventKind] = &[DlpTransaction, ApiRequest, Alert];

/// How many fields there are.
pub const FIELD_COUNT: usize = 37;

/// Every field.
pub static FIELDS: [FieldDef; FIELD_COUNT] = placed([
    field("apps", Set, DLP, "Applications", "Ids of the applications that matched.", &[shield("apps")]),
    field("rules", Set, DLP, "Policy rules", "Ids of the policy rules that were enforced.", &[shield("rules")]),
    field(
        "datatypes_detected",
        Set,
        DLP,
        "Data types found",
        "Ids of the data types found.",
        &[shield("datatypes_detected")],
    ),
    field(
        "datatypes_obfuscated",
        Set,
        DLP,
        "Data types masked",
        "Ids of the data types masked.",
        &[shield("datatypes_obfuscated")],
    ),
    field("usergroup", Set, DLP, "User groups", "The directory groups of the user.", &[shield("usergroup")]),
    field(
        "detected",
        Bool,
        DLP,
        "Sensitive data found",
        "Whether any sensitive data was found.",
        &[shield("detected")],
    ),
    field("obfuscated", Bool, DLP, "Masked", "Whether any data was masked.", &[shield("obfuscated")]),
    field("blocked", Bool, DLP, "Blocked", "Whether the request was blocked.", &[shield("blocked")]),
    field("bypassed", Bool, DLP, "Bypassed", "Whether the request skipped scanning.", &[shield("bypassed")]),
    field(
        "client_device",
        Text,
        DLP,
        "Device",
        "The sort of client device, such as Mobile.",
        &[shield("client_device")],
    ),
    field(
        "icap_mode",
        Text,
        DLP,
        "ICAP mode",
        "How the traffic arrived: REQMOD, RESPMOD or API.",
        &[shield("icap_mode")],
    ),
    field("hostname", Hostname, ALL_BUT_GOVERNANCE, "Host", "The host that was called.", &[shield("hostname")]),
    field(
        "username",
        Text,
        ALL_BUT_GOVERNANCE,
        "User",
        "The user who called.",
        &[shield("username"), secure_access("data.alerts[].user")],
    ),
    field("client_ip", Ip, ALL_BUT_GOVERNANCE, "Client address", "The address of the caller.", &[shield("client_ip")]),
    field("content_type", MediaType, TRAFFIC, "Content type", "The media type of the body.", &[shield("content_type")]),
    field("method", Text, API, "Method", "The HTTP method.", &[]),
    field("path", Text, API, "Path", "The path that was asked for.", &[]),
    field("status_code", Number, API, "Status code", "The HTTP status that was answered.", &[]),
    field("user_agent", Text, API, "User agent", "What the client says it is.", &[]),
    field("request_bytes", Number, API, "Request size", "Bytes of the request.", &[]),
    field("response_bytes", Number, API, "Response size", "Bytes of the answer.", &[]),
    field("latency_ms", Number, API, "Latency", "Milliseconds until the answer.", &[]),
    field("parameter_names", Set, API, "Parameter names", "The names of the parameters.", &[]),
    field("parameter_values", Set, API, "Parameter values", "The parameters as name=value.", &[]),
    field("parameter_types", Set, API, "Parameter types", "The parameters as name:type.", &[]),
    field(
        "api_key_id",
        Text,
        API_ALERT,
        "API key",
        "The id of the API key, never the key.",
        &[secure_access("data.alerts[].apiKeyId")],
    ),
    field("endpoint", Text, API_ALERT, "Endpoint", "The route template, such as /users/{id}.", &[]),
    field(
        "severity",
        Text,
        ALERT,
        "Severity",
        "critical, high, medium, low, informational or unknown.",
        &[secure_access("data.alerts[].severity")],
    ),
    field("category", Text, ALERT, "Category", "The vendor's category.", &[secure_access("data.alerts[].category")]),
    field(
        "alert_type",
        Text,
        ALERT,
        "Alert type",
        "The vendor's type of alert.",
        &[secure_access("data.alerts[].alertType")],
    ),
    field("status", Text, ALERT, "Status", "new, acknowledged or closed.", &[secure_access("data.alerts[].status")]),
    field("tactic", Text, ALERT, "Tactic", "The MITRE ATT&CK tactic.", &[]),
    field(
        "rule_name",
        Text,
        ALERT,
        "Vendor's rule",
        "The rule of the vendor that raised the alert.",
        &[secure_access("data.alerts[].ruleName"), shield("alertName")],
    ),
    field("source", Text, ALERT, "Source", "The name of the source.", &[]),
    field("event_type", Text, GOVERNANCE, "Event type", "What happened.", &[axway("alert")]),
    field("alert_class", Text, GOVERNANCE, "Alert class", "The class of the alert.", &[axway("type")]),
    field("user_id", Text, GOVERNANCE, "User id", "Who did it.", &[axway("alert.user.id")]),
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        for field in &FIELDS {
            assert_eq!(FIELDS.iter().filter(|other| other.name == field.name).count(), 1, "{}", field.name);
            assert_eq!(FIELDS[field.place].name, field.name);
            assert_eq!(Field::named(field.name), Some(Field::Known(field)));
            assert!(!field.kinds.is_empty() && !field.help.is_empty() && !field.label.is_empty(), "{}", field.name);
        }
        let mut names: Vec<_> = FIELDS.iter().map(|field| field.name).collect();
        names.sort_unstable();
        assert!(FIELDS.iter().all(|field| names[usize::from(field.rank)] == field.name));
        assert_eq!(Field::named("Hostname"), None);
        assert_eq!(Field::named("attr:"), None);
        assert_eq!(Field::named("attr:a.b").as_ref().map(Field::name), Some("attr:a.b"));
    }

    #[test]
    fn generic_events_have_every_field_and_others_their_own() {
        for field in &FIELDS {
            assert!(Field::Known(field).is_of(Generic), "{}", field.name);
            assert!(!Field::Known(field).is_of(Governance) || field.kinds == GOVERNANCE, "{}", field.name);
        }
        let has = |kind| FIELDS.iter().filter(|field| Field::Known(field).is_of(kind)).count();
        assert_eq!(EventKind::ALL.map(has), [15, 16, 12, 3, 37]);
        assert!(EventKind::ALL.into_iter().all(|kind| Field::Attr("attr:x".to_owned()).is_of(kind)));
    }

    #[test]
    fn a_misspelt_name_leads_to_the_nearest() {
        assert_eq!(nearest_field("host_name"), "hostname");
        assert_eq!(nearest_field("IcapMode"), "icap_mode");
    }
}
