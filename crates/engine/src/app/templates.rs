//! Templates: rules that somebody thought of before. Data, not code: `templates/<system>/<id>.json`.
//!
//! Those of Shield are the three patterns that its alerts reference prints. They are kept in shadow at first, so that
//! nobody is told before somebody has seen what they would have said.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};
use tocsin_model::tree::Tree;

use super::App;
use super::rules::RuleFile;
use super::rules_kept::AddedRule;
use crate::error::EngineError;

/// A rule that can be added.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// Its id: the system and a name.
    pub id: String,
    /// The system whose events it watches.
    pub system: &'static str,
    /// What it watches.
    pub about: String,
    /// What makes it fire although nothing is wrong.
    pub noise: String,
    /// What has to be there for it to find anything.
    pub needs: String,
    /// What to do when it fires.
    pub respond: String,
    /// What has to be said before it can be added.
    pub places: Vec<TemplatePlace>,
    /// The rule's document; places hold an example.
    pub rule: Value,
    /// The same as text, its keys in their order.
    pub document: String,
}

/// Something that only the user of a template knows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TemplatePlace {
    /// Its name in `--set NAME=VALUE`.
    pub name: String,
    /// What belongs there.
    pub about: String,
    /// The place of the condition whose values it is.
    pub condition: usize,
}

#[derive(Deserialize)]
struct File {
    about: String,
    noise: String,
    needs: String,
    respond: String,
    places: Vec<TemplatePlace>,
    rule: Value,
}

/// System, id and text of each file.
const FILES: [(&str, &str, &str); 3] = [
    ("shield", "unmasked-data", include_str!("../../templates/shield/unmasked-data.json")),
    ("shield", "data-exfiltration", include_str!("../../templates/shield/data-exfiltration.json")),
    ("shield", "bypass-activity", include_str!("../../templates/shield/bypass-activity.json")),
];

static TEMPLATES: LazyLock<Vec<Template>> = LazyLock::new(|| {
    let read = |(system, name, text): &(&'static str, &str, &str)| {
        let File { about, noise, needs, respond, places, rule } = serde_json::from_str(text).ok()?;
        let document = serde_json::to_string_pretty(Tree::parse(text).ok()?.get("rule")?).ok()?;
        Some(Template { id: format!("{system}.{name}"), system, about, noise, needs, respond, places, rule, document })
    };
    FILES.iter().filter_map(read).collect()
});

/// Every template, by system.
#[must_use]
pub fn templates() -> &'static [Template] {
    &TEMPLATES
}

/// The template with this id.
///
/// # Errors
/// [`EngineError::Missing`] when there is none.
pub fn template(id: &str) -> Result<&'static Template, EngineError> {
    templates().iter().find(|one| one.id == id).ok_or_else(|| EngineError::Missing(format!("template “{id}”")))
}

impl Template {
    /// The rule's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.rule["name"].as_str().unwrap_or_default()
    }

    /// The rule with what belongs into its places.
    ///
    /// # Errors
    /// [`EngineError::Field`] names a place that was not said, or is none of this template's.
    pub fn filled(&self, values: &BTreeMap<String, Vec<String>>) -> Result<Value, EngineError> {
        let mut rule = self.rule.clone();
        for place in &self.places {
            let Some(said) = values.get(&place.name).filter(|said| !said.is_empty()) else {
                let message = format!("say {}: --set {}=VALUE, again for each further one", place.about, place.name);
                return Err(EngineError::field_error("set", message));
            };
            rule["conditions"][place.condition]["values"] = json!(said);
        }
        match values.keys().find(|name| !self.places.iter().any(|place| place.name == **name)) {
            None => Ok(rule),
            Some(other) => {
                let names: Vec<&str> = self.places.iter().map(|place| place.name.as_str()).collect();
                let known = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
                let message = format!("the template has no place “{other}”; it takes {known}");
                Err(EngineError::field_error("set", message))
            }
        }
    }
}

impl App {
    /// Keeps the rule of a template, in shadow.
    ///
    /// # Errors
    /// As [`template`], [`Template::filled`] and [`App::add_rule`].
    pub fn add_template(&self, id: &str, values: &BTreeMap<String, Vec<String>>) -> Result<AddedRule, EngineError> {
        let document = template(id)?.filled(values)?;
        let bytes = document.to_string().into_bytes();
        self.add_rule(RuleFile { name: format!("{id}.json"), bytes, lists: PathBuf::new() })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::app::rules::check_rule;

    #[test]
    fn every_template_is_a_rule_once_its_places_are_filled() {
        assert_eq!(templates().len(), FILES.len(), "a file cannot be read");
        for template in templates() {
            let values = template.places.iter().map(|place| (place.name.clone(), vec!["a".to_owned()])).collect();
            let bytes = template.filled(&values).unwrap().to_string().into_bytes();
            let check = check_rule(RuleFile { name: "x.json".to_owned(), bytes, lists: PathBuf::new() }).unwrap();
            assert!(check.is_valid(), "{}: {:?}", template.id, check.findings);
            assert!(check.findings.warnings.is_empty(), "{}: {:?}", template.id, check.findings);
            assert_eq!(template.rule["mode"], "shadow", "{}", template.id);
            assert!(!template.about.is_empty() && !template.noise.is_empty());
            assert!(!template.needs.is_empty() && !template.respond.is_empty());
            assert_eq!(template.filled(&BTreeMap::new()).is_err(), !template.places.is_empty());
        }
    }
}
