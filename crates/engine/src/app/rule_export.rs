//! Writing rules into a file.

use std::path::Path;

use tocsin_model::tree::Tree;

use super::App;
use super::rules_kept::KeptRule;
use crate::error::EngineError;
use crate::new_file::{IfThere, write_new};

impl App {
    /// Writes rules as they run into a file, keys in their order: the document itself of one, a list of several. No
    /// names means all. Gives how many.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is no rule of a name, [`EngineError::File`] when the file cannot be written.
    pub fn export_rules_to(&self, path: &Path, names: &[String], if_there: IfThere) -> Result<u64, EngineError> {
        let rules = if names.is_empty() {
            self.kept_rules()?
        } else {
            names.iter().map(|name| self.kept_rule(name)).collect::<Result<Vec<_>, _>>()?
        };
        let mut documents: Vec<Tree> = rules.iter().map(KeptRule::to_document).collect();
        let count = documents.len() as u64;
        let one = if names.len() == 1 { documents.pop() } else { None };
        let text = match one {
            Some(document) => serde_json::to_string_pretty(&document),
            None => serde_json::to_string_pretty(&documents),
        };
        let text = text.map_err(|error| unwritten(path, &error))? + "\n";
        write_new(path, if_there, |out| out.write_all(text.as_bytes()).map_err(|error| unwritten(path, &error)))?;
        Ok(count)
    }
}

fn unwritten(path: &Path, error: &impl ToString) -> EngineError {
    EngineError::File { path: path.to_owned(), cause: error.to_string() }
}
