//! Errors as the command line shows them: one sentence, or one object, on stderr, and an exit code.

use serde_json::json;
use std::io::Write;
use std::process::ExitCode;
use tocsin_engine::{EngineError, ErrorCode};

use crate::output::Format;

/// Why a command did not do it.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The engine said no.
    Engine(EngineError),
    /// The input or the request is invalid.
    Input(String),
    /// Rules were checked, and some cannot be used.
    Rules(String),
    /// A result is not the one that was expected: how they differ.
    Unexpected(Vec<String>),
    /// It failed at run time.
    RunTime(String),
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::RunTime(error.to_string())
    }
}

impl Failure {
    /// Prints it and gives the exit code.
    pub(crate) fn report(&self, format: Format) -> ExitCode {
        let (code, message, field) = self.parts();
        let line = match (format, self) {
            (Format::Table, Self::Unexpected(differences)) => {
                let lines: Vec<String> =
                    differences.iter().map(|one| format!("tocsin: not as expected: {one}")).collect();
                lines.join("\n")
            }
            (Format::Table, _) => format!("tocsin: {message}"),
            (Format::Json | Format::Ndjson, _) => {
                json!({ "error": { "code": code, "message": message, "field": field } }).to_string()
            }
        };
        // Nowhere left to complain when stderr is closed.
        let _ = writeln!(std::io::stderr(), "{line}");
        self.exit_code()
    }

    fn parts(&self) -> (&'static str, String, Option<&str>) {
        match self {
            Self::Engine(error) => (error.code().as_str(), error.to_string(), error.field()),
            Self::Input(message) | Self::Rules(message) => (ErrorCode::Invalid.as_str(), message.clone(), None),
            Self::Unexpected(differences) => {
                ("unexpected", format!("not as expected: {}", differences.join("; ")), None)
            }
            Self::RunTime(message) => (ErrorCode::Internal.as_str(), message.clone(), None),
        }
    }

    fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Unexpected(_) => 1,
            Self::Rules(_) | Self::Engine(EngineError::Config { .. } | EngineError::Rule { .. }) => 2,
            Self::Input(_) => 3,
            // Nothing is wrong with the request: it cannot be carried out while the other one runs.
            Self::RunTime(_) | Self::Engine(EngineError::EngineRunning(_)) => 4,
            Self::Engine(error) => match error.code() {
                ErrorCode::Invalid | ErrorCode::NotFound | ErrorCode::Conflict => 3,
                ErrorCode::Unavailable | ErrorCode::Internal => 4,
            },
        })
    }
}

/// Arguments that cannot be read: clap's own text, in the format that was asked for.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // --help and --version.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let arguments: Vec<String> = std::env::args().collect();
    let asks_json = arguments.iter().any(|word| word == "--output=json" || word == "--output=ndjson")
        || arguments.windows(2).any(|pair| pair[0] == "--output" && (pair[1] == "json" || pair[1] == "ndjson"));
    if asks_json {
        return Failure::Input(sentence(&error.to_string())).report(Format::Json);
    }
    let _ = error.print();
    ExitCode::from(3)
}

/// The first paragraph of clap's text in one line: programs get a sentence, not a page of usage.
fn sentence(text: &str) -> String {
    let first = text.trim().trim_start_matches("error: ").split("\n\n").next().unwrap_or_default();
    let line = first.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{line}; see --help")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usage_error_is_one_sentence() {
        let text =
            "error: the following required arguments were not provided:\n  <ID>\n\nUsage: tocsin alert show <ID>\n";
        assert_eq!(sentence(text), "the following required arguments were not provided: <ID>; see --help");
    }
}
