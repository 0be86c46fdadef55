//! A disk that loses power: from what the program wrote and made durable, the files as they may be found afterwards.
//!
//! The model is as unkind as a disk may be. What was not synced is there, or not, or in part, in any order; names
//! come and go in order, but as late as the folder's next sync; and what was waiting when a sync failed is never
//! written by a later one, as Linux does it.

use rand::Rng;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::trace::{Call, What};

/// Bytes that a disk writes whole or not at all.
const SECTOR: usize = 512;

/// What becomes of what was written and not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// All of it is gone.
    All,
    /// Some writes are there.
    Some,
    /// Some are there, some of them in part, down to the middle of a sector.
    Torn,
}

/// One change to a file or to the names of the folder, and when it was durable.
#[derive(Debug)]
struct Change<T> {
    begins: usize,
    ends: usize,
    durable: Option<usize>,
    /// Was waiting when a sync failed.
    given_up: bool,
    what: T,
}

#[derive(Debug)]
enum Bytes {
    Write(usize, Vec<u8>),
    Cut(usize),
}

#[derive(Debug)]
enum Name {
    Made(String, usize),
    Gone(String),
}

/// Everything that happened to the files of one folder.
#[derive(Debug)]
pub struct History {
    start: BTreeMap<String, usize>,
    contents: Vec<Vec<u8>>,
    files: Vec<Vec<Change<Bytes>>>,
    names: Vec<Change<Name>>,
    answers: Vec<(usize, u16, u16)>,
    end: usize,
}

impl History {
    /// Follows the calls from the files as they were when the program started.
    ///
    /// # Panics
    /// When a call concerns a file that is not there: then the trace is not whole.
    #[must_use]
    pub fn new(folder: &str, start: BTreeMap<String, Vec<u8>>, calls: Vec<Call>) -> Self {
        let (names, contents): (Vec<String>, Vec<Vec<u8>>) = start.into_iter().unzip();
        let mut history = Self {
            start: names.into_iter().enumerate().map(|(file, name)| (name, file)).collect(),
            files: contents.iter().map(|_| Vec::new()).collect(),
            contents,
            names: Vec::new(),
            answers: Vec::new(),
            end: calls.iter().map(|call| call.ends + 1).max().unwrap_or(0),
        };
        let mut now = history.start.clone();
        for call in calls {
            history.follow(folder, call, &mut now);
        }
        history
    }

    fn follow(&mut self, folder: &str, call: Call, now: &mut BTreeMap<String, usize>) {
        let (begins, ends) = (call.begins, call.ends);
        // The whole path is the folder's own.
        let short = |path: &str| path[folder.len()..].trim_start_matches('/').to_owned();
        match call.what {
            What::Sync(path) if short(&path).is_empty() => settle(&mut self.names, begins, ends, call.succeeded),
            What::Sync(path) => {
                if let Some(file) = now.get(&short(&path)) {
                    settle(&mut self.files[*file], begins, ends, call.succeeded);
                }
            }
            What::Answer(port, status) => self.answers.push((begins, port, status)),
            // A call that failed changed nothing.
            _ if !call.succeeded => {}
            What::Open(path) => {
                let name = short(&path);
                if !now.contains_key(&name) {
                    let file = self.files.len();
                    self.files.push(Vec::new());
                    self.contents.push(Vec::new());
                    now.insert(name.clone(), file);
                    self.names.push(change(begins, ends, Name::Made(name, file)));
                }
            }
            What::Unlink(path) => {
                let name = short(&path);
                if now.remove(&name).is_some() {
                    self.names.push(change(begins, ends, Name::Gone(name)));
                }
            }
            What::Write(path, place, bytes) => {
                let place = usize::try_from(place).unwrap_or(usize::MAX);
                self.change_of(now, &short(&path)).push(change(begins, ends, Bytes::Write(place, bytes)));
            }
            What::Cut(path, length) => {
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                self.change_of(now, &short(&path)).push(change(begins, ends, Bytes::Cut(length)));
            }
        }
    }

