//! Rules and their versions, with what is known of how they do.

use rusqlite::{OptionalExtension, Row, ToSql, named_params, params};
use std::collections::{BTreeMap, HashMap};
use tocsin_model::rule::Mode;
use tocsin_model::time::Timestamp;

use super::evaluation::LogPlace;
use super::{count, get_count, get_json, get_time, get_time_or_none, json_or_null, unexpected};
use crate::{Reader, StoreError, WriteTx};

/// What a rule said at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleVersion {
    /// Its row, which firings point to.
    pub row: i64,
    /// The rule's first version is 1.
    pub number: u64,
    /// The document as JSON, its keys in their order.
    pub document: String,
    /// The values of the lists it names.
    pub lists: BTreeMap<String, Vec<String>>,
    /// When it was added.
    pub added_at: Timestamp,
    /// Events up to this place of the log only fill its windows.
    pub active_after: LogPlace,
    /// Windows that ended by then fire nothing.
    pub active_at: Timestamp,
    /// Whether evaluation has taken it up.
    pub started: bool,
    /// How often it fired.
    pub firings: u64,
    /// When it last did.
    pub fired_at: Option<Timestamp>,
    /// How often it and those before it fired that fire alike: only words were changed since.
    pub all_firings: u64,
    /// When one of them last did.
    pub all_fired_at: Option<Timestamp>,
}

/// A rule as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleRecord {
    /// Its row.
    pub row: i64,
    /// Its name as it is written.
    pub name: String,
    /// Whether it is evaluated.
    pub enabled: bool,
    /// Whether its firings raise alerts.
    pub mode: Mode,
    /// When it was first added.
    pub created_at: Timestamp,
    /// When it was last changed by a person.
    pub updated_at: Timestamp,
    /// What keeps it from being evaluated, and since when.
    pub error: Option<(Timestamp, String)>,
    /// Groups that were given up to stay within its memory.
    pub forgotten: u64,
    /// Matching events that came too late to be looked at.
    pub late: u64,
    /// The version that counts.
    pub current: RuleVersion,
    /// The version that waits beside it to be promoted.
    pub candidate: Option<RuleVersion>,
}

/// What a version is to its rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionState {
    /// The one that counts.
    Current,
    /// The one that waits to be promoted.
    Candidate,
    /// One of before.
    Past,
}

impl VersionState {
    /// The word that the store and interfaces use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Candidate => "candidate",
            Self::Past => "past",
        }
    }

    pub(super) fn from_stored(word: &str) -> Option<Self> {
        [Self::Current, Self::Candidate, Self::Past].into_iter().find(|state| state.as_str() == word)
    }
}

/// A rule to keep.
#[derive(Debug, Clone, Copy)]
pub struct NewRule<'a> {
    /// Its name as it is written.
    pub name: &'a str,
    /// The name as names are compared.
    pub folded: &'a str,
    /// Whether it is evaluated.
    pub enabled: bool,
    /// Whether its firings raise alerts.
    pub mode: Mode,
}

/// What happened to the health of a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleHealth {
    /// A new error that keeps it from being evaluated.
    pub error: Option<String>,
    /// More groups were given up.
    pub forgotten: u64,
    /// More events came too late.
    pub late: u64,
}

const COLUMNS: &str = "row, name, enabled, mode, created_at, updated_at, error, error_at, forgotten, late";
pub(super) const VERSION_COLUMNS: &str = "row, rule_row, number, state, document, lists, added_at, active_seq, active_alert, \
    active_at, started, firings, fired_at, \
    (SELECT sum(other.firings) FROM rule_versions AS other WHERE other.rule_row = rule_versions.rule_row \
     AND coalesce(other.line, other.row) = coalesce(rule_versions.line, rule_versions.row)) AS all_firings, \
    (SELECT max(other.fired_at) FROM rule_versions AS other WHERE other.rule_row = rule_versions.rule_row \
     AND coalesce(other.line, other.row) = coalesce(rule_versions.line, rule_versions.row)) AS all_fired_at";

