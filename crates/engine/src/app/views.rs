//! Saved views: lists that people come back to.

use tocsin_model::id::ViewId;
use tocsin_model::query::Query;
use tocsin_store::ViewRow;

use super::App;
use super::alerts::parse_sort;
use crate::error::EngineError;
use crate::feed::FeedItem;

/// A list that people come back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The search text.
    pub query: String,
    /// The order, as lists take it.
    pub sort: String,
    /// The fields shown, in order; empty for the usual ones.
    pub columns: Vec<ColumnChoice>,
    /// Whether it is the one that opens first. Exactly one is.
    pub is_default: bool,
    /// Whether it is always there.
    pub builtin: bool,
}

/// A column of a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnChoice {
    /// The field.
    pub field: String,
    /// Its width in pixels; none for the usual one.
    pub width: Option<u32>,
}

/// What is wanted of a view.
#[derive(Debug, Clone, Default)]
pub struct SavedViewSpec {
    /// Which view; none makes a new one.
    pub id: Option<String>,
    /// Its name, 1 to 64 characters.
    pub name: String,
    /// The search text.
    pub query: String,
    /// The order; empty means the newest first.
    pub sort: String,
    /// The fields shown, in order; empty for the usual ones.
    pub columns: Vec<ColumnChoice>,
    /// Whether it is the one that opens first.
    pub is_default: bool,
}

/// Always there: id, name and search text. The first opens first until another is chosen.
const BUILT_IN: [(&str, &str, &str); 3] = [
    ("needs-me", "Needs me", "-status:closed snoozed:false"),
    ("critical-and-high", "Critical and high, open", "severity:critical,high -status:closed"),
    ("all", "All", ""),
];
/// The order of a view when nothing is said.
const USUAL_SORT: &str = "time";
/// What counts the unseen alerts of a view.
const UNSEEN: &str = "seen:false";
/// Longest name in characters.
const NAME_LIMIT: usize = 64;
/// Most columns of a view.
const COLUMN_LIMIT: usize = 40;
/// Narrowest and widest column in pixels.
const WIDTHS: std::ops::RangeInclusive<u32> = 20..=4_000;
/// Most saved views: each one is counted whenever alerts change.
const VIEW_LIMIT: usize = 100;

impl App {
    /// Every view: the built-in ones first, then the saved ones in the order they were made.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn saved_views(&self) -> Result<Vec<SavedView>, EngineError> {
        Ok(with_builtin(self.store.read(|reader| reader.views())?))
    }

    /// The view of an id or a name.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is none.
    pub fn saved_view(&self, name: &str) -> Result<SavedView, EngineError> {
        let folded = name.trim().to_lowercase();
        let found = self.saved_views()?.into_iter().find(|view| view.id == name || view.name.to_lowercase() == folded);
        found.ok_or_else(|| missing(name))
    }

    /// Keeps a view. Of a built-in one the order, the columns and the first place can be changed.
    ///
    /// # Errors
    /// When a field does not fit, or another view has the name.
    pub fn save_view(&self, spec: SavedViewSpec) -> Result<SavedView, EngineError> {
        let views = self.saved_views()?;
        let row = self.view_row(spec, &views)?;
        let id = row.id.clone();
        self.change(move |tx| Ok((tx.put_view(&row)?, Some(FeedItem::Views))))?;
        self.saved_view(&id)
    }

    /// Removes a saved view. When it was the one that opens first, “Needs me” is again.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there is none, [`EngineError::Conflict`] when it is built in.
    pub fn remove_view(&self, id: &str) -> Result<(), EngineError> {
        if let Some((_, name, _)) = BUILT_IN.iter().find(|(builtin, _, _)| *builtin == id) {
            return Err(EngineError::Conflict(format!("“{name}” is built in and stays")));
        }
        let owned = id.to_owned();
        let removed = self.change(move |tx| {
            let removed = tx.remove_view(&owned)?;
            Ok((removed, removed.then_some(FeedItem::Views)))
        })?;
        if removed { Ok(()) } else { Err(missing(id)) }
    }

    /// How many alerts each view holds, and how many of them nobody has looked at.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn view_counts(&self) -> Result<Vec<(String, u64, u64)>, EngineError> {
        self.saved_views()?
            .into_iter()
            .map(|view| {
                let count = self.count_alerts(&view.query, u64::MAX)?;
                Ok((view.id, count, self.count_alerts(&unseen(&view.query), u64::MAX)?))
            })
            .collect()
    }

    fn view_row(&self, spec: SavedViewSpec, views: &[SavedView]) -> Result<ViewRow, EngineError> {
        let name = view_name(&spec.name)?;
        // With what counts it, so that every saved view can be counted.
        Query::parse(&spec.query, self.now())?;
        Query::parse(&unseen(&spec.query), self.now())?;
        let sort = if spec.sort.trim().is_empty() { USUAL_SORT } else { spec.sort.trim() };
        parse_sort(sort)?;
        let known = spec.id.as_deref().map(|id| views.iter().find(|view| view.id == id).ok_or_else(|| missing(id)));
        let id = match known.transpose()? {
            Some(view) if view.builtin && (view.name != name || view.query != spec.query.trim()) => {
                let message = format!("“{}” is built in: save the list under another name", view.name);
                return Err(EngineError::Conflict(message));
            }
            Some(view) => view.id.clone(),
            None if views.len() >= VIEW_LIMIT => {
                return Err(EngineError::field_error(
                    "name",
                    format!("there are {VIEW_LIMIT} views already: remove one"),
                ));
            }
            None => self.new_view_id(),
        };
        let folded = name.to_lowercase();
        if views.iter().any(|view| view.id != id && view.name.to_lowercase() == folded) {
            return Err(EngineError::Conflict(format!("there is a view “{name}” already: choose another name")));
        }
        let (query, sort) = (spec.query.trim().to_owned(), sort.to_owned());
        Ok(ViewRow { id, name, query, sort, columns: columns(spec.columns)?, is_default: spec.is_default })
    }

    fn new_view_id(&self) -> String {
        let (at, random) = self.ids.next(self.now());
        ViewId::new(at, random).to_string()
    }
}

