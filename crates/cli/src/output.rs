//! Printing: a table for people, JSON for programs.

use clap::ValueEnum;
use serde::Serialize;
use std::io::{self, BufWriter, Write};

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns for people.
    Table,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Ndjson,
}

/// Where results go.
#[derive(Debug)]
pub(crate) struct Output {
    pub format: Format,
}

impl Output {
    pub(crate) const fn new(format: Format) -> Self {
        Self { format }
    }

    /// Prints one thing.
    pub(crate) fn one<T: Serialize>(&self, value: &T, lines: &[String]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match self.format {
            Format::Table => lines.iter().try_for_each(|line| writeln!(out, "{}", visible(line))),
            Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(value)?),
            Format::Ndjson => writeln!(out, "{}", serde_json::to_string(value)?),
        }
    }

    /// Prints a list: `{"items", "next"}`, one a line, or a table with a header.
    pub(crate) fn list<T: Serialize>(
        &self,
        items: &[T],
        next: Option<&str>,
        header: &[&str],
        row: impl Fn(&T) -> Vec<String>,
    ) -> io::Result<()> {
        let mut out = BufWriter::new(io::stdout().lock());
        match self.format {
            Format::Json => {
                writeln!(out, "{}", serde_json::to_string_pretty(&Page { items, next })?)?;
            }
            Format::Ndjson => {
                for item in items {
                    writeln!(out, "{}", serde_json::to_string(item)?)?;
                }
            }
            Format::Table => {
                table(&mut out, header, &items.iter().map(row).collect::<Vec<_>>())?;
                if let Some(next) = next {
                    writeln!(out, "More: add --after {next}")?;
                }
            }
        }
        out.flush()
    }
}

/// A part of a list. Not made of a JSON value, which would put the keys of documents into another order.
#[derive(Serialize)]
struct Page<'a, T> {
    items: &'a [T],
    next: Option<&'a str>,
}

/// Widest column of a table, in characters; the last one may be as wide as it is.
const WIDEST: usize = 48;

fn table(out: &mut impl Write, header: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let last = row.len().saturating_sub(1);
            row.iter()
                .enumerate()
                .map(|(at, cell)| if at == last { visible(cell) } else { cut(&visible(cell)) })
                .collect()
        })
        .collect();
    let mut widths: Vec<usize> = header.iter().map(|cell| cell.len()).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let header: Vec<String> = header.iter().map(|cell| (*cell).to_owned()).collect();
    for row in std::iter::once(&header).chain(&rows) {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}", width = *width)).collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

fn cut(cell: &str) -> String {
    if cell.chars().count() <= WIDEST {
        return cell.to_owned();
    }
    cell.chars().take(WIDEST - 1).chain(std::iter::once('…')).collect()
}

/// Text as a terminal may show it: control, bidirectional and zero-width characters are written out, so that an
/// alert cannot move the cursor or turn its neighbours round.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        let hidden = letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        if hidden {
            out.push_str(&format!("<{:04X}>", u32::from(letter)));
        } else {
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_no_control_characters() {
        assert_eq!(visible("a\u{1b}[31mb\u{202e}c\n"), "a<001B>[31mb<202E>c<000A>");
    }

    #[test]
    fn columns_line_up_by_character() {
        let mut out = Vec::new();
        let rows = [vec!["é".to_owned(), "x".to_owned()], vec!["abc".to_owned(), "y".to_owned()]];
        assert!(table(&mut out, &["A", "B"], &rows).is_ok());
        assert_eq!(String::from_utf8_lossy(&out), "A    B\né    x\nabc  y\n");
    }
}
