//! Keys as people speak of them: `j`, `Enter`, `Ctrl+k`, `Shift+F10`; what begins with `"` is text that is typed.

use serde_json::{Value, json};

/// One thing a person does on the keyboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stroke {
    /// A key, with the keys held down meanwhile.
    Key(Vec<char>, char),
    /// A text, typed letter by letter.
    Text(String),
}

impl Stroke {
    /// Reads one.
    ///
    /// # Panics
    /// When the key is unknown.
    #[must_use]
    pub fn read(words: &str) -> Self {
        if let Some(text) = words.strip_prefix('"') {
            return Self::Text(text.to_owned());
        }
        let mut held: Vec<&str> = words.split('+').collect();
        let key = held.pop().unwrap_or_default();
        Self::Key(held.into_iter().map(code).collect(), code(key))
    }

    /// The steps of the WebDriver action that does it.
    #[must_use]
    pub fn steps(&self) -> Vec<Value> {
        match self {
            Self::Text(text) => text.chars().flat_map(|key| pressed(&[], key)).collect(),
            Self::Key(held, key) => pressed(held, *key),
        }
    }
}

/// A key that goes down and up while others are held. Shift is among them where a keyboard needs it: without, the
/// driver may take the lower half of the key, once it has lost count of what is held.
fn pressed(held: &[char], key: char) -> Vec<Value> {
    let step = |kind: &str, key: char| json!({ "type": kind, "value": key });
    let shift = Some(SHIFT).filter(|shift| needs_shift(key) && !held.contains(shift));
    let held: Vec<char> = held.iter().copied().chain(shift).collect();
    let down = held.iter().map(|key| step("keyDown", *key));
    let up = held.iter().rev().map(|key| step("keyUp", *key));
    down.chain([step("keyDown", key), step("keyUp", key)]).chain(up).collect()
}

fn needs_shift(key: char) -> bool {
    key.is_ascii_uppercase() || "~!@#$%^&*()_+{}|:\"<>?".contains(key)
}

const SHIFT: char = '\u{e008}';

/// The character that WebDriver has for a key.
fn code(key: &str) -> char {
    let mut letters = key.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => letter,
        _ => match key {
            "Tab" => '\u{e004}',
            "Enter" => '\u{e007}',
            "Shift" => SHIFT,
            "Ctrl" => '\u{e009}',
            "Alt" => '\u{e00a}',
            "Escape" => '\u{e00c}',
            "Space" => ' ',
            "PageUp" => '\u{e00e}',
            "PageDown" => '\u{e00f}',
            "End" => '\u{e010}',
            "Home" => '\u{e011}',
            "Left" => '\u{e012}',
            "Up" => '\u{e013}',
            "Right" => '\u{e014}',
            "Down" => '\u{e015}',
            "F10" => '\u{e03a}',
            _ => panic!("there is no key “{key}”"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(words: &str) -> Vec<String> {
        let steps = Stroke::read(words).steps();
        steps.iter().map(|step| format!("{} {}", step["type"], step["value"]).replace('"', "")).collect()
    }

    #[test]
    fn shift_is_held_where_a_keyboard_needs_it_and_only_once() {
        assert_eq!(told("j"), ["keyDown j", "keyUp j"]);
        assert_eq!(told("?"), ["keyDown \u{e008}", "keyDown ?", "keyUp ?", "keyUp \u{e008}"]);
        assert_eq!(told("Shift+F"), told("F"));
        assert_eq!(told("\"aB"), [told("a"), told("B")].concat());
    }
}
