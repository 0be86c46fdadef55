//! What stands beside a rule that is being edited: the version that counts, its alerts, and what people want to be told.

use std::collections::HashMap;
use std::sync::Arc;

use tocsin_model::id::AlertId;
use tocsin_model::settings::NotifySettings;
use tocsin_model::time::Timestamp;
use tocsin_rules::{Compiled, Label, Lists};

use super::super::App;
use super::super::rules_kept::{KeptRule, Ready, folded, ready_kept};
use super::super::suggest::Labels;
use super::{Known, MarkLabel};
use crate::error::EngineError;

/// What stands beside it, for as long as the store does not change.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// The name that was asked for, as names are compared.
    name: Option<String>,
    /// The version that counts, when it can be used.
    pub(super) current: Option<Current>,
    /// The lists of the version that counts, and of the one that waits.
    pub(super) lists: Lists,
    pub(super) alerts: Alerts,
    /// What is told, and when.
    pub(super) notify: NotifySettings,
}

/// The version that counts.
#[derive(Debug)]
pub(super) struct Current {
    pub(super) rule: Arc<Compiled>,
    /// What it was made of.
    pub(super) document: String,
    pub(super) lists: Lists,
}

impl Beside {
    /// What stands beside the rule of that name, or beside a new one.
    pub(super) fn read(app: &App, name: Option<&str>, version: u64) -> Result<Self, EngineError> {
        let notify = app.settings()?.notify;
        let Some(name) = name else { return Ok(Self { notify, ..Self::default() }) };
        let kept = app.kept_rule(name)?;
        let labels = app.labels(&kept)?;
        let mut lists = kept.record.current.lists.clone();
        lists.extend(kept.record.candidate.iter().flat_map(|candidate| candidate.lists.clone()));
        let current = current(kept);
        Ok(Self { name: Some(folded(name.trim())), current, lists, alerts: Alerts::new(labels, version), notify })
    }

    /// Whether it is about the rule of that name.
    pub(super) fn is_of(&self, name: Option<&str>) -> bool {
        self.name == name.map(|name| folded(name.trim()))
    }
}

fn current(kept: KeptRule) -> Option<Current> {
    let document = kept.record.current.document.clone();
    let Ready { compiled, lists } = ready_kept(kept).ok()?;
    Some(Current { rule: compiled, document, lists })
}

/// The alerts that a rule has raised.
#[derive(Debug, Default)]
pub(super) struct Alerts {
    /// Those that people have closed as right or wrong.
    pub(super) closed: Vec<Label>,
    /// Tells these from those of another time.
    pub(super) version: u64,
    by_group: HashMap<String, Vec<Raised>>,
}

#[derive(Debug)]
struct Raised {
    alert: AlertId,
    spans: Vec<(Timestamp, Timestamp)>,
    label: Option<MarkLabel>,
}

impl Alerts {
    fn new(labels: Labels, version: u64) -> Self {
        let mut all = Self { version, ..Self::default() };
        for (alert, (label, said)) in labels {
            let word = said.map(|is_true| if is_true { MarkLabel::True } else { MarkLabel::False });
            let raised = Raised { alert, spans: label.spans.clone(), label: word };
            all.by_group.entry(label.group_key.clone()).or_default().push(raised);
            all.closed.extend(said.map(|_| label));
        }
        all
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_group.is_empty()
    }

    /// The newest alert of a group that went on at that time, and what was said of it.
    pub(super) fn at(&self, group_key: &str, at: Timestamp) -> Option<(AlertId, Option<MarkLabel>)> {
        let its = self.by_group.get(group_key)?.iter().rev();
        let mut there = its.filter(|one| one.spans.iter().any(|(from, to)| (*from..=*to).contains(&at)));
        there.next().map(|one| (one.alert, one.label))
    }

    /// What becomes of those that were closed; `kept` says it of each.
    pub(super) fn known(&self, kept: &[bool]) -> Known {
        let mut known = Known::default();
        for (label, kept) in self.closed.iter().zip(kept) {
            let count = match (label.is_true, kept) {
                (true, true) => &mut known.true_kept,
                (true, false) => &mut known.true_lost,
                (false, true) => &mut known.false_kept,
                (false, false) => &mut known.false_lost,
            };
            *count += 1;
        }
        known
    }
}
