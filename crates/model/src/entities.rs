//! Who and what an alert concerns.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Who and what an alert concerns. Lists keep the source's order and spelling, without repeats.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Entities {
    /// Client addresses.
    pub client_ip: Vec<String>,
    /// Users.
    pub username: Vec<String>,
    /// API keys, by id.
    pub api_key_id: Vec<String>,
    /// API endpoints.
    pub endpoint: Vec<String>,
    /// Hosts.
    pub hostname: Vec<String>,
}

impl Entities {
    /// The entities of a kind.
    #[must_use]
    pub fn of(&self, kind: EntityKind) -> &[String] {
        match kind {
            EntityKind::ClientIp => &self.client_ip,
            EntityKind::Username => &self.username,
            EntityKind::ApiKeyId => &self.api_key_id,
            EntityKind::Endpoint => &self.endpoint,
            EntityKind::Hostname => &self.hostname,
        }
    }

    /// The first entity there is, which a narrow list can show.
    #[must_use]
    pub fn first(&self) -> Option<&str> {
        [&self.username, &self.client_ip, &self.api_key_id, &self.endpoint, &self.hostname]
            .into_iter()
            .find_map(|list| list.first().map(String::as_str))
    }
}

/// What kind of thing an alert concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EntityKind {
    /// A client address.
    ClientIp,
    /// A user.
    Username,
    /// An API key, by its id.
    ApiKeyId,
    /// An API endpoint.
    Endpoint,
    /// A host.
    Hostname,
}

/// The text names no kind of entity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no kind of entity: use clientIp, username, apiKeyId, endpoint or hostname")]
pub struct EntityKindError(String);

impl EntityKind {
    /// Every kind, in the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::ClientIp, Self::Username, Self::ApiKeyId, Self::Endpoint, Self::Hostname];

    /// The name that the alert's JSON and the query language use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientIp => "clientIp",
            Self::Username => "username",
            Self::ApiKeyId => "apiKeyId",
            Self::Endpoint => "endpoint",
            Self::Hostname => "hostname",
        }
    }
}

impl fmt::Display for EntityKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

impl FromStr for EntityKind {
    type Err = EntityKindError;

    /// Reads the name, or the short one that queries know, in any case.
    fn from_str(text: &str) -> Result<Self, EntityKindError> {
        let name = match text.trim().to_ascii_lowercase().as_str() {
            "ip" | "address" => "clientIp",
            "user" => "username",
            "key" => "apiKeyId",
            "host" => "hostname",
            _ => text.trim(),
        };
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(name))
            .ok_or_else(|| EntityKindError(text.chars().take(64).collect()))
    }
}
