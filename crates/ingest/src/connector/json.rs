//! JSON as connectors read it: whole documents are checked once, then values are borrowed from the body, so that
//! each keeps its place in it. Numbers stay text, since an id of 30 digits must not lose any.
//!
//! Invariant: no recursion, whatever the depth; every step is linear in the body.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Deepest nesting of a document.
pub(crate) const DEEPEST: usize = 64;

/// Most keys of one alert or event, at all depths together.
pub(crate) const MOST_KEYS: usize = 10_000;

/// Why a whole document could not be read, and the byte where reading stopped.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) reason: String,
    pub(crate) offset: usize,
}

/// What is wrong with a part of a document.
#[derive(Debug)]
pub(crate) struct Trouble {
    /// The key inside the part, dotted.
    pub(crate) key: Option<String>,
    /// One sentence for a person.
    pub(crate) reason: String,
    /// The byte of the body, where it is known better than by the part's start.
    pub(crate) offset: Option<usize>,
}

impl Trouble {
    pub(crate) fn at(key: &str, reason: impl Into<String>) -> Self {
        Self { key: Some(key.to_owned()), reason: reason.into(), offset: None }
    }

    pub(crate) fn here(reason: impl Into<String>) -> Self {
        Self { key: None, reason: reason.into(), offset: None }
    }

    /// The same trouble, seen from the object that has the part as its member `key`.
    pub(crate) fn below(self, key: &str) -> Self {
        let key = self.key.map_or_else(|| key.to_owned(), |inner| format!("{key}.{inner}"));
        Self { key: Some(key), ..self }
    }
}

/// A document that is JSON.
pub(crate) struct Document<'a> {
    pub(crate) root: Value<'a>,
}

impl<'a> Document<'a> {
    /// Checks the syntax of the whole body; a byte order mark before it is tolerated.
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Unreadable> {
        let start = if body.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        let bytes = &body[start..];
        let fail = |reason: String, offset: usize| Unreadable { reason, offset: start + offset };
        let text = std::str::from_utf8(bytes).map_err(|error| {
            fail("This is not UTF-8 text; JSON has to be sent as UTF-8.".to_owned(), error.valid_up_to())
        })?;
        if text.trim_ascii().is_empty() {
            return Err(fail("The body is empty; send the alert as JSON.".to_owned(), 0));
        }
        if let Some(offset) = measure(bytes).too_deep {
            return Err(fail(format!("The JSON is nested deeper than {DEEPEST} levels, so it is not read."), offset));
        }
        match serde_json::from_str::<&RawValue>(text) {
            Ok(raw) => Ok(Self { root: Value(raw) }),
            Err(error) => {
                let offset = offset_of(bytes, &error);
                Err(fail(explain(bytes, offset, &error), offset))
            }
        }
    }
}

/// Where the parser stopped, in bytes.
fn offset_of(bytes: &[u8], error: &serde_json::Error) -> usize {
    if error.is_eof() {
        return bytes.len();
    }
    let mut start = 0;
    for _ in 1..error.line() {
        start += bytes[start..].iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    }
    // The parser names the byte after the one it looked at, but of a control character the one before.
    let back = usize::from(!error.to_string().starts_with("control character"));
    (start + error.column().saturating_sub(back)).min(bytes.len())
}

fn explain(bytes: &[u8], offset: usize, error: &serde_json::Error) -> String {
    if lost_braces(bytes, offset) {
        return "The alerts in `data.alerts` have lost their braces: each alert has to be an object, \
                `\"alerts\":[{\"status\": …}]`, but the array holds bare members."
            .to_owned();
    }
    if error.is_eof() {
        return "The JSON ends in the middle: the sender cut it off, or only a part of it was copied.".to_owned();
    }
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    format!("This is not JSON: {what}.")
}