    fn change_of(&mut self, now: &BTreeMap<String, usize>, name: &str) -> &mut Vec<Change<Bytes>> {
        let file = now.get(name).unwrap_or_else(|| panic!("{name} was written to and never made"));
        &mut self.files[*file]
    }

    /// One more than the last place where power may be lost.
    #[must_use]
    pub const fn end(&self) -> usize {
        self.end
    }

    /// The answers that began: where, to which port, with which status.
    #[must_use]
    pub fn answers(&self) -> &[(usize, u16, u16)] {
        &self.answers
    }

    /// How often a file was written from its first byte: a log begins anew that way after it was moved into the
    /// database.
    #[must_use]
    pub fn beginnings(&self, suffix: &str) -> usize {
        let made = self.names.iter().filter_map(|change| match &change.what {
            Name::Made(name, file) => Some((name, *file)),
            Name::Gone(_) => None,
        });
        let files = self.start.iter().map(|(name, file)| (name, *file)).chain(made);
        let files = files.filter(|(name, _)| name.ends_with(suffix));
        files.flat_map(|(_, file)| &self.files[file]).filter(|change| matches!(change.what, Bytes::Write(0, _))).count()
    }

    /// The files as they may be found when power is lost just before line `moment`, with the bytes that are missing.
    pub fn image(&self, moment: usize, loss: Loss, random: &mut StdRng) -> (BTreeMap<String, Vec<u8>>, usize) {
        let mut names = self.start.clone();
        let known = self.names.iter().filter(|change| change.begins < moment).count();
        let safe = self.names[..known].iter().rposition(|change| change.is_durable(moment)).map_or(0, |at| at + 1);
        let kept = if loss == Loss::All { safe } else { random.random_range(safe..=known) };
        for change in &self.names[..kept] {
            match &change.what {
                Name::Made(name, file) => names.insert(name.clone(), *file),
                Name::Gone(name) => names.remove(name),
            };
        }
        let mut missing = 0;
        let files = names.into_iter().map(|(name, file)| {
            let mut content = self.contents[file].clone();
            for change in self.files[file].iter().filter(|change| change.begins < moment) {
                let whole = change.is_durable(moment) || (loss != Loss::All && random.random_bool(0.5));
                let torn = !change.is_durable(moment) && loss == Loss::Torn && random.random_bool(0.3);
                missing += change.what.apply(&mut content, whole, torn, random);
            }
            (name, content)
        });
        let files = files.collect();
        (files, missing)
    }
}

fn change<T>(begins: usize, ends: usize, what: T) -> Change<T> {
    Change { begins, ends, durable: None, given_up: false, what }
}

impl<T> Change<T> {
    fn is_durable(&self, moment: usize) -> bool {
        self.durable.is_some_and(|since| since < moment)
    }
}

/// A sync that ended covers what had been written before it began. Two threads may sync one file at once, and the one
/// that begins later may end first: what both cover is durable since the first end.
fn settle<T>(changes: &mut [Change<T>], begins: usize, ends: usize, succeeded: bool) {
    for change in changes.iter_mut().filter(|change| change.ends < begins && !change.given_up) {
        if succeeded {
            change.durable = Some(change.durable.map_or(ends, |since| since.min(ends)));
        } else if change.durable.is_none() {
            change.given_up = true;
        }
    }
}

impl Bytes {
    /// Does it to a file, whole, in part or not at all; gives the number of bytes that are not there.
    fn apply(&self, content: &mut Vec<u8>, whole: bool, torn: bool, random: &mut StdRng) -> usize {
        match self {
            Self::Cut(length) if whole => content.resize(*length, 0),
            Self::Write(place, bytes) if torn => return tear(content, *place, bytes, random),
            Self::Write(place, bytes) if whole => put(content, *place, bytes),
            Self::Write(_, bytes) => return bytes.len(),
            Self::Cut(_) => {}
        }
        0
    }
}

fn put(content: &mut Vec<u8>, place: usize, bytes: &[u8]) {
    let end = place + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[place..end].copy_from_slice(bytes);
}

