//! A query as the `WHERE` of a statement over alerts and their sources. Values are always bound, never written in.

use rusqlite::ToSql;
use rusqlite::types::Value;
use tocsin_model::query::{Pattern, Query, Term, Test, TextField, TimeField};
use tocsin_model::severity::Severity;
use tocsin_model::source::SourceKind;
use tocsin_model::status::Status;
use tocsin_model::time::Timestamp;

use super::count;
use crate::sql::pattern_argument;

/// What free text looks through: lists first, as `says` has it.
const SAID: &str = "techniques, tags, entities, title, description, category, alert_type, tactic, \
    alerts.external_id, rule, notes, source_severity, source_status, close_reason, sources.name";

/// What the index of texts holds: lists first, as `said` has it. Close reasons and notes change apart from the rest.
pub(super) const INDEXED: &str = "techniques, tags, entities, title, description, category, alert_type, tactic, \
    alerts.external_id, rule, source_severity, source_status, sources.name";

/// Conditions joined by AND, with their values.
#[derive(Debug)]
pub(super) struct Filter {
    sql: String,
    values: Vec<Value>,
}

impl Filter {
    pub(super) fn of(query: &Query) -> Self {
        let mut filter = Self { sql: "1".to_owned(), values: Vec::new() };
        for term in &query.terms {
            filter.term(term);
        }
        filter
    }

    /// Adds a condition with its values, one for each `?`.
    pub(super) fn and(&mut self, condition: &str, values: impl IntoIterator<Item = i64>) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
        self.values.extend(values.into_iter().map(Value::Integer));
    }

    /// Adds what stands after a place in an order.
    pub(super) fn beyond(&mut self, condition: &str, value: Value, row: i64) {
        self.and(condition, []);
        self.values.extend([value, Value::Integer(row)]);
    }

    pub(super) fn sql(&self) -> &str {
        &self.sql
    }

    pub(super) fn arguments(&self) -> Vec<&dyn ToSql> {
        self.values.iter().map(|value| value as &dyn ToSql).collect()
    }

    fn term(&mut self, term: &Term) {
        self.sql.push_str(" AND ");
        if term.negated {
            // Absent is not equal: a term about nothing is false, so its negation holds.
            self.sql.push_str("NOT coalesce(");
        }
        self.test(&term.test);
        if term.negated {
            self.sql.push_str(", 0)");
        }
    }

    fn test(&mut self, test: &Test) {
        match test {
            Test::Words(words) => self.leaf(&format!("says(?, {SAID})"), words.clone()),
            Test::Text(field, patterns) => self.any(patterns, |filter, pattern| filter.text(*field, pattern)),
            Test::Severity(severities) => {
                self.numbers("alerts.severity", severities.iter().copied().map(Severity::rank));
            }
            Test::Status(statuses) => self.numbers("status", statuses.iter().copied().map(Status::rank)),
            Test::Kind(kinds) => self.any(kinds, |filter, kind: &SourceKind| {
                filter.leaf("sources.kind = ?", kind.as_str().to_owned());
            }),
            Test::Time(field, from, to) => self.time(*field, *from, *to),
            Test::Occurrences(low, high) => self.leaf2("occurrences BETWEEN ? AND ?", count(*low), count(*high)),
            Test::Address(networks) => self.any(networks, |filter, network| {
                filter.leaf("any_within(?, entities, 'clientIp')", network.to_string());
            }),
            Test::Snoozed(wanted, now) => {
                let condition = "coalesce(snoozed_until > ?, 0)";
                self.sql.push_str(if *wanted { "" } else { "NOT " });
                self.leaf(condition, now.millis());
            }
            Test::Seen(wanted) => self.leaf("seen = ?", i64::from(*wanted)),
        }
    }

    fn text(&mut self, field: TextField, pattern: &Pattern) {
        let argument = pattern_argument(pattern);
        match column(field) {
            Column::Plain(column) => self.leaf(&format!("fits(?, {column})"), argument),
            Column::List(column) => self.leaf(&format!("any_fits(?, {column}, NULL)"), argument),
            Column::Entity(key) => self.leaf(&format!("any_fits(?, entities, '{key}')"), argument),
        }
    }

    fn time(&mut self, field: TimeField, from: Option<Timestamp>, to: Option<Timestamp>) {
        let column = match field {
            TimeField::Time => "alerts.time",
            TimeField::Received => "alerts.received_at",
            TimeField::Updated => "updated_at",
        };
        let from = from.map_or(i64::MIN, Timestamp::millis);
        match to {
            None => self.leaf(&format!("{column} >= ?"), from),
            Some(to) => self.leaf2(&format!("({column} >= ? AND {column} < ?)"), from, to.millis()),
        }
    }

    /// The conditions of `values`, joined by OR; nothing holds when there are none.
    fn any<T>(&mut self, values: &[T], one: impl Fn(&mut Self, &T)) {
        self.sql.push_str("(0");
        for value in values {
            self.sql.push_str(" OR ");
            one(self, value);
        }
        self.sql.push(')');
    }

    fn numbers(&mut self, column: &str, numbers: impl Iterator<Item = i64>) {
        let list = numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(", ");
        self.sql.push_str(&format!("{column} IN ({list})"));
    }

    fn leaf(&mut self, condition: &str, value: impl Into<Value>) {
        self.sql.push_str(condition);
        self.values.push(value.into());
    }

    fn leaf2(&mut self, condition: &str, first: i64, second: i64) {
        self.leaf(condition, first);
        self.values.push(second.into());
    }
}

/// Where a text field stands.
pub(super) enum Column {
    Plain(&'static str),
    List(&'static str),
    Entity(&'static str),
}

pub(super) const fn column(field: TextField) -> Column {
    match field {
        TextField::Id => Column::Plain("id_text(alerts.id)"),
        TextField::ExternalId => Column::Plain("alerts.external_id"),
        TextField::Source => Column::Plain("sources.name"),
        TextField::Origin => Column::Plain("alerts.origin"),
        TextField::Title => Column::Plain("title"),
        TextField::Description => Column::Plain("description"),
        TextField::Category => Column::Plain("category"),
        TextField::AlertType => Column::Plain("alert_type"),
        TextField::Tactic => Column::Plain("tactic"),
        TextField::SourceStatus => Column::Plain("source_status"),
        TextField::SourceSeverity => Column::Plain("source_severity"),
        TextField::CloseReason => Column::Plain("close_reason"),
        TextField::Rule => Column::Plain("rule"),
        TextField::Note => Column::Plain("notes"),
        TextField::Technique => Column::List("techniques"),
        TextField::Tag => Column::List("tags"),
        TextField::Username => Column::Entity("username"),
        TextField::ApiKeyId => Column::Entity("apiKeyId"),
        TextField::Endpoint => Column::Entity("endpoint"),
        TextField::Hostname => Column::Entity("hostname"),
    }
}
