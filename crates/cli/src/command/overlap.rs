//! `rule overlap`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tocsin_engine::{EventsFile, RuleToTest, overlap_files};

use super::open;
use super::rule::{EVENTS_LIMIT, read, rule_to_test};
use crate::arguments::RuleOverlap;
use crate::failure::Failure;
use crate::output::Output;
use crate::overlap_view::OverlapView;

/// Touches no store when every rule is a file and the events are one too.
pub(super) fn run(data_dir: Option<PathBuf>, arguments: &RuleOverlap, output: &Output) -> Result<ExitCode, Failure> {
    let read_events =
        |path: &PathBuf| -> Result<_, Failure> { Ok((path.display().to_string(), read(path, EVENTS_LIMIT)?)) };
    let file = arguments.events.as_ref().map(read_events).transpose()?;
    let events = file.as_ref().map(|(name, bytes)| EventsFile { name, bytes });
    let (mut files, mut kept) = (Vec::new(), Vec::new());
    for name in &arguments.rules {
        match rule_to_test(Path::new(name), arguments.lists.as_deref())? {
            RuleToTest::File(file) => files.push(file),
            RuleToTest::Kept(name) => kept.push(name),
        }
    }
    let found = match events {
        Some(events) if kept.is_empty() && files.len() > 1 => overlap_files(files, events)?,
        events => {
            let files = files.into_iter().map(RuleToTest::File);
            let rules = files.chain(kept.into_iter().map(RuleToTest::Kept)).collect();
            open(data_dir)?.overlap(rules, events)?
        }
    };
    let view = OverlapView::from(&found);
    output.one(&view, &view.lines())?;
    Ok(ExitCode::SUCCESS)
}
