//! Rules: one small language for every detection. A rule is data: conditions, group, measure, window, trigger,
//! suppression. This module says what a rule is; [`document`] reads and writes it; `tocsin-rules` evaluates it.

pub mod cron;
pub mod document;
pub mod problem;
pub mod window;

pub use document::check_value;

use regex::{Regex, RegexBuilder};
use std::fmt;
use std::str::FromStr;

use crate::field::Field;
use crate::severity::Severity;
use crate::time::Span;
use crate::value::Decimal;
use window::Window;

/// A rule that can be evaluated.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its name, 1 to 64 code points; unique without case.
    pub name: String,
    /// What it is for, up to 128 code points.
    pub description: String,
    /// Whether it is evaluated.
    pub enabled: bool,
    /// Whether its firings are told.
    pub mode: Mode,
    /// The severity of its alerts.
    pub severity: Severity,
    /// Names of the sources whose events it looks at; none: all.
    pub sources: Vec<String>,
    /// All of them have to hold. At least one.
    pub conditions: Vec<Condition>,
    /// Up to three fields whose values make a group each.
    pub group_by: Vec<Field>,
    /// What is computed over a window.
    pub measure: Measure,
    /// Over what; none: each matching event is a window of its own.
    pub window: Option<Window>,
    /// When it fires.
    pub trigger: Trigger,
    /// How long further candidates of a group join a firing.
    pub suppress_for: Span,
    /// Where its alerts go; none: to the desktop.
    pub channels: Vec<Target>,
    /// Labels of its alerts.
    pub tags: Vec<String>,
}

/// Whether firings are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Recorded and told.
    Live,
    /// Recorded, never told.
    Shadow,
}

impl Mode {
    /// The word of documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Shadow => "shadow",
        }
    }
}

impl FromStr for Mode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Live, Self::Shadow].into_iter().find(|mode| mode.as_str() == text).ok_or(())
    }
}

/// The channel that tells on this computer's desktop.
pub const DESKTOP: &str = "desktop";
/// The channels that there are, by name; case makes no difference.
pub const CHANNELS: &[&str] = &[DESKTOP];

impl Rule {
    /// Whether its alerts are told on the desktop. A rule that names no channel of ours is; what Shield's own lists say
    /// is Shield's to tell, and takes nobody off the desktop here.
    #[must_use]
    pub fn tells_desktop(&self) -> bool {
        let mut named = self.channels.iter().filter_map(|target| match target {
            Target::Channel(name) => Some(name),
            Target::Email(_) | Target::Slack(_) | Target::Teams(_) | Target::Webhook(_) => None,
        });
        let Some(first) = named.next() else { return true };
        std::iter::once(first).chain(named).any(|name| name.eq_ignore_ascii_case(DESKTOP))
    }
}

/// Where an alert goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// A channel of ours, by name.
    Channel(String),
    /// A mail address that a document of Shield's names.
    Email(String),
    /// A Slack channel of Shield's, by its id there.
    Slack(String),
    /// A Teams channel of Shield's, by its id there.
    Teams(String),
    /// A webhook that a document of Shield's names.
    Webhook(String),
}

impl fmt::Display for Target {
    /// `desktop`, `email:soc@example.net`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sort, name) = match self {
            Self::Channel(name) => return out.write_str(name),
            Self::Email(address) => ("email", address),
            Self::Slack(id) => ("slack", id),
            Self::Teams(id) => ("teams", id),
            Self::Webhook(address) => ("webhook", address),
        };
        write!(out, "{sort}:{name}")
    }
}

/// One condition. An event whose kind does not have the field never meets it, negated or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// What it looks at.
    pub field: Field,
    /// Whether it holds exactly when the test does not.
    pub negated: bool,
    /// What it asks. A missing field passes no test.
    pub test: Test,
}

/// What a condition asks of a value; of a set, of any member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// It is one of these.
    AnyOf(Vec<Wanted>),
    /// The number stands in this relation to one of these.
    Compare(Comparison, Vec<Decimal>),
    /// One of these regular expressions finds something in the original, whatever the case.
    Regex(Vec<String>),
}

/// One value of a condition, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// A value; a pattern where the field is text; an address or a network where it is one.
    Value(String),
    /// Any value of the list of that name.
    List(String),
}

/// What a value that stands for a list begins with.
pub const LIST: &str = "list:";

