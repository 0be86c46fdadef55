//! What other processes changed, left for the engine to follow.

use rusqlite::params;
use tocsin_model::id::AlertId;

use crate::columns::notes::lock;
use crate::{Reader, StoreError, WriteTx};

/// What a hint is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Alerts came in or changed.
    Alerts,
    /// Sources came, went or changed.
    Sources,
    /// The settings changed.
    Settings,
    /// Saved views came, went or changed.
    Views,
    /// Rules came, went or changed.
    Rules,
    /// Events of a feed came in.
    Events,
}

impl Topic {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Alerts => "alerts",
            Self::Sources => "sources",
            Self::Settings => "settings",
            Self::Views => "views",
            Self::Rules => "rules",
            Self::Events => "events",
        }
    }

    /// A word of a newer version is taken for the topic that makes everything be read again.
    fn from_stored(word: &str) -> Self {
        [Self::Sources, Self::Settings, Self::Views, Self::Rules, Self::Events]
            .into_iter()
            .find(|topic| topic.as_str() == word)
            .unwrap_or(Self::Alerts)
    }
}

/// A change another process made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// What it is about.
    pub topic: Topic,
    /// The alerts concerned; empty with [`Topic::Alerts`] means many.
    pub alerts: Vec<AlertId>,
}

impl WriteTx<'_> {
    /// Leaves a hint for the engine.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn add_hint(&self, hint: &Hint) -> Result<(), StoreError> {
        let alerts = serde_json::to_string(&hint.alerts).unwrap_or_default();
        self.connection
            .prepare_cached("INSERT INTO hints (topic, alerts) VALUES (?1, ?2)")?
            .execute(params![hint.topic.as_str(), alerts])?;
        Ok(())
    }

    /// Takes all hints away and gives them, oldest first.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn take_hints(&self) -> Result<Vec<Hint>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT topic, alerts FROM hints ORDER BY row")?;
        let hints = statement
            .query_map([], |row| {
                let topic: String = row.get(0)?;
                let alerts: String = row.get(1)?;
                Ok(Hint {
                    topic: Topic::from_stored(&topic),
                    alerts: serde_json::from_str(&alerts).unwrap_or_default(),
                })
            })?
            .collect::<Result<Vec<_>, _>>()?;
        // Once they are gone nobody else can follow them.
        match self.reader().hinted_rows(0)? {
            Some(rows) => rows.into_iter().for_each(|row| lock(self.touched).row(row)),
            None => lock(self.touched).everything = true,
        }
        self.connection.prepare_cached("DELETE FROM hints")?.execute([])?;
        Ok(hints)
    }
}

impl Reader<'_> {
    /// Whether another process left a hint.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn has_hints(&self) -> Result<bool, StoreError> {
        Ok(self.connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM hints)")?.query_row([], |row| row.get(0))?)
    }
}
