//! Who and what an alert concerns.

use serde::{Deserialize, Serialize};

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
    /// The first entity there is, which a narrow list can show.
    #[must_use]
    pub fn first(&self) -> Option<&str> {
        [&self.username, &self.client_ip, &self.api_key_id, &self.endpoint, &self.hostname]
            .into_iter()
            .find_map(|list| list.first().map(String::as_str))
    }
}