/// Whether what stands before the colon at `offset` is `"alerts": [ "name"`: the shape that the vendor's own
/// published sample has by mistake.
fn lost_braces(bytes: &[u8], offset: usize) -> bool {
    let before = |text: &'_ [u8], last: u8| -> Option<usize> {
        let text = text.trim_ascii_end();
        (text.last() == Some(&last)).then(|| text.len().saturating_sub(1))
    };
    let found = || {
        if bytes.get(offset) != Some(&b':') {
            return None;
        }
        let quote = before(&bytes[..offset], b'"')?;
        let open = bytes[..quote].iter().rposition(|byte| *byte == b'"')?;
        let bracket = before(&bytes[..open], b'[')?;
        let colon = before(&bytes[..bracket], b':')?;
        let key = bytes[..colon].trim_ascii_end();
        let tail = key.len().checked_sub(br#""alerts""#.len())?;
        Some(key[tail..].eq_ignore_ascii_case(br#""alerts""#))
    };
    found().unwrap_or(false)
}

pub(crate) struct Measure {
    /// The byte of the bracket that is one level too deep.
    pub(crate) too_deep: Option<usize>,
    /// Keys at all depths.
    pub(crate) keys: usize,
}

/// Depth and keys of JSON text; of any other text whatever comes out, which the parser then refuses.
pub(crate) fn measure(bytes: &[u8]) -> Measure {
    let mut found = Measure { too_deep: None, keys: 0 };
    let (mut depth, mut offset) = (0_usize, 0);
    while let Some(byte) = bytes.get(offset) {
        match byte {
            b'"' => offset = end_of_string(bytes, offset),
            b':' => found.keys += 1,
            b'{' | b'[' => {
                depth += 1;
                if depth > DEEPEST {
                    found.too_deep = Some(offset);
                    return found;
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        offset += 1;
    }
    found
}

/// Where the string that begins at `start` ends: at its closing quote, or with the text.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(next) = bytes.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        if bytes.get(at + next) == Some(&b'"') {
            return at + next;
        }
        // An escape hides the byte after it.
        at += next + 2;
    }
    bytes.len()
}

/// One JSON value where it stands in the body.
#[derive(Clone, Copy)]
pub(crate) struct Value<'a>(&'a RawValue);

impl<'a> Value<'a> {
    fn first(self) -> u8 {
        self.0.get().as_bytes().first().copied().unwrap_or(b'n')
    }

    pub(crate) fn is_object(self) -> bool {
        self.first() == b'{'
    }

    pub(crate) fn is_array(self) -> bool {
        self.first() == b'['
    }

    pub(crate) fn is_null(self) -> bool {
        self.first() == b'n'
    }

    /// Its bytes in `body`, of which it is a part.
    pub(crate) fn range(self, body: &[u8]) -> Range<usize> {
        let text = self.0.get();
        let start = (text.as_ptr() as usize).saturating_sub(body.as_ptr() as usize).min(body.len());
        start..(start + text.len()).min(body.len())
    }

    /// Its text.
    pub(crate) fn raw(self) -> &'a str {
        self.0.get()
    }

    /// A word for what it is.
    pub(crate) fn kind(self) -> &'static str {
        match self.first() {
            b'{' => "an object",
            b'[' => "a list",
            b'"' => "a text",
            b't' | b'f' => "true or false",
            b'n' => "null",
            _ => "a number",
        }
    }

    /// A string, decoded. Half of a surrogate pair becomes U+FFFD.
    pub(crate) fn string(self) -> Option<Cow<'a, str>> {
        if self.first() != b'"' {
            return None;
        }
        serde_json::Deserializer::from_str(self.0.get()).deserialize_bytes(TextVisitor).ok()
    }

    /// A string, or a number as it was written.
    pub(crate) fn text(self) -> Option<Cow<'a, str>> {
        match self.first() {
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => Some(Cow::Borrowed(self.0.get())),
            _ => None,
        }
    }

    /// The members of a list, or the value itself. `None`: more than `limit`.
    pub(crate) fn members(self, limit: usize) -> Option<Vec<Self>> {
        if !self.is_array() {
            return Some(vec![self]);
        }
        // The syntax was checked with the document, so only the visitor's own limit can fail.
        serde_json::Deserializer::from_str(self.0.get()).deserialize_seq(ListVisitor(limit)).ok()
    }

    /// The object's members; a key that stands twice is refused.
    pub(crate) fn object(self, body: &[u8], what: &str) -> Result<Object<'a>, Trouble> {
        if !self.is_object() {
            let reason = format!("{what} has to be an object, and this is {}.", self.kind());
            return Err(Trouble { key: None, reason, offset: Some(self.range(body).start) });
        }
        let members = serde_json::Deserializer::from_str(self.0.get())
            .deserialize_map(ObjectVisitor)
            .map_err(|_| Trouble::here(format!("{what} has more than 10,000 keys.")))?;
        if let Some((key, value)) = twice(&members) {
            let short: String = key.chars().take(64).collect();
            return Err(Trouble {
                reason: format!("The key “{short}” stands twice in one object, so it is not clear which one counts."),
                key: Some(short),
                offset: Some(value.range(body).start),
            });
        }
        Ok(Object { members })
    }

    /// Refuses a part with too many keys in all.
    pub(crate) fn small(self, what: &str) -> Result<(), Trouble> {
        let text = self.0.get();
        // A member takes at least `"":1,`: most alerts are too short to have so many.
        if text.len() / 5 > MOST_KEYS && measure(text.as_bytes()).keys > MOST_KEYS {
            return Err(Trouble::here(format!("{what} has more than 10,000 keys.")));
        }
        Ok(())
    }
}

