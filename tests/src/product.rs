//! The real binary on a data directory of its own, and the engine it runs there.

use serde_json::Value;
use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

use crate::binary::tocsin;
use crate::http::{Answer, Request};
use crate::wait::{line, until};

/// An installation that ends with the test.
#[derive(Debug)]
pub struct Product {
    place: TempDir,
}

/// What a command did.
#[derive(Debug, Clone)]
pub struct Ran {
    /// Its exit code.
    pub code: i32,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
}

impl Ran {
    /// Standard output as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// Standard output as one JSON document a line.
    ///
    /// # Panics
    /// When a line is none.
    #[must_use]
    pub fn lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
    }
}

impl Default for Product {
    fn default() -> Self {
        Self::new()
    }
}

impl Product {
    /// An empty data directory, without desktop notifications: tests have no desktop to disturb.
    ///
    /// # Panics
    /// When the disk cannot be written.
    #[must_use]
    pub fn new() -> Self {
        let product = Self { place: tempfile::tempdir().expect("a folder") };
        std::fs::create_dir(product.dir()).expect("a folder");
        std::fs::write(product.dir().join("tocsin.toml"), "[notifications]\ndesktop = false\n").expect("settings");
        product
    }

    /// The data directory.
    #[must_use]
    pub fn dir(&self) -> PathBuf {
        self.place.path().join("data")
    }

    /// What the engine printed on stderr so far.
    #[must_use]
    pub fn complaints(&self) -> String {
        std::fs::read_to_string(self.place.path().join("stderr")).unwrap_or_default()
    }

    /// A file of that content, outside the data directory.
    ///
    /// # Panics
    /// When the disk cannot be written.
    #[must_use]
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.place.path().join(name);
        std::fs::write(&path, content).expect("a file");
        path.to_str().expect("a path in UTF-8").to_owned()
    }

    /// The binary on this data directory.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(tocsin());
        command.arg("--data-dir").arg(self.dir()).args(arguments);
        command.env_remove("TOCSIN_DATA_DIR").env_remove("TOCSIN_LOG").stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Ran {
        finish(&mut self.command(arguments), None)
    }

    /// Runs a command with something on its standard input.
    #[must_use]
    pub fn run_with(&self, arguments: &[&str], stdin: &[u8]) -> Ran {
        finish(&mut self.command(arguments), Some(stdin))
    }

    /// Runs a command that has to succeed, and reads its JSON.
    ///
    /// # Panics
    /// When it does not exit with 0 or prints anything else.
    #[must_use]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.run(&[arguments, &["--output", "json"]].concat());
        assert!(ran.code == 0 && ran.stderr.is_empty(), "{arguments:?}: {ran:?}");
        ran.json()
    }

    /// Runs a command that has to fail with `code`, and gives the `error` of its JSON.
    ///
    /// # Panics
    /// When it exits with anything else, prints to stdout, or its error has another shape than promised.
    #[must_use]
    pub fn error(&self, arguments: &[&str], code: i32) -> Value {
        let ran = self.run(&[arguments, &["--output", "json"]].concat());
        assert!(ran.code == code && ran.stdout.is_empty(), "{arguments:?} should exit with {code}: {ran:?}");
        let error: Value = serde_json::from_str(&ran.stderr).unwrap_or_else(|error| panic!("{error} in {ran:?}"));
        let whole = error.as_object().is_some_and(|object| object.len() == 1);
        let keys: Vec<&String> = error["error"].as_object().into_iter().flatten().map(|(key, _)| key).collect();
        assert!(whole && keys == ["code", "field", "message"], "{arguments:?}: {error}");
        error["error"].clone()
    }

    /// Every alert, newest first.
    #[must_use]
    pub fn alerts(&self, query: &str) -> Vec<Value> {
        let ran = self.run(&["alert", "list", "--query", query, "--output", "ndjson"]);
        assert!(ran.code == 0 && ran.stderr.is_empty(), "{ran:?}");
        ran.lines()
    }

    /// How many alerts match.
    ///
    /// # Panics
    /// When the command fails.
    #[must_use]
    pub fn count(&self, query: &str) -> u64 {
        let ran = self.run(&["alert", "count", "--query", query]);
        ran.stdout.trim().parse().unwrap_or_else(|_| panic!("{query}: {ran:?}"))
    }

    /// One alert, with everything there is about it.
    #[must_use]
    pub fn alert(&self, id: &str) -> Value {
        self.json(&["alert", "show", id])
    }

    /// Takes a document in from a file, and gives the summary.
    #[must_use]
    pub fn ingest(&self, source: &str, document: &str) -> Value {
        let ran = self.run_with(&["ingest", "--source", source, "-", "--output", "json"], document.as_bytes());
        assert!(ran.code == 0, "{ran:?}");
        ran.json()
    }

    /// Adds a source and keeps its credentials.
    #[must_use]
    pub fn add_source(&self, kind: &str, name: &str, options: &[&str]) -> Sender {
        let added = self.json(&[&["source", "add", kind, name], options].concat());
        Sender::of(&added)
    }

    /// Starts the engine on a free port and waits until it listens.
    #[must_use]
    pub fn serve(&self) -> Engine {
        self.serve_with(&[])
    }

    /// [`Self::serve`] with settings in its environment.
    #[must_use]
    pub fn serve_with(&self, environment: &[(&str, &str)]) -> Engine {
        let arguments = ["serve", "--listen", "127.0.0.1:0"];
        self.try_serve(&arguments, environment).unwrap_or_else(|ran| panic!("no engine: {ran:?}"))
    }

    /// Starts an engine; one that ends before it listens gives what it said.
    ///
    /// # Errors
    /// When it ended instead of listening.
    ///
    /// # Panics
    /// When it does neither in time.
    pub fn try_serve(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Result<Engine, Ran> {
        let stderr = self.place.path().join("stderr");
        let mut child = self
            .command(arguments)
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(File::create(&stderr).expect("a file"))
            .spawn()
            .expect("tocsin starts");
        let first = line(child.stdout.take().expect("piped"), "").unwrap_or_default();
        match first.strip_prefix("listening on http://") {
            Some(address) => Ok(Engine { address: address.parse().expect("an address"), child }),
            None => {
                let code = until("the engine to end", || child.try_wait().expect("waits")).code().unwrap_or(-1);
                Err(Ran { code, stdout: first, stderr: self.complaints() })
            }
        }
    }

    /// What stands in every file of the data directory, by its path.
    #[must_use]
    pub fn everything(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        collect(&self.dir(), &mut found);
        found.push((self.place.path().join("stderr"), self.complaints().into_bytes()));
        found
    }

    /// The files that hold `canary`, searched as bytes.
    #[must_use]
    pub fn files_with(&self, canary: &str) -> Vec<PathBuf> {
        let holds = |bytes: &[u8]| bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
        self.everything().into_iter().filter(|(_, bytes)| holds(bytes)).map(|(path, _)| path).collect()
    }
}

