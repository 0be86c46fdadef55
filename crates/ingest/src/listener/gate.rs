//! What happens to one request: the checks, in the order that the contract names, and the answer.

use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine;
use bytes::Buf;
use http::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, ORIGIN};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Incoming};
use percent_encoding::percent_decode_str;
use serde_json::json;
use tocsin_model::delivery::{Accepted, Delivery, Normalised, Rejected};
use tocsin_model::redaction::Redacted;
use tocsin_model::source::{RefusalReason, SignInKind, SourceKind};
use tokio::time::timeout;

use super::answer::{self, Answer};
use super::host::Hosts;
use super::limits::Limits;
use super::route::{Intake, Route, Unavailable};
use super::sign_in::{Presented, SignIn, Verdict};
use crate::connector::{self, FeedForm};
use crate::envelope::{self, Form};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const REQUEST_ORIGIN: HeaderName = HeaderName::from_static("webhook-request-origin");
const ALLOWED_ORIGIN: HeaderName = HeaderName::from_static("webhook-allowed-origin");
const ALLOWED_RATE: HeaderName = HeaderName::from_static("webhook-allowed-rate");

/// Longest `Content-Type` that is kept, in characters.
const CONTENT_TYPE_KEPT: usize = 200;

const LARGE_DELIVERY: &str = "A delivery has at most 1 MiB; send the alerts in several.";
const LARGE_FEED: &str = "A delivery of events has at most 10 MiB; send them in several.";

/// Where every request passes.
pub(super) struct Gate<I> {
    pub(super) limits: Limits,
    hosts: Hosts,
    sign_in: SignIn,
    intake: Arc<I>,
}

/// What a path names.
enum Target<'a> {
    Health,
    Readiness,
    Hook { source: &'a str, token: Option<&'a str>, feed: bool },
    Nothing,
}

impl<'a> Target<'a> {
    fn of(path: &'a str) -> Self {
        let mut parts = path.split('/');
        match (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(""), Some("healthz"), None, ..) => Self::Health,
            (Some(""), Some("readyz"), None, ..) => Self::Readiness,
            (Some(""), Some("hooks"), Some(source), None, ..) => Self::Hook { source, token: None, feed: false },
            (Some(""), Some("hooks"), Some(source), Some("events"), None, _) => {
                Self::Hook { source, token: None, feed: true }
            }
            (Some(""), Some("hooks"), Some(source), Some("k"), Some(token), last) if !token.is_empty() => {
                match (last, parts.next()) {
                    (None, None) => Self::Hook { source, token: Some(token), feed: false },
                    (Some("events"), None) => Self::Hook { source, token: Some(token), feed: true },
                    (None | Some(_), _) => Self::Nothing,
                }
            }
            _ => Self::Nothing,
        }
    }
}

/// A request that is turned away. The reason is counted where a source is concerned.
struct Refusal {
    answer: Box<Answer>,
    reason: Option<RefusalReason>,
}

fn refuse(reason: RefusalReason, answer: Answer) -> Refusal {
    Refusal { answer: Box::new(answer), reason: Some(reason) }
}

fn uncounted(answer: Answer) -> Refusal {
    Refusal { answer: Box::new(answer), reason: None }
}

impl<I: Intake> Gate<I> {
    pub(super) fn new(limits: Limits, hosts: Hosts, intake: Arc<I>) -> Self {
        Self { limits, hosts, sign_in: SignIn::new(), intake }
    }

    /// Answers one request. The path is never logged: it may hold a token.
    pub(super) async fn answer(&self, peer: IpAddr, request: Request<Incoming>) -> Answer {
        let (head, body) = request.into_parts();
        let unread = !body.is_end_stream();
        let target = Target::of(head.uri.path());
        let route = match &target {
            Target::Hook { source, .. } => self.intake.route(source),
            Target::Health | Target::Readiness | Target::Nothing => None,
        };
        let result = match self.checked_host(&head) {
            Ok(()) => match (&target, &route) {
                (Target::Health, _) => read_only(&head, || answer::json(StatusCode::OK, &json!({"status": "ok"}))),
                (Target::Readiness, _) => read_only(&head, || self.readiness()),
                (Target::Hook { token, feed, .. }, Some(route)) => {
                    self.hook(peer, &head, body, route, *token, *feed).await
                }
                (Target::Hook { .. }, None) | (Target::Nothing, _) => Err(not_found()),
            },
            Err(refusal) => Err(refusal),
        };
        result.unwrap_or_else(|refusal| {
            if let (Some(route), Some(reason)) = (&route, refusal.reason) {
                tracing::debug!(source = %route.name, reason = %reason, %peer, "delivery refused");
                self.intake.refused(&route.name, reason);
            }
            if unread { answer::last(*refusal.answer) } else { *refusal.answer }
        })
    }

