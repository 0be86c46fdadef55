//! Saved views: lists that people come back to.

use rusqlite::{Row, params};

use super::{get_json, json_or_null};
use crate::{Reader, StoreError, WriteTx};

/// A view as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewRow {
    /// Its id: the word of a built-in view, or a UUID.
    pub id: String,
    /// Its name; unique whatever the case.
    pub name: String,
    /// The search text.
    pub query: String,
    /// The order, as lists take it.
    pub sort: String,
    /// Fields shown, in order, each with its width in pixels where one was chosen.
    pub columns: Vec<(String, Option<u32>)>,
    /// Whether it is the one that opens first.
    pub is_default: bool,
}

impl WriteTx<'_> {
    /// Keeps a view in place of the one of that id. A default one takes the place of the default before.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another view has the name; otherwise when the store cannot be written.
    pub fn put_view(&self, view: &ViewRow) -> Result<(), StoreError> {
        let taken: bool = self
            .connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM views WHERE name = ?1 AND id <> ?2)")?
            .query_row([&view.name, &view.id], |row| row.get(0))?;
        if taken {
            return Err(StoreError::Conflict(format!("a view “{}”", view.name)));
        }
        if view.is_default {
            self.connection.prepare_cached("UPDATE views SET is_default = 0 WHERE is_default <> 0")?.execute([])?;
        }
        self.connection
            .prepare_cached(
                "INSERT INTO views (id, name, query, sort, columns, is_default) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name, query = excluded.query, sort = excluded.sort, \
                 columns = excluded.columns, is_default = excluded.is_default",
            )?
            .execute(params![
                view.id,
                view.name,
                view.query,
                view.sort,
                json_or_null(&view.columns),
                view.is_default
            ])?;
        Ok(())
    }

    /// Removes a view; whether there was one.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn remove_view(&self, id: &str) -> Result<bool, StoreError> {
        Ok(self.connection.prepare_cached("DELETE FROM views WHERE id = ?1")?.execute([id])? > 0)
    }
}

impl Reader<'_> {
    /// Every view that is kept, in the order they were made.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn views(&self) -> Result<Vec<ViewRow>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT id, name, query, sort, columns, is_default FROM views ORDER BY row")?;
        let views = statement.query_map([], view)?.collect::<Result<Vec<_>, _>>()?;
        Ok(views)
    }
}

fn view(row: &Row<'_>) -> rusqlite::Result<ViewRow> {
    Ok(ViewRow {
        id: row.get("id")?,
        name: row.get("name")?,
        query: row.get("query")?,
        sort: row.get("sort")?,
        columns: get_json(row, "columns")?,
        is_default: row.get("is_default")?,
    })
}
