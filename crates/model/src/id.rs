//! Ids of what the store keeps: UUIDv7, so that they sort in the order of arrival.
//!
//! The clock and the dice are arguments: this crate has neither.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

use crate::time::Timestamp;

/// The text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not an id: give the 36 characters that a list prints, such as 0199a5b2-7c1d-7e02-8f3a-4b5c6d7e8f90")]
pub struct IdError(String);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// An id made at `at` from ten bytes of randomness.
            #[must_use]
            pub fn new(at: Timestamp, random: [u8; 10]) -> Self {
                let ms = u64::try_from(at.millis()).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(ms, &random).into_uuid())
            }

            /// When it was made.
            #[must_use]
            pub fn made_at(&self) -> Timestamp {
                let bytes = self.0.as_bytes();
                let millis = bytes.iter().take(6).fold(0_i64, |millis, byte| millis << 8 | i64::from(*byte));
                Timestamp::from_millis(millis)
            }

            /// The 16 bytes that the store keeps.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// Reads back what [`Self::as_bytes`] gave.
            #[must_use]
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(out)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(out)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::try_parse(text.trim()).map(Self).map_err(|_| IdError(text.to_owned()))
            }
        }
    };
}

id!(
    /// One saved view.
    ViewId
);
id!(
    /// One alert.
    AlertId
);
id!(
    /// One event of the log.
    EventId
);
id!(
    /// One delivery in quarantine, or one part of it.
    QuarantineId
);
id!(
    /// One change made by a person or a source, which may touch many alerts and is undone whole.
    ChangeId
);
id!(
    /// One notification: the same through every retry, so that a receiver can drop a repeat.
    NotificationId
);
