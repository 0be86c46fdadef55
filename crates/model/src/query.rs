//! The query grammar of the search box, saved views, links and `--query`.
//!
//! Terms are AND-ed: words are free text, `"a phrase"` too; `field:value`, `field:a,b` (any of), `field:>=n`,
//! `-term` (not), `time:7d`, `time:2026-11-01..2026-11-03`, `ip:10.0.0.0/8`. In text values `*` is any run of
//! characters, and in quotes `\*` is a star; case never matters. Unknown fields are an error with the nearest name.

use ipnet::IpNet;
use std::net::IpAddr;

use crate::severity::Severity;
use crate::source::SourceKind;
use crate::status::Status;
use crate::time::{Span, Timestamp};

/// A parsed query: all terms must hold. No terms: everything.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    /// The terms.
    pub terms: Vec<Term>,
}

/// One condition of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// Whether it must not hold.
    pub negated: bool,
    /// What it asks.
    pub test: Test,
}

/// What a term asks of an alert.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// The text stands anywhere in what the alert says, whatever the case.
    Words(String),
    /// The field is one of these; see [`Pattern`].
    Text(TextField, Vec<Pattern>),
    /// The severity is one of these.
    Severity(Vec<Severity>),
    /// The status is one of these.
    Status(Vec<Status>),
    /// The source is of one of these kinds.
    Kind(Vec<SourceKind>),
    /// The instant lies in `[from, to)`.
    Time(TimeField, Option<Timestamp>, Option<Timestamp>),
    /// The number lies in this range, both ends included.
    Occurrences(u64, u64),
    /// A client address lies in one of these networks.
    Address(Vec<IpNet>),
    /// Whether it is snoozed at this instant.
    Snoozed(bool, Timestamp),
    /// Whether a person has looked at it.
    Seen(bool),
}

/// A text field that can be searched by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextField {
    /// Our id.
    Id,
    /// The vendor's id.
    ExternalId,
    /// The source's name.
    Source,
    /// vendor or rule.
    Origin,
    /// The title.
    Title,
    /// The description.
    Description,
    /// The category.
    Category,
    /// The vendor's type of alert.
    AlertType,
    /// MITRE tactic.
    Tactic,
    /// MITRE techniques.
    Technique,
    /// The source's word for the status.
    SourceStatus,
    /// The source's word for the severity.
    SourceSeverity,
    /// The close reason.
    CloseReason,
    /// The rule.
    Rule,
    /// Labels.
    Tag,
    /// Notes.
    Note,
    /// Users.
    Username,
    /// API keys.
    ApiKeyId,
    /// Endpoints.
    Endpoint,
    /// Hosts.
    Hostname,
}

/// An instant of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeField {
    /// When it happened.
    Time,
    /// When it was received.
    Received,
    /// When it last changed.
    Updated,
}

/// A text value: literal runs with "anything" between them, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    /// The literal runs; one run means equality.
    pub runs: Vec<String>,
}

impl Pattern {
    fn parse(value: &str) -> Self {
        Self { runs: value.to_lowercase().split('*').map(|run| run.replace(STAR, "*")).collect() }
    }

    /// The text itself, in lower case, when nothing in it is left open.
    #[must_use]
    pub fn plain(&self) -> Option<&str> {
        match self.runs.as_slice() {
            [whole] => Some(whole),
            _ => None,
        }
    }

    /// Whether `text` as a whole fits, whatever the case.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let Some((first, rest)) = self.runs.split_first() else { return text.is_empty() };
        let Some((last, middle)) = rest.split_last() else { return text == *first };
        let Some(mut left) = text.strip_prefix(first.as_str()) else { return false };
        for run in middle {
            match left.find(run.as_str()) {
                Some(at) => left = &left[at + run.len()..],
                None => return false,
            }
        }
        left.ends_with(last.as_str())
    }
}

/// Stands for a star that means itself, from the tokens to the pattern: a noncharacter, which no text in the world holds.
const STAR: char = '\u{FDD0}';

/// A text in quotes in which nothing has a meaning of its own: as a value of a text field it fits that text alone,
/// whatever the case.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        if matches!(letter, '"' | '\\' | '*') {
            out.push('\\');
        }
        out.push(letter);
    }
    out.push('"');
    out
}

/// The query cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// What is wrong and what to do, with the term concerned.
    pub message: String,
    /// Where the term starts, in characters from 0.
    pub at: usize,
}