impl WriteTx<'_> {
    /// Keeps a new rule without a version; gives its row.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the name is taken.
    pub fn add_rule(&self, new: &NewRule<'_>, at: Timestamp) -> Result<i64, StoreError> {
        if self.reader().rule(new.folded)?.is_some() {
            return Err(StoreError::Conflict(format!("a rule “{}”", new.name)));
        }
        self.connection
            .prepare_cached(
                "INSERT INTO rules (name, folded, enabled, mode, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
            )?
            .execute(params![new.name, new.folded, new.enabled, new.mode.as_str(), at.millis()])?;
        Ok(self.connection.last_insert_rowid())
    }

    /// Adds a version of a rule in the place of the one that had this state; only events from now on fire it.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn add_version(
        &self,
        rule_row: i64,
        state: VersionState,
        document: &str,
        lists: &BTreeMap<String, Vec<String>>,
        at: Timestamp,
    ) -> Result<i64, StoreError> {
        self.retire(rule_row, state)?;
        self.connection
            .prepare_cached(
                "INSERT INTO rule_versions (rule_row, number, state, document, lists, added_at, active_seq, \
                 active_alert, active_at) \
                 VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM rule_versions WHERE rule_row = ?1), ?2, ?3, ?4, \
                 ?5, (SELECT coalesce(max(seq), 0) FROM events), (SELECT coalesce(max(row), 0) FROM alerts), ?5)",
            )?
            .execute(params![rule_row, state.as_str(), document, json_or_null(lists), at.millis()])?;
        Ok(self.connection.last_insert_rowid())
    }

    /// Makes the candidate of a rule the version that counts; says whether there was one.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn promote(&self, rule_row: i64) -> Result<bool, StoreError> {
        let waits: bool = self
            .connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM rule_versions WHERE rule_row = ?1 AND state = 'candidate')")?
            .query_row([rule_row], |row| row.get(0))?;
        if waits {
            self.retire(rule_row, VersionState::Current)?;
            self.connection
                .prepare_cached(
                    "UPDATE rule_versions SET state = 'current' WHERE rule_row = ?1 AND state = 'candidate'",
                )?
                .execute([rule_row])?;
        }
        Ok(waits)
    }

    /// Makes what a rule had in this state one of before.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn retire(&self, rule_row: i64, state: VersionState) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE rule_versions SET state = 'past' WHERE rule_row = ?1 AND state = ?2")?
            .execute(params![rule_row, state.as_str()])?;
        Ok(())
    }

    /// Sets how a rule is named and runs. What was wrong with it is forgotten: it gets another chance.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn set_rule(&self, rule_row: i64, to: &NewRule<'_>, at: Timestamp) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE rules SET name = ?2, folded = ?3, enabled = ?4, mode = ?5, updated_at = ?6, error = NULL, \
                 error_at = NULL WHERE row = ?1",
            )?
            .execute(params![rule_row, to.name, to.folded, to.enabled, to.mode.as_str(), at.millis()])?;
        Ok(())
    }

    /// From now on only events that come later fire a rule: it was just enabled.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn activate(&self, rule_row: i64, at: Timestamp) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE rule_versions SET active_seq = (SELECT coalesce(max(seq), 0) FROM events), \
                 active_alert = (SELECT coalesce(max(row), 0) FROM alerts), active_at = ?2, started = 0 \
                 WHERE rule_row = ?1 AND state <> 'past'",
            )?
            .execute(params![rule_row, at.millis()])?;
        Ok(())
    }

    /// Notes that evaluation has taken a version up.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn start_version(&self, version_row: i64) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE rule_versions SET started = 1 WHERE row = ?1")?
            .execute([version_row])?;
        Ok(())
    }

    /// Notes what happened to the health of a rule.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn note_health(&self, rule_row: i64, health: &RuleHealth, at: Timestamp) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE rules SET error = coalesce(:error, error), error_at = iif(:error IS NULL, error_at, :at), \
                 forgotten = forgotten + :forgotten, late = late + :late WHERE row = :row",
            )?
            .execute(named_params! {
                ":row": rule_row, ":error": health.error, ":at": at.millis(), ":forgotten": count(health.forgotten),
                ":late": count(health.late),
            })?;
        Ok(())
    }
}

