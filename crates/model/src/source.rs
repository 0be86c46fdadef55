//! Sources: configured instances of a system that sends alerts.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

use crate::time::Timestamp;

/// What kind of system a source is; decides how its deliveries are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SourceKind {
    /// Cisco Secure Access alerts by webhook.
    #[serde(rename = "secure-access")]
    SecureAccess,
    /// Cisco Global Threat Alerts.
    #[serde(rename = "global-threat-alerts")]
    GlobalThreatAlerts,
    /// Microsoft Defender for APIs.
    #[serde(rename = "defender")]
    Defender,
    /// Axway API Manager.
    #[serde(rename = "axway")]
    Axway,
    /// Shield, which looks for sensitive data in traffic.
    #[serde(rename = "shield")]
    Shield,
    /// Prometheus Alertmanager's webhook, version 4.
    #[serde(rename = "alertmanager")]
    Alertmanager,
    /// Anything that speaks CloudEvents 1.0 over HTTP.
    #[serde(rename = "cloudevents")]
    CloudEvents,
    /// A gateway, proxy or log shipper that sends the traffic itself, as events.
    #[serde(rename = "api-traffic")]
    ApiTraffic,
}

/// The text names no kind of source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "“{0}” is not a kind of source: use secure-access, global-threat-alerts, defender, axway, shield, alertmanager, cloudevents or api-traffic"
)]
pub struct SourceKindError(String);

impl SourceKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::SecureAccess,
        Self::GlobalThreatAlerts,
        Self::Defender,
        Self::Axway,
        Self::Shield,
        Self::Alertmanager,
        Self::CloudEvents,
        Self::ApiTraffic,
    ];
    /// The kinds whose deliveries this version reads, so that a source of it can be added. The others have demo data.
    pub const READ: [Self; 4] = [Self::SecureAccess, Self::Alertmanager, Self::CloudEvents, Self::ApiTraffic];

    /// The word that every interface uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SecureAccess => "secure-access",
            Self::GlobalThreatAlerts => "global-threat-alerts",
            Self::Defender => "defender",
            Self::Axway => "axway",
            Self::Shield => "shield",
            Self::Alertmanager => "alertmanager",
            Self::CloudEvents => "cloudevents",
            Self::ApiTraffic => "api-traffic",
        }
    }

    /// The product's name as its makers write it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::SecureAccess => "Cisco Secure Access",
            Self::GlobalThreatAlerts => "Cisco Global Threat Alerts",
            Self::Defender => "Microsoft Defender for APIs",
            Self::Axway => "Axway API Manager",
            Self::Shield => "Shield",
            Self::Alertmanager => "Prometheus Alertmanager",
            Self::CloudEvents => "CloudEvents",
            Self::ApiTraffic => "API traffic",
        }
    }

    /// How a sender of this kind usually signs in.
    #[must_use]
    pub const fn usual_sign_in(self) -> SignInKind {
        match self {
            Self::SecureAccess | Self::GlobalThreatAlerts | Self::Axway | Self::Alertmanager => SignInKind::Basic,
            Self::Defender | Self::CloudEvents | Self::ApiTraffic => SignInKind::Bearer,
            Self::Shield => SignInKind::AddressToken,
        }
    }
}

impl fmt::Display for SourceKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

impl FromStr for SourceKind {
    type Err = SourceKindError;

    fn from_str(text: &str) -> Result<Self, SourceKindError> {
        let word = text.trim().to_ascii_lowercase();
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .ok_or_else(|| SourceKindError(text.chars().take(64).collect()))
    }
}

/// How a sender proves that it may deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SignInKind {
    /// HTTP Basic: user name and password.
    #[serde(rename = "basic")]
    Basic,
    /// A bearer token in the header, or as `access_token` in the query.
    #[serde(rename = "bearer")]
    Bearer,
    /// A token in the address, for senders that can keep a secret nowhere else.
    #[serde(rename = "address-token")]
    AddressToken,
}

/// The text names no way to sign in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a way to sign in: use basic, bearer or address-token")]
pub struct SignInKindError(String);

impl SignInKind {
    /// Every way to sign in.
    pub const ALL: [Self; 3] = [Self::Basic, Self::Bearer, Self::AddressToken];

    /// The word that every interface uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Bearer => "bearer",
            Self::AddressToken => "address-token",
        }
    }
}

impl fmt::Display for SignInKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

impl FromStr for SignInKind {
    type Err = SignInKindError;

    fn from_str(text: &str) -> Result<Self, SignInKindError> {
        let word = text.trim().to_ascii_lowercase();
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .ok_or_else(|| SignInKindError(text.chars().take(64).collect()))
    }
}

/// A source's name: part of its address, so 1 to 64 of ASCII letters, digits, `-`, `_` and `.`, starting with a
/// letter or digit. Names are unique without case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceName(String);

/// The text cannot name a source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” cannot name a source: use 1 to 64 letters, digits, “-”, “_” or “.”, starting with a letter or digit")]
pub struct SourceNameError(String);

