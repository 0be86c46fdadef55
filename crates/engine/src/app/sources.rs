//! Sources: add, look at, test, give a new password, remove.

use std::time::Duration;

use tocsin_ingest::listener::auth::{make_secret, make_verifier};
use tocsin_model::source::{SignInKind, Source, SourceKind, SourceName};
use tocsin_store::{NewSource, SourceRecord};

use super::App;
use crate::error::EngineError;
use crate::feed::FeedItem;

/// Shortest secret that a person may choose, in characters; ours are longer.
const SECRET_MIN: usize = 8;
/// Longest secret or user name, in characters.
const SECRET_MAX: usize = 256;
/// How long a test waits for the listener.
const TEST_TIMEOUT: Duration = Duration::from_secs(5);

/// A source to add. What is left out gets what that kind usually has.
#[derive(Clone)]
pub struct SourceSpec {
    /// What it is.
    pub kind: SourceKind,
    /// Its name.
    pub name: SourceName,
    /// How its sender signs in.
    pub sign_in: Option<SignInKind>,
    /// The user name of Basic sign-in.
    pub username: Option<String>,
    /// The password or token; none makes one.
    pub secret: Option<String>,
    /// Origins that a CloudEvents handshake may claim.
    pub origins: Vec<String>,
}

impl std::fmt::Debug for SourceSpec {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("SourceSpec").field("kind", &self.kind).field("name", &self.name).finish_non_exhaustive()
    }
}

/// A source with where it delivers and how it is doing.
#[derive(Debug, Clone)]
pub struct SourceStatus {
    /// What is kept about it.
    pub record: SourceRecord,
    /// Where its sender posts to. Without the token of an address-token source, which nobody knows any more.
    pub address: String,
}

/// A source whose secret was just set: the only time it can be seen.
#[derive(Clone)]
pub struct AddedSource {
    /// The source.
    pub status: SourceStatus,
    /// Where to post, the token included.
    pub address: String,
    /// The password or token.
    pub secret: String,
    /// A command line that delivers one test alert.
    pub curl: String,
}

impl std::fmt::Debug for AddedSource {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("AddedSource").field("status", &self.status).finish_non_exhaustive()
    }
}

/// What a test of a source found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceTest {
    /// Whether all that was tried works.
    pub ok: bool,
    /// What was found, in a sentence.
    pub message: String,
}

impl App {
    /// Adds a source and gives its credentials.
    ///
    /// # Errors
    /// When the name is taken, or a field does not fit.
    pub fn add_source(&self, spec: SourceSpec) -> Result<AddedSource, EngineError> {
        if !SourceKind::READ.contains(&spec.kind) {
            return Err(cannot_add(spec.kind));
        }
        let sign_in = spec.sign_in.unwrap_or(match &spec.username {
            Some(_) => SignInKind::Basic,
            None => spec.kind.usual_sign_in(),
        });
        let username = username(sign_in, spec.username)?;
        let secret = chosen_or_made(sign_in, spec.secret)?;
        check_origins(spec.kind, &spec.origins)?;
        let new = NewSource {
            source: Source {
                name: spec.name.clone(),
                kind: spec.kind,
                sign_in,
                username,
                origins: spec.origins,
                created_at: self.now(),
            },
            verifier: verifier(&secret)?,
        };
        self.change(move |tx| tx.add_source(&new).map(|_| ((), Some(FeedItem::Sources))))?;
        self.added(spec.name.as_str(), secret)
    }

    /// Gives a source a new secret; the old one ends at once.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is no such source.
    pub fn set_source_secret(&self, name: &str, secret: Option<String>) -> Result<AddedSource, EngineError> {
        let sign_in = self.real_source(name)?.record.source.sign_in;
        let secret = chosen_or_made(sign_in, secret)?;
        let (owned, verifier) = (name.to_owned(), verifier(&secret)?);
        self.change(move |tx| tx.set_verifier(&owned, &verifier).map(|_| ((), Some(FeedItem::Sources))))?;
        self.added(name, secret)
    }

