//! `view …`.

use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;
use tocsin_engine::{App, EngineError, SavedView, SavedViewSpec};

use super::open;
use crate::arguments::View;
use crate::failure::Failure;
use crate::output::Output;

pub(crate) fn run(data_dir: Option<PathBuf>, command: View, output: &Output) -> Result<ExitCode, Failure> {
    let app = open(data_dir)?;
    match command {
        View::List { counts } => list(&app, counts, output)?,
        View::Save { name, query, sort, default } => {
            let saved = save(&app, name, query, sort, default)?;
            let line = format!("“{}” holds {}", saved.name, words(&saved.query));
            output.one(&view_json(&saved), &[line])?;
        }
        View::Remove { name } => {
            let view = app.saved_view(&name)?;
            app.remove_view(&view.id)?;
            output.one(&json!({ "removed": view.name }), &[format!("Removed “{}”. Its alerts stay.", view.name)])?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn save(
    app: &App,
    name: String,
    query: Option<String>,
    sort: Option<String>,
    default: bool,
) -> Result<SavedView, EngineError> {
    let known = match app.saved_view(&name) {
        Ok(view) => Some(view),
        Err(EngineError::Missing(_)) => None,
        Err(error) => return Err(error),
    };
    let spec = match known {
        Some(view) => SavedViewSpec {
            id: Some(view.id),
            name: view.name,
            query: query.unwrap_or(view.query),
            sort: sort.unwrap_or(view.sort),
            columns: view.columns,
            is_default: default || view.is_default,
        },
        None => SavedViewSpec {
            name,
            query: query.unwrap_or_default(),
            sort: sort.unwrap_or_default(),
            is_default: default,
            ..SavedViewSpec::default()
        },
    };
    app.save_view(spec)
}

fn list(app: &App, counts: bool, output: &Output) -> Result<(), Failure> {
    let views = app.saved_views()?;
    let counted: HashMap<String, (u64, u64)> = if counts {
        app.view_counts()?.into_iter().map(|(id, count, unseen)| (id, (count, unseen))).collect()
    } else {
        HashMap::new()
    };
    let items: Vec<Value> = views
        .iter()
        .map(|view| {
            let mut item = view_json(view);
            if let Some((count, unseen)) = counted.get(&view.id) {
                item["count"] = json!(count);
                item["unseen"] = json!(unseen);
            }
            item
        })
        .collect();
    let text = |item: &Value, key: &str| item[key].as_str().unwrap_or_default().to_owned();
    let number = |item: &Value, key: &str| item[key].as_u64().map_or_else(String::new, |number| number.to_string());
    let header = ["NAME", "FIRST", "ALERTS", "UNSEEN", "ORDER", "QUERY"];
    output.list(&items, None, &header, |item| {
        let first = if item["isDefault"] == true { "yes" } else { "" };
        vec![
            text(item, "name"),
            first.to_owned(),
            number(item, "count"),
            number(item, "unseen"),
            text(item, "sort"),
            text(item, "query"),
        ]
    })?;
    Ok(())
}

fn words(query: &str) -> String {
    if query.is_empty() { "every alert".to_owned() } else { format!("what matches {query}") }
}

fn view_json(view: &SavedView) -> Value {
    let columns = view.columns.iter().map(|column| json!({ "field": column.field, "width": column.width }));
    json!({
        "id": view.id,
        "name": view.name,
        "query": view.query,
        "sort": view.sort,
        "columns": columns.collect::<Vec<_>>(),
        "isDefault": view.is_default,
        "builtin": view.builtin,
    })
}
