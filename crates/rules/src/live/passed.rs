//! How time goes for rules, and which rules of many a delivery concerns.

use std::collections::BTreeSet;

use tocsin_model::time::Timestamp;

use super::plan::ALWAYS;
use super::{Live, LiveEvent, SETTLE};

/// How far time has gone: the clock, and what events of whatever kind have shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// The latest time that was told.
    pub(super) clock: Timestamp,
    /// The newest time of any event, and when the last one was received.
    stream: Option<(Timestamp, Timestamp)>,
}

impl Default for Passed {
    fn default() -> Self {
        Self::up_to(ALWAYS)
    }
}

impl Passed {
    /// No event has come, and it is so late.
    #[must_use]
    pub const fn up_to(clock: Timestamp) -> Self {
        Self { clock, stream: None }
    }

    /// The same events, later; never earlier.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        Self { clock: self.clock.max(now), ..self }
    }

    /// What events have shown, without the clock.
    #[must_use]
    pub const fn seen(self) -> Self {
        Self { clock: ALWAYS, ..self }
    }

    /// Takes note of an event, whichever rule it may be of.
    pub fn saw(&mut self, live: LiveEvent<'_>) {
        *self = self.and(Self { clock: ALWAYS, stream: Some((live.event.time, live.received_at)) });
    }

    /// What both of them know.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let stream = match (self.stream, other.stream) {
            (Some((newest, received)), Some((newer, later))) => Some((newest.max(newer), received.max(later))),
            (stream, None) | (None, stream) => stream,
        };
        Self { clock: self.clock.max(other.clock), stream }
    }

    /// Up to where boundaries may be decided: those that time has left behind, and beyond which events have come or
    /// none came for a while. A stream that lags behind the clock is not cut off in the middle of a window.
    pub(super) fn until(self) -> Timestamp {
        let settled = self.clock.minus(SETTLE);
        let Some((newest, received)) = self.stream else { return settled };
        if received <= settled { settled } else { settled.min(Timestamp::from_millis(newest.millis() - 1)) }
    }

    /// When time alone will decide what ends at `boundary`.
    pub(super) fn decides(self, boundary: Timestamp) -> Timestamp {
        let waits = self.stream.filter(|(newest, _)| boundary >= *newest);
        waits.map_or(boundary, |(_, received)| received.max(boundary)).plus(SETTLE)
    }
}

/// Says which of many rules a delivery concerns: those that its events match, and those whose windows it ends. For the
/// others it is as if it had not come, so they need not be asked.
#[derive(Debug, Default)]
pub struct Watch {
    passed: Passed,
    /// The first boundary of each rule that waits for one.
    waiting: BTreeSet<(Timestamp, usize)>,
    armed: Vec<Option<Timestamp>>,
}

/// What a delivery means to rules.
#[derive(Debug)]
pub struct Concern {
    /// How far time had gone before it came, and with it: what [`Live::take`] wants.
    pub time: (Passed, Passed),
    /// The rules, in order of their numbers, each with the places of the events that it matches.
    pub rules: Vec<(usize, Vec<usize>)>,
}

impl Watch {
    /// Time has gone so far; no rule waits for anything.
    #[must_use]
    pub fn new(passed: Passed) -> Self {
        Self { passed, ..Self::default() }
    }

    /// How far time has gone.
    #[must_use]
    pub const fn passed(&self) -> Passed {
        self.passed
    }

    /// Notes what a rule waits for now: after each time that it was asked. None: it is not asked any more.
    pub fn note(&mut self, rule: usize, live: Option<&Live>) {
        if self.armed.len() <= rule {
            self.armed.resize(rule + 1, None);
        }
        let Some(armed) = self.armed.get_mut(rule) else { return };
        let boundary = live.and_then(Live::boundary);
        if *armed == boundary {
            return;
        }
        if let Some(before) = armed.take() {
            self.waiting.remove(&(before, rule));
        }
        *armed = boundary;
        self.waiting.extend(boundary.map(|boundary| (boundary, rule)));
    }

    /// Takes note of a delivery, which is not empty; `matching` says which of its events each rule matches.
    pub fn delivery(&mut self, events: &[LiveEvent<'_>], matching: Vec<(usize, Vec<usize>)>) -> Concern {
        let received = events.first().map_or(ALWAYS, |live| live.received_at);
        let before = self.passed.at(received);
        let mut now = before;
        events.iter().for_each(|live| now.saw(*live));
        self.passed = now;
        let mut rules = matching;
        let due = self.due(before.until().max(now.until()));
        rules.extend(due.into_iter().map(|rule| (rule, Vec::new())));
        // A rule that is due and matches stands there twice: the first one has its events.
        rules.sort_by_key(|(rule, _)| *rule);
        rules.dedup_by_key(|(rule, _)| *rule);
        Concern { time: (before, now), rules }
    }

    /// Lets time pass; gives the rules for which that decides something.
    pub fn advance(&mut self, now: Timestamp) -> Vec<usize> {
        self.passed = self.passed.at(now);
        let mut rules = self.due(self.passed.until());
        rules.sort_unstable();
        rules
    }

    /// When time alone will next decide something; none when all wait for events.
    #[must_use]
    pub fn next_decision(&self) -> Option<Timestamp> {
        self.waiting.first().map(|(boundary, _)| self.passed.decides(*boundary))
    }

    fn due(&self, until: Timestamp) -> Vec<usize> {
        self.waiting.iter().take_while(|(boundary, _)| *boundary <= until).map(|(_, rule)| *rule).collect()
    }
}
