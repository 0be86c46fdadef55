//! Versions of rules: all of them, new ones that fire like those before, and rules that are removed and come back.

use rusqlite::params;
use std::collections::BTreeMap;
use tocsin_model::time::Timestamp;

use super::firings::{FiringRecord, firing};
use super::rules::{RuleVersion, VERSION_COLUMNS, VersionState, version};
use super::{count, get_json, json_or_null};
use crate::{Reader, StoreError, WriteTx};

/// A firing of an alert with the version of the rule that explains it.
#[derive(Debug, Clone, PartialEq)]
pub struct FiringOfAlert {
    /// The rule's name now; it may have been removed.
    pub rule: String,
    /// What the rule said when it fired.
    pub document: String,
    /// The values of the lists it named.
    pub lists: BTreeMap<String, Vec<String>>,
    /// The firing.
    pub firing: FiringRecord,
}

impl WriteTx<'_> {
    /// Adds a version that fires like the one in the row `like`, in the place of what has this state: it goes on where
    /// that one is, and what that one has told suppresses its firings too.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn add_alike_version(
        &self,
        like: i64,
        state: VersionState,
        document: &str,
        lists: &BTreeMap<String, Vec<String>>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let rule_row: i64 = self
            .connection
            .prepare_cached("SELECT rule_row FROM rule_versions WHERE row = ?1")?
            .query_row([like], |row| row.get(0))?;
        self.retire(rule_row, state)?;
        self.connection
            .prepare_cached(
                "INSERT INTO rule_versions (rule_row, number, state, document, lists, added_at, active_seq, \
                 active_alert, active_at, started, line) SELECT rule_row, \
                 (SELECT max(number) + 1 FROM rule_versions WHERE rule_row = ?2), ?3, ?4, ?5, ?6, active_seq, \
                 active_alert, active_at, started, coalesce(line, row) FROM rule_versions WHERE row = ?1",
            )?
            .execute(params![like, rule_row, state.as_str(), document, json_or_null(lists), at.millis()])?;
        Ok(())
    }

    /// Removes a rule. Its firings and alerts stay, and how it ran is remembered.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn remove_rule(&self, rule_row: i64, at: Timestamp) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE rules SET removed_at = ?2 WHERE row = ?1")?
            .execute(params![rule_row, at.millis()])?;
        Ok(())
    }

    /// Takes the removal of a rule back.
    ///
    /// # Errors
    /// When the store cannot be written; another rule must not have its name.
    pub fn unremove_rule(&self, rule_row: i64) -> Result<(), StoreError> {
        self.connection.prepare_cached("UPDATE rules SET removed_at = NULL WHERE row = ?1")?.execute([rule_row])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// Every version of a rule, the newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn rule_versions(&self, rule_row: i64) -> Result<Vec<(VersionState, RuleVersion)>, StoreError> {
        let statement = format!("SELECT {VERSION_COLUMNS} FROM rule_versions WHERE rule_row = ?1 ORDER BY number DESC");
        let mut statement = self.connection.prepare_cached(&statement)?;
        Ok(statement.query_map([rule_row], version)?.collect::<Result<Vec<_>, _>>()?)
    }

    /// The firings that raised or updated an alert, each with what explains it, the newest first; at most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn why_alert(&self, alert_row: i64, limit: u64) -> Result<Vec<FiringOfAlert>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number, group_key, firings.fired_at AS fired_at, candidate, last_seen, occurrences, \
             firings.mode AS mode, decided_at, (SELECT id FROM alerts WHERE alerts.row = alert_row) AS alert, \
             explanation, rules.name AS rule, document, lists \
             FROM firings JOIN rule_versions ON version_row = rule_versions.row JOIN rules ON rules.row = rule_row \
             WHERE alert_row = ?1 ORDER BY firings.fired_at DESC, firings.row DESC LIMIT ?2",
        )?;
        let firings = statement.query_map(params![alert_row, count(limit)], |row| {
            Ok(FiringOfAlert {
                rule: row.get("rule")?,
                document: row.get("document")?,
                lists: get_json(row, "lists")?,
                firing: firing(row)?,
            })
        })?;
        Ok(firings.collect::<Result<Vec<_>, _>>()?)
    }
}
