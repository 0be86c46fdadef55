//! The index of what alerts say: three letters in a row lead to the alerts that may say more.
//!
//! What the index names is always looked at again, so it may name too many, never too few. It reaches up to a row;
//! what came later is not in it yet. Notes stand in entries of their own, because only they change often, and close
//! reasons are left out: the columns know them.

use rusqlite::OptionalExtension;
use std::collections::BTreeSet;
use tocsin_model::query::{Pattern, Test, TextField};

use super::alert_filter::INDEXED;
use super::count;
use crate::columns::notes::lock;
use crate::sql::{folded, indexable};
use crate::{Reader, StoreError, WriteTx};

/// Letters of an entry of the index.
const LETTERS: usize = 3;
/// Where the entries of notes begin, beyond all rows.
const NOTES: i64 = 1 << 40;
/// Entries asked for at once: the index leaps from one alert of the rarest to the next, so more of them cost little
/// and rule nearly everything else out.
const ENTRIES: usize = 24;

/// What a test looks for: any of these, each of which is several pieces that all must be there.
#[derive(Debug)]
pub(crate) struct Needles(Vec<Vec<String>>);

/// What the index says.
#[derive(Debug)]
pub(crate) struct Candidates {
    /// Alerts that may hold it, in any order, some of them twice.
    pub rows: Vec<i64>,
    /// The last row that the index knows.
    pub reaches: i64,
}

impl Needles {
    /// None when the index cannot help: a piece is too short, or the text is not in it.
    pub(crate) fn of(test: &Test) -> Option<Self> {
        let piece = |text: &str| Some(indexable(&folded(text))).filter(|text| text.chars().count() >= LETTERS);
        match test {
            Test::Words(words) => Some(Self(vec![vec![piece(words)?]])),
            Test::Text(TextField::Description | TextField::ExternalId | TextField::Note, patterns) => {
                let pieces = |pattern: &Pattern| {
                    let found: Vec<String> = pattern.runs.iter().filter_map(|run| piece(run)).collect();
                    (!found.is_empty()).then_some(found)
                };
                patterns.iter().map(pieces).collect::<Option<Vec<_>>>().map(Self)
            }
            Test::Text(..)
            | Test::Severity(_)
            | Test::Status(_)
            | Test::Kind(_)
            | Test::Time(..)
            | Test::Occurrences(..)
            | Test::Address(_)
            | Test::Snoozed(..)
            | Test::Seen(_) => None,
        }
    }
}

