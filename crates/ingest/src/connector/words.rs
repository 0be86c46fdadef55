//! Words that vendors share, and texts cut to the form an alert has.

use std::borrow::Cow;
use std::net::IpAddr;

use tocsin_model::severity::Severity;
use tocsin_model::status::Status;
use tocsin_model::time::Timestamp;

use super::json::{Trouble, Value};

/// Longest title in characters.
const LONGEST_TITLE: usize = 300;

/// Longest id in characters: ids are keys of the store.
const LONGEST_ID: usize = 1_000;

/// Most entities of one kind that are listed beside an alert; the payload keeps all.
const MOST_ENTITIES: usize = 256;

/// A text without the space around it; `None` when nothing is left.
pub(super) fn trimmed(value: Option<Value<'_>>) -> Option<String> {
    let text = value?.text()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The first line of a text that has one, at most 300 characters.
pub(super) fn line(value: Option<Value<'_>>) -> Option<String> {
    first_line(&value?.text()?)
}

pub(super) fn first_line(text: &str) -> Option<String> {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.chars().take(LONGEST_TITLE).collect())
}

/// A text that has to be there, such as an id; a number counts as its digits. `why` ends the sentence that says it is
/// missing.
pub(super) fn required(body: &[u8], key: &str, value: Option<Value<'_>>, why: &str) -> Result<String, Trouble> {
    let Some(value) = value else { return Err(Trouble::at(key, format!("`{key}` is missing: {why}."))) };
    let here = |reason: String| Trouble { key: Some(key.to_owned()), reason, offset: Some(value.range(body).start) };
    let text = value
        .text()
        .ok_or_else(|| here(format!("`{key}` has to be a text or a number, and this is {}.", value.kind())))?;
    let text = text.trim();
    if text.is_empty() {
        return Err(here(format!("`{key}` is empty: {why}.")));
    }
    if text.chars().count() > LONGEST_ID {
        return Err(here(format!("`{key}` is longer than 1,000 characters.")));
    }
    Ok(text.to_owned())
}

/// A time; what is no RFC 3339 time counts as absent, and the payload keeps it.
pub(super) fn time(value: Option<Value<'_>>) -> Option<Timestamp> {
    Timestamp::parse(&value?.string()?).ok()
}

/// The texts of a value that is one, or a list of some; without repeats.
pub(super) fn texts(value: Option<Value<'_>>) -> Vec<String> {
    let mut found = Vec::new();
    for member in value.and_then(|value| value.members(usize::MAX)).unwrap_or_default() {
        if let Some(text) = trimmed(Some(member)) {
            push(&mut found, text);
        }
    }
    found
}

/// Adds what is not there yet, up to the limit of a list.
pub(super) fn push(list: &mut Vec<String>, text: String) {
    if list.len() < MOST_ENTITIES && !list.contains(&text) {
        list.push(text);
    }
}

pub(super) fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

/// A severity in the words that senders of all kinds use.
pub(super) fn severity(word: Option<&str>) -> Severity {
    let Some(word) = word else { return Severity::Unknown };
    match word.trim().to_ascii_lowercase().as_str() {
        "critical" | "crit" | "fatal" | "emergency" | "page" => Severity::Critical,
        "high" | "error" | "major" => Severity::High,
        "medium" | "moderate" | "warning" | "warn" | "minor" => Severity::Medium,
        "low" => Severity::Low,
        "informational" | "information" | "info" | "notice" | "debug" | "none" | "ok" => Severity::Informational,
        _ => Severity::Unknown,
    }
}

/// A status in the words that senders of all kinds use; a word nobody knows is new, so that somebody looks.
pub(super) fn status(word: Option<&str>) -> Status {
    let Some(word) = word else { return Status::New };
    match squeezed(word).as_str() {
        "acknowledged" | "inprogress" => Status::Acknowledged,
        "closed" | "resolved" | "dismissed" | "done" => Status::Closed,
        _ => Status::New,
    }
}

/// Lower case without spaces, `-` and `_`: `In progress`, `in_progress` and `InProgress` are one word.
fn squeezed(word: &str) -> String {
    word.chars().filter(|letter| !matches!(letter, ' ' | '-' | '_')).flat_map(char::to_lowercase).collect()
}

/// The host of `host:port`, `[v6]:port`, an address, or `scheme://host/path`.
pub(super) fn host(text: &str) -> Option<String> {
    let text = text.split_once("://").map_or(text, |(_, rest)| rest.split('/').next().unwrap_or(rest)).trim();
    let host = if let Some(inner) = text.strip_prefix('[') {
        inner.split(']').next().unwrap_or(inner)
    } else if is_address(text) {
        text
    } else {
        text.split(':').next().unwrap_or(text)
    };
    (!host.is_empty()).then(|| host.to_owned())
}

/// Lines of text, without the empty ones.
pub(super) fn lines(parts: impl IntoIterator<Item = String>) -> Option<String> {
    let all: Vec<Cow<'_, str>> = parts.into_iter().filter(|part| !part.is_empty()).map(Cow::Owned).collect();
    (!all.is_empty()).then(|| all.join("\n"))
}