/// Writes some of the sectors, and of one of them only the beginning.
fn tear(content: &mut Vec<u8>, place: usize, bytes: &[u8], random: &mut StdRng) -> usize {
    let mut missing = 0;
    let mut at = 0;
    while at < bytes.len() {
        let end = bytes.len().min(((place + at) / SECTOR + 1) * SECTOR - place);
        let kept = match random.random_range(0..8) {
            0 => random.random_range(0..=end - at),
            1..4 => 0,
            _ => end - at,
        };
        put(content, place + at, &bytes[at..at + kept]);
        missing += end - at - kept;
        at = end;
    }
    missing
}

/// Writes an image into a folder that is there and empty.
///
/// # Panics
/// When it cannot be written.
pub fn lay_out(image: &BTreeMap<String, Vec<u8>>, folder: &Path) {
    for (name, content) in image {
        fs::write(folder.join(name), content).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn history() -> History {
        let call = |line, what| Call { begins: line, ends: line, succeeded: true, what };
        let write = |line, text: &str| call(line, What::Write("/d/log".into(), 0, text.into()));
        let sync = |line, path: &str| call(line, What::Sync(path.into()));
        let calls = vec![
            call(0, What::Open("/d/log".into())),
            write(1, "one"),
            sync(2, "/d/log"),
            sync(3, "/d"),
            write(4, "two"),
            Call { succeeded: false, ..sync(5, "/d/log") },
            sync(6, "/d/log"),
            call(7, What::Answer(9, 202)),
            write(8, "six"),
        ];
        History::new("/d", BTreeMap::from([("db".into(), b"old".to_vec())]), calls)
    }

    fn found(moment: usize, loss: Loss) -> Vec<Option<String>> {
        let mut found: Vec<_> = (0..200)
            .map(|seed| {
                let (image, _) = history().image(moment, loss, &mut StdRng::seed_from_u64(seed));
                assert_eq!(image["db"], b"old");
                image.get("log").map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            })
            .collect();
        found.sort();
        found.dedup();
        found
    }

    fn some(texts: &[&str]) -> Vec<Option<String>> {
        texts.iter().map(|text| Some((*text).to_owned())).collect()
    }

    #[test]
    fn what_was_synced_is_there_and_the_rest_is_not() {
        assert_eq!(found(1, Loss::All), [None]);
        // The file is durable and its name is not.
        assert_eq!(found(3, Loss::All), [None]);
        assert_eq!(found(4, Loss::All), some(&["one"]));
        // A later sync does not bring back what a failed one gave up.
        assert_eq!(found(8, Loss::All), some(&["one"]));
        assert_eq!(history().end(), 9);
        assert_eq!(history().answers(), [(7, 9, 202)]);
        assert_eq!((history().beginnings("log"), history().beginnings("db")), (3, 0));
    }

    #[test]
    fn of_two_syncs_at_once_the_first_to_end_makes_durable() {
        let call = |begins, ends, what| Call { begins, ends, succeeded: true, what };
        let sync = |begins, ends| call(begins, ends, What::Sync("/d/log".into()));
        let write = call(0, 0, What::Write("/d/log".into(), 0, b"one".to_vec()));
        let start = BTreeMap::from([("log".to_owned(), b"old".to_vec())]);
        // A thread that moves the log into the database syncs beside the one that writes.
        let history = History::new("/d", start, vec![write, sync(1, 4), sync(2, 3)]);
        let found = |moment| history.image(moment, Loss::All, &mut StdRng::seed_from_u64(1)).0["log"].clone();
        assert_eq!((found(3), found(4)), (b"old".to_vec(), b"one".to_vec()));
    }

    #[test]
    fn what_was_not_synced_may_be_there_in_any_order_and_in_part() {
        assert_eq!(found(9, Loss::Some), some(&["one", "six", "two"]));
        let torn = found(9, Loss::Torn);
        assert!(torn.contains(&Some("sio".into())) || torn.contains(&Some("sne".into())), "{torn:?}");
        assert!(torn.len() > 3, "{torn:?}");
    }
}
