//! `rule add`, `list`, `show`, `enable`, `disable`, `mode`, `versions`, `restore`, `discard`, `remove` and `export`: the
//! rules of the store.

use std::io::{Write as _, stdout};
use std::process::ExitCode;
use tocsin_engine::{Added, AddedRule, App, EngineError, KeptRule, RuleFile};
use tocsin_model::rule::Mode;
use tocsin_model::rule::document::Format as DocumentFormat;

use super::rule::advice;
use super::short;
use crate::failure::Failure;
use crate::kept_rule_view::{AddedView, KeptRuleView, RuleDetailsView, VersionView};
use crate::output::{Format, Output};
use crate::rule_view::TestView;

pub(super) fn add(app: &App, file: RuleFile, output: &Output) -> Result<ExitCode, Failure> {
    added(&app.add_rule(file)?, output)
}

/// Says what keeping a rule did.
pub(super) fn added(added: &AddedRule, output: &Output) -> Result<ExitCode, Failure> {
    let name = &added.rule.record.name;
    let mut lines = vec![match added.added {
        Added::New => format!("“{name}” is kept: {}", how(&added.rule)),
        Added::Unchanged => format!("“{name}” says this already: {}", how(&added.rule)),
        Added::Replaced => {
            format!("“{name}” has its version {} now: {}", added.rule.record.current.number, how(&added.rule))
        }
        Added::Candidate => format!(
            "“{name}” is live and goes on as it is; the new version runs beside it in shadow until “tocsin rule mode \
             {name:?} live” promotes it"
        ),
    }];
    lines.extend(added.check.findings.warnings.iter().map(|problem| format!("  warning: {problem}")));
    lines.extend(added.check.tests.iter().map(|test| format!("  {}", TestView::from(test).text())));
    output.one(&AddedView::new(added), &lines)?;
    // It is kept all the same: a test may be what is wrong.
    Ok(super::rule::outcome(added.check.failed_tests()))
}

/// How a rule runs, in words.
fn how(rule: &KeptRule) -> &'static str {
    match (rule.record.enabled, rule.record.mode) {
        (false, _) => "disabled, so it is not evaluated",
        (true, Mode::Live) => "live, so events from now on raise alerts",
        (true, Mode::Shadow) => "in shadow, so its firings are recorded and raise no alerts",
    }
}

pub(super) fn list(app: &App, output: &Output) -> Result<ExitCode, Failure> {
    let rules = app.kept_rules()?;
    let views: Vec<KeptRuleView<'_>> = rules.iter().map(KeptRuleView::from).collect();
    let header = ["NAME", "RUNS", "SEVERITY", "VERSION", "FIRINGS", "LAST FIRED", "PROBLEM"];
    output.list(&views, None, &header, KeptRuleView::cells)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn show(app: &App, name: &str, output: &Output) -> Result<ExitCode, Failure> {
    let rule = app.kept_rule(name)?;
    let (firings, advised) = (app.rule_firings(&rule)?, app.rule_advice(&rule)?);
    let view = RuleDetailsView::new(&rule, &firings, &advised);
    let mut lines = vec![format!("{}: {}", rule.record.name, how(&rule))];
    lines.extend(view.rule.problem().map(|problem| format!("Problem: {problem}")));
    lines.extend(advised.iter().map(advice));
    if let Some(candidate) = &rule.record.candidate {
        lines.push(format!(
            "Version {} waits beside version {}, in shadow; it fired {} times.",
            candidate.number, rule.record.current.number, candidate.firings
        ));
    }
    lines.push(serde_json::to_string_pretty(&view.document).unwrap_or_default());
    lines.push(format!("{} firings", rule.record.current.all_firings));
    for firing in &firings {
        let group = firing.explanation["group"].to_string();
        lines.push(format!("  {}  {}  x{}  {group}", short(firing.fired_at), firing.mode.as_str(), firing.occurrences));
    }
    let lines: Vec<String> = lines.iter().flat_map(|line| line.lines().map(str::to_owned)).collect();
    output.one(&view, &lines)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn enable(app: &App, name: &str, enabled: bool, output: &Output) -> Result<ExitCode, Failure> {
    changed(&app.set_rule_enabled(name, enabled)?, output)
}

pub(super) fn mode(app: &App, name: &str, mode: Mode, output: &Output) -> Result<ExitCode, Failure> {
    changed(&app.set_rule_mode(name, mode)?, output)
}

fn changed(rule: &KeptRule, output: &Output) -> Result<ExitCode, Failure> {
    output.one(&KeptRuleView::from(rule), &[format!("“{}” is {}", rule.record.name, how(rule))])?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn versions(app: &App, name: &str, output: &Output) -> Result<ExitCode, Failure> {
    let versions = app.rule_versions(name)?;
    let views: Vec<VersionView<'_>> = versions.iter().map(VersionView::from).collect();
    output.list(&views, None, &["VERSION", "STATE", "ADDED", "FIRINGS", "LAST FIRED"], VersionView::cells)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn restore(app: &App, name: &str, number: u64, output: &Output) -> Result<ExitCode, Failure> {
    added(&app.restore_rule_version(name, number)?, output)
}

pub(super) fn discard(app: &App, name: &str, output: &Output) -> Result<ExitCode, Failure> {
    changed(&app.discard_candidate(name)?, output)
}

pub(super) fn remove(app: &App, name: &str, output: &Output) -> Result<ExitCode, Failure> {
    let removed = app.remove_rule(name)?;
    let line = format!("Removed “{}”. Its alerts stay.", removed.name);
    output.one(&serde_json::json!({ "removed": removed.name }), &[line])?;
    Ok(ExitCode::SUCCESS)
}

/// One rule by name is its document, ready for `rule add`; several are a list of documents.
pub(super) fn export(app: &App, names: &[String], yaml: bool, output: &Output) -> Result<ExitCode, Failure> {
    if yaml {
        let documents: Vec<_> = kept(app, names)?.iter().map(KeptRule::to_document).collect();
        stdout().write_all(DocumentFormat::Yaml.print(&documents).as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    if let [name] = names {
        let document = app.kept_rule(name)?.to_document();
        let text = serde_json::to_string_pretty(&document).unwrap_or_default();
        output.one(&document, &text.lines().map(str::to_owned).collect::<Vec<_>>())?;
        return Ok(ExitCode::SUCCESS);
    }
    let documents: Vec<_> = kept(app, names)?.iter().map(KeptRule::to_document).collect();
    // A table has no room for documents: one a line, as programs read them.
    let output = if output.format == Format::Table { &Output::new(Format::Ndjson) } else { output };
    output.list(&documents, None, &[], |_| Vec::new())?;
    Ok(ExitCode::SUCCESS)
}

/// The rules of these names; none means all.
fn kept(app: &App, names: &[String]) -> Result<Vec<KeptRule>, EngineError> {
    if names.is_empty() { app.kept_rules() } else { names.iter().map(|name| app.kept_rule(name)).collect() }
}
