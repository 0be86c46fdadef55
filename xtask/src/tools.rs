//! Programs that tests need and that no machine should get installed for good: they go into target/.
//!
//! Debian's Alertmanager package starts a daemon, so it is unpacked instead of installed; the Python packages live in
//! an environment of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

use crate::{packages, shell};

/// The newest Node major version that is too old.
const NODE_TOO_OLD: u32 = 19;
/// What the tests import, with its version: a test that changes overnight helps nobody.
const PYTHON_PACKAGE: (&str, &str) = ("cloudevents", "2.2.0");
/// What backtests are measured beside.
const DATABASE: (&str, &str) = ("duckdb", "2.0.0");

/// Starts the Alertmanager beside it, for which /usr/share is the one that was unpacked with it: that is where Debian's
/// looks for its templates, and it ends without them. Nobody else sees that.
const ALERTMANAGER: &str = r#"#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
[ "$(id -u)" = 0 ] || user=--map-root-user
exec unshare $user --mount sh -c 'mount --bind "$0/usr/share" /usr/share && exec "$0/usr/bin/prometheus-alertmanager" "$@"' \
    "$here" "$@"
"#;

/// A program that is there and cannot be started on this machine.
#[derive(Debug)]
pub struct CannotStart(String);

impl std::fmt::Display for CannotStart {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for CannotStart {}

/// The path of a Prometheus Alertmanager, unpacked into target/test-tools unless one is installed.
///
/// # Errors
/// When there is none and Debian's package cannot be fetched; [`CannotStart`] when what was unpacked does not run here.
pub fn alertmanager() -> Result<PathBuf> {
    let name = "prometheus-alertmanager";
    if let Some(installed) = shell::on_path(name) {
        return Ok(installed);
    }
    let directory = shell::target()?.join("test-tools");
    if !directory.join("usr/bin").join(name).is_file() {
        unpack_alertmanager(name, &directory)?;
    }
    let script = directory.join("alertmanager");
    write_program(&script, ALERTMANAGER).with_context(|| format!("cannot write {}", script.display()))?;
    let mut start = shell::command("sh");
    if let Err(error) = shell::output(start.arg(&script).arg("--version")) {
        bail!(CannotStart(format!(
            "{name} was unpacked and cannot be given its files here ({error:#}); install it, or put one on the PATH"
        )));
    }
    Ok(script)
}

/// Writes a script that can be started, unless it is there already.
fn write_program(path: &Path, text: &str) -> std::io::Result<()> {
    if fs::read(path).is_ok_and(|found| found == text.as_bytes()) {
        return Ok(());
    }
    fs::write(path, text)?;
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    Ok(())
}

fn unpack_alertmanager(name: &str, directory: &Path) -> Result<()> {
    if !packages::has_apt() {
        bail!("put `{name}` on the PATH: this system has no apt-get to fetch it with");
    }
    println!("Needed to test with a real sender: {name}, unpacked into {} and not installed", directory.display());
    fs::create_dir_all(directory).with_context(|| format!("cannot create {}", directory.display()))?;
    download(name, directory)?;
    let package = downloaded(name, directory)?;
    shell::run(shell::command("dpkg-deb").arg("-x").arg(&package).arg(directory))?;
    if !directory.join("usr/bin").join(name).is_file() {
        bail!("{} holds no usr/bin/{name}", package.display());
    }
    Ok(())
}

/// A Python that can import what the tests need, in target/test-venv.
///
/// # Errors
/// When there is no Python 3 with venv, or PyPI cannot be reached.
pub fn python() -> Result<PathBuf> {
    python_with(PYTHON_PACKAGE, "test-venv", "to test with other senders")
}

/// A Python with the database that the bench of backtests measures beside, in target/bench-venv.
///
/// # Errors
/// When there is no Python 3 with venv, or PyPI cannot be reached.
pub fn databases() -> Result<PathBuf> {
    python_with(DATABASE, "bench-venv", "to measure beside a database")
}

fn python_with((name, version): (&str, &str), folder: &str, why: &str) -> Result<PathBuf> {
    let directory = shell::target()?.join(folder);
    let python = directory.join("bin/python");
    let here = python.to_string_lossy().into_owned();
    let ask = format!("from importlib.metadata import version; print(version('{name}'))");
    if shell::output(shell::command(&here).args(["-c", &ask])).is_ok_and(|answer| answer.trim() == version) {
        return Ok(python);
    }
    println!("Needed {why}: {name} {version} in {}", directory.display());
    // Debian's own Python, which sees Debian's dbusmock, before another one on the PATH.
    let system = if Path::new("/usr/bin/python3").is_file() { "/usr/bin/python3" } else { "python3" };
    shell::run(shell::command(system).args(["-m", "venv", "--clear", "--system-site-packages"]).arg(&directory))?;
    let quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    shell::run(shell::command(&here).args(quiet).arg(format!("{name}=={version}")))?;
    Ok(python)
}

/// Installs the packages of ui/ when they are older than the lock file.
///
/// # Errors
/// When Node is missing or too old, or npm fails.
pub fn ui_packages() -> Result<()> {
    node()?;
    let ui = shell::root().join("ui");
    // npm writes this file last, so a broken install is not taken for a whole one.
    if fresh(&ui.join("node_modules/.package-lock.json"), &ui.join("package-lock.json")) {
        return Ok(());
    }
    println!("Needed to build the page: the npm packages of ui/package-lock.json, in ui/node_modules");
    shell::run(&mut shell::npm("ci --no-audit --no-fund"))
}

fn node() -> Result<()> {
    let advice = "install Node.js 20 or newer with npm: https://nodejs.org/en/download";
    let Ok(version) = shell::output(shell::command("node").arg("--version")) else {
        bail!("Node.js is missing; {advice}");
    };
    match major(&version) {
        Some(major) if major > NODE_TOO_OLD => {}
        Some(_) | None => bail!("Node.js {} is too old; {advice}", version.trim()),
    }
    if !shell::succeeds(shell::npm("--version").current_dir(shell::root())) {
        bail!("npm is missing; {advice}");
    }
    Ok(())
}

/// The major version in what `node --version` prints, for example 20 in `v20.11.1`.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Whether `made` exists and is no older than what it was made from.
fn fresh(made: &Path, from: &Path) -> bool {
    let changed = |path: &Path| -> Option<SystemTime> { fs::metadata(path).ok()?.modified().ok() };
    matches!((changed(made), changed(from)), (Some(made), Some(from)) if made >= from)
}

fn download(name: &str, directory: &Path) -> Result<()> {
    let fetch = || shell::run(shell::command("apt-get").args(["download", name]).current_dir(directory));
    if fetch().is_ok() {
        return Ok(());
    }
    // A fresh machine has no package index yet.
    if packages::may_install() {
        shell::run(&mut packages::apt_get(&["update"])?)?;
    }
    fetch().with_context(|| format!("cannot fetch {name}; put one on the PATH instead"))
}

fn downloaded(name: &str, directory: &Path) -> Result<PathBuf> {
    let files = fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))?;
    files
        .filter_map(|file| Some(file.ok()?.path()))
        .find(|path| {
            let file = path.file_name().and_then(|file| file.to_str()).unwrap_or_default();
            file.starts_with(&format!("{name}_")) && path.extension().is_some_and(|extension| extension == "deb")
        })
        .with_context(|| format!("apt-get left no package of {name} in {}", directory.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_of_node_is_read() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("v8.0.0"), Some(8));
        assert_eq!(major("20"), None);
        assert_eq!(major(""), None);
    }

    #[test]
    fn what_does_not_exist_is_not_fresh() {
        let manifest = shell::root().join("Cargo.toml");
        assert!(fresh(&manifest, &manifest));
        assert!(!fresh(&shell::root().join("no-such-file"), &manifest));
        assert!(!fresh(&manifest, &shell::root().join("no-such-file")));
    }
}