fn unseen(query: &str) -> String {
    format!("{query} {UNSEEN}")
}

fn missing(name: &str) -> EngineError {
    let name: String = name.chars().take(NAME_LIMIT).collect();
    EngineError::Missing(format!("there is no view “{name}”: list the views to see their names"))
}

fn view_name(given: &str) -> Result<String, EngineError> {
    let name = given.split_whitespace().collect::<Vec<_>>().join(" ");
    // A name that looks like an id could not be told from one.
    let is_id = name.parse::<ViewId>().is_ok() || BUILT_IN.iter().any(|(id, _, _)| *id == name);
    if (1..=NAME_LIMIT).contains(&name.chars().count()) && !name.chars().any(char::is_control) && !is_id {
        return Ok(name);
    }
    let message = format!("a view has a name of 1 to {NAME_LIMIT} characters");
    Err(EngineError::field_error("name", message))
}

fn columns(given: Vec<ColumnChoice>) -> Result<Vec<(String, Option<u32>)>, EngineError> {
    let wrong = |message: String| EngineError::field_error("columns", message);
    if given.len() > COLUMN_LIMIT {
        return Err(wrong(format!("a view shows at most {COLUMN_LIMIT} columns")));
    }
    let mut out: Vec<(String, Option<u32>)> = Vec::with_capacity(given.len());
    for ColumnChoice { field, width } in given {
        let fits = (1..=40).contains(&field.len()) && field.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !fits {
            return Err(wrong(format!("“{}” is no field", field.chars().take(40).collect::<String>())));
        }
        if out.iter().any(|(known, _)| *known == field) {
            return Err(wrong(format!("the column “{field}” is there twice")));
        }
        if width.is_some_and(|width| !WIDTHS.contains(&width)) {
            return Err(wrong(format!("a column is {} to {} pixels wide", WIDTHS.start(), WIDTHS.end())));
        }
        out.push((field, width));
    }
    Ok(out)
}

/// The built-in views, as changed by rows of theirs, and the saved ones.
fn with_builtin(rows: Vec<ViewRow>) -> Vec<SavedView> {
    let chosen = rows.iter().any(|row| row.is_default);
    let (changed, saved): (Vec<ViewRow>, Vec<ViewRow>) =
        rows.into_iter().partition(|row| BUILT_IN.iter().any(|(id, _, _)| *id == row.id));
    let builtin = BUILT_IN.iter().enumerate().map(|(place, (id, name, query))| {
        let row = changed.iter().find(|row| row.id == *id);
        SavedView {
            id: (*id).to_owned(),
            name: (*name).to_owned(),
            query: (*query).to_owned(),
            sort: row.map_or_else(|| USUAL_SORT.to_owned(), |row| row.sort.clone()),
            columns: row.map(|row| choices(row.columns.clone())).unwrap_or_default(),
            is_default: row.map_or(place == 0 && !chosen, |row| row.is_default || (place == 0 && !chosen)),
            builtin: true,
        }
    });
    let saved = saved.into_iter().map(|row| SavedView {
        id: row.id,
        name: row.name,
        query: row.query,
        sort: row.sort,
        columns: choices(row.columns),
        is_default: row.is_default,
        builtin: false,
    });
    builtin.chain(saved).collect()
}

fn choices(columns: Vec<(String, Option<u32>)>) -> Vec<ColumnChoice> {
    columns.into_iter().map(|(field, width)| ColumnChoice { field, width }).collect()
}