impl Reader<'_> {
    /// Every rule, by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn rules(&self) -> Result<Vec<RuleRecord>, StoreError> {
        let statement = format!("SELECT {COLUMNS} FROM rules WHERE removed_at IS NULL ORDER BY folded");
        let mut statement = self.connection.prepare_cached(&statement)?;
        let heads = statement.query_map([], head)?.collect::<Result<Vec<_>, _>>()?;
        let statement = format!("SELECT {VERSION_COLUMNS} FROM rule_versions WHERE state <> 'past'");
        let mut statement = self.connection.prepare_cached(&statement)?;
        let mut versions: HashMap<i64, Vec<(VersionState, RuleVersion)>> = HashMap::new();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            versions.entry(row.get("rule_row")?).or_default().push(version(row)?);
        }
        heads.into_iter().map(|head| with_versions(versions.remove(&head.row).unwrap_or_default(), head)).collect()
    }

    /// The rule whose name is compared as `folded`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn rule(&self, folded: &str) -> Result<Option<RuleRecord>, StoreError> {
        self.one_rule("folded = ?1 AND removed_at IS NULL", &folded)
    }

    /// The rule in this row, removed or not.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn rule_of_row(&self, row: i64) -> Result<Option<RuleRecord>, StoreError> {
        self.one_rule("row = ?1", &row)
    }

    /// The rule that was removed last of those whose name is compared as `folded`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn removed_rule(&self, folded: &str) -> Result<Option<RuleRecord>, StoreError> {
        self.one_rule("folded = ?1 AND removed_at IS NOT NULL ORDER BY removed_at DESC, row DESC LIMIT 1", &folded)
    }

    fn one_rule(&self, which: &str, value: &dyn ToSql) -> Result<Option<RuleRecord>, StoreError> {
        let statement = format!("SELECT {COLUMNS} FROM rules WHERE {which}");
        let found = self.connection.prepare_cached(&statement)?.query_row([value], head).optional()?;
        let Some(head) = found else { return Ok(None) };
        let statement = format!("SELECT {VERSION_COLUMNS} FROM rule_versions WHERE rule_row = ?1 AND state <> 'past'");
        let mut statement = self.connection.prepare_cached(&statement)?;
        let versions = statement.query_map([head.row], version)?.collect::<Result<Vec<_>, _>>()?;
        with_versions(versions, head).map(Some)
    }
}

fn with_versions(versions: Vec<(VersionState, RuleVersion)>, head: RuleHead) -> Result<RuleRecord, StoreError> {
    let (mut current, mut candidate) = (None, None);
    for (state, version) in versions {
        match state {
            VersionState::Current => current = Some(version),
            VersionState::Candidate => candidate = Some(version),
            VersionState::Past => {}
        }
    }
    let RuleHead { row, name, enabled, mode, created_at, updated_at, error, forgotten, late } = head;
    let current = current.ok_or_else(|| StoreError::Damaged(format!("the rule “{name}” has no document")))?;
    Ok(RuleRecord { row, name, enabled, mode, created_at, updated_at, error, forgotten, late, current, candidate })
}

/// A rule without its versions.
struct RuleHead {
    row: i64,
    name: String,
    enabled: bool,
    mode: Mode,
    created_at: Timestamp,
    updated_at: Timestamp,
    error: Option<(Timestamp, String)>,
    forgotten: u64,
    late: u64,
}

fn head(row: &Row<'_>) -> rusqlite::Result<RuleHead> {
    let mode: String = row.get("mode")?;
    let error: Option<String> = row.get("error")?;
    Ok(RuleHead {
        row: row.get("row")?,
        name: row.get("name")?,
        enabled: row.get("enabled")?,
        mode: mode.parse().map_err(|()| unexpected("mode", &mode))?,
        created_at: get_time(row, "created_at")?,
        updated_at: get_time(row, "updated_at")?,
        error: get_time_or_none(row, "error_at")?.zip(error),
        forgotten: get_count(row, "forgotten")?,
        late: get_count(row, "late")?,
    })
}

pub(super) fn version(row: &Row<'_>) -> rusqlite::Result<(VersionState, RuleVersion)> {
    let state: String = row.get("state")?;
    let version = RuleVersion {
        row: row.get("row")?,
        number: get_count(row, "number")?,
        document: row.get("document")?,
        lists: get_json(row, "lists")?,
        added_at: get_time(row, "added_at")?,
        active_after: LogPlace { seq: row.get("active_seq")?, alert: row.get("active_alert")? },
        active_at: get_time(row, "active_at")?,
        started: row.get("started")?,
        firings: get_count(row, "firings")?,
        fired_at: get_time_or_none(row, "fired_at")?,
        all_firings: get_count(row, "all_firings")?,
        all_fired_at: get_time_or_none(row, "all_fired_at")?,
    };
    Ok((VersionState::from_stored(&state).ok_or_else(|| unexpected("state", &state))?, version))
}
