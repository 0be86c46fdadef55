//! Event feeds: facts that rules look at, each in the form of a line of an events file, for sources of every kind.
//!
//! What cannot be read is turned away by itself, with its place; its neighbours are taken.

use serde::Deserialize;
use serde_json::value::RawValue;
use tocsin_model::delivery::{EventReport, NormalisedEvents, Rejected};
use tocsin_model::event;
use tocsin_model::field::EventKind;
use tocsin_model::redaction::Redacted;
use tocsin_model::time::Timestamp;
use tocsin_model::tree::Tree;

use super::Reading;
use super::json::{Document, MOST_KEYS, measure};

/// Most events in one delivery of a feed.
pub const MOST_EVENTS: usize = 50_000;
/// Longest id in bytes.
const LONGEST_ID: usize = 1_024;

/// A delivery with more than [`MOST_EVENTS`] events; none of it was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a delivery has at most 50,000 events: send them in several")]
pub struct TooManyEvents;

/// How the events stand in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedForm {
    /// One document of JSON: an array of events or CloudEvents, or one of them alone.
    Whole,
    /// One event a line, empty lines left out.
    Lines,
}

/// Reads one delivery of a feed.
///
/// # Errors
/// [`TooManyEvents`]: the sender has to split it.
pub fn read_feed(form: FeedForm, body: &Redacted) -> Result<NormalisedEvents, TooManyEvents> {
    let bytes = body.as_bytes();
    let mut feed = Feed { reading: Reading::new(bytes), done: NormalisedEvents::default() };
    match form {
        FeedForm::Lines => feed.lines(bytes)?,
        FeedForm::Whole => feed.whole(bytes)?,
    }
    let mut done = feed.done;
    done.rejected.extend(feed.reading.done.rejected);
    Ok(done)
}

/// Whether a file is one of events, and in which form: its first event says so by its `kind`.
#[must_use]
pub fn looks_like_events(body: &Redacted) -> Option<FeedForm> {
    let bytes = body.as_bytes();
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    if text.starts_with(b"[") {
        let members: Vec<&RawValue> = serde_json::from_slice(text).ok()?;
        let first = members.first()?;
        return is_event(first.get()).then_some(FeedForm::Whole);
    }
    let line = text.split(|byte| *byte == b'\n').next()?;
    is_event(std::str::from_utf8(line).ok()?).then_some(FeedForm::Lines)
}

fn is_event(text: &str) -> bool {
    let part: Option<Part<'_>> = serde_json::from_str(text).ok();
    part.is_some_and(|part| part.id.is_some() && part.kind.is_some_and(|kind| kind.parse::<EventKind>().is_ok()))
}

/// One event, or a CloudEvent around one.
#[derive(Deserialize)]
struct Part<'a> {
    id: Option<String>,
    time: Option<String>,
    kind: Option<String>,
    #[serde(borrow)]
    fields: Option<&'a RawValue>,
    specversion: Option<&'a RawValue>,
    data: Option<&'a RawValue>,
}

struct Feed<'a> {
    reading: Reading<'a>,
    done: NormalisedEvents,
}

impl<'a> Feed<'a> {
    fn lines(&mut self, bytes: &'a [u8]) -> Result<(), TooManyEvents> {
        let mut start = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        while start < bytes.len() {
            let rest = &bytes[start..];
            let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            let line = &rest[..length];
            if !line.trim_ascii().is_empty() {
                let read = std::str::from_utf8(line)
                    .map_err(|_| "this line is not UTF-8 text: send JSON as UTF-8".to_owned())
                    .and_then(one);
                self.take(read, start, length, None)?;
            }
            start += length + 1;
        }
        Ok(())
    }

    fn whole(&mut self, bytes: &'a [u8]) -> Result<(), TooManyEvents> {
        let document = match Document::parse(bytes) {
            Ok(document) => document,
            Err(unreadable) => {
                self.reading.reject_whole(unreadable.reason, unreadable.offset);
                return Ok(());
            }
        };
        if !document.root.is_array() {
            let range = document.root.range(bytes);
            return self.take(one(document.root.raw()), range.start, range.len(), None);
        }
        let members = document.root.members(MOST_EVENTS).ok_or(TooManyEvents)?;
        for (at, member) in members.into_iter().enumerate() {
            let range = member.range(bytes);
            self.take(one(member.raw()), range.start, range.len(), Some(at))?;
        }
        Ok(())
    }

    fn take(
        &mut self,
        read: Result<EventReport, String>,
        start: usize,
        length: usize,
        index: Option<usize>,
    ) -> Result<(), TooManyEvents> {
        match read {
            Ok(event) => self.done.events.push(event),
            Err(reason) => {
                let position = self.reading.position(start);
                let path = index.map(|at| format!("[{at}]"));
                self.done.rejected.push(Rejected { reason, position, path, part: start..start + length });
            }
        }
        if self.done.events.len() + self.done.rejected.len() > MOST_EVENTS { Err(TooManyEvents) } else { Ok(()) }
    }
}

/// Reads one event. The usual one is read quickly; what is odd is read again, slowly, to say what is wrong.
fn one(text: &str) -> Result<EventReport, String> {
    let quick = serde_json::from_str::<Part<'_>>(text).ok();
    if let Some(part) = quick {
        if part.specversion.is_some() {
            return carried(&part);
        }
        if let Some(event) = plain(&part) {
            return Ok(event);
        }
    }
    slow(text)
}

fn plain(part: &Part<'_>) -> Option<EventReport> {
    let external_id = part.id.clone().filter(|id| !id.is_empty() && id.len() <= LONGEST_ID)?;
    let fields = part.fields.map_or("{}", RawValue::get);
    let found = measure(fields.as_bytes());
    if !fields.starts_with('{') || found.too_deep.is_some() || found.keys > MOST_KEYS {
        return None;
    }
    Some(EventReport {
        external_id,
        time: Timestamp::parse(part.time.as_deref()?).ok()?,
        kind: part.kind.as_deref()?.parse().ok()?,
        fields: fields.to_owned(),
    })
}

