//! The databases, in a process of their own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// Most rows that SQLite is given: it takes minutes to read more.
pub const SQLITE_MOST: usize = 1_000_000;

/// Which database.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Base {
    DuckDb,
    Sqlite,
}

/// What a database said, and the CPU time that it took.
pub struct Answer {
    pub found: Vec<u64>,
    pub seconds: f64,
}

pub struct Peer {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Peer {
    /// Starts it and waits until it has read the table.
    pub fn start(python: &str, table: &Path, rows: usize) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/peer.py");
        let mut child = Command::new(python)
            .arg(script)
            .arg(table)
            .args([rows.to_string(), SQLITE_MOST.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the Python with DuckDB can be started");
        let input = child.stdin.take().expect("its input is a pipe");
        let output = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        let mut peer = Self { child, input, output };
        assert_eq!(peer.line().trim(), "ready", "the databases did not read the table");
        peer
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the databases answer");
        line
    }

    pub fn ask(&mut self, base: Base, sql: &str) -> Answer {
        let base = if base == Base::DuckDb { "duckdb" } else { "sqlite" };
        writeln!(self.input, "{}", json!({"base": base, "sql": sql})).expect("the databases listen");
        let answer: Value = serde_json::from_str(&self.line()).expect("the databases answer in JSON");
        let found = answer["found"].as_array().expect("a row");
        Answer {
            found: found.iter().map(|count| count.as_u64().expect("a count")).collect(),
            seconds: answer["seconds"].as_f64().expect("a time"),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