/// What a field name stands for.
#[derive(Clone, Copy)]
enum Field {
    Text(TextField),
    Severity,
    Status,
    Kind,
    Time(TimeField),
    Occurrences,
    Address,
    Snoozed,
    Seen,
}

/// Every name a field goes by; the first of each is the one of the alert's JSON.
const FIELDS: [(&str, Field); 45] = [
    ("id", Field::Text(TextField::Id)),
    ("externalId", Field::Text(TextField::ExternalId)),
    ("external", Field::Text(TextField::ExternalId)),
    ("source", Field::Text(TextField::Source)),
    ("sourceKind", Field::Kind),
    ("kind", Field::Kind),
    ("origin", Field::Text(TextField::Origin)),
    ("severity", Field::Severity),
    ("status", Field::Status),
    ("closeReason", Field::Text(TextField::CloseReason)),
    ("reason", Field::Text(TextField::CloseReason)),
    ("sourceStatus", Field::Text(TextField::SourceStatus)),
    ("sourceSeverity", Field::Text(TextField::SourceSeverity)),
    ("title", Field::Text(TextField::Title)),
    ("description", Field::Text(TextField::Description)),
    ("category", Field::Text(TextField::Category)),
    ("alertType", Field::Text(TextField::AlertType)),
    ("type", Field::Text(TextField::AlertType)),
    ("tactic", Field::Text(TextField::Tactic)),
    ("techniques", Field::Text(TextField::Technique)),
    ("technique", Field::Text(TextField::Technique)),
    ("time", Field::Time(TimeField::Time)),
    ("receivedAt", Field::Time(TimeField::Received)),
    ("received", Field::Time(TimeField::Received)),
    ("updatedAt", Field::Time(TimeField::Updated)),
    ("updated", Field::Time(TimeField::Updated)),
    ("occurrences", Field::Occurrences),
    ("snoozed", Field::Snoozed),
    ("seen", Field::Seen),
    ("clientIp", Field::Address),
    ("client_ip", Field::Address),
    ("ip", Field::Address),
    ("username", Field::Text(TextField::Username)),
    ("user", Field::Text(TextField::Username)),
    ("apiKeyId", Field::Text(TextField::ApiKeyId)),
    ("api_key_id", Field::Text(TextField::ApiKeyId)),
    ("key", Field::Text(TextField::ApiKeyId)),
    ("endpoint", Field::Text(TextField::Endpoint)),
    ("hostname", Field::Text(TextField::Hostname)),
    ("host", Field::Text(TextField::Hostname)),
    ("rule", Field::Text(TextField::Rule)),
    ("tags", Field::Text(TextField::Tag)),
    ("tag", Field::Text(TextField::Tag)),
    ("notes", Field::Text(TextField::Note)),
    ("note", Field::Text(TextField::Note)),
];

/// Longest query in characters.
pub const QUERY_LIMIT: usize = 2_000;
/// Most terms of a query.
pub const TERM_LIMIT: usize = 64;

impl Query {
    /// Reads a query; `now` is what relative times count back from.
    ///
    /// # Errors
    /// Names the first term that cannot be read, where it starts, and what would be right.
    pub fn parse(text: &str, now: Timestamp) -> Result<Self, QueryError> {
        if text.chars().count() > QUERY_LIMIT {
            return Err(QueryError {
                message: format!("a query has at most {QUERY_LIMIT} characters: shorten it"),
                at: QUERY_LIMIT,
            });
        }
        let mut terms = Vec::new();
        for token in tokens(text)? {
            if terms.len() == TERM_LIMIT {
                return Err(token.error(format!("a query has at most {TERM_LIMIT} terms: leave some out")));
            }
            terms.push(Term { negated: token.negated, test: token.test(now)? });
        }
        Ok(Self { terms })
    }
}

/// A term as it stands in the text: an optional field and its values, quotes taken off.
struct Token {
    at: usize,
    negated: bool,
    field: Option<String>,
    values: Vec<String>,
}

/// Splits the text into terms. Quotes may stand around a word or a value; within them `\"` is a quote.
fn tokens(text: &str) -> Result<Vec<Token>, QueryError> {
    let chars: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if chars[at].is_whitespace() {
            at += 1;
            continue;
        }
        let (token, next) = one_token(&chars, at)?;
        out.push(token);
        at = next;
    }
    Ok(out)
}

