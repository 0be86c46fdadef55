//! Alerts that people have judged, and whether the rule as it is being edited still fires for them.

use std::collections::{BTreeMap, HashMap, HashSet};

use tocsin_model::field::Field;
use tocsin_model::rule::Trigger;
use tocsin_model::time::Timestamp;
use tocsin_model::tree::Tree;
use tocsin_model::value::Canonical;

use super::Columns;
use super::dictionary::MISSING;
use super::grouped::{Grouped, Key};
use super::plain;
use super::preview::{Found, Verdict};
use super::readings::{Readings, Values};
use crate::backtest::Bounds;
use crate::live::group_key;
use crate::suggest::Label;

/// Of each label the highest value in thousandths that was reached while it went on.
pub(super) type Peaks = Vec<Option<i128>>;

impl Found<'_> {
    /// For each label whether the rule fires while it goes on, over all of history. `version` tells labels from others.
    pub fn keeps(&mut self, labels: &[Label], version: u64) -> Vec<bool> {
        if labels.is_empty() {
            return Vec::new();
        }
        let Trigger::AtLeast(threshold) = self.rule.rule().trigger else { return self.plainly_keeps(labels) };
        let preview = &mut *self.preview;
        let (Some(grouped), Some(readings)) = (preview.grouped.get(), preview.readings.get()) else {
            return vec![false; labels.len()];
        };
        let (columns, fields) = (self.columns, &self.rule.rule().group_by);
        let key = (preview.readings.runs, version);
        preview.drawn.labelled.bring(key, || peaks(columns, grouped, readings, fields, labels));
        let peaks = preview.drawn.labelled.get().into_iter().flatten();
        peaks.map(|peak| peak.is_some_and(|peak| peak >= threshold.thousandths())).collect()
    }

    /// With another trigger: whether a firing goes on while the label does.
    fn plainly_keeps(&self, labels: &[Label]) -> Vec<bool> {
        let Some(matching) = self.preview.matching.get() else { return vec![false; labels.len()] };
        let all;
        let firings = match self.preview.verdict.get() {
            Some(Verdict::Plain(firings)) if self.bounds == Bounds::default() => firings,
            Some(Verdict::Plain(_) | Verdict::Judged(_)) | None => {
                all = plain::firings(self.columns, &matching.events, self.rule, Bounds::default());
                &all
            }
        };
        let mut spans: HashMap<_, Vec<(Timestamp, Timestamp)>> = HashMap::new();
        for firing in firings {
            spans.entry(group_key(&firing.group)).or_default().push((firing.fired_at, firing.last_seen));
        }
        let touches = |label: &Label| {
            let its = spans.get(label.group_key.as_str()).into_iter().flatten();
            its.into_iter().any(|(from, to)| label.spans.iter().any(|(start, end)| from <= end && start <= to))
        };
        labels.iter().map(touches).collect()
    }
}

fn peaks(columns: &Columns, grouped: &Grouped, readings: &Readings, fields: &[Field], labels: &[Label]) -> Peaks {
    let groups = groups(columns, grouped, fields, labels);
    let each = labels.iter().zip(groups);
    each.map(|(label, group)| peak(grouped, readings, label, group?).filter(|peak| *peak > 0)).collect()
}

/// The highest value in thousandths of a group's windows that were asked while the label went on.
fn peak(grouped: &Grouped, readings: &Readings, label: &Label, group: usize) -> Option<i128> {
    let (from, to) = readings.range(grouped, group);
    let at = |reading: usize| readings.told(grouped, reading).map_or(i64::MIN, |told| told.at);
    // Times rise within a group.
    let first = |time: i64, is_before: fn(i64, i64) -> bool| {
        let (mut low, mut high) = (from, to);
        while low < high {
            let middle = low + (high - low) / 2;
            if is_before(at(middle), time) { low = middle + 1 } else { high = middle }
        }
        low
    };
    let within = |(start, end): &(Timestamp, Timestamp)| {
        first(start.millis(), |at, time| at < time)..first(end.millis(), |at, time| at <= time)
    };
    label.spans.iter().flat_map(within).filter_map(|reading| floor(readings, reading)).max()
}

fn floor(readings: &Readings, at: usize) -> Option<i128> {
    match &readings.values {
        Values::Whole(values) => values.get(at).map(|value| i128::from(*value) * 1_000),
        Values::Exact(values) => values.get(at).copied().flatten().map(|value| value.floor().thousandths()),
    }
}

/// The group of each label, when there is one.
fn groups(columns: &Columns, grouped: &Grouped, fields: &[Field], labels: &[Label]) -> Vec<Option<usize>> {
    let wanted: Vec<Option<Vec<Option<String>>>> =
        labels.iter().map(|label| values(&label.group_key).filter(|values| values.len() == fields.len())).collect();
    let mut numbers: Vec<BTreeMap<&str, u32>> = Vec::new();
    for (place, field) in fields.iter().enumerate() {
        let texts: HashSet<&str> = wanted.iter().flatten().filter_map(|values| values.get(place)?.as_deref()).collect();
        numbers.push(columns.numbers_of(field, &texts));
    }
    let key = |values: &Vec<Option<String>>| -> Option<Key> {
        let mut key = Key::default();
        for ((place, value), numbers) in key.iter_mut().zip(values).zip(&numbers) {
            *place = value.as_ref().map_or(Some(MISSING), |text| numbers.get(text.as_str()).copied())?;
        }
        Some(key)
    };
    let keys: Vec<Option<Key>> = wanted.iter().map(|values| key(values.as_ref()?)).collect();
    let mut places: HashMap<Key, Option<usize>> = keys.iter().flatten().map(|key| (*key, None)).collect();
    for (group, key) in grouped.keys().iter().enumerate() {
        if let Some(place) = places.get_mut(key) {
            *place = Some(group);
        }
    }
    keys.into_iter().map(|key| places.get(&key?).copied().flatten()).collect()
}

/// The canonical values of a group, from the form that firings are kept with.
fn values(group_key: &str) -> Option<Vec<Option<String>>> {
    let Ok(Tree::List(members)) = Tree::parse(group_key) else { return None };
    let value = |member: Tree| match member {
        Tree::Null => Some(None),
        Tree::Text(text) => Some(Some(text)),
        Tree::Bool(_) | Tree::Number(_) | Tree::List(_) | Tree::Map(_) => None,
    };
    members.into_iter().map(value).collect()
}

impl Columns {
    /// The numbers of values of a field that are written like these.
    fn numbers_of<'a>(&self, field: &Field, texts: &HashSet<&'a str>) -> BTreeMap<&'a str, u32> {
        let Some(column) = self.column(field).filter(|_| !texts.is_empty()) else { return BTreeMap::new() };
        let mut numbers = BTreeMap::new();
        for (code, member) in (1..).zip(column.values().members()) {
            let text = match member.canonical() {
                Canonical::Text(text) => texts.get(text.as_str()),
                other @ (Canonical::Bool(_) | Canonical::Number(_) | Canonical::Ip(_)) => {
                    texts.get(other.to_string().as_str())
                }
            };
            if let Some(text) = text {
                numbers.insert(*text, column.values().same(code));
            }
        }
        numbers
    }
}
