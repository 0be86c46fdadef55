//! Lists of values that rules name as `list:NAME`: files of a folder, a value a line.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use tocsin_model::rule::document;
use tocsin_model::rule::{Condition, Measure, Rule, Test, Wanted};
use tocsin_rules::Lists;

use super::App;
use crate::error::EngineError;

/// The folder of lists in the data directory.
pub(super) const FOLDER: &str = "lists";
/// Largest list in bytes: every address of a country fits.
const LIST_LIMIT: u64 = 64 * 1024 * 1024;

impl App {
    /// The lists of the data directory by name, each with how many values it has; none that a rule cannot name or that
    /// cannot be read.
    #[must_use]
    pub fn value_lists(&self) -> Vec<(String, u64)> {
        let folder = self.config.data_dir.join(FOLDER);
        let files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let names: BTreeSet<String> = files
            .filter_map(|file| file.file_name().into_string().ok())
            .map(|name| name.strip_suffix(".txt").map(str::to_owned).unwrap_or(name))
            .filter(|name| document::is_list_name(name))
            .collect();
        let count = |name: String| {
            let values = list(&folder, &name).ok().flatten()?;
            Some((name, values.len() as u64))
        };
        names.into_iter().filter_map(count).collect()
    }
}

/// The lists that a rule names and that are there.
pub(super) fn lists_of(rule: &Rule, folder: &Path) -> Result<Lists, EngineError> {
    let inner: &[Condition] = match &rule.measure {
        Measure::Share { conditions, .. } => conditions,
        Measure::Count | Measure::Distinct(_) | Measure::Sum(_) | Measure::Mean(_) | Measure::Max(_) => &[],
    };
    let mut names = BTreeSet::new();
    for condition in rule.conditions.iter().chain(inner) {
        if let Test::AnyOf(wanted) = &condition.test {
            names.extend(wanted.iter().filter_map(|one| if let Wanted::List(name) = one { Some(name) } else { None }));
        }
    }
    let mut lists = Lists::new();
    for name in names {
        if let Some(values) = list(folder, name)? {
            lists.insert(name.clone(), values);
        }
    }
    Ok(lists)
}

fn list(folder: &Path, name: &str) -> Result<Option<Vec<String>>, EngineError> {
    for path in [folder.join(name), folder.join(format!("{name}.txt"))] {
        let mut text = String::new();
        let read = std::fs::File::open(&path).and_then(|file| file.take(LIST_LIMIT + 1).read_to_string(&mut text));
        let unfit = |cause: &str| {
            let what =
                format!("the list {} cannot be used ({cause}): write one value a line, as UTF-8 text", path.display());
            Err(EngineError::field_error("lists", what))
        };
        match read {
            Ok(_) if text.len() as u64 > LIST_LIMIT => return unfit("it has more than 64 MiB"),
            Ok(_) => {
                let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
                return Ok(Some(lines.map(str::to_owned).collect()));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return unfit(&error.to_string()),
        }
    }
    Ok(None)
}
