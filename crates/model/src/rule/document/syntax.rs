//! From text to a tree: JSON with comments dropped, or YAML within a budget.

use serde::de::DeserializeSeed;
use serde_saphyr::{DuplicateKeyPolicy, Options};

use super::DOCUMENT_LIMIT;
use crate::rule::problem::Findings;
use crate::tree::{DEEPEST, Seed, Tree};

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON, comments tolerated.
    Json,
    /// YAML 1.2.
    Yaml,
}

impl Format {
    /// By the file's name; where that does not tell, by what the text begins with.
    #[must_use]
    pub fn of(file: &str, text: &str) -> Self {
        let ending = file.rsplit_once('.').map_or_else(String::new, |(_, ending)| ending.to_ascii_lowercase());
        match ending.as_str() {
            "json" | "jsonc" => Self::Json,
            "yaml" | "yml" => Self::Yaml,
            _ if text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '/', '[', '"']) => Self::Json,
            _ => Self::Yaml,
        }
    }
}

pub(super) fn tree(text: &str, format: Format, findings: &mut Findings) -> Option<Tree> {
    if text.len() > DOCUMENT_LIMIT {
        // What reads it stops at one byte too many.
        let what = format!("the document has more than {DOCUMENT_LIMIT} bytes");
        findings.error("$", what, "split the rule, or move its values to a list");
        return None;
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        findings.error("$", "the document is empty", "write one rule, {\"name\": …, \"conditions\": […]}");
        return None;
    }
    match format {
        Format::Json => json(text, findings),
        Format::Yaml => yaml(text, findings),
    }
}

fn json(text: &str, findings: &mut Findings) -> Option<Tree> {
    let Some(bare) = without_comments(text) else {
        findings.error("$", "a comment begins with /* and does not end", "end it with */");
        return None;
    };
    if bare != text {
        findings.warning("$", "the document has comments, which are dropped", "put what they say into description");
    }
    let read = Tree::parse(&bare);
    read.map_err(|reason| findings.error("$", format!("this is not JSON: {reason}"), "correct it there")).ok()
}

fn yaml(text: &str, findings: &mut Findings) -> Option<Tree> {
    let mut options = Options::default();
    // Keys that stand twice are named with the other problems.
    options.duplicate_keys = DuplicateKeyPolicy::PassThrough;
    // What YAML makes of `no`, `017` and `1_000` surprises people.
    options.strict_booleans = true;
    options.leading_zero_numbers_as_strings = true;
    options.underscored_numbers_as_strings = true;
    let read = |options: Options| {
        serde_saphyr::with_deserializer_from_str_with_options(text, options, |deserializer| {
            Seed { depth: DEEPEST }.deserialize(deserializer)
        })
    };
    let fail = |error: serde_saphyr::Error| {
        if matches!(error.without_snippet(), serde_saphyr::Error::MultipleDocuments { .. }) {
            findings.error("$", "the file holds more than one document", "write one rule into a file");
            return;
        }
        let text = error.without_snippet().to_string();
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        findings.error("$", format!("this is not YAML: {line}"), "correct it there");
    };
    read(options).map_err(fail).ok()
}

/// The text with `//` and `/* */` outside of strings turned into spaces, so that places stay where they are; `None` when
/// a comment does not end.
fn without_comments(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['"', '/']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let end = if from.starts_with('"') {
            string_end(from)
        } else if from.starts_with("//") {
            from.find('\n').unwrap_or(from.len())
        } else if from.starts_with("/*") {
            2 + from.get(2..)?.find("*/")? + 2
        } else {
            1
        };
        let (piece, after) = from.split_at(end);
        if piece.starts_with("//") || piece.starts_with("/*") {
            out.extend(piece.chars().map(|letter| if letter == '\n' { '\n' } else { ' ' }));
        } else {
            out.push_str(piece);
        }
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

/// Where the string that `text` begins with is over.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn comments_go_and_places_stay() {
        let text = "{\"a\": \"// no\\\" /* no */\", // é yes\n \"b\": 1 /* yes\n yes */ , \"c\": \"x/y\"}";
        let bare = without_comments(text).unwrap();
        assert!(bare.contains("// no\\\" /* no */") && !bare.contains("yes") && bare.contains("x/y"), "{bare}");
        assert_eq!(bare.lines().count(), text.lines().count());
        for open in ["{} /* open", "{} /*", "{} /*/"] {
            assert_eq!(without_comments(open), None, "{open}");
        }
        assert_eq!(without_comments("{/**/}// x").as_deref(), Some("{    }    "));
        assert_eq!(without_comments("\"open // x").as_deref(), Some("\"open // x"));
    }

    #[test]
    fn bombs_and_broken_text_are_refused_in_one_line() {
        let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for (name, last) in ["b", "c", "d", "e", "f", "g", "h"].iter().zip(["a", "b", "c", "d", "e", "f", "g"]) {
            bomb.push_str(&format!("{name}: &{name} [{}]\n", vec![format!("*{last}"); 10].join(", ")));
        }
        for (text, format) in [
            ("{} /* open", Format::Json),
            (bomb.as_str(), Format::Yaml),
            ("a: [", Format::Yaml),
            ("a: 1\n---\nb: 2\n", Format::Yaml),
            ("{\"a\": }", Format::Json),
            ("", Format::Json),
            (&"[".repeat(5_000), Format::Yaml),
            (&"x".repeat(DOCUMENT_LIMIT + 1), Format::Yaml),
        ] {
            let mut findings = Findings::default();
            assert_eq!(tree(text, format, &mut findings), None, "{}", text.get(..40).unwrap_or(text));
            assert!(findings.errors.len() == 1 && !findings.errors[0].reason.contains('\n'), "{findings:?}");
            assert!(!findings.errors[0].reason.contains("from_str"), "{findings:?}");
        }
    }
}
