//! `template …`: rules that somebody thought of before.

use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use tocsin_engine::{Template, template, templates};

use super::{kept_rule, open};
use crate::arguments::TemplateCommand;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, Serialize)]
struct TemplateView<'a> {
    id: &'a str,
    system: &'a str,
    name: &'a str,
    about: &'a str,
    noise: &'a str,
    needs: &'a str,
    respond: &'a str,
    places: Vec<PlaceView<'a>>,
    rule: &'a serde_json::Value,
}

#[derive(Debug, Serialize)]
struct PlaceView<'a> {
    name: &'a str,
    about: &'a str,
}

impl<'a> From<&'a Template> for TemplateView<'a> {
    fn from(template: &'a Template) -> Self {
        let places = template.places.iter().map(|place| PlaceView { name: &place.name, about: &place.about });
        Self {
            id: &template.id,
            system: template.system,
            name: template.name(),
            about: &template.about,
            noise: &template.noise,
            needs: &template.needs,
            respond: &template.respond,
            places: places.collect(),
            rule: &template.rule,
        }
    }
}

pub(crate) fn run(data_dir: Option<PathBuf>, command: &TemplateCommand, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        TemplateCommand::List { system } => list(system.as_deref(), output),
        TemplateCommand::Show { id } => show(template(id)?, output),
        TemplateCommand::Add { id, set } => {
            let values = values(set)?;
            let added = open(data_dir)?.add_template(id, &values)?;
            kept_rule::added(&added, output)
        }
    }
}

fn list(system: Option<&str>, output: &Output) -> Result<ExitCode, Failure> {
    let wanted = |one: &&Template| system.is_none_or(|system| one.system.eq_ignore_ascii_case(system));
    let views: Vec<TemplateView<'_>> = templates().iter().filter(wanted).map(TemplateView::from).collect();
    if let (Some(system), true) = (system, views.is_empty()) {
        let known: std::collections::BTreeSet<&str> = templates().iter().map(|one| one.system).collect();
        let known = known.into_iter().collect::<Vec<_>>().join(", ");
        return Err(Failure::Input(format!("there is no template for “{system}”; there are some for {known}")));
    }
    let cells = |view: &TemplateView<'_>| [view.id, view.system, view.name, view.about].map(str::to_owned).to_vec();
    output.list(&views, None, &["ID", "SYSTEM", "NAME", "ABOUT"], cells)?;
    Ok(ExitCode::SUCCESS)
}

fn show(template: &Template, output: &Output) -> Result<ExitCode, Failure> {
    let mut lines = vec![
        format!("{}: {}", template.id, template.name()),
        template.about.clone(),
        format!("Needs: {}", template.needs),
        format!("Noise: {}", template.noise),
        format!("When it fires: {}", template.respond),
    ];
    lines.extend(template.places.iter().map(|place| format!("To be said: {} ({})", place.name, place.about)));
    let rule = serde_json::to_string_pretty(&template.rule).unwrap_or_default();
    lines.extend(rule.lines().map(str::to_owned));
    output.one(&TemplateView::from(template), &lines)?;
    Ok(ExitCode::SUCCESS)
}

/// `NAME=VALUE`, a name as often as it has values.
fn values(set: &[String]) -> Result<BTreeMap<String, Vec<String>>, Failure> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in set {
        match one.split_once('=') {
            Some((name, value)) if !value.trim().is_empty() => {
                all.entry(name.trim().to_owned()).or_default().push(value.trim().to_owned());
            }
            _ => return Err(Failure::Input(format!("“{one}” is not NAME=VALUE: write --set NAME=VALUE"))),
        }
    }
    Ok(all)
}
