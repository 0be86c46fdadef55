//! The numbers of the status bar.

use tocsin_model::time::Timestamp;

use super::App;
use crate::error::EngineError;

/// How the store stands. Cheap enough to ask for after every delivery.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreStatus {
    /// Bytes of the database file.
    pub database_bytes: u64,
    /// Alerts, whatever their status.
    pub alerts: u64,
    /// Notifications that are still to be told, later ones too.
    pub outbox_waiting: u64,
    /// Entries of quarantine that wait.
    pub quarantined: u64,
    /// When the last delivery of a real source was taken in.
    pub last_delivery_at: Option<Timestamp>,
    /// Whether there is demo data.
    pub demo: bool,
}

impl App {
    /// How the store stands.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn store_status(&self) -> Result<StoreStatus, EngineError> {
        Ok(self.store.read(|reader| {
            let counts = reader.counts()?;
            Ok(StoreStatus {
                database_bytes: reader.file_bytes()?,
                alerts: counts.alerts,
                outbox_waiting: counts.outbox_waiting,
                quarantined: counts.quarantined,
                last_delivery_at: counts.last_delivery_at,
                demo: reader.has_demo()?,
            })
        })?)
    }
}
