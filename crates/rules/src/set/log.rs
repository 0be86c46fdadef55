//! The events that are in some window, once for all rules: windows hold their numbers.

use smol_str::SmolStr;
use tocsin_model::event::Event;
use tocsin_model::field::Field;
use tocsin_model::time::{Span, Timestamp};
use tocsin_model::value::{Canonical, Member};

use super::blocks::Blocks;

/// A value that is counted, with its hash.
pub(super) type Told = (u64, Canonical);

/// What an event says of a field whose values are counted.
#[derive(Debug)]
enum Says {
    One(Told),
    Many(Box<[Told]>),
}

#[derive(Debug)]
struct Entry {
    time: Timestamp,
    /// Short ones stand here and allocate nothing.
    id: SmolStr,
}

#[derive(Debug)]
struct Counted {
    field: Field,
    /// What events say, with their numbers, in order: those alone that were asked and say something.
    says: Blocks<(u32, Says)>,
    /// The most values that any event showed.
    most: usize,
}

/// Where windows of one length begin.
#[derive(Debug)]
struct Beginning {
    length: Span,
    /// The number of the first event that they hold, as of the last one that was asked.
    first: u32,
}

/// Events by number, in the order of time.
#[derive(Debug)]
pub(super) struct Log {
    /// The number of the first one that is kept.
    first: u32,
    entries: Blocks<Entry>,
    counted: Vec<Counted>,
    beginnings: Vec<Beginning>,
    /// The length of the longest window.
    keep: Span,
    /// The largest number that is given.
    last: u32,
}

impl Log {
    /// A log for windows of no more than `keep`; numbers go up to `last`.
    pub(super) fn new(keep: Span, last: u32) -> Self {
        Self { first: 0, entries: Blocks::default(), counted: Vec::new(), beginnings: Vec::new(), keep, last }
    }

    /// The number of a field whose values are counted.
    pub(super) fn count(&mut self, field: &Field) -> usize {
        self.counted.iter().position(|counted| counted.field == *field).unwrap_or_else(|| {
            self.counted.push(Counted { field: field.clone(), says: Blocks::default(), most: 0 });
            self.counted.len() - 1
        })
    }

    /// The number of a length of windows.
    pub(super) fn length(&mut self, length: Span) -> usize {
        self.beginnings.iter().position(|known| known.length == length).unwrap_or_else(|| {
            self.beginnings.push(Beginning { length, first: self.first });
            self.beginnings.len() - 1
        })
    }

    /// The number of the first event that a window of that length holds at the last event. Numbers go up with time, so
    /// windows let go of events by number alone, and each event is passed once by each length.
    pub(super) fn beginning(&mut self, length: usize) -> u32 {
        let (Some(now), Some(beginning)) = (self.entries.back(), self.beginnings.get_mut(length)) else { return 0 };
        let limit = now.time.minus(beginning.length);
        beginning.first = beginning.first.max(self.first);
        let is_over =
            |number: u32| self.entries.get((number - self.first) as usize).is_some_and(|entry| entry.time <= limit);
        while is_over(beginning.first) {
            beginning.first += 1;
        }
        beginning.first
    }

    /// Whether every number is given: [`Self::renumber`] makes room.
    pub(super) fn is_full(&self) -> bool {
        self.next() >= self.last
    }

    fn next(&self) -> u32 {
        // Fewer than `last`, so they fit.
        self.first.saturating_add(self.entries.len() as u32)
    }

    /// Counts from zero again; gives what is taken off every number that is kept.
    pub(super) fn renumber(&mut self) -> u32 {
        let off = std::mem::take(&mut self.first);
        self.counted.iter_mut().flat_map(|counted| counted.says.iter_mut()).for_each(|(number, _)| *number -= off);
        self.beginnings.iter_mut().for_each(|beginning| beginning.first = beginning.first.saturating_sub(off));
        off
    }

    /// Takes an event in, lets go of what no window can hold any more, and gives its number.
    pub(super) fn push(&mut self, event: &Event) -> u32 {
        let limit = event.time.minus(self.keep);
        while self.entries.front().is_some_and(|entry| entry.time <= limit) {
            self.entries.pop_front();
            self.first = self.first.saturating_add(1);
        }
        for counted in &mut self.counted {
            while counted.says.front().is_some_and(|(number, _)| *number < self.first) {
                counted.says.pop_front();
            }
        }
        let number = self.next();
        self.entries.push_back(Entry { time: event.time, id: SmolStr::new(&event.id) });
        number
    }

    /// Notes what the last event says of a counted field, unless that is done.
    pub(super) fn tell(&mut self, counted: usize, number: u32, event: &Event) {
        let Some(counted) = self.counted.get_mut(counted) else { return };
        if counted.says.back().is_some_and(|(last, _)| *last == number) {
            return;
        }
        let told = |member: &Member| (member.hash(), member.canonical().clone());
        let Some(members) = event.get(&counted.field).map(|value| value.members()) else { return };
        counted.most = counted.most.max(members.len());
        let says = match members {
            [one] => Says::One(told(one)),
            members => Says::Many(members.iter().map(told).collect()),
        };
        counted.says.push_back((number, says));
    }

    /// What an event says of a counted field; a value stands once.
    pub(super) fn told(&self, counted: usize, number: u32) -> &[Told] {
        let Some(says) = self.counted.get(counted).map(|counted| &counted.says) else { return &[] };
        // Where every event was asked it stands as far from the first one as its number does; never further.
        let guess = says.front().and_then(|(first, _)| number.checked_sub(*first)).map(|at| at as usize);
        let found = guess.and_then(|at| says.get(at)).filter(|(of, _)| *of == number);
        let found = found.or_else(|| says.find(number, |(of, _)| *of));
        match found {
            None => &[],
            Some((_, Says::One(one))) => std::slice::from_ref(one),
            Some((_, Says::Many(many))) => many,
        }
    }

    /// The most values that an event showed so far.
    pub(super) fn most(&self, counted: usize) -> usize {
        self.counted.get(counted).map_or(0, |counted| counted.most)
    }

    /// The id of an event.
    pub(super) fn id(&self, number: u32) -> String {
        self.entry(number).map(|entry| entry.id.to_string()).unwrap_or_default()
    }

    fn entry(&self, number: u32) -> Option<&Entry> {
        self.entries.get(number.checked_sub(self.first)? as usize)
    }
}
