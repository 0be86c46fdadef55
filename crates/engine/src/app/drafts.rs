//! Drafts: what somebody is writing and has not kept yet. What was acknowledged is on the disk.

use tocsin_store::Draft;

use super::App;
use crate::error::EngineError;

/// Longest text of a draft in bytes: many times the longest document of a rule.
const TEXT_LIMIT: usize = 1024 * 1024;
/// Longest key in characters: a rule's name and a little more.
const KEY_LIMIT: usize = 128;
/// Most drafts: nobody writes at more rules at a time.
const DRAFT_LIMIT: u64 = 500;

impl App {
    /// Every draft, the one that was written last first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn drafts(&self) -> Result<Vec<Draft>, EngineError> {
        Ok(self.store.read(|reader| reader.drafts())?)
    }

    /// Keeps a draft in place of the one of that key; once this returns it outlives a crash.
    ///
    /// # Errors
    /// [`EngineError::Field`] when the key or the text is too long, or there are too many drafts.
    pub fn save_draft(&self, key: &str, text: String) -> Result<(), EngineError> {
        let wrong = EngineError::field_error;
        if !(1..=KEY_LIMIT).contains(&key.chars().count()) || key.chars().any(char::is_control) {
            return Err(wrong("key", format!("a draft has a key of 1 to {KEY_LIMIT} characters")));
        }
        if text.len() > TEXT_LIMIT {
            let message = format!(
                "the draft has {} bytes, and {TEXT_LIMIT} is the most: move long lists of values into a list",
                text.len()
            );
            return Err(wrong("text", message));
        }
        let (count, known) = self.store.read(|reader| reader.count_drafts(key))?;
        if !known && count >= DRAFT_LIMIT {
            return Err(wrong("key", format!("there are {DRAFT_LIMIT} drafts already: keep or discard one")));
        }
        let (key, now) = (key.to_owned(), self.now());
        self.change(move |tx| Ok((tx.put_draft(&key, &text, now)?, None)))
    }

    /// Discards a draft. It is fine when there is none.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn remove_draft(&self, key: &str) -> Result<(), EngineError> {
        let key = key.to_owned();
        self.change(move |tx| Ok((tx.remove_draft(&key).map(|_| ())?, None)))
    }
}
