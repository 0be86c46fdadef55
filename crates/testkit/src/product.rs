//! The product as its users run it: the `tocsin` program, as a child.

use serde_json::Value;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use crate::http::Target;

/// The name of the source that [`Product::add_source`] adds.
pub const SOURCE: &str = "load";
const USERNAME: &str = "sender";
const PASSWORD: &str = "correct-horse-battery";

/// The program.
#[derive(Debug, Clone)]
pub struct Product {
    program: PathBuf,
}

impl Product {
    /// The program that `TOCSIN_TEST_BIN` names; else the one of this workspace, built once a run.
    ///
    /// # Panics
    /// When it cannot be built.
    #[must_use]
    pub fn find() -> Self {
        static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
        let named = || std::env::var_os("TOCSIN_TEST_BIN").map(PathBuf::from);
        Self { program: PROGRAM.get_or_init(|| named().unwrap_or_else(build)).clone() }
    }

    /// The program at this path.
    #[must_use]
    pub fn at(program: PathBuf) -> Self {
        Self { program }
    }

    /// Where it is.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Runs a command on a data directory to its end.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn run(&self, data_dir: &Path, arguments: &[&str], stdin: &str) -> Output {
        let mut child = self.command(data_dir, arguments).stdin(Stdio::piped()).spawn().unwrap_or_else(|error| {
            panic!("{} does not start: {error}", self.program.display());
        });
        if let Some(mut pipe) = child.stdin.take() {
            // A program that does not read its input is no mistake here.
            let _ = pipe.write_all(stdin.as_bytes());
        }
        child.wait_with_output().unwrap_or_else(|error| panic!("tocsin {arguments:?}: {error}"))
    }

    fn command(&self, data_dir: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--data-dir").arg(data_dir).args(arguments);
        prepare(&mut command);
        command
    }

    fn done(&self, data_dir: &Path, arguments: &[&str], stdin: &str) -> Vec<u8> {
        let output = self.run(data_dir, arguments, stdin);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "tocsin {arguments:?} ended with {}: {said}", output.status);
        output.stdout
    }

    /// Adds a source named [`SOURCE`] with Basic sign-in.
    ///
    /// # Panics
    /// When it cannot be added.
    pub fn add_source(&self, data_dir: &Path, kind: &str) {
        self.done(data_dir, &["source", "add", kind, SOURCE, "--username", USERNAME, "--password-stdin"], PASSWORD);
    }

    /// The external id of every stored alert, one for each row.
    ///
    /// # Panics
    /// When they cannot be listed.
    #[must_use]
    pub fn external_ids(&self, data_dir: &Path) -> Vec<String> {
        self.try_external_ids(data_dir).unwrap_or_else(|said| panic!("{said}"))
    }

    /// [`Self::external_ids`] of a database that may be damaged.
    ///
    /// # Errors
    /// What the program said when they cannot be listed.
    ///
    /// # Panics
    /// When it lists something that is no alert.
    pub fn try_external_ids(&self, data_dir: &Path) -> Result<Vec<String>, String> {
        let output = self.run(data_dir, &["--output", "ndjson", "alert", "list"], "");
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        let id = |line: &[u8]| {
            let alert: Value = serde_json::from_slice(line).unwrap_or_else(|error| panic!("alert list: {error}"));
            alert["externalId"].as_str().unwrap_or_else(|| panic!("{alert} has no externalId")).to_owned()
        };
        Ok(output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(id).collect())
    }

    /// Lets the doctor look at the database.
    ///
    /// # Errors
    /// What is wrong with it, in the doctor's words.
    ///
    /// # Panics
    /// When the doctor says nothing about it.
    pub fn check_store(&self, data_dir: &Path) -> Result<(), String> {
        // The doctor's exit code also counts what does not concern the database.
        let output = self.run(data_dir, &["--output", "json", "doctor"], "");
        let Ok(said) = serde_json::from_slice::<Value>(&output.stdout) else {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        };
        let found = said["items"].as_array().into_iter().flatten().find(|finding| finding["check"] == "store");
        let found = found.unwrap_or_else(|| panic!("the doctor says nothing about the store: {said}"));
        if found["verdict"] == "ok" { Ok(()) } else { Err(found["message"].to_string()) }
    }

    /// Starts `serve` and waits until it listens.
    ///
    /// # Panics
    /// When it does not come to listen.
    #[must_use]
    pub fn serve(&self, data_dir: &Path) -> Serve {
        self.try_serve(data_dir, &[]).unwrap_or_else(|said| panic!("serve did not come to listen: {said}"))
    }

    /// Starts `serve` with variables of its own.
    ///
    /// # Errors
    /// What it said, when it ended before it listened.
    pub fn try_serve(&self, data_dir: &Path, variables: &[(&str, &str)]) -> Result<Serve, String> {
        let mut command = self.command(data_dir, SERVE);
        command.envs(variables.iter().copied());
        Serve::start(command, data_dir, false)
    }

    /// Starts `serve` below another program that starts what its last arguments name, such as strace.
    ///
    /// # Errors
    /// What it said, when it ended before it listened.
    pub fn serve_below<S: AsRef<OsStr>>(
        &self,
        wrapper: &[S],
        data_dir: &Path,
        variables: &[(&str, &str)],
    ) -> Result<Serve, String> {
        let (first, rest) = wrapper.split_first().ok_or("there is no program to start it below")?;
        let mut command = Command::new(first);
        command.args(rest).arg(&self.program).arg("--data-dir").arg(data_dir).args(SERVE);
        prepare(&mut command);
        command.envs(variables.iter().copied());
        Serve::start(command, data_dir, true)
    }

    /// Starts `serve` and does not wait for it.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start(&self, data_dir: &Path) -> Child {
        self.command(data_dir, SERVE).spawn().unwrap_or_else(|error| panic!("serve does not start: {error}"))
    }
}

