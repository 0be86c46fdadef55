//! What the listener says. Everything is JSON; errors have the shape that the command line prints.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};
use tocsin_model::delivery::{Accepted, Rejected};
use tocsin_model::source::SignInKind;

/// A whole answer.
pub(super) type Answer = Response<Full<Bytes>>;

pub(super) fn json(status: StatusCode, body: &Value) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body.to_string())));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

pub(super) fn error(status: StatusCode, code: &str, message: &str) -> Answer {
    json(status, &json!({"error": {"code": code, "message": message, "field": null}}))
}

pub(super) fn with(mut answer: Answer, name: HeaderName, value: HeaderValue) -> Answer {
    answer.headers_mut().insert(name, value);
    answer
}

/// The connection ends after this answer, since part of the request was not read.
pub(super) fn last(answer: Answer) -> Answer {
    with(answer, CONNECTION, HeaderValue::from_static("close"))
}

pub(super) fn accepted(count: Accepted) -> Answer {
    json(
        StatusCode::ACCEPTED,
        &json!({
            "stored": count.stored,
            "updated": count.updated,
            "duplicate": count.duplicate,
            "quarantined": count.quarantined,
        }),
    )
}

/// Nothing could be read: what stands first in the way.
pub(super) fn unreadable(first: &Rejected, quarantined: u64) -> Answer {
    json(
        StatusCode::BAD_REQUEST,
        &json!({
            "error": {
                "code": "unreadable",
                "message": first.reason,
                "field": first.path,
                "offset": first.position.offset,
                "line": first.position.line,
                "column": first.position.column,
            },
            "quarantined": quarantined,
        }),
    )
}

pub(super) fn later(status: StatusCode, seconds: u64, code: &str, message: &str) -> Answer {
    with(error(status, code, message), RETRY_AFTER, HeaderValue::from(seconds))
}

/// 401 with the challenge of the source's way to sign in.
pub(super) fn challenge(sign_in: SignInKind, presented: bool) -> Answer {
    let (challenge, message) = match sign_in {
        SignInKind::Basic => (
            r#"Basic realm="tocsin", charset="UTF-8""#,
            "Send this source's user name and password with HTTP Basic sign-in.",
        ),
        SignInKind::Bearer if presented => (
            r#"Bearer realm="tocsin", error="invalid_token""#,
            "Send this source's token as `Authorization: Bearer …` or as `access_token` in the query.",
        ),
        SignInKind::Bearer => (
            r#"Bearer realm="tocsin""#,
            "Send this source's token as `Authorization: Bearer …` or as `access_token` in the query.",
        ),
        SignInKind::AddressToken => {
            (r#"Address-Token realm="tocsin""#, "Post to this source's own address, the one that ends in its token.")
        }
    };
    let code = if presented { "sign-in-wrong" } else { "sign-in-missing" };
    with(error(StatusCode::UNAUTHORIZED, code, message), WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
}

/// An answer for a connection that never came to a whole request, as it goes over the wire.
pub(super) fn raw(status: StatusCode, code: &str, message: &str) -> Vec<u8> {
    let body = json!({"error": {"code": code, "message": message, "field": null}}).to_string();
    let retry = if status == StatusCode::SERVICE_UNAVAILABLE { "retry-after: 1\r\n" } else { "" };
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncache-control: no-store\r\n{retry}connection: \
         close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
