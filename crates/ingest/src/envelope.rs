//! CloudEvents over HTTP: the content type says how an event is carried. What stands in headers becomes part of the
//! document, so that every delivery is kept and read in one form.

use base64::Engine;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use percent_encoding::percent_decode;
use tocsin_model::redaction::{Redacted, redact};
use tocsin_model::source::SourceKind;

use crate::connector::FeedForm;

/// How a delivery carries what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The body is the whole document: one event, a batch, or a format of the vendor's own.
    Document,
    /// A binary CloudEvent: attributes in `ce-*` headers, the data as the body.
    Binary,
}

/// Which form a delivery to a source of that kind has. `None`: its content type or encoding is not taken.
#[must_use]
pub fn form(kind: SourceKind, headers: &HeaderMap) -> Option<Form> {
    if headers.get_all(CONTENT_ENCODING).iter().any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return None;
    }
    let content_type = ContentType::of(headers)?;
    match kind {
        SourceKind::Alertmanager
        | SourceKind::GlobalThreatAlerts
        | SourceKind::Defender
        | SourceKind::Axway
        | SourceKind::Shield
        | SourceKind::ApiTraffic => content_type.is("application/json").then_some(Form::Document),
        SourceKind::SecureAccess | SourceKind::CloudEvents => {
            if content_type.essence.starts_with("application/cloudevents") {
                let known = content_type.is("application/cloudevents+json")
                    || content_type.is("application/cloudevents-batch+json");
                known.then_some(Form::Document)
            } else if headers.keys().any(|name| name.as_str().starts_with("ce-")) {
                Some(Form::Binary)
            } else {
                content_type.is("application/json").then_some(Form::Document)
            }
        }
    }
}

/// Which form a delivery to a feed has, whatever the kind of its source. `None`: its content type or encoding is not
/// taken.
#[must_use]
pub fn feed_form(headers: &HeaderMap) -> Option<(Form, FeedForm)> {
    if headers.get_all(CONTENT_ENCODING).iter().any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return None;
    }
    let content_type = ContentType::of(headers)?;
    let whole = ["application/json", "application/cloudevents+json", "application/cloudevents-batch+json"];
    if content_type.is("application/x-ndjson") {
        Some((Form::Document, FeedForm::Lines))
    } else if headers.keys().any(|name| name.as_str().starts_with("ce-")) {
        Some((Form::Binary, FeedForm::Whole))
    } else {
        whole.iter().any(|known| content_type.is(known)).then_some((Form::Document, FeedForm::Whole))
    }
}

struct ContentType {
    essence: String,
    utf8: bool,
}

impl ContentType {
    /// Of no header an empty one; of two contradicting headers `None`.
    fn of(headers: &HeaderMap) -> Option<Self> {
        let mut all = headers.get_all(CONTENT_TYPE).iter();
        let text = all.next().map_or(Some(""), |value| value.to_str().ok())?;
        if all.next().is_some() {
            return None;
        }
        let mut parts = text.split(';').map(str::trim);
        let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
        let utf8 = parts.filter_map(|part| part.split_once('=')).all(|(name, value)| {
            let charset = value.trim().trim_matches('"');
            !name.trim().eq_ignore_ascii_case("charset")
                || ["utf-8", "utf8", "us-ascii"].iter().any(|known| charset.eq_ignore_ascii_case(known))
        });
        Some(Self { essence, utf8 })
    }

    fn is(&self, essence: &str) -> bool {
        self.utf8 && self.essence == essence
    }

    /// Data of this type stands as JSON in a document. CloudEvents without a type are JSON.
    fn is_json(&self) -> bool {
        self.essence.is_empty() || self.essence.ends_with("/json") || self.essence.ends_with("+json")
    }

    fn is_text(&self) -> bool {
        self.essence.starts_with("text/")
    }
}

/// The document of a delivery, without secrets.
#[must_use]
pub fn document(form: Form, headers: &HeaderMap, body: Vec<u8>) -> Redacted {
    match form {
        Form::Document => redact(body),
        // Twice: once before encoding can hide a secret of the body, once for what the headers brought.
        Form::Binary => redact(structured(headers, redact(body).as_bytes())),
    }
}

/// A binary event in structured form. JSON data stands in it as it was sent, so that its numbers keep every digit;
/// when it is no JSON, nor is the document, and reading it says so.
fn structured(headers: &HeaderMap, body: &[u8]) -> Vec<u8> {
    let mut members: Vec<Vec<u8>> = Vec::new();
    for (name, value) in headers {
        match name.as_str().strip_prefix("ce-") {
            // Data is the body, and its type the Content-Type.
            None | Some("" | "data" | "data_base64" | "datacontenttype") => {}
            Some(attribute) => members.push(member(attribute, quoted(&decoded(value)).as_bytes())),
        }
    }
    let content_type = ContentType::of(headers);
    if let Some(Ok(text)) = headers.get(CONTENT_TYPE).map(HeaderValue::to_str) {
        members.push(member("datacontenttype", quoted(text).as_bytes()));
    }
    if !body.is_empty() {
        let json = content_type.as_ref().is_none_or(ContentType::is_json) || is_mislabelled_json(&content_type, body);
        let text = content_type.as_ref().is_some_and(ContentType::is_text);
        members.push(match std::str::from_utf8(body) {
            _ if json => member("data", body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)),
            Ok(body) if text => member("data", quoted(body).as_bytes()),
            _ => {
                let encoded = base64::engine::general_purpose::STANDARD.encode(body);
                member("data_base64", quoted(&encoded).as_bytes())
            }
        });
    }
    [b"{".as_slice(), &members.join(b",".as_slice()), b"}"].concat()
}

/// Many clients call any body a form unless they are told otherwise; one that is JSON says so itself.
fn is_mislabelled_json(content_type: &Option<ContentType>, body: &[u8]) -> bool {
    content_type.as_ref().is_some_and(|kind| kind.essence == "application/x-www-form-urlencoded")
        && serde_json::from_slice::<&serde_json::value::RawValue>(body)
            .is_ok_and(|raw| raw.get().starts_with(['{', '[']))
}

fn member(name: &str, value: &[u8]) -> Vec<u8> {
    [quoted(name).as_bytes(), b":", value].concat()
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The value of an attribute's header: quotes around it taken off, then percent-decoded as UTF-8.
fn decoded(value: &HeaderValue) -> String {
    let bytes = value.as_bytes();
    let inner = bytes.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    let plain = inner.map_or_else(|| bytes.to_vec(), unescaped);
    percent_decode(&plain).decode_utf8_lossy().into_owned()
}

fn unescaped(quoted: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(quoted.len());
    let mut bytes = quoted.iter();
    while let Some(byte) = bytes.next() {
        plain.push(if *byte == b'\\' { bytes.next().copied().unwrap_or(b'\\') } else { *byte });
    }
    plain
}
