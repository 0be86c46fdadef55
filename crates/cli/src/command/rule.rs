//! `rule check`, `rule backtest` and `rule explain`; what is kept is in `kept_rule`.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tocsin_engine::{
    Advice, Bounds, EngineError, RuleCheck, RuleFile, RuleToTest, backtest_file, check_rule, explain_file,
    test_rule_file,
};
use tocsin_model::rule::document::DOCUMENT_LIMIT;
use tocsin_model::time::Timestamp;

use super::{kept_rule, open, overlap, suggest};
use crate::arguments::{self, Rule};
use crate::expect::differences;
use crate::explain_view::ExplainView;
use crate::failure::Failure;
use crate::output::{Format, Output};
use crate::rule_view::{BacktestView, CheckView, TestView};

/// Largest events file in bytes.
pub(super) const EVENTS_LIMIT: u64 = 4 * 1024 * 1024 * 1024;
/// How many differences from what was expected are printed.
const SHOWN_DIFFERENCES: usize = 20;

pub(crate) fn run(data_dir: Option<PathBuf>, rule: &Rule, output: &Output) -> Result<ExitCode, Failure> {
    match rule {
        Rule::Check(arguments) => check(arguments, output),
        Rule::Backtest(arguments) => backtest(data_dir, arguments, output),
        Rule::Explain(arguments) => explain(data_dir, arguments, output),
        Rule::Test(arguments) => test(data_dir, arguments, output),
        Rule::Suggest(arguments) => suggest::run(data_dir, arguments, output),
        Rule::Overlap(arguments) => overlap::run(data_dir, arguments, output),
        Rule::Add(arguments) => {
            let file = rule_file(&arguments.file, arguments.lists.as_deref())?;
            kept_rule::add(&open(data_dir)?, file, output)
        }
        Rule::List => kept_rule::list(&open(data_dir)?, output),
        Rule::Show { name } => kept_rule::show(&open(data_dir)?, name, output),
        Rule::Enable { name } => kept_rule::enable(&open(data_dir)?, name, true, output),
        Rule::Disable { name } => kept_rule::enable(&open(data_dir)?, name, false, output),
        Rule::Mode { name, mode } => kept_rule::mode(&open(data_dir)?, name, *mode, output),
        Rule::Versions { name } => kept_rule::versions(&open(data_dir)?, name, output),
        Rule::Restore { name, number } => kept_rule::restore(&open(data_dir)?, name, *number, output),
        Rule::Discard { name } => kept_rule::discard(&open(data_dir)?, name, output),
        Rule::Remove { name } => kept_rule::remove(&open(data_dir)?, name, output),
        Rule::Export { names, yaml } => kept_rule::export(&open(data_dir)?, names, *yaml, output),
    }
}

fn check(arguments: &arguments::RuleCheck, output: &Output) -> Result<ExitCode, Failure> {
    let (mut checks, mut unread) = (Vec::new(), None);
    for file in &arguments.files {
        // One that cannot be read keeps nobody from hearing of the others.
        match rule_file(file, arguments.lists.as_deref()) {
            Ok(rule) => checks.push(check_rule(rule)?),
            Err(failure) => unread = unread.or(Some(failure)),
        }
    }
    if checks.is_empty()
        && let Some(failure) = unread
    {
        return Err(failure);
    }
    if output.format == Format::Table {
        let lines: Vec<String> = checks.iter().flat_map(lines).collect();
        output.one(&(), &lines)?;
    } else {
        let views: Vec<CheckView<'_>> = checks.iter().map(CheckView::from).collect();
        output.list(&views, None, &[], |_| Vec::new())?;
    }
    if let Some(failure) = unread {
        return Err(failure);
    }
    let wrong: Vec<&str> = checks.iter().filter(|one| !one.is_valid()).map(|one| one.file.as_str()).collect();
    if wrong.is_empty() {
        return Ok(outcome(checks.iter().map(RuleCheck::failed_tests).sum()));
    }
    let count = format!("{} of {} rules cannot be used", wrong.len(), checks.len());
    Err(Failure::Rules(format!("{count}: correct {}, where the problems are named", wrong.join(", "))))
}

fn lines(check: &RuleCheck) -> Vec<String> {
    let (errors, warnings) = (&check.findings.errors, &check.findings.warnings);
    let verdict = match (&check.document, errors.len()) {
        (Some(_), _) if check.is_shields() => "can be used, as a rule of Shield's".to_owned(),
        (Some(_), _) => "can be used".to_owned(),
        (None, 1) => "1 problem".to_owned(),
        (None, count) => format!("{count} problems"),
    };
    let mut lines = vec![format!("{}: {verdict}", check.file)];
    lines.extend(errors.iter().map(|problem| format!("  {problem}")));
    lines.extend(warnings.iter().map(|problem| format!("  warning: {problem}")));
    lines.extend(check.advice.iter().map(advice));
    lines.extend(check.tests.iter().map(|test| format!("  {}", TestView::from(test).text())));
    lines
}