fn one_token(chars: &[char], start: usize) -> Result<(Token, usize), QueryError> {
    let negated = chars[start] == '-' && chars.get(start + 1).is_some_and(|next| !next.is_whitespace());
    let mut at = start + usize::from(negated);
    let mut token = Token { at: start, negated, field: None, values: Vec::new() };
    let mut value = String::new();
    while at < chars.len() && !chars[at].is_whitespace() {
        match chars[at] {
            '"' => at = quotation(chars, at, &mut value)?,
            ':' if token.field.is_none() && token.values.is_empty() && !value.is_empty() => {
                token.field = Some(std::mem::take(&mut value));
                at += 1;
            }
            ',' if token.field.is_some() => {
                token.values.push(std::mem::take(&mut value));
                at += 1;
            }
            letter => {
                value.push(letter);
                at += 1;
            }
        }
    }
    token.values.push(value);
    Ok((token, at))
}

fn quotation(chars: &[char], open: usize, value: &mut String) -> Result<usize, QueryError> {
    let mut at = open + 1;
    while at < chars.len() {
        match chars[at] {
            '"' => return Ok(at + 1),
            '\\' if matches!(chars.get(at + 1), Some('"' | '\\')) => {
                value.push(chars[at + 1]);
                at += 2;
            }
            '\\' if chars.get(at + 1) == Some(&'*') => {
                value.push(STAR);
                at += 2;
            }
            letter => {
                value.push(letter);
                at += 1;
            }
        }
    }
    Err(QueryError { message: "a quote is not closed: add \" at the end of the phrase".to_owned(), at: open })
}

impl Token {
    fn error(&self, message: String) -> QueryError {
        QueryError { message, at: self.at }
    }

    fn test(&self, now: Timestamp) -> Result<Test, QueryError> {
        let Some(name) = &self.field else { return Ok(Test::Words(self.values.concat().replace(STAR, "*"))) };
        let field = self.field(name)?;
        if self.values.iter().any(String::is_empty) {
            return Err(self.error(format!("“{name}:” needs a value, such as {}", example(field))));
        }
        match field {
            Field::Text(field) => {
                Ok(Test::Text(field, self.values.iter().map(|value| Pattern::parse(value)).collect()))
            }
            Field::Severity => self.severity(),
            Field::Status => {
                self.words(|word| word.parse::<Status>().map_err(|error| error.to_string())).map(Test::Status)
            }
            Field::Kind => {
                self.words(|word| word.parse::<SourceKind>().map_err(|error| error.to_string())).map(Test::Kind)
            }
            Field::Time(field) => self.time(name, field, now),
            Field::Occurrences => self.occurrences(name),
            Field::Address => self.words(network).map(Test::Address),
            Field::Snoozed => self.flag(name).map(|wanted| Test::Snoozed(wanted, now)),
            Field::Seen => self.flag(name).map(Test::Seen),
        }
    }

    fn flag(&self, name: &str) -> Result<bool, QueryError> {
        self.one(name)?.parse().map_err(|_| self.error(format!("“{name}:” is true or false")))
    }

