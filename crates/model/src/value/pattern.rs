//! What a condition's text value asks for: a value, or a shape with `*` (any run of characters, none and dots too) and
//! `?` (one code point). A backslash takes the next character as it is. The whole value has to fit.

use super::{FieldKind, canonical};

/// A text value of a condition, in the canonical form of its field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    shape: Shape,
    quirks: Vec<&'static str>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Shape {
    Exactly(String),
    Like(Vec<Token>),
}

/// One place of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// This code point.
    Letter(char),
    /// Any one code point.
    One,
    /// Any run of code points, none too.
    Any,
}

impl Pattern {
    /// Reads the value of a condition on a text, hostname, media type or set. Every text is a pattern.
    #[must_use]
    pub fn parse(kind: FieldKind, text: &str) -> Self {
        let (tokens, mut quirks) = tokens(text);
        let literal: Option<String> =
            tokens.iter().map(|token| if let Token::Letter(letter) = token { Some(*letter) } else { None }).collect();
        let shape = match literal {
            Some(literal) => Shape::Exactly(canonical(kind, &literal).unwrap_or(literal)),
            None => match kind {
                FieldKind::Hostname => Shape::Like(hostname(&tokens, &mut quirks)),
                FieldKind::MediaType => Shape::Like(media_type(&tokens)),
                FieldKind::Text | FieldKind::Set | FieldKind::Bool | FieldKind::Number | FieldKind::Ip => {
                    Shape::Like(folded(&tokens))
                }
            },
        };
        Self { shape, quirks }
    }

    /// Whether a canonical value fits as a whole.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        match &self.shape {
            Shape::Exactly(wanted) => wanted == value,
            Shape::Like(tokens) => fits(tokens, value),
        }
    }

    /// The one value it asks for; `None` when it has `*` or `?`.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        if let Shape::Exactly(text) = &self.shape { Some(text) } else { None }
    }

    /// Its places in order; a plain value is letters alone.
    #[must_use]
    pub fn tokens(&self) -> Vec<Token> {
        match &self.shape {
            Shape::Exactly(text) => text.chars().map(Token::Letter).collect(),
            Shape::Like(tokens) => tokens.clone(),
        }
    }

    /// What its author may not have meant, one sentence each.
    #[must_use]
    pub fn quirks(&self) -> &[&'static str] {
        &self.quirks
    }
}

fn tokens(text: &str) -> (Vec<Token>, Vec<&'static str>) {
    let (mut tokens, mut quirks) = (Vec::new(), Vec::new());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        tokens.push(match letter {
            '*' => Token::Any,
            '?' => Token::One,
            '\\' => match letters.next() {
                Some(next) => {
                    if !matches!(next, '*' | '?' | '\\' | 'l') {
                        quirks.push("a backslash takes the next character as it is and is dropped: write \\\\ for one");
                    }
                    Token::Letter(next)
                }
                None => {
                    quirks.push("the backslash at the end has nothing to escape: write \\\\ for one");
                    Token::Letter('\\')
                }
            },
            other => Token::Letter(other),
        });
    }
    quirks.dedup();
    (tokens, quirks)
}

/// The tokens with every literal run put into `form`.
fn each_run(tokens: &[Token], form: impl Fn(&str) -> String) -> Vec<Token> {
    let mut out = Vec::new();
    let mut run = String::new();
    for token in tokens {
        match token {
            Token::Letter(letter) => run.push(*letter),
            Token::One | Token::Any => {
                out.extend(form(&std::mem::take(&mut run)).chars().map(Token::Letter));
                out.push(*token);
            }
        }
    }
    out.extend(form(&run).chars().map(Token::Letter));
    out
}

fn folded(tokens: &[Token]) -> Vec<Token> {
    each_run(tokens, |run| canonical(FieldKind::Text, run).unwrap_or_default())
}

/// Whole labels are encoded as the host's are; a label with a wildcard in it cannot be.
fn hostname(tokens: &[Token], quirks: &mut Vec<&'static str>) -> Vec<Token> {
    let mut end = tokens.len();
    while end > 0 && tokens[end - 1] == Token::Letter('.') {
        end -= 1;
    }
    let mut out = Vec::new();
    for (at, label) in tokens[..end].split(|token| *token == Token::Letter('.')).enumerate() {
        if at > 0 {
            out.push(Token::Letter('.'));
        }
        if label.iter().all(|token| matches!(token, Token::Letter(_))) {
            out.extend(each_run(label, |run| canonical(FieldKind::Hostname, run).unwrap_or_default()));
        } else {
            if label.iter().any(|token| matches!(token, Token::Letter(letter) if !letter.is_ascii())) {
                quirks.push(
                    "hosts are compared as punycode, so * or ? in a part with letters beyond a-z finds nothing: \
                     write that part in full, or as it stands in punycode",
                );
            }
            out.extend(folded(label));
        }
    }
    out
}