    /// Host, then what a browser says about itself.
    fn checked_host(&self, head: &Parts) -> Result<(), Refusal> {
        if !self.hosts.admit(head) {
            let message = "This listener does not answer to that host name; use the address that Tocsin shows for the \
                           source.";
            let answer = answer::error(StatusCode::MISDIRECTED_REQUEST, "foreign-host", message);
            return Err(refuse(RefusalReason::ForeignHost, answer));
        }
        let foreign = head.headers.get_all(SEC_FETCH_SITE).iter().any(|site| site.as_bytes() != b"none");
        if foreign || head.headers.contains_key(ORIGIN) {
            let answer = answer::error(StatusCode::FORBIDDEN, "web-origin", "Web pages may not talk to this listener.");
            return Err(refuse(RefusalReason::WebOrigin, answer));
        }
        Ok(())
    }

    fn readiness(&self) -> Answer {
        let state = self.intake.readiness();
        let ready = state.get("ready").and_then(serde_json::Value::as_bool).unwrap_or(false);
        answer::json(if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, &state)
    }

    async fn hook(
        &self,
        peer: IpAddr,
        head: &Parts,
        body: Incoming,
        route: &Route,
        token: Option<&str>,
        feed: bool,
    ) -> Result<Answer, Refusal> {
        if token.is_some() && route.sign_in != SignInKind::AddressToken {
            return Err(not_found());
        }
        if head.method == Method::OPTIONS {
            return handshake(head, route);
        }
        if head.method != Method::POST {
            return Err(wrong_method(allowed(route)));
        }
        self.signed_in(peer, head, route, token).await?;
        if feed {
            let Some((form, lines)) = envelope::feed_form(&head.headers) else {
                return Err(refuse(RefusalReason::ContentType, unsupported_feed()));
            };
            let body = self.read(body, self.limits.feed_bytes, LARGE_FEED).await?;
            return self.deliver_events(head, route, form, lines, body).await;
        }
        let Some(form) = envelope::form(route.kind, &head.headers) else {
            return Err(refuse(RefusalReason::ContentType, unsupported(route.kind)));
        };
        let body = self.read(body, self.limits.body_bytes, LARGE_DELIVERY).await?;
        self.deliver(head, route, form, body).await
    }

    async fn signed_in(&self, peer: IpAddr, head: &Parts, route: &Route, token: Option<&str>) -> Result<(), Refusal> {
        let Some(presented) = presented(head, route.sign_in, token) else {
            return Err(refuse(RefusalReason::SignInMissing, answer::challenge(route.sign_in, false)));
        };
        match self.sign_in.check(route, peer, &presented, self.intake.now()).await {
            Verdict::Passed => Ok(()),
            Verdict::Wrong => Err(refuse(RefusalReason::SignInWrong, answer::challenge(route.sign_in, true))),
            Verdict::Limited { seconds } => {
                let message = "Too many wrong sign-ins; check the credentials, then try again later.";
                let answer = answer::later(StatusCode::TOO_MANY_REQUESTS, seconds, "sign-in-limited", message);
                Err(refuse(RefusalReason::SignInLimited, answer))
            }
        }
    }

    async fn read(&self, body: Incoming, most: usize, too_many: &str) -> Result<Vec<u8>, Refusal> {
        if body.size_hint().lower() > most as u64 {
            return Err(too_large(too_many));
        }
        match timeout(self.limits.body, Limited::new(body, most).collect()).await {
            Ok(Ok(collected)) => {
                let mut bytes = collected.aggregate();
                let mut whole = vec![0; bytes.remaining()];
                bytes.copy_to_slice(&mut whole);
                Ok(whole)
            }
            Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(too_large(too_many)),
            // The connection broke or its framing is wrong: nobody is left to count it for.
            Ok(Err(_)) => {
                let message = "The body ended before its announced length, or its chunks are malformed.";
                Err(uncounted(answer::error(StatusCode::BAD_REQUEST, "broken-body", message)))
            }
            Err(_) => {
                let message = "The body came too slowly; send it whole within ten seconds.";
                Err(refuse(RefusalReason::Slow, answer::error(StatusCode::REQUEST_TIMEOUT, "slow", message)))
            }
        }
    }

