//! What the app can be started with.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use tocsin_model::id::AlertId;
use tocsin_model::link::{alert_of, is_link};

/// The text of `--help`.
pub(crate) const HELP: &str = include_str!("help.txt");

/// The parsed arguments.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub data_dir: Option<PathBuf>,
    pub listen: Option<SocketAddr>,
    pub help: bool,
    /// The alert of a link.
    pub alert: Option<AlertId>,
}

impl Arguments {
    /// Reads them; unknown ones are an error, so that a typing mistake never starts on the wrong data.
    pub(crate) fn parse(words: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let mut arguments =
            Self { data_dir: std::env::var_os("TOCSIN_DATA_DIR").map(PathBuf::from), ..Self::default() };
        let mut words = words;
        while let Some(word) = words.next() {
            let mut value = |name: &str| words.next().ok_or_else(|| format!("{name} needs a value: see --help"));
            match word.to_str() {
                Some("--data-dir") => arguments.data_dir = Some(value("--data-dir")?.into()),
                Some("--listen") => {
                    let text = value("--listen")?.to_string_lossy().into_owned();
                    let address = text.parse().map_err(|_| format!("“{text}” is no address: use 127.0.0.1:8787"))?;
                    arguments.listen = Some(address);
                }
                Some("--help" | "-h") => arguments.help = true,
                Some(word) if is_link(word) => arguments.alert = linked([word]),
                _ => return Err(format!("{} is not an argument: see --help", word.to_string_lossy())),
            }
        }
        Ok(arguments)
    }
}

/// The alert of the first link among the words of a start. A link that is no link to an alert is ignored.
pub(crate) fn linked<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<AlertId> {
    let link = words.into_iter().find(|word| is_link(word))?;
    let alert = alert_of(link);
    if alert.is_none() {
        // Not repeated: it comes from outside and may be anything.
        tracing::warn!(bytes = link.len(), "a link was ignored: only tocsin://alert/<id> opens something");
    }
    alert
}

#[cfg(test)]
#[path = "../tests/arguments.rs"]
mod tests;