    fn field(&self, name: &str) -> Result<Field, QueryError> {
        if let Some((_, field)) = FIELDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            return Ok(*field);
        }
        let nearest = FIELDS
            .iter()
            .map(|(known, _)| (strsim::damerau_levenshtein(&known.to_lowercase(), &name.to_lowercase()), *known))
            .min_by_key(|(distance, _)| *distance)
            .map_or("title", |(_, known)| known);
        Err(self.error(format!(
            "there is no field “{name}”: did you mean “{nearest}”? To search for the text itself, put it in quotes"
        )))
    }

    fn words<T>(&self, read: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, QueryError> {
        self.values.iter().map(|value| read(value).map_err(|message| self.error(message))).collect()
    }

    fn one(&self, name: &str) -> Result<&str, QueryError> {
        match self.values.as_slice() {
            [value] => Ok(value),
            _ => Err(self.error(format!("“{name}:” takes one value, not a list"))),
        }
    }

    fn severity(&self) -> Result<Test, QueryError> {
        if let [value] = self.values.as_slice()
            && let Some((bound, word)) = Bound::split(value)
        {
            let limit = word.parse::<Severity>().map_err(|error| self.error(error.to_string()))?;
            let fits = Severity::ALL.into_iter().filter(|severity| bound.holds(severity.rank(), limit.rank()));
            return Ok(Test::Severity(fits.collect()));
        }
        self.words(|word| word.parse::<Severity>().map_err(|error| error.to_string())).map(Test::Severity)
    }

    fn occurrences(&self, name: &str) -> Result<Test, QueryError> {
        let value = self.one(name)?;
        let number = |digits: &str| {
            digits
                .parse::<u64>()
                .map_err(|_| self.error(format!("“{name}:” takes a whole number, such as 5, >=5 or 5..9")))
        };
        if let Some((low, high)) = value.split_once("..") {
            return Ok(Test::Occurrences(number(low)?, number(high)?));
        }
        let (bound, digits) = Bound::split(value).map_or((None, value), |(bound, rest)| (Some(bound), rest));
        let limit = number(digits)?;
        Ok(match bound {
            None => Test::Occurrences(limit, limit),
            Some(Bound::AtLeast) => Test::Occurrences(limit, u64::MAX),
            Some(Bound::Above) => Test::Occurrences(limit.saturating_add(1), u64::MAX),
            Some(Bound::AtMost) => Test::Occurrences(0, limit),
            // Nothing is below zero: an empty range.
            Some(Bound::Below) => {
                limit.checked_sub(1).map_or(Test::Occurrences(1, 0), |high| Test::Occurrences(0, high))
            }
        })
    }

    fn time(&self, name: &str, field: TimeField, now: Timestamp) -> Result<Test, QueryError> {
        let value = self.one(name)?;
        if let Some((from, to)) = value.split_once("..") {
            let from = if from.is_empty() { None } else { Some(self.instant(name, from)?.0) };
            let to = if to.is_empty() { None } else { Some(self.instant(name, to)?.1) };
            return Ok(Test::Time(field, from, to));
        }
        if let Some((bound, rest)) = Bound::split(value) {
            let (start, end) = self.instant(name, rest)?;
            return Ok(match bound {
                Bound::AtLeast => Test::Time(field, Some(start), None),
                Bound::Above => Test::Time(field, Some(end), None),
                Bound::AtMost => Test::Time(field, None, Some(end)),
                Bound::Below => Test::Time(field, None, Some(start)),
            });
        }
        if let Ok(span) = Span::parse(value) {
            return Ok(Test::Time(field, Some(now.minus(span)), None));
        }
        let (start, end) = self.instant(name, value)?;
        Ok(Test::Time(field, Some(start), Some(end)))
    }

    /// The stretch `[start, end)` that a date (a day of UTC) or an instant (a millisecond) covers.
    fn instant(&self, name: &str, text: &str) -> Result<(Timestamp, Timestamp), QueryError> {
        if let Ok(day) = Timestamp::parse_date(text) {
            return Ok((day, day.plus(Span::DAY)));
        }
        Timestamp::parse(text).map(|time| (time, time.plus(Span::from_millis(1)))).map_err(|_| {
            self.error(format!(
                "“{text}” is no time for “{name}:”: use 7d, 2026-11-01, 2026-11-01..2026-11-03 or 2026-11-01T12:00:00Z"
            ))
        })
    }
}

fn network(text: &str) -> Result<IpNet, String> {
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| format!("“{text}” is no address or network: use 203.0.113.9 or 10.0.0.0/8"))
}

const fn example(field: Field) -> &'static str {
    match field {
        Field::Text(_) => "key:9f0c* or user:\"ana ruiz\"",
        Field::Severity => "severity:high or severity:>=medium",
        Field::Status => "status:new,acknowledged",
        Field::Kind => "kind:secure-access",
        Field::Time(_) => "time:7d or time:2026-11-01..2026-11-03",
        Field::Occurrences => "occurrences:>=5",
        Field::Address => "ip:10.0.0.0/8",
        Field::Snoozed => "snoozed:true",
        Field::Seen => "seen:false",
    }
}

/// A comparison in front of a value.
#[derive(Clone, Copy)]
enum Bound {
    AtLeast,
    Above,
    AtMost,
    Below,
}

impl Bound {
    fn split(value: &str) -> Option<(Self, &str)> {
        [(">=", Self::AtLeast), ("<=", Self::AtMost), (">", Self::Above), ("<", Self::Below)]
            .into_iter()
            .find_map(|(sign, bound)| value.strip_prefix(sign).map(|rest| (bound, rest)))
    }

    const fn holds(self, value: i64, limit: i64) -> bool {
        match self {
            Self::AtLeast => value >= limit,
            Self::Above => value > limit,
            Self::AtMost => value <= limit,
            Self::Below => value < limit,
        }
    }
}

#[cfg(test)]
mod tests;
