//! `rule suggest`.

use std::path::PathBuf;
use std::process::ExitCode;
use tocsin_engine::{EventsFile, RuleToTest, suggest_file};
use tocsin_model::id::AlertId;

use super::rule::{EVENTS_LIMIT, read, rule_to_test};
use super::{kept_rule, open};
use crate::arguments::RuleSuggest;
use crate::failure::Failure;
use crate::output::Output;
use crate::suggest_view::{SuggestView, WhatIfView};

/// Touches no store when rule and events are files.
pub(super) fn run(data_dir: Option<PathBuf>, arguments: &RuleSuggest, output: &Output) -> Result<ExitCode, Failure> {
    if let Some(alert) = arguments.alert {
        return what_if(data_dir, arguments, alert, output);
    }
    let rule = rule_to_test(&arguments.file, arguments.lists.as_deref())?;
    let bytes = arguments.events.as_ref().map(|path| read(path, EVENTS_LIMIT)).transpose()?;
    let name = arguments.events.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    let events = bytes.as_ref().map(|bytes| EventsFile { name: &name, bytes });
    let found = match (rule, events) {
        (RuleToTest::File(file), Some(events)) => suggest_file(file, events, arguments.budget)?,
        (rule, events) => open(data_dir)?.suggest_thresholds(rule, events, arguments.budget)?,
    };
    let view = SuggestView::from(&found);
    output.one(&view, &view.lines())?;
    Ok(ExitCode::SUCCESS)
}

fn what_if(
    data_dir: Option<PathBuf>,
    arguments: &RuleSuggest,
    alert: AlertId,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let name = arguments.file.to_str().unwrap_or_default();
    let app = open(data_dir)?;
    if let Some(number) = arguments.apply {
        return kept_rule::added(&app.make_edit(name, alert, number, arguments.note.as_deref())?, output);
    }
    let found = app.what_if(name, alert)?;
    let view = WhatIfView::from(&found);
    output.one(&view, &view.lines())?;
    Ok(ExitCode::SUCCESS)
}