    /// Removes a source. Its alerts stay; its sender is turned away from now on.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is no such source.
    pub fn remove_source(&self, name: &str) -> Result<(), EngineError> {
        self.real_source(name)?;
        let (owned, now) = (name.to_owned(), self.now());
        let removed = self.change(move |tx| {
            let removed = tx.remove_source(&owned, now)?;
            Ok((removed, removed.then_some(FeedItem::Sources)))
        })?;
        if removed { Ok(()) } else { Err(missing_source(name)) }
    }

    /// Every source.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn sources(&self) -> Result<Vec<SourceStatus>, EngineError> {
        let base = self.base_url();
        let records = self.store.read(|reader| reader.sources())?;
        Ok(records.into_iter().map(|record| status(&base, record)).collect())
    }

    /// One source.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is no such source.
    pub fn source(&self, name: &str) -> Result<SourceStatus, EngineError> {
        let record = self.store.read(|reader| reader.source(name))?;
        record.map(|record| status(&self.base_url(), record)).ok_or_else(|| missing_source(name))
    }

    /// Tries whether deliveries of a source can arrive: asks the listener for the source and, with its secret, makes
    /// an empty delivery as its sender would.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is no such source.
    pub async fn test_source(&self, name: &str, secret: Option<&str>) -> Result<SourceTest, EngineError> {
        let status = self.real_source(name)?;
        let found = match try_out(&status, &self.base_url(), secret).await {
            Ok(message) => SourceTest { ok: true, message },
            Err(message) => SourceTest { ok: false, message },
        };
        Ok(found)
    }

    /// One source that a sender may deliver to.
    ///
    /// # Errors
    /// As [`Self::source`], and [`EngineError::Conflict`] when it is demo data.
    pub(crate) fn real_source(&self, name: &str) -> Result<SourceStatus, EngineError> {
        let status = self.source(name)?;
        if status.record.demo {
            let message = format!("“{name}” is demo data and stays as it is: wipe the demo data to remove it");
            return Err(EngineError::Conflict(message));
        }
        Ok(status)
    }

    fn added(&self, name: &str, secret: String) -> Result<AddedSource, EngineError> {
        let status = self.source(name)?;
        let address = match status.record.source.sign_in {
            SignInKind::AddressToken => format!("{}/k/{secret}", status.address),
            SignInKind::Basic | SignInKind::Bearer => status.address.clone(),
        };
        let curl = curl(&status.record.source, &address, &secret, &self.now().to_string());
        Ok(AddedSource { status, address, secret, curl })
    }
}

fn status(base: &str, record: SourceRecord) -> SourceStatus {
    SourceStatus { address: format!("{base}/hooks/{}", record.source.name), record }
}

fn missing_source(name: &str) -> EngineError {
    EngineError::Missing(format!("there is no source “{name}”: list the sources to see their names"))
}

fn cannot_add(kind: SourceKind) -> EngineError {
    let known: Vec<&str> = SourceKind::READ.iter().map(|kind| kind.as_str()).collect();
    let message = format!(
        "this version cannot take deliveries of {} yet, it only has demo data of it: add one of {}",
        kind.title(),
        known.join(", ")
    );
    EngineError::field_error("kind", message)
}

fn verifier(secret: &str) -> Result<String, EngineError> {
    make_verifier(secret).map_err(|error| EngineError::Secret(error.to_string()))
}

fn username(sign_in: SignInKind, given: Option<String>) -> Result<Option<String>, EngineError> {
    match (sign_in, given) {
        (SignInKind::Basic, Some(name)) => {
            let fits = (1..=SECRET_MAX).contains(&name.chars().count())
                && !name.contains(':')
                && !name.chars().any(char::is_control);
            if fits {
                return Ok(Some(name));
            }
            let message = "a user name has 1 to 256 characters, without “:” (Basic sign-in ends the name there)";
            Err(EngineError::field_error("username", message))
        }
        (SignInKind::Basic, None) => Ok(Some("tocsin".to_owned())),
        (SignInKind::Bearer | SignInKind::AddressToken, None) => Ok(None),
        (SignInKind::Bearer | SignInKind::AddressToken, Some(_)) => {
            Err(EngineError::field_error("username", format!("{sign_in} sign-in has no user name: leave it out")))
        }
    }
}

