//! Starting other programs: where, with which environment, and what their exit code means.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// The top of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Cargo's target directory: this program lies in `<target>/<profile>/`, wherever the user has put it.
///
/// # Errors
/// When the system does not tell where this program lies.
pub fn target() -> Result<PathBuf> {
    let own = env::current_exe().context("cannot tell where cargo's target directory is")?;
    own.ancestors().nth(2).map(Path::to_path_buf).context("this program does not lie in a target directory")
}

/// A command that starts in the repository's top directory.
pub fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    // Cargo describes this package to this program; another cargo that inherits it may rebuild for nothing.
    for (name, _) in env::vars_os() {
        let cargo_only = name.to_str().is_some_and(|name| {
            ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"].iter().any(|own| name.starts_with(own))
        });
        if cargo_only {
            command.env_remove(name);
        }
    }
    command
}

/// The cargo that started this program, with arguments split at spaces.
pub fn cargo(arguments: &str) -> Command {
    let mut command = command(&env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    command.args(arguments.split_whitespace());
    command
}

/// npm in ui/, with arguments split at spaces.
pub fn npm(arguments: &str) -> Command {
    let mut command = command(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(root().join("ui")).args(arguments.split_whitespace());
    command
}

/// The command on a screen and a bus of its own. It ends after so many seconds: a window that hangs must not hang
/// the run.
pub fn on_a_screen(inner: &Command, seconds: u32) -> Command {
    on_a_screen_with("-screen 0 1280x800x24", inner, seconds)
}

/// [`on_a_screen`], whose picture is a file in a folder.
pub fn on_a_screen_kept_in(folder: &Path, inner: &Command, seconds: u32) -> Command {
    on_a_screen_with(&format!("-screen 0 1280x800x24 -fbdir {}", folder.display()), inner, seconds)
}

fn on_a_screen_with(screen: &str, inner: &Command, seconds: u32) -> Command {
    let mut outer = command("timeout");
    outer.args(["--kill-after=10", &seconds.to_string(), "xvfb-run", "-a", "-s", screen]);
    outer.args(["dbus-run-session", "--"]).arg(inner.get_program()).args(inner.get_args());
    outer.env("NO_AT_BRIDGE", "1");
    outer
}

/// Prints the command and runs it to its end.
///
/// # Errors
/// When it cannot be started or ends with a failure.
pub fn run(command: &mut Command) -> Result<()> {
    announce(command);
    let status = command.status().with_context(|| cannot_start(command))?;
    if !status.success() {
        bail!("`{}` ended with {status}", line(command));
    }
    Ok(())
}

/// As [`run`], but hands every line of standard output to `see` after printing it, and stops the command with all it
/// has started when it takes longer than `limit`.
///
/// # Errors
/// When it cannot be started, its output cannot be read, it ends with a failure, or it took too long: then with the
/// last line it said, which for tests names the one that stands still.
pub fn run_watched(command: &mut Command, limit: Duration, mut see: impl FnMut(&str)) -> Result<()> {
    announce(command);
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| cannot_start(command))?;
    let (done, wait) = channel::<()>();
    let id = child.id();
    let watchdog = std::thread::Builder::new().name("limit".to_owned()).spawn(move || {
        let too_long = wait.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
        if too_long {
            end_family(id);
        }
        too_long
    })?;
    let mut last = String::new();
    if let Some(output) = child.stdout.take() {
        let mut output = BufReader::new(output);
        let mut bytes = Vec::new();
        // Bytes, not text: a test may print anything.
        while output.read_until(b'\n', &mut bytes).context("cannot read a step's output")? > 0 {
            let text = String::from_utf8_lossy(&bytes);
            print!("{text}");
            see(text.trim_end());
            if !text.trim().is_empty() {
                text.trim().clone_into(&mut last);
            }
            bytes.clear();
        }
    }
    let status = child.wait().with_context(|| cannot_start(command))?;
    drop(done);
    if watchdog.join().is_ok_and(|too_long| too_long) {
        bail!("`{}` was stopped after {} s; it last said: {last}", line(command), limit.as_secs());
    }
    if !status.success() {
        bail!("`{}` ended with {status}", line(command));
    }
    Ok(())
}

/// Ends a program and whatever it has started, the youngest first. Not as a process group: Ctrl+C is to reach them all.
fn end_family(id: u32) {
    let pairs = parents();
    let mut family = vec![id];
    let mut next = 0;
    while let Some(&parent) = family.get(next) {
        family.extend(pairs.iter().filter(|(_, of)| *of == parent).map(|(child, _)| *child));
        next += 1;
    }
    let ids: Vec<String> = family.iter().rev().map(u32::to_string).collect();
    // The shell's own `kill`: the program of that name is not on every machine.
    let _ = output(command("sh").args(["-c", &format!("kill -KILL {}", ids.join(" "))]));
}

/// All processes with their parents, where the system lists them as Linux does; none elsewhere.
fn parents() -> Vec<(u32, u32)> {
    let listed = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pairs = listed.filter_map(|entry| {
        let id = entry.file_name().to_str()?.parse().ok()?;
        let status = std::fs::read_to_string(entry.path().join("status")).ok()?;
        let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"))?;
        Some((id, parent.trim().parse().ok()?))
    });
    pairs.collect()
}

/// Standard output of a command that succeeds; nothing is printed.
///
/// # Errors
/// When it cannot be started or ends with a failure; its standard error is in the message.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| cannot_start(command))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` ended with {}: {}", line(command), output.status, said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a command succeeds; nothing is printed.
pub fn succeeds(command: &mut Command) -> bool {
    output(command).is_ok()
}

/// The first file of that name in the directories of `PATH`.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let paths = env::var_os("PATH")?;
    env::split_paths(&paths).map(|directory| directory.join(program)).find(|path| path.is_file())
}

