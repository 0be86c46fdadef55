//! A document in parts that can be taken in one after the other: a file of events may be of any length.

use std::io::{self, Read};

use tocsin_ingest::connector::{FeedForm, MOST_EVENTS, looks_like_events};
use tocsin_model::redaction::redact;

/// Largest document that is taken whole, in bytes: more than any sender may post.
const WHOLE: usize = 64 * 1024 * 1024;
/// Most bytes of one part of a file of events.
const PART: usize = 16 * 1024 * 1024;

/// Why a document cannot be taken in, or not from here on.
#[derive(Debug, thiserror::Error)]
pub(super) enum PartError {
    /// It cannot be read.
    #[error("{0}")]
    Read(#[from] io::Error),
    /// It is too large, and not one of events with one a line, which could be taken in parts.
    #[error("it is larger than 64 MiB: split it, or write one event a line, of which a file may have any number")]
    TooLarge,
    /// A line of a file of events is larger than any part.
    #[error("line {0} is longer than 16 MiB, and no event is: one event stands on one line")]
    LongLine(usize),
}

/// The parts of a document: of events with one a line as many as it takes, of anything else one.
pub(super) struct Parts<'a> {
    from: &'a mut dyn Read,
    /// Whether lines are events even when the first one does not say so.
    events_only: bool,
    held: Vec<u8>,
    /// Whether it is one of events with one a line; none: that is not known yet.
    by_lines: Option<bool>,
    is_read: bool,
    lines: usize,
}

impl<'a> Parts<'a> {
    /// `events_only`: nothing but events is taken from this source.
    pub(super) fn new(from: &'a mut dyn Read, events_only: bool) -> Self {
        Self { from, events_only, held: Vec::new(), by_lines: None, is_read: false, lines: 0 }
    }

    /// The next part; none after the last one. A document without a byte is one part.
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>, PartError> {
        self.fill(PART)?;
        let by_lines = match self.by_lines {
            Some(_) if self.held.is_empty() => return Ok(None),
            Some(by_lines) => by_lines,
            None => self.is_by_lines(),
        };
        self.by_lines = Some(by_lines);
        if !by_lines {
            self.fill(WHOLE + 1)?;
            return if self.held.len() > WHOLE {
                Err(PartError::TooLarge)
            } else {
                Ok(Some(self.cut(self.held.len())))
            };
        }
        match self.end_of_part() {
            0 => Err(PartError::LongLine(self.lines + 1)),
            end => Ok(Some(self.cut(end))),
        }
    }

    /// The first bytes tell, unless it is an array, which has to be there as a whole.
    fn is_by_lines(&self) -> bool {
        let is_array = self.held.trim_ascii_start().starts_with(b"[");
        let looks = if is_array { None } else { looks_like_events(&redact(self.first_line().to_vec())) };
        looks == Some(FeedForm::Lines) || (self.events_only && !is_array)
    }

    /// What stands before the end of the first line that is not empty.
    fn first_line(&self) -> &[u8] {
        let text = self.held.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&self.held).trim_ascii_start();
        text.split(|byte| *byte == b'\n').next().unwrap_or_default()
    }

    /// Behind the last line that fits.
    fn end_of_part(&self) -> usize {
        let ends = || self.held.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
        match ends().nth(MOST_EVENTS - 1) {
            Some(end) => end,
            None if self.is_read => self.held.len(),
            None => ends().next_back().unwrap_or_default(),
        }
    }

    fn cut(&mut self, end: usize) -> Vec<u8> {
        let rest = self.held.split_off(end);
        let part = std::mem::replace(&mut self.held, rest);
        self.lines += part.iter().filter(|byte| **byte == b'\n').count();
        part
    }

    /// Reads on until so many bytes are held, or there are no more.
    fn fill(&mut self, length: usize) -> Result<(), PartError> {
        let missing = length.saturating_sub(self.held.len());
        if missing > 0 && !self.is_read {
            let read = (&mut *self.from).take(missing as u64).read_to_end(&mut self.held)?;
            self.is_read = read < missing;
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn event(id: usize) -> String {
        format!("{{\"id\":\"{id}\",\"time\":\"2026-03-01T10:00:00Z\",\"kind\":\"api.request\",\"fields\":{{}}}}")
    }

    fn parts(text: &[u8], events_only: bool) -> Result<Vec<usize>, PartError> {
        let mut from = text;
        let mut parts = Parts::new(&mut from, events_only);
        let (mut all, mut lengths) = (Vec::new(), Vec::new());
        while let Some(part) = parts.next()? {
            lengths.push(part.len());
            all.extend(part);
        }
        assert!(all == text, "nothing is lost or said twice");
        Ok(lengths)
    }

    #[test]
    fn a_file_of_events_is_cut_behind_lines() {
        let text = (0..MOST_EVENTS + 1).map(|id| event(id) + "\n").collect::<String>();
        let one = event(MOST_EVENTS).len() + 1;
        assert_eq!(parts(text.as_bytes(), false).unwrap(), [text.len() - one, one]);
        // Neither an end of the last line nor a mark of the first bytes makes a difference.
        let text = format!("\u{feff}\n{}", text.trim_end());
        assert_eq!(parts(text.as_bytes(), false).unwrap().len(), 2);
        let long = event(1).replace("{}", &format!("{{\"hostname\":\"{}\"}}", "x".repeat(PART / 2)));
        let text = format!("{long}\n{long}\n{long}");
        assert_eq!(parts(text.as_bytes(), false).unwrap(), [long.len() + 1, long.len() + 1, long.len()]);
    }

    #[test]
    fn anything_else_is_one_part() {
        assert_eq!(parts(b"", false).unwrap(), [0]);
        assert_eq!(parts(b"{\n\"a\":\n1}\n", false).unwrap(), [10]);
        let array = format!("[{}\n,{}]", event(1), event(2));
        for events_only in [false, true] {
            assert_eq!(parts(array.as_bytes(), events_only).unwrap(), [array.len()]);
        }
        let most = vec![b' '; WHOLE];
        assert_eq!(parts(&most, false).unwrap(), [WHOLE]);
    }

    #[test]
    fn what_is_too_large_is_refused_where_it_is() {
        let large = vec![b'x'; WHOLE + 1];
        assert!(matches!(parts(&large, false), Err(PartError::TooLarge)));
        let mut text = event(1).into_bytes();
        text.push(b'\n');
        text.extend(vec![b'x'; PART + 1]);
        let mut from = text.as_slice();
        let mut parts = Parts::new(&mut from, false);
        assert_eq!(parts.next().unwrap(), Some(text[..event(1).len() + 1].to_vec()));
        assert!(matches!(parts.next(), Err(PartError::LongLine(2))));
    }
}