fn media_type(tokens: &[Token]) -> Vec<Token> {
    let folded = folded(tokens);
    let end = folded.iter().position(|token| *token == Token::Letter(';')).unwrap_or(folded.len());
    let is_space = |token: &Token| matches!(token, Token::Letter(letter) if letter.is_whitespace());
    let mut kept = &folded[..end];
    while let [first, rest @ ..] = kept
        && is_space(first)
    {
        kept = rest;
    }
    while let [rest @ .., last] = kept
        && is_space(last)
    {
        kept = rest;
    }
    kept.to_vec()
}

/// Takes each `*` as short as it can be and lengthens only the last: at most tokens times characters steps.
fn fits(tokens: &[Token], text: &str) -> bool {
    let (mut at, mut left) = (0, text.chars());
    let mut last_any: Option<(usize, std::str::Chars<'_>)> = None;
    loop {
        let mut rest = left.clone();
        let goes_on = match tokens.get(at) {
            Some(Token::Any) => {
                last_any = Some((at + 1, left.clone()));
                rest = left;
                true
            }
            Some(Token::One) => rest.next().is_some(),
            Some(Token::Letter(letter)) => rest.next() == Some(*letter),
            None if rest.as_str().is_empty() => return true,
            None => false,
        };
        if goes_on {
            (at, left) = (at + 1, rest);
            continue;
        }
        let Some((after, from)) = &mut last_any else { return false };
        if from.next().is_none() {
            return false;
        }
        (at, left) = (*after, from.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: FieldKind, pattern: &str, fit: &[&str], unfit: &[&str]) {
        let pattern = Pattern::parse(kind, pattern);
        let matches = |text: &str| canonical(kind, text).is_some_and(|text| pattern.matches(&text));
        for text in fit {
            assert!(matches(text), "{pattern:?} should take {text:?}");
        }
        for text in unfit {
            assert!(!matches(text), "{pattern:?} should not take {text:?}");
        }
    }

    #[test]
    fn a_star_is_any_run_and_a_question_mark_one_code_point() {
        let text = FieldKind::Text;
        check(text, "a*c", &["ac", "abc", "a.b.c", "AXC"], &["abcd", "xac", ""]);
        check(text, "a?c", &["abc", "aéc", "a日c"], &["ac", "abbc"]);
        check(text, "*", &["", "anything"], &[]);
        check(text, "?", &["x", "🧾"], &["", "xy"]);
        check(text, "*aab*ab", &["aaabab", "aabaabab"], &["aabb"]);
        check(text, "", &[""], &["x"]);
    }

    #[test]
    fn a_backslash_takes_the_next_character_as_it_is() {
        let text = FieldKind::Text;
        check(text, r"100\%\*", &["100%*"], &["100%x"]);
        check(text, r"a\?*", &["a?", "a?b"], &["ab"]);
        check(text, r"corp\\ana", &[r"corp\ana"], &["corpana"]);
        check(text, r"x\", &[r"x\"], &["x"]);
        assert_eq!(Pattern::parse(text, r"\*\?\\").quirks(), [""; 0]);
        assert_eq!(Pattern::parse(text, r"corp\ana\bo").quirks().len(), 1);
        assert_eq!(Pattern::parse(text, r"x\").quirks().len(), 1);
    }

    #[test]
    fn the_whole_host_must_fit() {
        let host = FieldKind::Hostname;
        check(
            host,
            "*.corp.example",
            &["a.corp.example", "a.b.CORP.example."],
            &["corp.example", "a.corp.example.net"],
        );
        check(host, "*.Bücher.example.", &["a.xn--bcher-kva.example", "a.BÜCHER.example"], &["bücher.example"]);
        check(host, "bücher.example", &["xn--bcher-kva.example"], &[]);
        check(host, "büch*.example", &[], &["bücher.example"]);
        assert_eq!(Pattern::parse(host, "büch*.example").quirks().len(), 1);
    }

    #[test]
    fn shapes_are_compared_in_canonical_form() {
        check(FieldKind::Text, "CAFE\u{301}*", &["café au lait"], &["cafe"]);
        check(
            FieldKind::MediaType,
            " Application/*; q=1",
            &["application/json; charset=utf-8", "application/"],
            &["text/a"],
        );
        check(FieldKind::Set, "FIN*", &["finance"], &["affine"]);
    }

    #[test]
    fn many_stars_take_no_time() {
        let pattern = Pattern::parse(FieldKind::Text, &format!("{}b", "*a".repeat(500)));
        assert!(!pattern.matches(&"a".repeat(20_000)));
    }
}
