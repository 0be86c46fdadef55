//! A file that a person asked for: whole or not there, never over another one unasked, readable by its owner alone.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::EngineError;

/// What to do when there is a file of that name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfThere {
    /// Leave it and say so.
    Refuse,
    /// Put the new one in its place, once that is whole.
    Replace,
}

/// A file that is being written under another name. Dropped before [`Self::finish`], it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct NewFile {
    target: PathBuf,
    partial: PathBuf,
    if_there: IfThere,
    finished: bool,
}

impl NewFile {
    /// Begins. Nothing of the name `target` is touched until the end.
    pub(crate) fn begin(target: &Path, if_there: IfThere) -> Result<Self, EngineError> {
        let name = target.file_name().ok_or_else(|| failed(target, "that names no file"))?;
        if target.is_dir() {
            return Err(failed(target, "that is a folder: name a file in it"));
        }
        refuse_present(target, if_there)?;
        let name = format!(".{}.{}.partial", name.to_string_lossy(), std::process::id());
        let partial = target.with_file_name(name);
        // What a killed process of the same number left behind.
        let _ = fs::remove_file(&partial);
        let mut options = OpenOptions::new();
        // Exclusive: a link that lies in wait is an error, not followed.
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&partial).map_err(|error| failed(target, error))?;
        Ok(Self { target: target.to_owned(), partial, if_there, finished: false })
    }

    /// Where to write; the file is there and empty.
    pub(crate) fn partial(&self) -> &Path {
        &self.partial
    }

    /// Opens it for writing.
    pub(crate) fn open(&self) -> Result<BufWriter<File>, EngineError> {
        let file = OpenOptions::new().write(true).open(&self.partial).map_err(|error| failed(&self.target, error))?;
        Ok(BufWriter::with_capacity(64 * 1024, file))
    }

    /// Makes it durable and gives it its name; says how many bytes it has.
    pub(crate) fn finish(mut self) -> Result<u64, EngineError> {
        let file = File::open(&self.partial).map_err(|error| failed(&self.target, error))?;
        file.sync_all().map_err(|error| failed(&self.target, error))?;
        let bytes = file.metadata().map_err(|error| failed(&self.target, error))?.len();
        match self.if_there {
            IfThere::Replace => fs::rename(&self.partial, &self.target).map_err(|error| failed(&self.target, error))?,
            // A link refuses a name that was taken meanwhile; where the disk knows no links, look and rename.
            IfThere::Refuse => match fs::hard_link(&self.partial, &self.target) {
                Ok(()) => drop(fs::remove_file(&self.partial)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(present(&self.target)),
                Err(_) => {
                    refuse_present(&self.target, self.if_there)?;
                    fs::rename(&self.partial, &self.target).map_err(|error| failed(&self.target, error))?;
                }
            },
        }
        self.finished = true;
        sync_folder(&self.target);
        Ok(bytes)
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.finished {
            let _ = fs::remove_file(&self.partial);
        }
    }
}

/// Writes a whole file; gives what `write` gave.
pub(crate) fn write_new<T>(
    target: &Path,
    if_there: IfThere,
    write: impl FnOnce(&mut dyn Write) -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    let new = NewFile::begin(target, if_there)?;
    let mut out = new.open()?;
    let done = write(&mut out)?;
    out.flush().map_err(|error| failed(target, error))?;
    new.finish()?;
    Ok(done)
}

/// Makes a new name in a folder durable, where the system can.
pub(crate) fn sync_folder(of: &Path) {
    if let Some(folder) = of.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
}

fn refuse_present(target: &Path, if_there: IfThere) -> Result<(), EngineError> {
    let there = fs::symlink_metadata(target).is_ok();
    if there && if_there == IfThere::Refuse { Err(present(target)) } else { Ok(()) }
}

fn present(target: &Path) -> EngineError {
    EngineError::Conflict(format!(
        "{} is there already: choose another name, or say that it may be replaced (--force)",
        target.display()
    ))
}

fn failed(target: &Path, cause: impl ToString) -> EngineError {
    EngineError::File { path: target.to_owned(), cause: cause.to_string() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn names(dir: &tempfile::TempDir) -> Vec<String> {
        fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    fn write(target: &Path, if_there: IfThere, text: &str) -> Result<(), EngineError> {
        write_new(target, if_there, |out| out.write_all(text.as_bytes()).map_err(|error| failed(target, error)))
    }

    #[test]
    fn a_file_is_whole_or_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out.csv");
        let stopped: Result<(), _> = write_new(&target, IfThere::Refuse, |out| {
            out.write_all(b"half").unwrap();
            Err(EngineError::Missing("stopped".to_owned()))
        });
        assert!(stopped.is_err() && names(&dir).is_empty());
        assert!(write(&target, IfThere::Refuse, "whole").is_ok());
        assert_eq!((fs::read_to_string(&target).unwrap().as_str(), names(&dir).len()), ("whole", 1));
    }

    #[test]
    fn nothing_is_replaced_unasked_and_no_link_is_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (target, secret) = (dir.path().join("out.csv"), dir.path().join("secret"));
        fs::write(&secret, "mine").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(&secret, &target).unwrap();
        let error = write(&target, IfThere::Refuse, "new").unwrap_err();
        assert!(error.to_string().contains("--force"), "{error}");
        assert!(write(&target, IfThere::Replace, "new").is_ok());
        assert_eq!(fs::read_to_string(&target).unwrap(), "new");
        assert_eq!(fs::read_to_string(&secret).unwrap(), "mine");
        assert!(write(dir.path(), IfThere::Replace, "x").unwrap_err().to_string().contains("folder"));
        assert!(write(&dir.path().join("no/such/x"), IfThere::Refuse, "x").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out.csv");
        assert!(write(&target, IfThere::Refuse, "x").is_ok());
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
