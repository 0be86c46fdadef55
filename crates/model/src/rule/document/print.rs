//! Writing documents down, for people and for other programs.

use serde::{Serialize, Serializer};

use super::Format;
use crate::tree::Tree;

impl Format {
    /// Documents in this form, their keys in their order, with a line end: one as it is; several as a list in JSON, and
    /// one behind the other in YAML. Reading one of them again gives the same rule.
    #[must_use]
    pub fn print(self, documents: &[Tree]) -> String {
        match (self, documents) {
            (Self::Json, [one]) => json(one),
            (Self::Json, several) => json(&several),
            (Self::Yaml, documents) => documents.iter().map(yaml).collect::<Vec<_>>().join("---\n"),
        }
    }
}

// A tree has no key that is not text and no number that is none: both forms can hold it.

fn json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

fn yaml(document: &Tree) -> String {
    serde_saphyr::to_string(&Plain(document)).unwrap_or_default()
}

/// A tree for a writer that takes numbers by their value, not by their digits.
struct Plain<'a>(&'a Tree);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Tree::Null => serializer.serialize_unit(),
            Tree::Bool(yes) => serializer.serialize_bool(*yes),
            Tree::Number(digits) => number(digits, serializer),
            Tree::Text(text) => serializer.serialize_str(text),
            Tree::List(members) => serializer.collect_seq(members.iter().map(Plain)),
            Tree::Map(members) => serializer.collect_map(members.iter().map(|(key, value)| (key, Plain(value)))),
        }
    }
}

/// A number whose digits would change is written as text, which documents take for a number as well.
fn number<S: Serializer>(digits: &str, serializer: S) -> Result<S::Ok, S::Error> {
    if let Ok(whole) = digits.parse::<i64>() {
        return serializer.serialize_i64(whole);
    }
    match digits.parse::<f64>() {
        Ok(float) if float.to_string() == digits => serializer.serialize_f64(float),
        Ok(_) | Err(_) => serializer.serialize_str(digits),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::rule::document;

    /// What YAML might take for something else.
    const ODD: &[&str] = &[
        "",
        " ",
        "~",
        "null",
        "Null",
        "yes",
        "No",
        "on",
        "true",
        "FALSE",
        "0",
        "017",
        "0x1f",
        "0o7",
        "1_000",
        "1e3",
        "-1",
        ".5",
        "+1",
        ".inf",
        ".nan",
        "2026-03-01",
        "12:30:45",
        "- a",
        "a: b",
        "a:",
        ":a",
        "#a",
        "a #b",
        "&a",
        "*",
        "*a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a",
        "'a'",
        "\"a\"",
        "it's",
        "[a]",
        "{a}",
        "a,b",
        "? a",
        "=",
        "<<",
        "---",
        "...",
        " a",
        "a ",
        "a\nb",
        "a\n",
        "\na",
        "a\r\nb",
        "\ta",
        "a\tb",
        "\\",
        "\u{1}",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "\u{feff}a",
        "é",
        "日本",
        "🔔",
        "\u{202e}x",
    ];

    fn rule(values: &[&str]) -> Tree {
        let list = values.iter().map(|text| Tree::Text((*text).to_owned())).collect();
        let condition = Tree::Map(vec![
            ("type".to_owned(), Tree::Text("attr:x".to_owned())),
            ("values".to_owned(), Tree::List(list)),
        ]);
        Tree::Map(vec![
            ("name".to_owned(), Tree::Text("n".to_owned())),
            ("conditions".to_owned(), Tree::List(vec![condition])),
        ])
    }

    fn again(tree: &Tree, format: Format) -> Tree {
        let text = format.print(std::slice::from_ref(tree));
        let found = document::read(&text, format);
        found.document.unwrap_or_else(|| panic!("{text}\n{:?}", found.findings.errors)).tree
    }

    #[test]
    fn texts_stay_what_they_are() {
        for text in ODD {
            let long = format!("{text} {}", "word ".repeat(60));
            for tree in [rule(&[text, "b"]), rule(&[&long])] {
                assert_eq!(again(&tree, Format::Yaml), tree, "{text:?}");
                assert_eq!(again(&tree, Format::Json), tree, "{text:?}");
            }
        }
    }

    #[test]
    fn numbers_keep_their_value() {
        let written = |digits: &str| Format::Yaml.print(&[Tree::Number(digits.to_owned())]);
        assert_eq!(["5", "-1", "0.25"].map(written), ["5\n", "-1\n", "0.25\n"]);
        // Neither the last digit of these nor their zeros are lost.
        for digits in ["12345678901234567890123", "0.1000000000000000055511151231257827", "1.50"] {
            let text = written(digits);
            assert!(text.contains(digits) && text.trim() != digits, "{text}");
        }
    }

    #[test]
    fn several_are_a_list_or_documents() {
        let two = [rule(&["a"]), rule(&["b"])];
        assert_eq!(Tree::parse(&Format::Json.print(&two)).unwrap(), Tree::List(two.to_vec()));
        let text = Format::Yaml.print(&two);
        assert_eq!(
            text.split("---\n").map(|one| document::read(one, Format::Yaml).document.unwrap().tree).collect::<Vec<_>>(),
            two
        );
        assert_eq!(Format::Json.print(&[]), "[]\n");
    }
}
