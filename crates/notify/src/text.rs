//! Hostile text made fit for a pop-up: one line, nothing invisible, no markup, short.

/// Longest summary line or body in characters, escapes included.
pub(crate) const LIMIT: usize = 200;

/// One line of visible text: line breaks and runs of white space become one space; control, bidirectional and
/// zero-width characters go, since they can hide or reorder what a person reads.
pub(crate) fn clean(text: &str) -> String {
    let visible: String = text
        .chars()
        .filter_map(|letter| match letter {
            '\t' | '\n' | '\r' | '\u{85}' => Some(' '),
            spaced if spaced.is_whitespace() => Some(' '),
            hidden if is_hidden(hidden) => None,
            other => Some(other),
        })
        .collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// At most `limit` characters of `text`; what is cut ends in “…”.
pub(crate) fn cut(text: &str, limit: usize) -> String {
    fit(text, limit, plain)
}

/// At most [`LIMIT`] characters, with `&`, `<` and `>` escaped once. The cut never splits an escape.
pub(crate) fn escaped(text: &str) -> String {
    fit(text, LIMIT, escape)
}

fn plain(_: char) -> Option<&'static str> {
    None
}

fn escape(letter: char) -> Option<&'static str> {
    match letter {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        _ => None,
    }
}

fn fit(text: &str, limit: usize, replacement: fn(char) -> Option<&'static str>) -> String {
    let mut out = String::with_capacity(text.len().min(limit * 4));
    let mut used = 0;
    // Where “…” still has room.
    let mut last_stop = 0;
    for letter in text.chars() {
        let stand_in = replacement(letter);
        used += stand_in.map_or(1, str::len);
        if used > limit {
            out.truncate(last_stop);
            out.push('…');
            return out;
        }
        match stand_in {
            Some(written) => out.push_str(written),
            None => out.push(letter),
        }
        if used < limit {
            last_stop = out.len();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hidden_characters_go_and_white_space_becomes_one_space() {
        for (text, cleaned) in [
            (" a\t\tb\r\nc\u{85}d\u{2028}e\u{a0}f ", "a b c d e f"),
            ("in\u{0}vis\u{1b}[31mible\u{9b}", "invis[31mible"),
            ("user\u{202e}gpj.exe\u{2069}", "usergpj.exe"),
            ("pay\u{200b}pal\u{feff}\u{ad}\u{2060}.com\u{e0041}", "paypal.com"),
            ("Überfall 北京 🙂", "Überfall 北京 🙂"),
        ] {
            assert_eq!(clean(text), cleaned);
        }
    }

    #[test]
    fn a_cut_keeps_characters_and_escapes_whole() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö…");
        assert_eq!(escaped(&"a".repeat(200)), "a".repeat(200));
        assert_eq!(escaped(&"<".repeat(50)), "&lt;".repeat(50));
        assert_eq!(escaped(&"<".repeat(51)), format!("{}…", "&lt;".repeat(49)));
        assert_eq!(escaped(&format!("{}&", "a".repeat(198))), format!("{}…", "a".repeat(198)));
    }

    proptest! {
        #[test]
        fn an_escape_is_undone_by_one_reading(text in "[&<>;a-z]{0,40}") {
            let read = escaped(&text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            prop_assert_eq!(read, text);
        }
    }
}