    async fn deliver(&self, head: &Parts, route: &Route, form: Form, body: Vec<u8>) -> Result<Answer, Refusal> {
        let document = envelope::document(form, &head.headers, body);
        let Ok(normalised) = connector::read(route.kind, &document) else {
            return Err(too_large("A delivery has at most 1,000 alerts; send them in several."));
        };
        let first = first_obstacle(&normalised);
        let delivery = self.delivery(head, document);
        answered(self.intake.accept(&route.name, delivery, normalised).await, first)
    }

    /// Takes a delivery of a feed. Reading fifty thousand events takes a while, so it is not done on a thread that
    /// serves connections.
    async fn deliver_events(
        &self,
        head: &Parts,
        route: &Route,
        form: Form,
        lines: FeedForm,
        body: Vec<u8>,
    ) -> Result<Answer, Refusal> {
        let headers = head.headers.clone();
        let read = tokio::task::spawn_blocking(move || {
            let document = envelope::document(form, &headers, body);
            let normalised = connector::read_feed(lines, &document);
            (document, normalised)
        });
        let Ok((document, normalised)) = read.await else {
            return Err(unavailable(10, "failed", "The delivery could not be read; send it again in ten seconds."));
        };
        let Ok(normalised) = normalised else {
            return Err(too_large("A delivery has at most 50,000 events; send them in several."));
        };
        let first = if normalised.events.is_empty() { normalised.rejected.first().cloned() } else { None };
        let delivery = self.delivery(head, document);
        answered(self.intake.accept_events(&route.name, delivery, normalised).await, first)
    }

    fn delivery(&self, head: &Parts, document: Redacted) -> Delivery {
        let content_type = head.headers.get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
        Delivery {
            body: document,
            content_type: content_type.unwrap_or_default().chars().take(CONTENT_TYPE_KEPT).collect(),
            received_at: self.intake.now(),
        }
    }
}

/// What to say to a sender; `first` is what stood in the way when nothing could be read.
fn answered(taken: Result<Accepted, Unavailable>, first: Option<Rejected>) -> Result<Answer, Refusal> {
    match (taken, first) {
        (Ok(count), None) => Ok(answer::accepted(count)),
        (Ok(count), Some(first)) => {
            Err(refuse(RefusalReason::Unreadable, answer::unreadable(&first, count.quarantined)))
        }
        (Err(Unavailable::Busy), _) => {
            Err(unavailable(1, "busy", "Too much is waiting here; send the delivery again in a second."))
        }
        (Err(Unavailable::Failed), _) => Err(unavailable(
            10,
            "not-durable",
            "The delivery could not be written to disk; send it again in ten seconds.",
        )),
    }
}

/// What stands in the way when nothing in a delivery could be read.
fn first_obstacle(normalised: &Normalised) -> Option<Rejected> {
    if normalised.reports.is_empty() { normalised.rejected.first().cloned() } else { None }
}

fn not_found() -> Refusal {
    let message = "There is no such source or page here; the Sources view shows each source's address.";
    uncounted(answer::error(StatusCode::NOT_FOUND, "not-found", message))
}

fn too_large(message: &str) -> Refusal {
    refuse(RefusalReason::TooLarge, answer::error(StatusCode::PAYLOAD_TOO_LARGE, "too-large", message))
}

fn unavailable(seconds: u64, code: &str, message: &str) -> Refusal {
    refuse(RefusalReason::Unavailable, answer::later(StatusCode::SERVICE_UNAVAILABLE, seconds, code, message))
}

fn wrong_method(allow: &'static str) -> Refusal {
    let message = "This method is not taken here; the Allow header names those that are.";
    let answer = answer::error(StatusCode::METHOD_NOT_ALLOWED, "method", message);
    refuse(RefusalReason::Method, answer::with(answer, ALLOW, HeaderValue::from_static(allow)))
}

fn unsupported_feed() -> Answer {
    let message = "Send a JSON array as application/json, one event a line as application/x-ndjson, or CloudEvents as \
                   application/cloudevents-batch+json, in UTF-8 and not compressed.";
    answer::error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type", message)
}

