//! Questions that the columns answer beside a preview.

use std::collections::BTreeSet;
use std::sync::Arc;

use tocsin_model::event::Event;
use tocsin_model::field::Field;
use tocsin_rules::{Alike, Bounds, Coincidence, Columns, Compiled, Label, Preview, Stretch, Suggestions, suggest};

use super::super::App;
use super::super::rules::{FileBacktest, check_text};
use super::super::suggest::{Suggested, refused};
use super::beside::Beside;
use super::desk::Desk;
use crate::error::EngineError;

impl Desk {
    fn suggest(&mut self, rule: &Arc<Compiled>, labels: &[Label], budget: u64) -> Result<Suggestions, EngineError> {
        let rule = rule.with_gaps(&self.history.gaps);
        let found = self.preview.run(&mut self.history.columns, &rule, Bounds::default())?;
        found.suggest(labels, budget).map_err(refused)
    }
}

impl App {
    /// Runs a rule over everything that is stored; none when only made-up events are, which count for nothing but
    /// drawing.
    pub(in crate::app) fn backtest_in_columns(
        &self,
        rule: &Arc<Compiled>,
        bounds: Bounds,
        with_curve: bool,
    ) -> Result<Option<FileBacktest>, EngineError> {
        let mut desk = self.desk();
        desk.look(self)?;
        desk.history.count_marks();
        desk.follow(self, &Columns::fields_of(rule))?;
        let desk = &mut *desk;
        if desk.history.is_demo() {
            return Ok(None);
        }
        let result = desk.preview.run(&mut desk.history.columns, rule, bounds)?.backtest(with_curve);
        let marked = self.store.read(|reader| desk.history.marked(reader))?;
        Ok(Some(FileBacktest { rule: rule.rule().clone(), result, dropped: 0, marked }))
    }

    /// The stored events that match a rule and share a group with an event that does, made-up ones only where nothing
    /// else is stored.
    pub(in crate::app) fn alike(&self, rule: &Arc<Compiled>, event: Event) -> Result<Alike, EngineError> {
        let mut desk = self.desk();
        desk.look(self)?;
        desk.follow(self, &Columns::fields_of(rule))?;
        let desk = &mut *desk;
        Ok(desk.preview.alike(&mut desk.history.columns, rule, event)?)
    }

    /// What rules did together over everything that is stored, but what is made up, and the history that it is of.
    pub(in crate::app) fn coincide_in_columns(
        &self,
        rules: &[Arc<Compiled>],
        pairs: &[(usize, usize)],
    ) -> Result<(Coincidence, Stretch), EngineError> {
        let mut desk = self.desk();
        desk.look(self)?;
        let fields: BTreeSet<Field> = rules.iter().flat_map(|rule| Columns::fields_of(rule)).collect();
        desk.follow(self, &fields)?;
        let desk = &mut *desk;
        if desk.history.is_demo() {
            let mut nothing = Columns::new(fields);
            return Ok((Preview::default().coincide(&mut nothing, rules, pairs)?, nothing.stretch()));
        }
        let rules: Vec<_> = rules.iter().map(|rule| rule.with_gaps(&desk.history.gaps)).collect();
        let found = desk.preview.coincide(&mut desk.history.columns, &rules, pairs)?;
        Ok((found, desk.history.columns.stretch()))
    }

    /// The stored events that match a rule, with no more than what they say of these fields, and the history they are
    /// of; made-up ones only where nothing else is stored.
    pub(in crate::app) fn matching_events(
        &self,
        rule: &Arc<Compiled>,
        fields: &BTreeSet<Field>,
    ) -> Result<(Vec<Event>, Stretch), EngineError> {
        let mut desk = self.desk();
        desk.look(self)?;
        desk.follow(self, fields)?;
        let desk = &mut *desk;
        let events = desk.preview.matching_events(&mut desk.history.columns, rule, fields)?;
        Ok((events, desk.history.columns.stretch()))
    }

    /// Thresholds that everything that is stored speaks for: quiet, balanced and sensitive. The alerts of the kept rule of
    /// the document's name are the labels. `budget` is in firings a week.
    ///
    /// # Errors
    /// [`EngineError::Rule`] names everything that is wrong with the document; [`EngineError::Field`] says why nothing is
    /// suggested.
    pub fn suggestions_for(&self, document: &str, budget: u64) -> Result<Suggested, EngineError> {
        let mut desk = self.desk();
        let mut beside = Beside::default();
        let check = check_text("rule".to_owned(), document, |rule| {
            beside = match desk.beside(self, Some(&rule.name)) {
                Err(EngineError::Missing(_)) => desk.beside(self, None)?,
                found => found?,
            };
            self.with_list_files(rule, beside.lists.clone())
        })?;
        let Some(compiled) = check.compiled else {
            return Err(EngineError::Rule { file: check.file, problems: check.findings.errors });
        };
        desk.follow(self, &Columns::fields_of(&compiled))?;
        let found = desk.suggest(&compiled, &beside.alerts.closed, budget)?;
        desk.keep(beside);
        Ok(Suggested { rule: compiled.rule().clone(), found })
    }

    /// The same for a rule that is ready, and these labels; what is made up says nothing here.
    pub(in crate::app) fn suggest_in_columns(
        &self,
        rule: &Arc<Compiled>,
        labels: &[Label],
        budget: u64,
    ) -> Result<Suggestions, EngineError> {
        let mut desk = self.desk();
        desk.look(self)?;
        desk.follow(self, &Columns::fields_of(rule))?;
        if desk.history.is_demo() {
            return suggest(rule, &[], Columns::new([]).stretch(), labels, budget).map_err(refused);
        }
        desk.suggest(rule, labels, budget)
    }

    /// Values of a field that stored events have shown and that contain `part`, whatever the case, each with how many
    /// events have it: those that most have first.
    ///
    /// # Errors
    /// [`EngineError::Field`] when there is no such field.
    pub fn field_values(&self, field: &str, part: &str, limit: u32) -> Result<Vec<(String, u64)>, EngineError> {
        let Some(field) = Field::named(field) else {
            let message = format!("events have no field “{field}”: use one of the registry, or attr:PATH");
            return Err(EngineError::field_error("field", message));
        };
        let mut desk = self.desk();
        desk.look(self)?;
        desk.follow(self, &BTreeSet::from([field.clone()]))?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(desk.history.columns.values_of(&field, part, limit).unwrap_or_default())
    }
}
