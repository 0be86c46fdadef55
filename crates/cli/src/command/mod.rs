//! One file a noun; each command is one use case of the engine.

pub(crate) mod act;
pub(crate) mod alert;
pub(crate) mod backup;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod entity;
pub(crate) mod export;
pub(crate) mod ingest;
mod kept_rule;
mod overlap;
pub(crate) mod quarantine;
pub(crate) mod retention;
pub(crate) mod rule;
pub(crate) mod serve;
pub(crate) mod settings;
pub(crate) mod source;
mod suggest;
pub(crate) mod template;
pub(crate) mod view;

use std::io::Read;
use std::path::PathBuf;
use tocsin_engine::{App, Config, IfThere};

use crate::failure::Failure;

/// Longest secret read from stdin, in bytes.
const SECRET_LIMIT: u64 = 4_096;

/// Opens the data directory.
fn open(data_dir: Option<PathBuf>) -> Result<App, Failure> {
    Ok(App::open(Config::load(data_dir)?)?)
}

/// A runtime for the few use cases that talk to the network.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// The secret on stdin, without the line end that `echo` adds.
fn read_secret() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(SECRET_LIMIT).read_to_end(&mut bytes)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::Input("the password on stdin is not text: pipe it in as UTF-8".to_owned()))?;
    let secret = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if secret.is_empty() {
        let message = "there is no password on stdin: pipe it in, as in “printf %s \"$PASSWORD\" | tocsin …”";
        return Err(Failure::Input(message.to_owned()));
    }
    Ok(secret.to_owned())
}

/// Whether a file that is there may be replaced.
const fn if_there(force: bool) -> IfThere {
    if force { IfThere::Replace } else { IfThere::Refuse }
}

/// A short form of a time for tables.
pub(crate) fn short(time: tocsin_model::time::Timestamp) -> String {
    let text = time.to_string();
    text.get(..19).map_or_else(|| text.clone(), |start| format!("{}Z", start.replace('T', " ")))
}
