//! Lists and counts: by the columns in memory when they are loaded, else by the database. Both answer the same.

use std::time::Duration;
use tocsin_model::query::Query;
use tocsin_model::survey::{FacetValue, Survey, SurveyField};

use crate::survey::SurveyRequest;
use crate::{ListPage, PageRequest, Store, StoreError};

impl Store {
    /// Reads all alerts into memory, so that lists, counts and searches of any kind are quick. A second or two with a
    /// million alerts; nothing when it was done.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn load_columns(&self) -> Result<(), StoreError> {
        self.columns.load(&self.readers, &self.notes)
    }

    /// Gives the memory of the columns back.
    pub fn drop_columns(&self) {
        self.columns.drop_all(&self.notes);
    }

    /// At how many alerts a text search looks before it asks the index of texts; for columns loaded from now on. A
    /// test with few alerts turns it down, or the index would never be asked.
    pub fn look_plainly(&self, alerts: usize) {
        self.columns.look_plainly(alerts);
    }

    /// How long nobody has asked the columns; none when they are not loaded.
    #[must_use]
    pub fn columns_idle(&self) -> Option<Duration> {
        self.columns.idle()
    }

    /// Whether the columns were dropped because they could not follow a change, and are still wanted.
    #[must_use]
    pub fn columns_lost(&self) -> bool {
        self.columns.are_lost()
    }

    /// Memory of the columns in bytes; 0 when they are not loaded.
    #[must_use]
    pub fn columns_bytes(&self) -> usize {
        self.columns.bytes()
    }

    /// A page of a list. A list may go on here that began without columns, and the other way round.
    ///
    /// # Errors
    /// [`StoreError::Cursor`] for a cursor of another order; otherwise when the store cannot be read.
    pub fn list(&self, request: &PageRequest<'_>) -> Result<ListPage, StoreError> {
        match self.columns.page(&self.readers, &self.notes, request)? {
            Some(page) => Ok(page),
            None => self.read(|reader| reader.alerts(request)),
        }
    }

    /// How many alerts a query matches, counted up to `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn count(&self, query: &Query, limit: u64) -> Result<u64, StoreError> {
        match self.columns.count(&self.readers, &self.notes, query)? {
            Some(count) => Ok(count.min(limit)),
            None => self.read(|reader| reader.count_alerts(query, limit)),
        }
    }

    /// What a filter comes to. Loads the columns when they are not there.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn survey(&self, request: &SurveyRequest<'_>) -> Result<Survey, StoreError> {
        self.load_columns()?;
        match self.columns.survey(&self.readers, &self.notes, request)? {
            Some(survey) => Ok(survey),
            // They were dropped meanwhile.
            None => self.read(|reader| reader.survey(request)),
        }
    }

    /// How many alerts of a query have each value of a field, most frequent first. Loads the columns when they are
    /// not there.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn count_by(&self, query: &Query, field: SurveyField) -> Result<Vec<FacetValue>, StoreError> {
        self.load_columns()?;
        match self.columns.count_by(&self.readers, &self.notes, query, field)? {
            Some(counts) => Ok(counts),
            None => self.read(|reader| reader.count_by(query, field)),
        }
    }
}
