//! A process and all that it started, and all that those started.

use std::collections::HashMap;

use anyhow::{Context, Result};

/// Memory of a process and its descendants, each page shared out among those that hold it: in bytes, with the number
/// of processes.
///
/// # Errors
/// When the system does not tell.
pub fn memory(root: u32) -> Result<(u64, usize)> {
    let (mut bytes, mut processes) = (0, 0);
    for process in descendants(root)? {
        // One that ended meanwhile takes none.
        let Ok(told) = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup")) else { continue };
        if let Some(kib) = field(&told, "Pss:") {
            bytes += kib * 1_024;
            processes += 1;
        }
    }
    Ok((bytes, processes))
}

/// A process and its descendants.
///
/// # Errors
/// When the system does not tell.
pub fn descendants(root: u32) -> Result<Vec<u32>> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in std::fs::read_dir("/proc").context("this system does not tell its processes")? {
        let Some(process) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let Ok(told) = std::fs::read_to_string(format!("/proc/{process}/status")) else { continue };
        if let Some(parent) = field(&told, "PPid:").and_then(|parent| u32::try_from(parent).ok()) {
            children.entry(parent).or_default().push(process);
        }
    }
    let (mut found, mut next) = (vec![root], 0);
    while let Some(process) = found.get(next).copied() {
        found.extend(children.get(&process).into_iter().flatten());
        next += 1;
    }
    Ok(found)
}

fn field(told: &str, name: &str) -> Option<u64> {
    let line = told.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn what_a_child_started_counts_as_well() {
        // A shell that starts a program and waits for it, until its input ends.
        let mut shell =
            Command::new("sh").args(["-c", "cat; true"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let own = std::process::id();
        while !descendants(own).unwrap().contains(&shell.id()) || descendants(shell.id()).unwrap().len() < 2 {
            std::thread::yield_now();
        }
        let (bytes, processes) = memory(own).unwrap();
        assert!(bytes > memory(shell.id()).unwrap().0 && processes >= 3);
        drop(shell.stdin.take());
        shell.wait().unwrap();
    }
}