/// Objects up to this many members are compared pair by pair, which needs no hashing.
const FEW: usize = 16;

/// The first member whose key stood before.
fn twice<'m, 'a>(members: &'m [(Cow<'a, str>, Value<'a>)]) -> Option<&'m (Cow<'a, str>, Value<'a>)> {
    if members.len() <= FEW {
        let stood = |at: usize, key: &str| members.iter().take(at).any(|(other, _)| other == key);
        return members.iter().enumerate().find(|(at, (key, _))| stood(*at, key)).map(|(_, member)| member);
    }
    let mut seen = HashSet::with_capacity(members.len());
    members.iter().find(|(key, _)| !seen.insert(key.as_ref()))
}

/// The members of one object, in their order.
pub(crate) struct Object<'a> {
    members: Vec<(Cow<'a, str>, Value<'a>)>,
}

impl<'a> Object<'a> {
    /// The member of exactly that name; null counts as absent.
    pub(crate) fn exact(&self, name: &str) -> Option<Value<'a>> {
        self.members.iter().find(|(key, _)| key == name).map(|(_, value)| *value).filter(|value| !value.is_null())
    }

    /// The member of that name, else one that differs only in the case of letters; null counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<Value<'a>> {
        self.exact(name).or_else(|| {
            self.members
                .iter()
                .find(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_null())
                .map(|(_, value)| *value)
        })
    }

    /// Whether a member of that name stands there in any case of letters, even null.
    pub(crate) fn names(&self, name: &str) -> Option<&str> {
        self.members.iter().map(|(key, _)| key.as_ref()).find(|key| key.eq_ignore_ascii_case(name))
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, Value<'a>)> {
        self.members.iter().map(|(key, value)| (key.as_ref(), *value))
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Vec<(Cow<'de, str>, Value<'de>)>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(key) = map.next_key_seed(TextVisitor)? {
            if members.len() >= MOST_KEYS {
                return Err(serde::de::Error::custom("too many keys"));
            }
            members.push((key, Value(map.next_value()?)));
        }
        Ok(members)
    }
}

struct ListVisitor(usize);

impl<'de> Visitor<'de> for ListVisitor {
    type Value = Vec<Value<'de>>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(raw) = list.next_element()? {
            if members.len() >= self.0 {
                return Err(serde::de::Error::custom("too many members"));
            }
            members.push(Value(raw));
        }
        Ok(members)
    }
}

/// Reads a string as bytes: the one way past serde_json's refusal of half surrogate pairs.
struct TextVisitor;

impl<'de> DeserializeSeed<'de> for TextVisitor {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a string")
    }

    fn visit_borrowed_bytes<E: serde::de::Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(without_surrogates(bytes)),
        })
    }

    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        Ok(Cow::Owned(match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => without_surrogates(bytes),
        }))
    }
}

/// Text from bytes in which only half surrogate pairs (`ED A0..BF xx`) are not UTF-8.
fn without_surrogates(bytes: &[u8]) -> String {
    let mut clean = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        if let [0xED, 0xA0..=0xBF, _, after @ ..] = rest {
            clean.extend_from_slice("\u{FFFD}".as_bytes());
            rest = after;
        } else {
            clean.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&clean).into_owned()
}
