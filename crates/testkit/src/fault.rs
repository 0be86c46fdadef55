//! Disks that fail: errors put into the program's system calls, and a disk that is really full.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The beginning of a strace command that puts errors into calls on the database files.
///
/// `calls` are names of system calls separated by commas, `error` is its name such as `EIO`, and `when` says which
/// ones fail in strace's words: `3`, `3..5` or `3+2`.
#[must_use]
pub fn failing_calls(data_dir: &Path, calls: &str, error: &str, when: &str) -> Vec<String> {
    let mut command: Vec<String> = ["strace", "--seccomp-bpf", "-f", "-qq", "-o"].map(String::from).to_vec();
    command.push(log(data_dir).display().to_string());
    for name in ["tocsin.db", "tocsin.db-wal"] {
        command.extend(["-P".to_owned(), data_dir.join(name).display().to_string()]);
    }
    command.extend(["-e".to_owned(), format!("trace={calls}")]);
    command.extend(["-e".to_owned(), format!("inject={calls}:error={error}:when={when}")]);
    command
}

/// How many calls have failed by [`failing_calls`].
///
/// # Panics
/// When strace left no log.
#[must_use]
pub fn failures(data_dir: &Path) -> usize {
    let path = log(data_dir);
    let text = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    String::from_utf8_lossy(&text).lines().filter(|line| line.ends_with("(INJECTED)")).count()
}

fn log(data_dir: &Path) -> PathBuf {
    data_dir.with_extension("strace")
}

/// Whether strace is here and may trace.
///
/// # Errors
/// Why not, and what to do.
pub fn can_trace() -> Result<(), String> {
    let tried = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).stderr(Stdio::piped()).output();
    match tried {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("strace may not trace here: {}", String::from_utf8_lossy(&output.stderr).trim())),
        Err(error) => Err(format!("strace does not start ({error}): install the package strace")),
    }
}

/// A small disk of its own, in memory. Unmounted when it is dropped.
#[derive(Debug)]
pub struct SmallDisk {
    place: tempfile::TempDir,
}

impl SmallDisk {
    /// Mounts one.
    ///
    /// # Errors
    /// When this user may not mount, or a folder cannot be made.
    pub fn mount(kibibytes: u32) -> Result<Self, String> {
        let place = tempfile::tempdir().map_err(|error| error.to_string())?;
        let size = format!("size={kibibytes}k,mode=0700");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tocsin-test"]).arg(place.path());
        let output = mount.output().map_err(|error| format!("mount does not start: {error}"))?;
        if output.status.success() {
            return Ok(Self { place });
        }
        Err(format!("a small disk needs the right to mount: {}", String::from_utf8_lossy(&output.stderr).trim()))
    }

    /// Where it is mounted.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.place.path()
    }

    /// Fills it to the last byte; once more fills what has come free since.
    ///
    /// # Panics
    /// When the ballast cannot even be opened.
    pub fn fill(&self) {
        let path = self.ballast();
        let opened = File::options().append(true).create(true).open(&path);
        let mut file = opened.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for size in [64 * 1024, 4096, 1] {
            let zeros = vec![0; size];
            while file.write_all(&zeros).is_ok() {}
        }
    }

    /// Makes room again.
    ///
    /// # Panics
    /// When it was not full.
    pub fn free(&self) {
        fs::remove_file(self.ballast()).unwrap_or_else(|error| panic!("the ballast does not go: {error}"));
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // What still runs there keeps it until it ends.
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).stderr(Stdio::null()).status();
    }
}