/// How a command ends that ran tests, so many of which failed.
pub(super) fn outcome(failed: usize) -> ExitCode {
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

fn test(data_dir: Option<PathBuf>, arguments: &arguments::RuleTest, output: &Output) -> Result<ExitCode, Failure> {
    let found = match rule_to_test(&arguments.file, arguments.lists.as_deref())? {
        RuleToTest::File(file) => test_rule_file(file)?,
        kept @ RuleToTest::Kept(_) => open(data_dir)?.test_rule(kept)?,
    };
    let views: Vec<TestView<'_>> = found.tests.iter().map(TestView::from).collect();
    let failed = found.tests.iter().filter(|test| !test.passed()).count();
    let mut lines = vec![format!("{}: {} tests, {failed} failed", found.rule, views.len())];
    lines.extend(views.iter().map(|test| format!("  {}", test.text())));
    let view = serde_json::json!({ "rule": found.rule, "failed": failed, "tests": views });
    output.one(&view, &lines)?;
    Ok(outcome(failed))
}

/// A piece of advice, in a line.
pub(super) fn advice(advice: &Advice) -> String {
    format!("  advice: {}; {}", advice.reason, advice.remedy)
}

fn backtest(
    data_dir: Option<PathBuf>,
    arguments: &arguments::RuleBacktest,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let bounds = Bounds { from: time("from", arguments.from.as_deref())?, to: time("to", arguments.to.as_deref())? };
    let expected = arguments.expect.as_deref().map(expectation).transpose()?;
    let found = match &arguments.events {
        Some(path) => {
            let rule = rule_file(&arguments.file, arguments.lists.as_deref())?;
            let events = read(path, EVENTS_LIMIT)?;
            backtest_file(rule, &path.display().to_string(), &events, bounds, arguments.curve)?
        }
        None => open(data_dir)?.backtest_stored(
            rule_to_test(&arguments.file, arguments.lists.as_deref())?,
            bounds,
            arguments.curve,
        )?,
    };
    let view = BacktestView::from(&found);
    output.one(&view, &view.lines())?;
    let Some(expected) = expected else { return Ok(ExitCode::SUCCESS) };
    let found = serde_json::to_value(&view).map_err(|error| Failure::RunTime(error.to_string()))?;
    let mut differences = differences(&expected, &found);
    differences.truncate(SHOWN_DIFFERENCES);
    if differences.is_empty() { Ok(ExitCode::SUCCESS) } else { Err(Failure::Unexpected(differences)) }
}

/// A file where there is one, else a rule by its name.
pub(super) fn rule_to_test(file: &Path, lists: Option<&Path>) -> Result<RuleToTest, Failure> {
    match file.to_str().filter(|name| *name != "-" && !file.exists()) {
        Some(name) => Ok(RuleToTest::Kept(name.to_owned())),
        None => Ok(RuleToTest::File(rule_file(file, lists)?)),
    }
}

fn explain(
    data_dir: Option<PathBuf>,
    arguments: &arguments::RuleExplain,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let rule = rule_to_test(&arguments.file, arguments.lists.as_deref())?;
    let event = Path::new(&arguments.event);
    let among = match &arguments.events {
        Some(path) => Some((path.as_path(), Some(arguments.event.as_str()))),
        None => (event == Path::new("-") || event.exists()).then_some((event, None)),
    };
    let found = match (among, rule) {
        (None, rule) => open(data_dir)?.explain_stored(rule, &arguments.event)?,
        (Some((path, id)), rule) => {
            let (name, events) = (path.display().to_string(), read(path, EVENTS_LIMIT)?);
            match rule {
                RuleToTest::File(file) => explain_file(file, &name, &events, id)?,
                RuleToTest::Kept(rule) => open(data_dir)?.explain_kept(&rule, &name, &events, id)?,
            }
        }
    };
    let view = ExplainView::from(&found);
    output.one(&view, &view.lines())?;
    Ok(ExitCode::SUCCESS)
}

fn time(field: &'static str, text: Option<&str>) -> Result<Option<Timestamp>, Failure> {
    let read = text.map(Timestamp::parse).transpose();
    read.map_err(|error| EngineError::Field { field, message: error.to_string() }.into())
}

fn expectation(path: &Path) -> Result<serde_json::Value, Failure> {
    let wrong = |error| Failure::Input(format!("{} is not JSON: {error}", path.display()));
    serde_json::from_slice(&read(path, EVENTS_LIMIT)?).map_err(wrong)
}

pub(super) fn rule_file(path: &Path, lists: Option<&Path>) -> Result<RuleFile, Failure> {
    let beside = || path.parent().map_or_else(PathBuf::new, Path::to_owned).join("lists");
    let bytes = read(path, DOCUMENT_LIMIT as u64 + 1)?;
    Ok(RuleFile { name: path.display().to_string(), bytes, lists: lists.map_or_else(beside, Path::to_owned) })
}

/// The first `limit` bytes of a file, or of stdin.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    };
    read.map_err(|error| Failure::Input(format!("cannot read {}: {error}", path.display())))?;
    Ok(bytes)
}