fn announce(command: &Command) {
    println!("$ {}", line(command));
}

fn cannot_start(command: &Command) -> String {
    format!("cannot start `{}`", command.get_program().to_string_lossy())
}

/// A command as one would type it, the program without its directory.
fn line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let mut words = vec![program.to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|argument| {
        let argument = argument.to_string_lossy();
        if argument.is_empty() || argument.contains([' ', '*']) {
            format!("'{argument}'")
        } else {
            argument.into_owned()
        }
    }));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_command_can_be_typed_again() {
        let mut command = command("/usr/bin/xvfb-run");
        command.args(["-a", "-s", "-screen 0 1280x800x24", "x"]);
        assert_eq!(line(&command), "xvfb-run -a -s '-screen 0 1280x800x24' x");
    }

    #[test]
    fn a_failing_command_is_an_error_that_names_it() {
        let message = output(&mut cargo("no-such-subcommand")).map_err(|error| error.to_string());
        assert!(message.is_err_and(|text| text.contains("cargo no-such-subcommand")));
    }

    #[test]
    fn every_line_is_seen_also_one_that_is_not_text() {
        let mut seen = Vec::new();
        let mut command = command("printf");
        command.arg("one\\ntwo \\377\\n");
        assert!(run_watched(&mut command, Duration::from_secs(60), |line| seen.push(line.to_owned())).is_ok());
        assert_eq!(seen, ["one", "two \u{fffd}"]);
    }

    #[test]
    fn what_stands_still_is_ended_with_its_children_and_its_last_word_is_told() {
        let mut command = command("sh");
        // The child keeps the output open: ending the shell alone would not end the wait.
        command.args(["-c", "echo test slow has been running; sleep 1000; echo never"]);
        let message = run_watched(&mut command, Duration::from_secs(4), |_| ()).map_err(|error| error.to_string());
        assert!(message.is_err_and(|text| text.ends_with("it last said: test slow has been running")));
    }

    #[test]
    fn the_root_holds_the_workspace() {
        assert!(root().join("tauri.conf.json").is_file());
    }
}
