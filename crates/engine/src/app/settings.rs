//! What a person has set.

use serde_json::Value;
use tocsin_model::settings::{Settings, SettingsError};
use tocsin_model::zone::Zone;
use tocsin_store::{Reader, StoreError, WriteTx};

use super::App;
use crate::error::EngineError;
use crate::feed::FeedItem;

impl App {
    /// The settings, with a default for all that was never set.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn settings(&self) -> Result<Settings, EngineError> {
        Ok(self.store.read(|reader| Ok(Settings::read(&document(reader)?)))?)
    }

    /// Keeps these settings, and gives them as they are now.
    ///
    /// # Errors
    /// When one of them makes no sense; then none is kept.
    pub fn set_settings(&self, settings: Settings) -> Result<Settings, EngineError> {
        settings.check()?;
        self.change_settings(move |_| Ok(settings))
    }

    /// Changes one setting from the words of a command line.
    ///
    /// # Errors
    /// When there is no such setting, or the value does not fit.
    pub fn set_setting(&self, key: &str, value: &str) -> Result<Settings, EngineError> {
        let (key, value, zone) = (key.to_owned(), value.to_owned(), local_zone());
        self.change_settings(move |before| before.with(&key, &value, zone))
    }

    fn change_settings(
        &self,
        op: impl FnOnce(&Settings) -> Result<Settings, SettingsError> + Send + 'static,
    ) -> Result<Settings, EngineError> {
        let now = self.now();
        let done = self.change(move |tx| {
            let document = document(&tx.reader())?;
            let before = Settings::read(&document);
            let after = match op(&before) {
                Ok(after) => after,
                Err(error) => return Ok((Err(error), None)),
            };
            keep(tx, &after, document)?;
            if after.notify != before.notify {
                tx.release_held(now)?;
            }
            let item = (after != before).then_some(FeedItem::Settings);
            Ok((Ok(after), item))
        })?;
        Ok(done?)
    }
}

fn document(reader: &Reader<'_>) -> Result<Value, StoreError> {
    let text = reader.settings()?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

fn keep(tx: &WriteTx<'_>, settings: &Settings, document: Value) -> Result<(), StoreError> {
    tx.set_settings(&settings.written_into(document).to_string())
}

/// The zone this machine's clock is set to; UTC when it does not say.
fn local_zone() -> Zone {
    iana_time_zone::get_timezone().ok().and_then(|name| name.parse().ok()).unwrap_or_default()
}
