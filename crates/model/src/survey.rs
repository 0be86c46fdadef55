//! What a filter comes to: how many alerts, of which kinds, when.

use crate::query::{Pattern, Query, Term, Test, TextField};
use crate::time::Timestamp;

/// A field that alerts can be counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SurveyField {
    /// The severity.
    Severity,
    /// The status.
    Status,
    /// The kind of the source.
    SourceKind,
    /// A client address.
    ClientIp,
    /// A text; every field but id, vendor's id, description and note.
    Text(TextField),
}

/// The names of the fields, as the query language and the alert's JSON have them.
const FIELDS: [(&str, SurveyField); 19] = [
    ("severity", SurveyField::Severity),
    ("status", SurveyField::Status),
    ("source", SurveyField::Text(TextField::Source)),
    ("sourceKind", SurveyField::SourceKind),
    ("category", SurveyField::Text(TextField::Category)),
    ("alertType", SurveyField::Text(TextField::AlertType)),
    ("tactic", SurveyField::Text(TextField::Tactic)),
    ("techniques", SurveyField::Text(TextField::Technique)),
    ("rule", SurveyField::Text(TextField::Rule)),
    ("origin", SurveyField::Text(TextField::Origin)),
    ("closeReason", SurveyField::Text(TextField::CloseReason)),
    ("sourceStatus", SurveyField::Text(TextField::SourceStatus)),
    ("sourceSeverity", SurveyField::Text(TextField::SourceSeverity)),
    ("tags", SurveyField::Text(TextField::Tag)),
    ("clientIp", SurveyField::ClientIp),
    ("username", SurveyField::Text(TextField::Username)),
    ("apiKeyId", SurveyField::Text(TextField::ApiKeyId)),
    ("endpoint", SurveyField::Text(TextField::Endpoint)),
    ("hostname", SurveyField::Text(TextField::Hostname)),
];

impl SurveyField {
    /// The field of a name (or of one of the other names that queries know it by), whatever the case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let other = match name.to_ascii_lowercase().as_str() {
            "type" => "alertType",
            "kind" => "sourceKind",
            "technique" => "techniques",
            "reason" => "closeReason",
            "tag" => "tags",
            "ip" | "client_ip" => "clientIp",
            "user" => "username",
            "key" | "api_key_id" => "apiKeyId",
            "host" => "hostname",
            _ => name,
        };
        FIELDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(other)).map(|(_, field)| *field)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        FIELDS.iter().find(|(_, field)| *field == self).map_or("title", |(name, _)| name)
    }

    /// The names of all fields, for messages.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        FIELDS.iter().map(|(name, _)| *name).collect()
    }

    /// Whether a term asks about this field.
    #[must_use]
    pub fn is_of(self, test: &Test) -> bool {
        match (self, test) {
            (Self::Severity, Test::Severity(_))
            | (Self::Status, Test::Status(_))
            | (Self::SourceKind, Test::Kind(_))
            | (Self::ClientIp, Test::Address(_)) => true,
            (Self::Text(field), Test::Text(asked, _)) => field == *asked,
            (Self::Severity | Self::Status | Self::SourceKind | Self::ClientIp | Self::Text(_), _) => false,
        }
    }

    /// The query less its positive terms on this field, so that several values of it can be ticked.
    #[must_use]
    pub fn left_out_of(self, query: &Query) -> Query {
        let stays = |term: &&Term| term.negated || !self.is_of(&term.test);
        Query { terms: query.terms.iter().filter(stays).cloned().collect() }
    }

    /// The values that the query asks for by name: what is ticked.
    #[must_use]
    pub fn asked_for(self, query: &Query) -> Vec<String> {
        let mut asked = Vec::new();
        for term in query.terms.iter().filter(|term| !term.negated && self.is_of(&term.test)) {
            match &term.test {
                Test::Severity(all) => asked.extend(all.iter().map(ToString::to_string)),
                Test::Status(all) => asked.extend(all.iter().map(ToString::to_string)),
                Test::Kind(all) => asked.extend(all.iter().map(|kind| kind.as_str().to_owned())),
                Test::Address(all) => {
                    let single = all.iter().filter(|network| network.prefix_len() == network.max_prefix_len());
                    asked.extend(single.map(|network| network.addr().to_string()));
                }
                Test::Text(_, patterns) => asked.extend(patterns.iter().filter_map(Pattern::plain).map(str::to_owned)),
                Test::Words(_) | Test::Time(..) | Test::Occurrences(..) | Test::Snoozed(..) | Test::Seen(_) => {}
            }
        }
        asked
    }
}

/// How many alerts have one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetValue {
    /// The value, as the alerts have it.
    pub value: String,
    /// Alerts that have it.
    pub count: u64,
}

