//! CSV after RFC 4180, which no spreadsheet takes for a formula.
//!
//! Alerts are hostile text, and a cell such as `=HYPERLINK(…)` runs when a person opens the file. So a cell that could
//! start a formula gets an apostrophe in front, which spreadsheets show as text; [`plain`] takes it off again.

use std::borrow::Cow;
use std::io::{self, Write};

use tocsin_model::alert::Alert;
use tocsin_model::entities::Entities;
use tocsin_model::time::Timestamp;

use crate::error::EngineError;

/// A field of an alert as the text of a cell.
type Cell = fn(&Alert) -> String;

/// Every column, in the order of an export that names none.
const COLUMNS: [(&str, Cell); 31] = [
    ("time", |alert| alert.content.time.to_string()),
    ("severity", |alert| alert.content.severity.to_string()),
    ("status", |alert| alert.handling.status.to_string()),
    ("title", |alert| alert.content.title.clone()),
    ("source", |alert| alert.source.to_string()),
    ("sourceKind", |alert| alert.source_kind.to_string()),
    ("category", |alert| text(alert.content.category.as_ref())),
    ("alertType", |alert| text(alert.content.alert_type.as_ref())),
    ("tactic", |alert| text(alert.content.tactic.as_ref())),
    ("techniques", |alert| alert.content.techniques.join("; ")),
    ("clientIp", |alert| alert.content.entities.client_ip.join("; ")),
    ("username", |alert| alert.content.entities.username.join("; ")),
    ("apiKeyId", |alert| alert.content.entities.api_key_id.join("; ")),
    ("endpoint", |alert| alert.content.entities.endpoint.join("; ")),
    ("hostname", |alert| alert.content.entities.hostname.join("; ")),
    ("description", |alert| text(alert.content.description.as_ref())),
    ("closeReason", |alert| alert.handling.close_reason.as_ref().map(ToString::to_string).unwrap_or_default()),
    ("notes", |alert| text(alert.handling.notes.as_ref())),
    ("rule", |alert| text(alert.content.rule.as_ref())),
    ("tags", |alert| alert.content.tags.join("; ")),
    ("occurrences", |alert| alert.occurrences.to_string()),
    ("snoozedUntil", |alert| alert.handling.snoozed_until.as_ref().map(Timestamp::to_string).unwrap_or_default()),
    ("receivedAt", |alert| alert.received_at.to_string()),
    ("updatedAt", |alert| alert.updated_at.to_string()),
    ("sourceSeverity", |alert| text(alert.content.source_severity.as_ref())),
    ("sourceStatus", |alert| text(alert.content.source_status.as_ref())),
    ("origin", |alert| alert.origin.as_str().to_owned()),
    ("externalId", |alert| alert.external_id.clone()),
    ("seen", |alert| alert.seen.to_string()),
    ("revision", |alert| alert.revision.to_string()),
    ("id", |alert| alert.id.to_string()),
];

/// Columns of lists that say several fields in one, or have a shorter name.
const OTHER_NAMES: [(&str, Cell); 5] = [
    ("entity", |alert| Entities::first(&alert.content.entities).unwrap_or_default().to_owned()),
    ("type", |alert| text(alert.content.alert_type.as_ref())),
    ("kind", |alert| alert.source_kind.to_string()),
    ("received", |alert| alert.received_at.to_string()),
    ("updated", |alert| alert.updated_at.to_string()),
];

fn text(value: Option<&String>) -> String {
    value.cloned().unwrap_or_default()
}

/// The columns of one export.
#[derive(Debug)]
pub(crate) struct Columns(Vec<(&'static str, Cell)>);

impl Columns {
    /// The named ones, or all when none is named.
    pub(crate) fn of(names: &[String]) -> Result<Self, EngineError> {
        if names.is_empty() {
            return Ok(Self(COLUMNS.to_vec()));
        }
        let known = || COLUMNS.iter().chain(&OTHER_NAMES);
        let find = |name: &String| {
            known().find(|(known, _)| known.eq_ignore_ascii_case(name.trim())).copied().ok_or_else(|| {
                let all: Vec<&str> = known().map(|(name, _)| *name).collect();
                EngineError::field_error("columns", format!("“{name}” is no column: use {}", all.join(", ")))
            })
        };
        names.iter().map(find).collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn head(&self, out: &mut dyn Write) -> io::Result<()> {
        line(out, self.0.iter().map(|(name, _)| Cow::Borrowed(*name)))
    }

    pub(crate) fn row(&self, out: &mut dyn Write, alert: &Alert) -> io::Result<()> {
        line(out, self.0.iter().map(|(_, cell)| Cow::Owned(cell(alert))))
    }
}

fn line<'a>(out: &mut dyn Write, cells: impl Iterator<Item = Cow<'a, str>>) -> io::Result<()> {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            out.write_all(b",")?;
        }
        out.write_all(quoted(&safe(&cell)).as_bytes())?;
    }
    out.write_all(b"\r\n")
}

