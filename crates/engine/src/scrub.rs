//! Taking names, addresses and places out of a text.

use std::net::{IpAddr, SocketAddr};

/// Longest word that may stay when nobody knows what it is, in characters: ids and secrets are longer.
const LONGEST_WORD: usize = 24;

/// What is taken out.
#[derive(Debug, Default)]
pub(crate) struct Scrub {
    /// Texts that are known to be names or places, with what stands there instead.
    known: Vec<(String, String)>,
}

impl Scrub {
    /// Takes `text` out wherever it stands.
    pub(crate) fn hide(&mut self, text: &str, instead: &str) {
        if !text.trim().is_empty() {
            self.known.push((text.to_lowercase(), instead.to_owned()));
            // Part of another one: that goes first.
            self.known.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        }
    }

    /// The text without names, addresses and places, and without what stands in quotation marks: that is said by
    /// others.
    pub(crate) fn text(&self, text: &str) -> String {
        let mut text = without_quotations(text);
        for (known, instead) in &self.known {
            text = replaced(&text, known, instead);
        }
        let mut out = String::with_capacity(text.len());
        for piece in text.split_inclusive(|letter: char| letter.is_whitespace() || "(),;".contains(letter)) {
            let end = piece.chars().next_back().filter(|last| last.is_whitespace() || "(),;".contains(*last));
            let word = end.map_or(piece, |end| &piece[..piece.len() - end.len_utf8()]);
            out.push_str(self.word(word));
            out.extend(end);
        }
        out
    }

    fn word<'a>(&self, word: &'a str) -> &'a str {
        let bare = word.trim_matches(|letter: char| "\"'`.:<>[]{}".contains(letter));
        let address = bare.parse::<IpAddr>().ok().or_else(|| bare.parse::<SocketAddr>().ok().map(|at| at.ip()));
        let url = bare.split_once("://").map(|(_, rest)| rest.split(['/', '?']).next().unwrap_or_default());
        if address.is_some_and(|address| !address.is_loopback()) || bare.contains('@') {
            "<address>"
        } else if let Some(host) = url {
            let near = host.parse::<SocketAddr>().is_ok_and(|at| at.ip().is_loopback()) && !bare.contains("/hooks/");
            if near { word } else { "<address>" }
        } else if self.known.iter().any(|(_, instead)| word.contains(instead.as_str())) {
            word
        } else if bare.contains(['/', '\\']) && bare.len() > 1 {
            "<place>"
        } else if bare.chars().count() > LONGEST_WORD && !bare.contains("::") {
            "<removed>"
        } else {
            word
        }
    }
}

/// What others said stands between quotation marks.
fn without_quotations(text: &str) -> String {
    let (mut out, mut depth) = (String::with_capacity(text.len()), 0_usize);
    for letter in text.chars() {
        match letter {
            '“' => {
                if depth == 0 {
                    out.push_str("“…");
                }
                depth += 1;
            }
            '”' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    out.push('”');
                }
            }
            other if depth == 0 => out.push(other),
            _ => {}
        }
    }
    out
}

/// `text` with `instead` for every `known` (in small letters), whatever the case, that is not part of a longer word.
fn replaced(text: &str, known: &str, instead: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let wanted: Vec<char> = known.chars().collect();
    let is_word = |at: Option<&char>| at.is_some_and(|letter| letter.is_alphanumeric());
    let same = |at: usize| {
        letters.get(at..at + wanted.len()).is_some_and(|part| {
            part.iter().zip(&wanted).all(|(letter, wanted)| letter.to_lowercase().eq(wanted.to_lowercase()))
        })
    };
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    while at < letters.len() {
        let before = at.checked_sub(1).and_then(|before| letters.get(before));
        if same(at) && !is_word(before) && !is_word(letters.get(at + wanted.len())) {
            out.push_str(instead);
            at += wanted.len();
        } else {
            out.push(letters[at]);
            at += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_words_stay_and_others_go() {
        let mut scrub = Scrub::default();
        scrub.hide("csa", "<source-1>");
        scrub.hide("/home/zoë/My Data", "<data>");
        for (text, wanted) in [
            ("CSA last delivered at 2026-11-22T13:20:00.000Z", "<source-1> last delivered at 2026-11-22T13:20:00.000Z"),
            ("/home/zoë/My Data/tocsin.db cannot be read", "<data>/tocsin.db cannot be read"),
            ("cannot open /var/lib/x.db: no", "cannot open <place> no"),
            ("from 203.0.113.9, 10.0.0.1:80 and [2001:db8::1]", "from <address>, <address> and <address>"),
            ("the listener answers on http://127.0.0.1:8787", "the listener answers on http://127.0.0.1:8787"),
            ("posted to http://127.0.0.1:8787/hooks/x/k/abc", "posted to <address>"),
            ("mail zoë@example.net (soon)", "mail <address> (soon)"),
            ("a “title of an alert” came", "a “…” came"),
            ("token 9f0c1de2a4b64c0f8d7e6a5b4c3d2e1f", "token <removed>"),
            ("csational stays", "csational stays"),
            ("tocsin_engine::live::intake::deliveries", "tocsin_engine::live::intake::deliveries"),
        ] {
            assert_eq!(scrub.text(text), wanted);
        }
    }
}