/// How the alerts of a filter spread over the values of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facet {
    /// The field's name.
    pub field: &'static str,
    /// The most frequent values, and those the query asks for; most frequent first, equal ones by the alphabet.
    pub values: Vec<FacetValue>,
    /// How often the values that are not shown occur.
    pub others: u64,
    /// How many different values there are.
    pub distinct: u64,
}

/// When the alerts of a filter happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    /// The start of the first bar.
    pub from: Timestamp,
    /// The end of the last bar.
    pub to: Timestamp,
    /// The length of a bar in milliseconds.
    pub step_ms: i64,
    /// Per bar the alerts of each severity, by its rank.
    pub bars: Vec<[u64; 6]>,
}

/// What a filter comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Alerts that match.
    pub count: u64,
    /// Those that nobody has looked at.
    pub unseen: u64,
    /// One for each field asked for, in that order.
    pub facets: Vec<Facet>,
    /// When they happened.
    pub histogram: Histogram,
}

/// Bars of the same, round length that begin at round instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bars {
    /// The start of the first bar.
    pub from: i64,
    /// The length of a bar in milliseconds, at least a second.
    pub step: i64,
    /// How many.
    pub count: usize,
}

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// What people take for round. Beyond the last, its multiples.
const STEPS: [i64; 21] = [
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    30 * DAY,
];

impl Bars {
    /// At most `most` bars that cover `[from, to)`; the shortest round ones that do.
    #[must_use]
    pub fn cover(from: Timestamp, to: Timestamp, most: usize) -> Self {
        let most = i64::try_from(most.max(1)).unwrap_or(i64::MAX);
        let (from, to) = (from.millis(), to.millis().max(from.millis().saturating_add(1)));
        let longest = STEPS[STEPS.len() - 1];
        let long = (1..).map(|times| longest.saturating_mul(1 << times.min(40)));
        for step in STEPS.into_iter().chain(long) {
            let start = from.div_euclid(step);
            let count = (to.saturating_sub(1)).div_euclid(step).saturating_sub(start).saturating_add(1);
            if count <= most || step == i64::MAX {
                let count = usize::try_from(count.min(most)).unwrap_or(1);
                return Self { from: start.saturating_mul(step), step, count };
            }
        }
        Self { from, step: longest, count: 1 }
    }

    /// The end of the last bar.
    #[must_use]
    pub fn to(&self) -> i64 {
        self.from.saturating_add(self.step.saturating_mul(i64::try_from(self.count).unwrap_or(i64::MAX)))
    }

    /// The bar that an instant falls into.
    #[must_use]
    pub fn place(&self, millis: i64) -> Option<usize> {
        let place = usize::try_from(millis.checked_sub(self.from)?.div_euclid(self.step)).ok()?;
        (place < self.count).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_round_and_cover_what_was_asked() {
        let at = Timestamp::from_millis;
        for (from, to, most) in [
            (0, 1, 1),
            (1_772_611_960_123, 1_772_611_960_124, 60),
            (1_772_611_960_123, 1_772_698_360_123, 48),
            (1_772_611_960_123, 1_780_387_960_123, 90),
            (-62_135_596_800_000, 253_402_300_799_999, 100),
            (5, 5, 10),
        ] {
            let bars = Bars::cover(at(from), at(to), most);
            assert!((1..=most).contains(&bars.count), "{bars:?}");
            assert!(bars.from <= from && bars.to() >= to, "{from} {to} {bars:?}");
            assert_eq!(bars.from.rem_euclid(bars.step), 0, "{bars:?}");
            assert_eq!(bars.place(from), Some(0));
            assert_eq!(bars.place(bars.to()), None);
        }
        assert_eq!(Bars::cover(at(0), at(24 * HOUR), 24), Bars { from: 0, step: HOUR, count: 24 });
        assert_eq!(Bars::cover(at(1), at(24 * HOUR + 1), 24), Bars { from: 0, step: 2 * HOUR, count: 13 });
    }

    #[test]
    fn a_field_leaves_out_its_own_ticks_and_keeps_what_is_not_wanted() {
        let now = Timestamp::from_millis(0);
        let query = Query::parse("category:a,b* -category:c severity:high x", now).unwrap_or_default();
        let category = SurveyField::Text(TextField::Category);
        let left = category.left_out_of(&query);
        assert_eq!(left, Query::parse("-category:c severity:high x", now).unwrap_or_default());
        assert_eq!(category.asked_for(&query), ["a"]);
        assert_eq!(SurveyField::Severity.asked_for(&query), ["high"]);
        for (name, field) in FIELDS {
            assert_eq!(SurveyField::parse(name), Some(field));
            assert_eq!(field.name(), name);
        }
        assert_eq!(SurveyField::parse("description"), None);
    }
}
