//! Where things are, and the settings a person keeps in `tocsin.toml`.

use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::error::EngineError;

/// Where the listener answers when nothing else is said.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:8787";

/// Written on the first start, so that there is something to edit.
const COMMENTED_DEFAULTS: &str = "\
# Tocsin's settings. Delete a line to get the default back. Never put a secret here.

[listener]
# Where systems deliver alerts. Only programs on this machine reach a loopback address.
# listen = \"127.0.0.1:8787\"

[notifications]
# Show native notifications on this desktop.
# desktop = true
";

/// What the engine needs to know before it starts.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the database, logs and backups are.
    pub data_dir: PathBuf,
    /// Where the listener answers.
    pub listen: SocketAddr,
    /// Whether to show desktop notifications.
    pub desktop_notifications: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    listener: ListenerSection,
    notifications: NotificationSection,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ListenerSection {
    listen: Option<SocketAddr>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct NotificationSection {
    desktop: Option<bool>,
}

impl Config {
    /// The settings for `data_dir` (or the platform's own place), from the configuration file and the defaults.
    ///
    /// A data directory that was named keeps its configuration in itself, so that it is whole and can be moved.
    ///
    /// # Errors
    /// When the configuration cannot be read, or no place for data is known on this system.
    pub fn load(data_dir: Option<PathBuf>) -> Result<Self, EngineError> {
        let (data_dir, config_dir) = match data_dir {
            Some(dir) => (dir.clone(), dir),
            None => platform_dirs()?,
        };
        make_private_dir(&data_dir)?;
        make_private_dir(&config_dir)?;
        let file = read(&config_dir.join("tocsin.toml"))?;
        let listen = match file.listener.listen {
            Some(listen) => listen,
            None => DEFAULT_LISTEN.parse().map_err(|error| EngineError::field_error("listen", error))?,
        };
        Ok(Self { data_dir, listen, desktop_notifications: file.notifications.desktop.unwrap_or(true) })
    }
}

fn platform_dirs() -> Result<(PathBuf, PathBuf), EngineError> {
    let dirs = directories::ProjectDirs::from("", "", "tocsin").ok_or_else(|| EngineError::Field {
        field: "data-dir",
        message: "this system names no home folder: say where the data goes with --data-dir".to_owned(),
    })?;
    Ok((dirs.data_dir().to_owned(), dirs.config_dir().to_owned()))
}

fn make_private_dir(dir: &Path) -> Result<(), EngineError> {
    if dir.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(|error| EngineError::File { path: dir.to_owned(), cause: error.to_string() })
}

fn read(path: &Path) -> Result<File, EngineError> {
    match std::fs::read_to_string(path) {
        Ok(text) => toml::from_str(&text)
            .map_err(|error| EngineError::Config { path: path.to_owned(), cause: error.to_string().trim().to_owned() }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            // A read-only place is no reason not to start.
            let _ = std::fs::write(path, COMMENTED_DEFAULTS);
            Ok(File::default())
        }
        Err(error) => Err(EngineError::File { path: path.to_owned(), cause: error.to_string() }),
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_first_start_leaves_commented_defaults_that_can_be_read_again() {
        let dir = tempfile::tempdir().expect("a folder");
        let place = dir.path().join("new");
        let first = Config::load(Some(place.clone())).expect("loads");
        assert_eq!(first.listen.to_string(), DEFAULT_LISTEN);
        let text = std::fs::read_to_string(place.join("tocsin.toml")).expect("written");
        std::fs::write(place.join("tocsin.toml"), text.replace("# listen", "listen").replace("8787", "9999"))
            .expect("edited");
        assert_eq!(Config::load(Some(place)).expect("loads").listen.port(), 9999);
    }

    #[test]
    fn a_mistake_in_the_configuration_is_named_with_its_place() {
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::write(dir.path().join("tocsin.toml"), "[listener]\nlisen = \"127.0.0.1:1\"\n").expect("written");
        let message = Config::load(Some(dir.path().to_owned())).expect_err("fails").to_string();
        assert!(message.contains("line 2") && message.contains("lisen"), "{message}");
    }
}