impl SourceName {
    /// The name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes a name from the store as it stands.
    #[must_use]
    pub fn from_stored(name: String) -> Self {
        Self(name)
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

impl FromStr for SourceName {
    type Err = SourceNameError;

    fn from_str(text: &str) -> Result<Self, SourceNameError> {
        let fits = (1..=64).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_alphanumeric())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        if fits { Ok(Self(text.to_owned())) } else { Err(SourceNameError(text.chars().take(80).collect())) }
    }
}

/// A configured source, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name.
    pub name: SourceName,
    /// What it is.
    pub kind: SourceKind,
    /// How its sender signs in.
    pub sign_in: SignInKind,
    /// The user name of [`SignInKind::Basic`].
    pub username: Option<String>,
    /// The origins that a CloudEvents OPTIONS handshake may claim; `*` allows any. Empty: no handshake.
    pub origins: Vec<String>,
    /// When it was added.
    pub created_at: Timestamp,
}

/// What has come from a source so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceActivity {
    /// When the last delivery was taken in, whatever became of it.
    pub last_delivery_at: Option<Timestamp>,
    /// When the last new alert arrived.
    pub last_alert_at: Option<Timestamp>,
    /// Deliveries taken in (202).
    pub deliveries: u64,
    /// Alerts stored.
    pub stored: u64,
    /// Alerts changed by a later report.
    pub updated: u64,
    /// Reports that changed nothing.
    pub duplicate: u64,
    /// Deliveries, or parts of one, in quarantine now.
    pub quarantined: u64,
    /// Deliveries turned away, by reason, with the last time of each.
    pub refused: Vec<Refused>,
}

/// How often deliveries of a source were turned away for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub reason: RefusalReason,
    /// How often so far.
    pub count: u64,
    /// When last.
    pub last_at: Timestamp,
}

/// Why the listener turned a delivery away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalReason {
    /// 421: the Host header names another machine.
    ForeignHost,
    /// 403: a web page sent it.
    WebOrigin,
    /// 405: not POST.
    Method,
    /// 401: no credentials.
    SignInMissing,
    /// 401: wrong credentials.
    SignInWrong,
    /// 429: too many wrong credentials.
    SignInLimited,
    /// 415: a content type or encoding that this source does not send.
    ContentType,
    /// 413: too large, or too many alerts.
    TooLarge,
    /// 400: nothing in it could be read (it is in quarantine).
    Unreadable,
    /// 408: it came too slowly.
    Slow,
    /// 429 or 503: the store was busy or could not make it durable.
    Unavailable,
}

impl RefusalReason {
    /// What a refusal means, and what to do about it.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::ForeignHost => "Sent to a name this machine does not go by: use the address shown here.",
            Self::WebOrigin => "Sent by a web page, which may not deliver alerts.",
            Self::Method => "Not sent as POST: set the sender’s method to POST.",
            Self::SignInMissing => "Sent without sign-in: give the sender the credentials of this source.",
            Self::SignInWrong => "Wrong password or token: set a new one and give it to the sender.",
            Self::SignInLimited => "Too many wrong passwords in a minute from one address.",
            Self::ContentType => "A content type this source does not send: use application/json, uncompressed.",
            Self::TooLarge => "Larger than 1 MiB, or more than 1,000 alerts at once: send smaller batches.",
            Self::Unreadable => "Could not be read: see quarantine for the place and the reason.",
            Self::Slow => "Came too slowly and was cut off.",
            Self::Unavailable => "Could not be stored at that moment: the sender was asked to try again.",
        }
    }

    /// Every reason.
    pub const ALL: [Self; 11] = [
        Self::ForeignHost,
        Self::WebOrigin,
        Self::Method,
        Self::SignInMissing,
        Self::SignInWrong,
        Self::SignInLimited,
        Self::ContentType,
        Self::TooLarge,
        Self::Unreadable,
        Self::Slow,
        Self::Unavailable,
    ];

    /// The word that every interface uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ForeignHost => "foreign-host",
            Self::WebOrigin => "web-origin",
            Self::Method => "method",
            Self::SignInMissing => "sign-in-missing",
            Self::SignInWrong => "sign-in-wrong",
            Self::SignInLimited => "sign-in-limited",
            Self::ContentType => "content-type",
            Self::TooLarge => "too-large",
            Self::Unreadable => "unreadable",
            Self::Slow => "slow",
            Self::Unavailable => "unavailable",
        }
    }

    /// Reads back [`Self::as_str`].
    #[must_use]
    pub fn from_stored(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

impl fmt::Display for RefusalReason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_word_that_reads_back() {
        for kind in SourceKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert!(SourceKind::READ.iter().all(|kind| SourceKind::ALL.contains(kind)));
        let error = "splunk".parse::<SourceKind>().map_err(|error| error.to_string());
        for kind in SourceKind::ALL {
            assert!(error.as_ref().is_err_and(|text| text.contains(kind.as_str())), "{error:?}");
        }
    }

    #[test]
    fn names_fit_into_an_address() {
        for name in ["csa", "CSA-1", "a.b_c", "9"] {
            assert!(name.parse::<SourceName>().is_ok(), "{name}");
        }
        for name in ["", "-a", ".a", "a/b", "a b", "é", "a%2f", &"a".repeat(65)] {
            assert!(name.parse::<SourceName>().is_err(), "{name}");
        }
    }
}