fn chosen_or_made(sign_in: SignInKind, given: Option<String>) -> Result<String, EngineError> {
    let Some(secret) = given else {
        return make_secret().map_err(|error| EngineError::Secret(error.to_string()));
    };
    let length = secret.chars().count();
    if !(SECRET_MIN..=SECRET_MAX).contains(&length) || secret.chars().any(char::is_control) {
        let message = format!("a password or token has {SECRET_MIN} to {SECRET_MAX} printable characters");
        return Err(EngineError::field_error("secret", message));
    }
    let plain = secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte));
    match sign_in {
        SignInKind::Basic => {}
        SignInKind::Bearer if plain => {}
        SignInKind::AddressToken if plain && !secret.contains(['/', '+', '=']) && length >= 22 => {}
        SignInKind::Bearer => {
            let message = "a bearer token has only letters, digits and - . _ ~ + / =";
            return Err(EngineError::field_error("secret", message));
        }
        SignInKind::AddressToken => {
            let message = "a token in an address has at least 22 letters, digits, - . _ or ~";
            return Err(EngineError::field_error("secret", message));
        }
    }
    Ok(secret)
}

fn check_origins(kind: SourceKind, origins: &[String]) -> Result<(), EngineError> {
    if origins.is_empty() {
        return Ok(());
    }
    if matches!(kind, SourceKind::Alertmanager | SourceKind::ApiTraffic) {
        return Err(EngineError::field_error(
            "origins",
            "only CloudEvents senders do a handshake: leave the origins out",
        ));
    }
    let fits = |origin: &String| {
        origin == "*"
            || (!origin.is_empty() && origin.len() <= 255 && origin.bytes().all(|byte| byte.is_ascii_graphic()))
    };
    match origins.iter().find(|origin| !fits(origin)) {
        None => Ok(()),
        Some(origin) => {
            let message = format!("“{origin}” is no origin: give a host name such as eventgrid.example.net, or *");
            Err(EngineError::field_error("origins", message))
        }
    }
}

/// A command line that delivers one alert of this source's format, as it stands.
fn curl(source: &Source, address: &str, secret: &str, now: &str) -> String {
    let sign_in = match source.sign_in {
        SignInKind::Basic => {
            format!(" -u {}", quote(&format!("{}:{secret}", source.username.as_deref().unwrap_or_default())))
        }
        SignInKind::Bearer => format!(" -H {}", quote(&format!("Authorization: Bearer {secret}"))),
        SignInKind::AddressToken => String::new(),
    };
    let (content_type, body) = sample(source.kind, now);
    format!("curl -sS{sign_in} -H 'Content-Type: {content_type}' -d {} {}", quote(&body), quote(address))
}

/// A word of a POSIX shell.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A delivery with one alert that says what it is.
fn sample(kind: SourceKind, now: &str) -> (&'static str, String) {
    match kind {
        SourceKind::SecureAccess => (
            "application/json",
            format!(
                r#"{{"specversion":"1.0","type":"secureaccess.alerts.api.anomaly.v1","source":"secureaccess.alerts","id":"test-{now}","time":"{now}","datacontenttype":"application/json","data":{{"alerts":[{{"status":"Active","severity":"Low","ruleName":"Test alert: Tocsin can hear you","ruleId":1,"alertType":"Test","time":"{now}","category":"API anomaly","alertId":"test-{now}"}}]}}}}"#
            ),
        ),
        SourceKind::Alertmanager => (
            "application/json",
            format!(
                r#"{{"version":"4","status":"firing","receiver":"tocsin","alerts":[{{"status":"firing","labels":{{"alertname":"TestAlert","severity":"info"}},"annotations":{{"summary":"Test alert: Tocsin can hear you"}},"startsAt":"{now}","endsAt":"0001-01-01T00:00:00Z","fingerprint":"0000000000000000"}}]}}"#
            ),
        ),
        SourceKind::GlobalThreatAlerts | SourceKind::Defender | SourceKind::Axway | SourceKind::Shield => {
            ("application/json", "{}".to_owned())
        }
        SourceKind::ApiTraffic => (
            "application/json",
            format!(
                r#"[{{"id":"test-{now}","time":"{now}","kind":"api.request","fields":{{"method":"GET","endpoint":"/test","status_code":200,"client_ip":"192.0.2.1"}}}}]"#
            ),
        ),
        SourceKind::CloudEvents => (
            "application/cloudevents+json",
            format!(
                r#"{{"specversion":"1.0","type":"tocsin.test","source":"/curl","id":"test-{now}","time":"{now}","severity":"low","data":{{"title":"Test alert: Tocsin can hear you"}}}}"#
            ),
        ),
    }
}