/// The event that a CloudEvent carries; what it does not say itself its envelope says.
fn carried(part: &Part<'_>) -> Result<EventReport, String> {
    let data = part.data.ok_or("“data” is missing: a CloudEvent of a feed carries the event there")?;
    let inner: Part<'_> = serde_json::from_str(data.get())
        .map_err(|_| "“data” is no event: write {\"id\", \"time\", \"kind\", \"fields\"} there".to_owned())?;
    let whole = Part {
        id: inner.id.or_else(|| part.id.clone()),
        time: inner.time.or_else(|| part.time.clone()),
        kind: inner.kind,
        fields: inner.fields,
        specversion: None,
        data: None,
    };
    plain(&whole).map_or_else(|| slow(data.get()), Ok)
}

fn slow(text: &str) -> Result<EventReport, String> {
    let read = event::event(text)?;
    if read.id.len() > LONGEST_ID {
        return Err(format!("“id” has {} bytes, and {LONGEST_ID} is the most", read.id.len()));
    }
    let tree = Tree::parse(text)?;
    let fields = match tree.get("fields") {
        Some(fields @ Tree::Map(_)) => serde_json::to_string(fields).map_err(|error| error.to_string())?,
        Some(Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) | Tree::List(_)) | None => "{}".to_owned(),
    };
    if measure(fields.as_bytes()).keys > MOST_KEYS {
        return Err(format!("the event has more than {MOST_KEYS} keys"));
    }
    Ok(EventReport { external_id: read.id, time: read.time, kind: read.kind, fields })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use tocsin_model::redaction::redact;

    fn read(form: FeedForm, text: &str) -> NormalisedEvents {
        read_feed(form, &redact(text.as_bytes().to_vec())).unwrap()
    }

    const ONE: &str =
        r#"{"id":"a","time":"2026-03-01T10:00:00Z","kind":"api.request","fields":{"status_code":500.50}}"#;

    #[test]
    fn an_event_is_the_same_in_every_form() {
        let line = read(FeedForm::Lines, &format!("\u{feff}\n{ONE}\r\n\n"));
        let event = &line.events[0];
        assert_eq!((event.external_id.as_str(), event.fields.as_str()), ("a", r#"{"status_code":500.50}"#));
        assert_eq!(read(FeedForm::Whole, &format!("[{ONE}]")), line);
        assert_eq!(read(FeedForm::Whole, ONE), line);
        assert_eq!(read(FeedForm::Whole, &format!(r#"[{{"specversion":"1.0","id":"x","data":{ONE}}}]"#)), line);
        let bare = r#"{"kind":"api.request","fields":{"status_code":500.50}}"#;
        let enveloped = format!(r#"{{"specversion":"1.0","id":"a","time":"2026-03-01T10:00:00Z","data":{bare}}}"#);
        assert_eq!(read(FeedForm::Whole, &enveloped), line);
    }

    #[test]
    fn what_cannot_be_read_has_a_place_and_a_reason_and_its_neighbours_are_taken() {
        let text = format!("{ONE}\n{{\"id\":7}}\nnonsense\n{}", ONE.replace("\"a\"", "\"b\""));
        let found = read(FeedForm::Lines, &text);
        assert_eq!(found.events.len(), 2);
        let places: Vec<_> = found.rejected.iter().map(|one| (one.position.line, one.position.column)).collect();
        assert_eq!(places, [(2, 1), (3, 1)]);
        assert!(found.rejected[0].reason.contains("“id” is a number, not text"), "{found:?}");
        assert_eq!(&text[found.rejected[1].part.clone()], "nonsense");
        let found = read(FeedForm::Whole, &format!("[{ONE},1,{{\"specversion\":\"1.0\",\"data\":3}}]"));
        assert_eq!(
            found.rejected.iter().map(|one| one.path.as_deref()).collect::<Vec<_>>(),
            [Some("[1]"), Some("[2]")]
        );
        assert_eq!(read(FeedForm::Whole, "[{]").rejected.len(), 1);
    }

    #[test]
    fn limits_are_those_of_the_contract() {
        let many = |count: usize| {
            let all: Vec<String> = (0..count).map(|n| ONE.replace("\"a\"", &format!("\"{n}\""))).collect();
            redact(all.join("\n").into_bytes())
        };
        assert_eq!(read_feed(FeedForm::Lines, &many(MOST_EVENTS)).unwrap().events.len(), MOST_EVENTS);
        assert_eq!(read_feed(FeedForm::Lines, &many(MOST_EVENTS + 1)), Err(TooManyEvents));
        let deep = ONE.replace("500.50", &format!("{}{}", "[".repeat(70), "]".repeat(70)));
        assert!(read(FeedForm::Lines, &deep).rejected[0].reason.contains("levels"));
        assert_eq!(
            read(FeedForm::Lines, &ONE.replace("\"a\"", &format!("\"{}\"", "i".repeat(1_025)))).rejected.len(),
            1
        );
    }

    #[test]
    fn an_events_file_is_told_from_a_delivery() {
        let looks = |text: &str| looks_like_events(&redact(text.as_bytes().to_vec()));
        assert_eq!(looks(&format!("{ONE}\n{ONE}")), Some(FeedForm::Lines));
        assert_eq!(looks(&format!(" [{ONE}]")), Some(FeedForm::Whole));
        assert_eq!(looks(r#"{"specversion":"1.0","id":"x","data":{"alerts":[]}}"#), None);
        assert_eq!(looks("nonsense"), None);
    }
}
