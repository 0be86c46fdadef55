//! Alerts in the forms of other programs: CSV, NDJSON, OCSF. Pure: an alert in, text out.

pub(crate) mod csv;
pub(crate) mod json;
pub(crate) mod ocsf;

use std::fmt;
use std::str::FromStr;

/// A form of export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// RFC 4180, with a header, safe to open in a spreadsheet.
    Csv,
    /// One alert a line, as every interface for programs writes it.
    Ndjson,
    /// One OCSF 1.1.0 Detection Finding a line.
    Ocsf,
}

/// The text names no form of export.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no form of export: use csv, ndjson or ocsf")]
pub struct ExportFormatError(String);

impl ExportFormat {
    /// Every form.
    pub const ALL: [Self; 3] = [Self::Csv, Self::Ndjson, Self::Ocsf];

    /// The word that every interface uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Ocsf => "ocsf",
        }
    }

    /// How names of such files end, without the dot.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Ocsf => "ocsf.ndjson",
        }
    }
}

impl fmt::Display for ExportFormat {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

impl FromStr for ExportFormat {
    type Err = ExportFormatError;

    fn from_str(text: &str) -> Result<Self, ExportFormatError> {
        let word = text.trim().to_ascii_lowercase();
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == word)
            .ok_or_else(|| ExportFormatError(text.chars().take(64).collect()))
    }
}