fn collect(dir: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in std::fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, found);
        } else if let Ok(bytes) = std::fs::read(&path) {
            found.push((path, bytes));
        }
    }
}

/// Runs `command` to its end, feeding it `stdin`.
///
/// # Panics
/// When it cannot be started.
#[must_use]
pub fn finish(command: &mut Command, stdin: Option<&[u8]>) -> Ran {
    if stdin.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    if let Some(bytes) = stdin {
        // A program that needs no input may be gone already.
        let _ = child.stdin.take().expect("piped").write_all(bytes);
    }
    let out = child.wait_with_output().expect("the program ends");
    Ran {
        code: out.status.code().unwrap_or(-1),
        stdout: String::from_utf8(out.stdout).expect("text"),
        stderr: String::from_utf8(out.stderr).expect("text"),
    }
}

/// A sender with the credentials it was given.
#[derive(Debug, Clone)]
pub struct Sender {
    /// The source's name.
    pub source: String,
    /// The user name of Basic sign-in.
    pub username: Option<String>,
    /// The password or token.
    pub password: String,
    /// How it signs in.
    pub sign_in: String,
    /// The whole JSON it was read from.
    pub added: Value,
}

impl Sender {
    /// Reads what `source add` or `source password` printed.
    ///
    /// # Panics
    /// When something of it is missing.
    #[must_use]
    pub fn of(added: &Value) -> Self {
        let text = |key: &str| added[key].as_str().map(str::to_owned);
        Self {
            source: text("name").expect("a name"),
            username: text("username"),
            password: text("password").expect("a password"),
            sign_in: text("signIn").expect("a way to sign in"),
            added: added.clone(),
        }
    }

    /// The path it posts to.
    #[must_use]
    pub fn path(&self) -> String {
        match self.sign_in.as_str() {
            "address-token" => format!("/hooks/{}/k/{}", self.source, self.password),
            _ => format!("/hooks/{}", self.source),
        }
    }

    /// A delivery of JSON with the right credentials.
    #[must_use]
    pub fn delivery(&self, body: impl Into<Vec<u8>>) -> Request {
        let request = Request::post(&self.path(), body);
        match self.sign_in.as_str() {
            "basic" => request.basic(self.username.as_deref().unwrap_or_default(), &self.password),
            "bearer" => request.bearer(&self.password),
            _ => request,
        }
    }
}

/// A running engine; killed when the test is done with it.
#[derive(Debug)]
pub struct Engine {
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
}

impl Engine {
    /// Delivers JSON as `sender`.
    #[must_use]
    pub fn deliver(&self, sender: &Sender, body: impl Into<Vec<u8>>) -> Answer {
        sender.delivery(body).send(self.address)
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as power loss would: at once.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }

    /// Asks it to stop, as the system does, and gives its exit code.
    ///
    /// # Panics
    /// When it does not end in time.
    #[must_use]
    pub fn stop(mut self) -> i32 {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(asked.expect("kill starts").success());
        until("the engine to stop", || self.child.try_wait().expect("waits")).code().unwrap_or(-1)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