/// Largest compiled regular expression in bytes, and longest text of one.
const REGEX_SIZE: usize = 1 << 20;
const REGEX_LENGTH: usize = 1_000;

/// Compiles a regular expression of a condition: linear in the text, case ignored, found anywhere unless it is anchored.
///
/// # Errors
/// Says in one line why it is none, or that it is too large.
pub fn regular_expression(text: &str) -> Result<Regex, String> {
    if text.len() > REGEX_LENGTH {
        return Err(format!("the expression has {} bytes, and {REGEX_LENGTH} is the most", text.len()));
    }
    let compiled = RegexBuilder::new(text).case_insensitive(true).size_limit(REGEX_SIZE).build();
    compiled.map_err(|error| {
        let why = error.to_string();
        // The last line says what is wrong; those before draw the place.
        let last = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        format!("“{}” is no regular expression: {last}", text.chars().take(64).collect::<String>())
    })
}

impl Wanted {
    /// Reads a value: `list:NAME` is a list, `\list:x` the text `list:x`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        text.strip_prefix(LIST).map_or_else(|| Self::Value(text.to_owned()), |name| Self::List(name.to_owned()))
    }
}

/// How a number is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `gte`
    AtLeast,
    /// `gt`
    Above,
    /// `lte`
    AtMost,
    /// `lt`
    Below,
}

impl Comparison {
    /// Whether `number` stands in this relation to `limit`.
    #[must_use]
    pub fn holds(self, number: Decimal, limit: Decimal) -> bool {
        match self {
            Self::AtLeast => number >= limit,
            Self::Above => number > limit,
            Self::AtMost => number <= limit,
            Self::Below => number < limit,
        }
    }
}

/// What is computed over the matching events of a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measure {
    /// How many there are.
    Count,
    /// How many different values of the field they show; a set shows its members.
    Distinct(Field),
    /// The sum of the field over those that have the number.
    Sum(Field),
    /// Its mean.
    Mean(Field),
    /// Its maximum.
    Max(Field),
    /// The percentage of them that meet further conditions.
    Share {
        /// The further conditions.
        conditions: Vec<Condition>,
        /// Below so many matching events there is no value. At least 1.
        minimum_events: u64,
    },
}

impl Measure {
    /// The word of documents.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Distinct(_) => "distinct",
            Self::Sum(_) => "sum",
            Self::Mean(_) => "mean",
            Self::Max(_) => "max",
            Self::Share { .. } => "share",
        }
    }

    /// Whether its values are whole numbers.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        match self {
            Self::Count | Self::Distinct(_) => true,
            Self::Sum(_) | Self::Mean(_) | Self::Max(_) | Self::Share { .. } => false,
        }
    }

    /// Whether only the whole window decides: its value may still fall as well as rise.
    #[must_use]
    pub const fn waits_for_the_end(&self) -> bool {
        match self {
            Self::Mean(_) | Self::Share { .. } => true,
            Self::Count | Self::Distinct(_) | Self::Sum(_) | Self::Max(_) => false,
        }
    }
}

/// When a rule fires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// The measure reaches this. Above zero.
    AtLeast(Decimal),
    /// Nothing of the group came for the length of the window.
    Absent,
    /// A complete window stands out of those before it.
    Baseline {
        /// How far back it learns.
        learn: Span,
        /// How many spreads above the centre.
        deviations: Decimal,
        /// Silent below so many windows.
        minimum_windows: u64,
        /// Silent below this.
        at_least: Option<Decimal>,
    },
    /// A value that the group has not shown for a while.
    Unseen {
        /// Whose value.
        field: Field,
        /// For how long.
        learn: Span,
        /// Silent until the group has so many earlier matching events.
        minimum_history: u64,
    },
    /// A value that few of the group's earlier events showed.
    Rare {
        /// Whose value.
        field: Field,
        /// How far back it looks.
        learn: Span,
        /// Below so many percent of them.
        share: Decimal,
        /// Silent until the group has so many earlier matching events.
        minimum_history: u64,
    },
}

impl Trigger {
    /// The word of documents.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::AtLeast(_) => "atLeast",
            Self::Absent => "absent",
            Self::Baseline { .. } => "baseline",
            Self::Unseen { .. } => "unseen",
            Self::Rare { .. } => "rare",
        }
    }
}
