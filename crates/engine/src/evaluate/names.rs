//! What has to be known to read the log as rules see it.

use std::collections::{BTreeSet, HashMap};

use tocsin_model::attr::AttrPath;
use tocsin_model::field::Field;
use tocsin_rules::{Columns, Compiled};
use tocsin_store::{Reader, StoreError};

/// The sources, and the paths into payloads that rules look at.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// By row: the name, and whether the source is made up.
    sources: HashMap<i64, (String, bool)>,
    attrs: Vec<AttrPath>,
}

impl Names {
    /// For rules that look at no path.
    pub(crate) fn read(reader: &Reader<'_>) -> Result<Self, StoreError> {
        let sources = reader.source_names()?.into_iter().map(|(row, name, demo)| (row, (name, demo))).collect();
        Ok(Self { sources, attrs: Vec::new() })
    }

    /// For these rules, no others.
    pub(crate) fn look_for<'a>(&mut self, rules: impl IntoIterator<Item = &'a Compiled>) {
        self.look_at(&rules.into_iter().flat_map(Columns::fields_of).collect());
    }

    /// For these fields, no others.
    pub(crate) fn look_at(&mut self, fields: &BTreeSet<Field>) {
        self.attrs = fields.iter().filter_map(AttrPath::of).collect();
    }

    /// Whether every source that is known here is the same there.
    pub(crate) fn are_kept_by(&self, newer: &Self) -> bool {
        self.sources.iter().all(|(row, known)| newer.sources.get(row) == Some(known))
    }

    /// The paths that are looked at: none spares reading payloads.
    pub(super) fn attrs(&self) -> &[AttrPath] {
        &self.attrs
    }

    /// Whether any path is looked at.
    pub(crate) const fn looks_at_payloads(&self) -> bool {
        !self.attrs.is_empty()
    }

    /// The name of a source.
    pub(crate) fn source(&self, row: i64) -> Option<&str> {
        self.sources.get(&row).map(|(name, _)| name.as_str())
    }

    /// Whether a source is made up.
    pub(crate) fn is_demo(&self, source: i64) -> bool {
        self.sources.get(&source).is_some_and(|(_, demo)| *demo)
    }
}