/// RFC 4180: in quotes when something in it would end the cell, quotes doubled.
fn quoted(cell: &str) -> Cow<'_, str> {
    let plain = !cell.contains([',', ';', '"', '\r', '\n', '\t']) && cell.trim() == cell;
    if plain { Cow::Borrowed(cell) } else { Cow::Owned(format!("\"{}\"", cell.replace('"', "\"\""))) }
}

/// The cell with an apostrophe in front when a spreadsheet could take it for a formula.
fn safe(cell: &str) -> Cow<'_, str> {
    if starts_formula(cell) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

/// Takes off what an export put in front of a cell: what stood in the alert.
#[must_use]
pub fn plain(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| starts_formula(rest)).unwrap_or(cell)
}

/// Whether a spreadsheet could take a cell for a formula: it starts with one of its signs, in any width, whatever
/// blanks, quotes and invisible characters come before. An apostrophe counts as a quote, so a cell that already has
/// one gets a second, and every cell can be read back.
fn starts_formula(cell: &str) -> bool {
    let starts = |letter: char| {
        matches!(letter, '=' | '+' | '-' | '@' | '\t' | '\r' | '\0')
            || matches!(letter, '＝' | '＋' | '－' | '＠' | '−' | '﹢' | '﹣' | '﹦' | '﹫')
    };
    let skipped = |letter: char| {
        letter.is_whitespace()
            || letter.is_control()
            || matches!(letter, '\'' | '"' | '`' | '´' | '‘'..='‟' | '«' | '»' | '＂' | '＇' | '\u{ad}' | '\u{feff}')
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
    };
    cell.chars().find(|letter| starts(*letter) || !skipped(*letter)).is_some_and(starts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A reader of RFC 4180, written apart from the writer.
    fn read(line: &str) -> Vec<String> {
        let (mut cells, mut cell, mut in_quotes) = (Vec::new(), String::new(), false);
        let mut letters = line.strip_suffix("\r\n").unwrap_or(line).chars().peekable();
        while let Some(letter) = letters.next() {
            match (letter, in_quotes) {
                ('"', true) if letters.peek() == Some(&'"') => cell.extend(letters.next()),
                ('"', _) => in_quotes = !in_quotes,
                (',', false) => cells.push(std::mem::take(&mut cell)),
                (other, _) => cell.push(other),
            }
        }
        cells.push(cell);
        cells
    }

    fn written(cells: &[String]) -> String {
        let mut out = Vec::new();
        assert!(line(&mut out, cells.iter().map(|cell| Cow::Borrowed(cell.as_str()))).is_ok());
        String::from_utf8(out).unwrap_or_default()
    }

    /// What a spreadsheet looks at, told without the writer's own words.
    fn is_unsafe(cell: &str) -> bool {
        let shown = cell.trim_start_matches([' ', '"', '\u{a0}', '\u{feff}', '\n']);
        shown.starts_with(['=', '+', '-', '@', '\t', '\r', '\0', '＝', '＋', '－', '＠'])
    }

    fn cell() -> impl Strategy<Value = String> {
        let pieces = prop::sample::select(vec![
            "=",
            "+",
            "-",
            "@",
            "\t",
            "\r",
            "\n",
            "\0",
            "'",
            "\"",
            " ",
            ",",
            ";",
            "＝",
            "－",
            "\u{feff}",
            "\u{200b}",
            "cmd|' /C calc'!A0",
            "HYPERLINK(\"http://x.example\")",
            "1",
            "é",
            "null",
        ]);
        prop_oneof![prop::collection::vec(pieces, 0..7).prop_map(|pieces| pieces.concat()), any::<String>()]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_500))]

        // Four cells a case: ten thousand.
        #[test]
        fn no_cell_is_a_formula_and_every_cell_reads_back(cells in prop::collection::vec(cell(), 4)) {
            let text = written(&cells);
            let found = read(&text);
            prop_assert_eq!(found.len(), 4, "{:?}", text);
            for (found, cell) in found.iter().zip(&cells) {
                prop_assert!(!is_unsafe(found), "{:?}", found);
                prop_assert_eq!(plain(found), cell);
            }
        }
    }

    #[test]
    fn what_is_harmless_stays_as_it_is() {
        let cells = ["10.0.0.1", "GET /v1/orders/{id}", "a-b", "it's = fine", "", "'quoted'"].map(str::to_owned);
        assert_eq!(written(&cells), "10.0.0.1,GET /v1/orders/{id},a-b,it's = fine,,'quoted'\r\n");
    }

    #[test]
    fn columns_are_chosen_by_name_or_refused_with_the_choice() {
        let names = |names: &[&str]| Columns::of(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert!(names(&["TIME", " severity ", "entity"]).is_ok_and(|columns| columns.0.len() == 3));
        assert!(names(&[]).is_ok_and(|columns| columns.0.len() == COLUMNS.len()));
        let error = names(&["time", "colour"]).map(|_| ());
        assert!(error.is_err_and(|error| error.to_string().contains("clientIp") && error.field() == Some("columns")));
    }
}