impl WriteTx<'_> {
    /// Puts up to `limit` more alerts into the index, oldest first; gives how many. For when nothing else is to be
    /// written.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn index_text(&self, limit: u64) -> Result<u64, StoreError> {
        let reaches = self.reader().text_reaches()?;
        let last: Option<i64> = self
            .connection
            .prepare_cached("SELECT max(row) FROM (SELECT row FROM alerts WHERE row > ?1 ORDER BY row LIMIT ?2)")?
            .query_row([reaches, count(limit)], |row| row.get(0))?;
        let Some(last) = last else { return Ok(0) };
        let added = self.add_texts(reaches.saturating_add(1), last)?;
        self.reach_to(last)?;
        Ok(added)
    }

    /// An alert says something else now. The index must know before anyone can look for it.
    pub(crate) fn index_again(&self, row: i64) -> Result<(), StoreError> {
        if row > self.reader().text_reaches()? {
            return Ok(());
        }
        self.connection.prepare_cached("DELETE FROM alert_text WHERE rowid = ?1")?.execute([row])?;
        self.add_texts(row, row)?;
        Ok(())
    }

    /// Somebody wrote a note, or took one back. Notes are in the index from the start.
    pub(crate) fn index_note(&self, row: i64, notes: Option<&str>) -> Result<(), StoreError> {
        // What the index names is looked at, so a note that is gone may stay in it.
        let Some(notes) = notes else { return Ok(()) };
        let at = row.saturating_add(NOTES);
        self.connection.prepare_cached("DELETE FROM alert_text WHERE rowid = ?1")?.execute([at])?;
        self.connection
            .prepare_cached("INSERT INTO alert_text (rowid, said) VALUES (?1, ?2)")?
            .execute((at, indexable(&folded(notes))))?;
        Ok(())
    }

    /// Takes alerts that this transaction removed out of the index. Their rows may be given to new alerts, which it
    /// then must not claim to know.
    pub(crate) fn forget_removed(&self) -> Result<(), StoreError> {
        let removed = lock(self.touched).take_removed();
        if removed.is_empty() {
            return Ok(());
        }
        let mut there = self.connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM alerts WHERE row = ?1)")?;
        // The index itself is asked at some length whether it knows a row; its list of rows is not.
        let mut known = self.connection.prepare_cached("SELECT id FROM alert_text_docsize WHERE id IN (?1, ?2)")?;
        let mut forget = self.connection.prepare_cached("DELETE FROM alert_text WHERE rowid = ?1")?;
        for row in removed {
            // The row has been given to another alert already, or what removed it was taken back.
            if there.query_row([row], |row| row.get(0))? {
                self.index_again(row)?;
                continue;
            }
            let entries = known.query_map([row, row.saturating_add(NOTES)], |row| row.get::<_, i64>(0))?;
            for entry in entries.collect::<Result<Vec<_>, _>>()? {
                forget.execute([entry])?;
            }
        }
        let newest: i64 = self
            .connection
            .prepare_cached("SELECT coalesce(max(row), 0) FROM alerts")?
            .query_row([], |row| row.get(0))?;
        if newest < self.reader().text_reaches()? {
            self.reach_to(newest)?;
        }
        Ok(())
    }

    fn add_texts(&self, first: i64, last: i64) -> Result<u64, StoreError> {
        let statement = format!(
            "INSERT INTO alert_text (rowid, said) SELECT alerts.row, said({INDEXED}) FROM alerts \
             JOIN sources ON sources.row = alerts.source_row WHERE alerts.row BETWEEN ?1 AND ?2 ORDER BY alerts.row"
        );
        let added = self.connection.prepare_cached(&statement)?.execute([first, last])?;
        Ok(u64::try_from(added).unwrap_or(u64::MAX))
    }

    fn reach_to(&self, row: i64) -> Result<(), StoreError> {
        self.connection.prepare_cached("UPDATE alert_text_progress SET indexed_row = ?1")?.execute([row])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// The last row that the index of texts knows.
    pub(crate) fn text_reaches(&self) -> Result<i64, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT indexed_row FROM alert_text_progress")?;
        Ok(statement.query_row([], |row| row.get(0)).optional()?.unwrap_or(0))
    }

    /// How many alerts the index of texts does not know yet, counted by rows.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn texts_to_index(&self) -> Result<u64, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT coalesce(max(row), 0) FROM alerts")?;
        let newest: i64 = statement.query_row([], |row| row.get(0))?;
        Ok(u64::try_from(newest.saturating_sub(self.text_reaches()?)).unwrap_or(0))
    }

    /// The alerts that may hold what is looked for; none when the index is empty, or when it names more than `limit`,
    /// which is no help.
    pub(crate) fn text_candidates(&self, needles: &Needles, limit: usize) -> Result<Option<Candidates>, StoreError> {
        let reaches = self.text_reaches()?;
        if reaches == 0 {
            return Ok(None);
        }
        let mut rows = Vec::new();
        for pieces in &needles.0 {
            let entries: BTreeSet<String> = pieces.iter().flat_map(|piece| entries(piece)).collect();
            let question: Vec<String> = entries.iter().take(ENTRIES).map(|entry| quoted(entry)).collect();
            let mut statement =
                self.connection.prepare_cached("SELECT rowid FROM alert_text WHERE alert_text MATCH ?1")?;
            let found = statement.query_map([question.join(" AND ")], |row| row.get::<_, i64>(0))?;
            for row in found {
                let row = row?;
                rows.push(if row > NOTES { row - NOTES } else { row });
                if rows.len() > limit {
                    return Ok(None);
                }
            }
        }
        Ok(Some(Candidates { rows, reaches }))
    }
}

/// Every three letters in a row, once.
fn entries(text: &str) -> BTreeSet<String> {
    let letters: Vec<char> = text.chars().collect();
    letters.windows(LETTERS).map(|window| window.iter().collect()).collect()
}

/// A text as a string of the index's query language, in which nothing has a meaning of its own.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_asked_for_as_they_stand() {
        assert_eq!(entries("abcabc\u{e4}").into_iter().collect::<Vec<_>>(), ["abc", "bca", "bc\u{e4}", "cab"][..]);
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
    }
}