/// A delivery without any alert: proves address and sign-in and leaves no trace in the list.
const fn empty_delivery(kind: SourceKind) -> (&'static str, &'static str) {
    match kind {
        SourceKind::SecureAccess => (
            "application/json",
            r#"{"specversion":"1.0","type":"secureaccess.alerts.test","source":"tocsin","id":"test","data":{"alerts":[]}}"#,
        ),
        SourceKind::Alertmanager => ("application/json", r#"{"version":"4","status":"resolved","alerts":[]}"#),
        SourceKind::GlobalThreatAlerts | SourceKind::Defender | SourceKind::Axway | SourceKind::Shield => {
            ("application/json", "{}")
        }
        SourceKind::ApiTraffic => ("application/json", "[]"),
        SourceKind::CloudEvents => ("application/cloudevents-batch+json", "[]"),
    }
}

async fn try_out(status: &SourceStatus, base: &str, secret: Option<&str>) -> Result<String, String> {
    let client =
        reqwest::Client::builder().timeout(TEST_TIMEOUT).no_proxy().build().map_err(|error| error.to_string())?;
    let silent = || format!("nothing answers at {base}: start Tocsin, or run “tocsin serve”");
    let ready = client.get(format!("{base}/readyz")).send().await.map_err(|_| silent())?;
    let ready: serde_json::Value = ready.json().await.map_err(|_| format!("another program answers at {base}"))?;
    let name = status.record.source.name.as_str();
    let known = ready["sources"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|source| source["name"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(name)));
    if !known {
        return Err(format!("{base} answers but does not know “{name}”: it runs on another data directory"));
    }
    let Some(secret) = secret else { return Ok(format!("{} answers. {}", status.address, heard(status))) };
    let address = match status.record.source.sign_in {
        SignInKind::AddressToken => format!("{}/k/{secret}", status.address),
        SignInKind::Basic | SignInKind::Bearer => status.address.clone(),
    };
    let (content_type, body) = empty_delivery(status.record.source.kind);
    let request = client.post(address).header("content-type", content_type).body(body);
    let request = match status.record.source.sign_in {
        SignInKind::Basic => {
            request.basic_auth(status.record.source.username.as_deref().unwrap_or_default(), Some(secret))
        }
        SignInKind::Bearer => request.bearer_auth(secret),
        SignInKind::AddressToken => request,
    };
    match request.send().await.map_err(|_| silent())?.status().as_u16() {
        202 => Ok(format!("an empty test delivery to {} was signed in and taken", status.address)),
        401 | 429 => Err("the password or token is wrong: set a new one and give it to the sender".to_owned()),
        other => Err(format!("the listener answered {other}: see the log")),
    }
}

fn heard(status: &SourceStatus) -> String {
    match status.record.activity.last_delivery_at {
        None => "It waits for the first delivery.".to_owned(),
        Some(at) => format!("The last delivery came at {at}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_gets_back_what_was_quoted() {
        assert_eq!(quote("a'b $x"), r"'a'\''b $x'");
    }

    #[test]
    fn secrets_fit_their_place_or_are_refused() {
        assert!(chosen_or_made(SignInKind::Basic, Some("correct horse".into())).is_ok());
        for (sign_in, secret) in [
            (SignInKind::Basic, "short"),
            (SignInKind::Basic, "line\nbreak secret"),
            (SignInKind::Bearer, "with space in it"),
            (SignInKind::AddressToken, "tooshort12"),
            (SignInKind::AddressToken, "has/slash/has/slash/has/slash"),
        ] {
            assert!(chosen_or_made(sign_in, Some(secret.into())).is_err(), "{sign_in} {secret}");
        }
    }
}