const SERVE: &[&str] = &["serve", "--listen", "127.0.0.1:0"];

/// Pipes for all it says, and nothing of the desktop of whoever runs the test.
fn prepare(command: &mut Command) {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env_remove("DBUS_SESSION_BUS_ADDRESS").env_remove("XDG_RUNTIME_DIR").env_remove("DISPLAY");
}

fn build() -> PathBuf {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let arguments = ["build", "-p", "tocsin", "--message-format", "json-render-diagnostics"];
    let output = Command::new(cargo).args(arguments).current_dir(root).stderr(Stdio::inherit()).output();
    let output = output.unwrap_or_else(|error| panic!("cargo does not start: {error}"));
    assert!(output.status.success(), "cargo build -p tocsin ended with {}", output.status);
    let messages = String::from_utf8_lossy(&output.stdout);
    let built = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let program = built
        .filter(|message| message["target"]["name"] == "tocsin")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    program.unwrap_or_else(|| panic!("cargo built no program named tocsin"))
}

/// A running `serve`. Killed when it is dropped.
#[derive(Debug)]
pub struct Serve {
    child: Child,
    address: SocketAddr,
    /// Its own process, which is not the child when another program stands between.
    pid: u32,
}

impl Serve {
    fn start(mut command: Command, data_dir: &Path, below: bool) -> Result<Self, String> {
        let mut child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
        let mut line = String::new();
        let heard = child.stdout.take().map(|pipe| BufReader::new(pipe).read_line(&mut line));
        let address = line.trim_end().strip_prefix("listening on http://").and_then(|text| text.parse().ok());
        let Some(address) = address else {
            let _ = child.kill();
            let said = child.wait_with_output().map(|output| String::from_utf8_lossy(&output.stderr).into_owned());
            return Err(format!("{heard:?} {line:?} {said:?}"));
        };
        let pid = if below { engine_pid(data_dir)? } else { child.id() };
        Ok(Self { child, address, pid })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process id.
    #[must_use]
    pub const fn pid(&self) -> u32 {
        self.pid
    }

    /// The address and credentials of the source of [`Product::add_source`].
    #[must_use]
    pub fn target(&self) -> Target {
        Target::hook(self.address, SOURCE, USERNAME, PASSWORD)
    }

    /// SIGKILL, now; waits until it is gone.
    pub fn kill(mut self) {
        self.end("KILL");
    }

    /// Asks it to stop and waits until it has; says whether it ended well.
    #[must_use]
    pub fn stop(mut self) -> bool {
        self.end("TERM")
    }

    fn end(&mut self, signal: &str) -> bool {
        if self.pid == self.child.id() && signal == "KILL" {
            let _ = self.child.kill();
        } else {
            // The shell's own kill: a program of that name is not everywhere.
            let script = format!("kill -{signal} {}", self.pid);
            let _ = Command::new("sh").args(["-c", &script]).stderr(Stdio::null()).status();
        }
        self.child.wait().is_ok_and(|status| status.success())
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.end("KILL");
        }
    }
}

/// The process that the engine wrote down for others.
fn engine_pid(data_dir: &Path) -> Result<u32, String> {
    let path = data_dir.join("engine.json");
    let text = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let note: Value = serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let pid = note["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok());
    pid.ok_or_else(|| format!("{} names no process", path.display()))
}