fn unsupported(kind: SourceKind) -> Answer {
    let message = match kind {
        SourceKind::Alertmanager
        | SourceKind::GlobalThreatAlerts
        | SourceKind::Defender
        | SourceKind::Axway
        | SourceKind::Shield
        | SourceKind::ApiTraffic => "Send `Content-Type: application/json`, in UTF-8 and not compressed.",
        SourceKind::SecureAccess | SourceKind::CloudEvents => {
            "Send application/json, application/cloudevents+json, application/cloudevents-batch+json or a binary \
             CloudEvent with `ce-` headers, in UTF-8 and not compressed."
        }
    };
    answer::error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type", message)
}

fn read_only(head: &Parts, page: impl FnOnce() -> Answer) -> Result<Answer, Refusal> {
    if head.method == Method::GET || head.method == Method::HEAD { Ok(page()) } else { Err(wrong_method("GET, HEAD")) }
}

fn speaks_cloudevents(kind: SourceKind) -> bool {
    match kind {
        SourceKind::SecureAccess | SourceKind::CloudEvents => true,
        SourceKind::Alertmanager
        | SourceKind::GlobalThreatAlerts
        | SourceKind::Defender
        | SourceKind::Axway
        | SourceKind::Shield
        | SourceKind::ApiTraffic => false,
    }
}

fn allowed(route: &Route) -> &'static str {
    if speaks_cloudevents(route.kind) && !route.origins.is_empty() { "POST, OPTIONS" } else { "POST" }
}

/// The CloudEvents webhook handshake: consent to a sender that names a configured origin. The callback that it may
/// name is never fetched.
fn handshake(head: &Parts, route: &Route) -> Result<Answer, Refusal> {
    let mut named = head.headers.get_all(REQUEST_ORIGIN).iter();
    let (Some(origin), None) = (named.next(), named.next()) else { return Err(wrong_method(allowed(route))) };
    let known =
        |configured: &String| configured == "*" || origin.as_bytes().eq_ignore_ascii_case(configured.as_bytes());
    if !speaks_cloudevents(route.kind) || !route.origins.iter().any(known) {
        return Err(wrong_method(allowed(route)));
    }
    let consent = answer::json(StatusCode::OK, &json!({"status": "ok"}));
    let consent = answer::with(consent, ALLOWED_ORIGIN, origin.clone());
    let consent = answer::with(consent, ALLOWED_RATE, HeaderValue::from_static("*"));
    Ok(answer::with(consent, ALLOW, HeaderValue::from_static("POST, OPTIONS")))
}

/// The credentials of a request, in the way that the source asks for.
fn presented(head: &Parts, sign_in: SignInKind, token: Option<&str>) -> Option<Presented> {
    match sign_in {
        SignInKind::Basic => {
            let encoded = scheme(head, "basic")?;
            let engine = base64::engine::GeneralPurpose::new(
                &base64::alphabet::STANDARD,
                base64::engine::GeneralPurposeConfig::new()
                    .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
            );
            // What is no Basic sign-in at all is a wrong one.
            let pair = engine.decode(encoded).unwrap_or_default();
            let colon = pair.iter().position(|byte| *byte == b':').unwrap_or(pair.len());
            let secret = pair.get(colon + 1..).unwrap_or_default().to_vec();
            Some(Presented { username: Some(pair[..colon].to_vec()), secret })
        }
        SignInKind::Bearer => {
            let secret = match scheme(head, "bearer") {
                Some(token) => token.to_vec(),
                None => query_token(head)?,
            };
            Some(Presented { username: None, secret })
        }
        SignInKind::AddressToken => Some(Presented { username: None, secret: percent_decode_str(token?).collect() }),
    }
}

/// What follows the scheme's name in the `Authorization` header.
fn scheme<'a>(head: &'a Parts, name: &str) -> Option<&'a [u8]> {
    let value = head.headers.get(AUTHORIZATION)?.as_bytes();
    let (scheme, rest) = value.split_at_checked(name.len())?;
    let rest = rest.strip_prefix(b" ")?;
    scheme.eq_ignore_ascii_case(name.as_bytes()).then(|| rest.trim_ascii())
}

fn query_token(head: &Parts) -> Option<Vec<u8>> {
    let pairs = head.uri.query()?.split('&');
    let mut tokens = pairs.filter_map(|pair| pair.strip_prefix("access_token="));
    Some(percent_decode_str(tokens.next()?).collect())
}
