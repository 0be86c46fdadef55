//! A batch on its way through the stages: what is still undecided, what will be told, what will not.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use tocsin_model::notification::{Arrival, Notification, SkipReason};
use tocsin_model::severity::Severity;
use tocsin_model::time::{Span, Timestamp};

/// Where a notification stood in its batch.
pub(crate) type Place = usize;

/// The rows of one alert: told as one, the latest row says why.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) places: Vec<Place>,
    pub(crate) notification: Notification,
}

/// What one pop-up is about.
#[derive(Debug, Clone)]
pub(crate) enum Matter {
    /// One alert.
    Alert(Box<Notification>),
    /// What is too old to be news.
    History(Running),
    /// What came too fast to be told one by one.
    Storm(Running),
    /// What came in quiet hours, which are over.
    Quiet(Running),
}

/// One pop-up to show, for the rows at `places`.
#[derive(Debug, Clone)]
pub(crate) struct Telling {
    pub(crate) places: Vec<Place>,
    pub(crate) matter: Matter,
}

/// A batch between two stages. Every place of the batch stands in exactly one of the four lists.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) undecided: Vec<Row>,
    pub(crate) tellings: Vec<Telling>,
    pub(crate) skips: Vec<(Place, SkipReason)>,
    /// With the end of the quiet.
    pub(crate) held: Vec<(Place, Timestamp)>,
}

impl Plan {
    /// Everything undecided, with the rows of one alert put together.
    pub(crate) fn of(batch: Vec<Notification>) -> Self {
        let mut undecided: Vec<Row> = Vec::with_capacity(batch.len());
        let mut row_of = HashMap::with_capacity(batch.len());
        for (place, notification) in batch.into_iter().enumerate() {
            match row_of.entry(notification.alert.id) {
                Entry::Vacant(free) => {
                    free.insert(undecided.len());
                    undecided.push(Row { places: vec![place], notification });
                }
                Entry::Occupied(known) => {
                    if let Some(row) = undecided.get_mut(*known.get()) {
                        row.places.push(place);
                        row.notification = notification;
                    }
                }
            }
        }
        Self { undecided, ..Self::default() }
    }
}

/// A summary that may grow while it is on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Running {
    pub(crate) tally: Tally,
    /// When its first alert was put in.
    pub(crate) started: Timestamp,
    /// When its latest alert was put in.
    pub(crate) touched: Timestamp,
    /// Whether it stands on the screen already, so that it is updated in place.
    pub(crate) grows: bool,
}

impl Running {
    /// `before` with `rows` put in, or a new summary of them when there is none to continue.
    pub(crate) fn with(before: Option<&Self>, rows: &[Row], now: Timestamp) -> Self {
        let mut tally = before.map(|running| running.tally.clone()).unwrap_or_default();
        rows.iter().for_each(|row| tally.add(&row.notification));
        let started = before.map_or(now, |running| running.started);
        Self { tally, started, touched: now, grows: before.is_some() }
    }
}

/// How many alerts of each severity, and the worst of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    counts: [u64; Severity::ALL.len()],
    worst: Option<(Severity, String)>,
    waited: bool,
}

impl Tally {
    fn add(&mut self, notification: &Notification) {
        let content = &notification.alert.content;
        for (severity, count) in Severity::ALL.into_iter().zip(&mut self.counts) {
            *count += u64::from(severity == content.severity);
        }
        if self.worst.as_ref().is_none_or(|(worst, _)| *worst < content.severity) {
            self.worst = Some((content.severity, content.title.clone()));
        }
        self.waited |= notification.arrival == Arrival::Delivered;
    }

    /// How many alerts there are.
    pub(crate) fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The severities that occur with their counts, worst first.
    pub(crate) fn by_severity(&self) -> impl Iterator<Item = (Severity, u64)> {
        Severity::ALL.into_iter().zip(self.counts).filter(|(_, count)| *count > 0)
    }

    /// The worst severity and the title of the first alert that had it.
    pub(crate) fn worst(&self) -> Option<(Severity, &str)> {
        self.worst.as_ref().map(|(severity, title)| (*severity, title.as_str()))
    }

    /// Whether nothing but imports is in it.
    pub(crate) const fn all_imported(&self) -> bool {
        !self.waited
    }
}

/// Whether `then` lies less than `span` before `now`. A time that `now` has not reached is not within: the clock was
/// set back, and what was noted before that says nothing any more.
pub(crate) fn is_within(then: Timestamp, span: Span, now: Timestamp) -> bool {
    (0..span.millis()).contains(&now.millis().saturating_sub(then.millis()))
}
