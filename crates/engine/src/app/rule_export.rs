//! Writing rules into a file.

use std::path::Path;

use tocsin_model::rule::document::Format;
use tocsin_model::tree::Tree;

use super::App;
use super::rules_kept::KeptRule;
use crate::error::EngineError;
use crate::new_file::{IfThere, write_new};

impl App {
    /// Writes rules as they run into a file, as [`Format::print`] does. No names means all. Gives how many.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is no rule of a name, [`EngineError::File`] when the file cannot be written.
    pub fn export_rules_to(
        &self,
        path: &Path,
        names: &[String],
        format: Format,
        if_there: IfThere,
    ) -> Result<u64, EngineError> {
        let rules = if names.is_empty() {
            self.kept_rules()?
        } else {
            names.iter().map(|name| self.kept_rule(name)).collect::<Result<Vec<_>, _>>()?
        };
        let documents: Vec<Tree> = rules.iter().map(KeptRule::to_document).collect();
        let text = format.print(&documents);
        write_new(path, if_there, |out| out.write_all(text.as_bytes()).map_err(|error| unwritten(path, &error)))?;
        Ok(documents.len() as u64)
    }
}

fn unwritten(path: &Path, error: &impl ToString) -> EngineError {
    EngineError::File { path: path.to_owned(), cause: error.to_string() }
}
