//! The one form in which values are compared. Conditions, groups, distinct, unseen and rare go by it; people are shown
//! what the event says.

use std::borrow::Cow;
use std::net::IpAddr;

use unicode_normalization::UnicodeNormalization;

use super::Decimal;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldKind {
    /// True or false.
    Bool,
    /// Any text.
    Text,
    /// A decimal, kept to thousandths.
    Number,
    /// An address.
    Ip,
    /// A media type, such as `application/json`.
    MediaType,
    /// The name of a host.
    Hostname,
    /// Several texts; each member has its own canonical form.
    Set,
}

impl FieldKind {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::Bool, Self::Text, Self::Number, Self::Ip, Self::MediaType, Self::Hostname, Self::Set];

    /// The word that interfaces use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Text => "text",
            Self::Number => "number",
            Self::Ip => "ip",
            Self::MediaType => "media-type",
            Self::Hostname => "hostname",
            Self::Set => "set",
        }
    }
}

/// The canonical form of a value, of a set: of one member. `None` when `text` is no value of that kind, which makes
/// the field missing; only bools, numbers and addresses can be malformed.
///
/// It is its own canonical form, and case makes no difference to it.
#[must_use]
pub fn canonical(kind: FieldKind, text: &str) -> Option<String> {
    match kind {
        FieldKind::Text | FieldKind::Set => Some(plain(text).into_owned()),
        FieldKind::Hostname => Some(hostname(text).into_owned()),
        FieldKind::MediaType => Some(media_type(text).into_owned()),
        FieldKind::Ip => text.parse::<IpAddr>().ok().map(|address| address.to_canonical().to_string()),
        FieldKind::Number => Decimal::parse(text).map(|number| number.to_string()),
        FieldKind::Bool => {
            ["true", "false"].into_iter().find(|word| text.eq_ignore_ascii_case(word)).map(str::to_owned)
        }
    }
}

/// [`canonical`] of text, and of other values as if they were text. Borrowed when `text` is its own form, or a part of
/// it is, which most are.
pub(super) fn canonical_text(kind: FieldKind, text: &str) -> Cow<'_, str> {
    match kind {
        FieldKind::Text | FieldKind::Set | FieldKind::Bool | FieldKind::Number | FieldKind::Ip => plain(text),
        FieldKind::Hostname => hostname(text),
        FieldKind::MediaType => media_type(text),
    }
}

/// NFC and lower case. Composed before, so that `I` with a dot is one letter, and after, since lower case may compose
/// where upper case does not.
fn plain(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    if text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    // Letter by letter: a word's last sigma must not differ from the same letter in capitals.
    let one_sigma = |letter| if letter == 'ς' { 'σ' } else { letter };
    Cow::Owned(text.nfc().flat_map(char::to_lowercase).map(one_sigma).nfc().collect())
}

/// Lower case, no trailing dot, punycode. What no name system would take (a label that cannot be encoded) is compared
/// as text.
fn hostname(text: &str) -> Cow<'_, str> {
    let encoded = idna::domain_to_ascii_cow(text.as_bytes(), idna::AsciiDenyList::EMPTY);
    part(encoded.unwrap_or_else(|_| plain(text)), |name| name.trim_end_matches('.'))
}

/// Type and subtype, without parameters. Composed first: there are other characters whose composed form is `;`.
fn media_type(text: &str) -> Cow<'_, str> {
    part(plain(text), |text| text.split(';').next().unwrap_or(text).trim())
}

/// A part of a text, borrowed where the text is.
fn part(text: Cow<'_, str>, of: impl Fn(&str) -> &str) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(of(text)),
        Cow::Owned(text) => Cow::Owned(of(&text).to_owned()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(kind: FieldKind, table: &[(&str, Option<&str>)]) {
        for (text, expected) in table {
            assert_eq!(canonical(kind, text).as_deref(), *expected, "{kind:?} {text:?}");
        }
    }

    #[test]
    fn text_is_composed_and_in_lower_case() {
        for kind in [FieldKind::Text, FieldKind::Set] {
            check(
                kind,
                &[
                    ("", Some("")),
                    ("Ana RUIZ", Some("ana ruiz")),
                    (" kept ", Some(" kept ")),
                    ("CAFE\u{301}", Some("caf\u{e9}")),
                    ("STRAẞE", Some("straße")),
                    ("ΟΔΟΣ", Some("οδοσ")),
                    ("οδος", Some("οδοσ")),
                    ("\u{212a}elvin", Some("kelvin")),
                    ("\u{130}", Some("i\u{307}")),
                    ("I\u{307}", Some("i\u{307}")),
                    ("J\u{30c}", Some("\u{1f0}")),
                    ("日本", Some("日本")),
                    ("\0", Some("\0")),
                ],
            );
        }
    }

    #[test]
    fn hosts_are_punycode_without_a_trailing_dot() {
        check(
            FieldKind::Hostname,
            &[
                ("API.Example.COM.", Some("api.example.com")),
                ("bücher.example", Some("xn--bcher-kva.example")),
                ("BÜCHER.example", Some("xn--bcher-kva.example")),
                ("bu\u{308}cher.example", Some("xn--bcher-kva.example")),
                ("XN--BCHER-KVA.example", Some("xn--bcher-kva.example")),
                ("faß.de", Some("xn--fa-hia.de")),
                ("例え。テスト", Some("xn--r8jz45g.xn--zckzah")),
                ("_dmarc.Example.com", Some("_dmarc.example.com")),
                ("Example.com:8443", Some("example.com:8443")),
                ("10.0.0.1", Some("10.0.0.1")),
                ("XN--Not Punycode-É.example.", Some("xn--not punycode-é.example")),
                (".", Some("")),
                ("", Some("")),
            ],
        );
    }

    #[test]
    fn a_v4_address_written_as_v6_is_that_v4_address() {
        check(
            FieldKind::Ip,
            &[
                ("203.0.113.9", Some("203.0.113.9")),
                ("::ffff:203.0.113.9", Some("203.0.113.9")),
                ("::FFFF:cb00:7109", Some("203.0.113.9")),
                ("2001:DB8:0:0:0:0:0:1", Some("2001:db8::1")),
                ("::203.0.113.9", Some("::cb00:7109")),
                ("203.0.113.09", None),
                ("203.0.113", None),
                ("3405803785", None),
                ("203.0.113.9/32", None),
                ("203.0.113.9:443", None),
                ("[::1]", None),
                ("fe80::1%eth0", None),
                (" ::1", None),
                ("", None),
            ],
        );
    }

    #[test]
    fn media_types_lose_their_parameters() {
        check(
            FieldKind::MediaType,
            &[
                ("Application/JSON; charset=UTF-8", Some("application/json")),
                ("text/html;a=\"b;c\"", Some("text/html")),
                (" text/plain ", Some("text/plain")),
                ("json", Some("json")),
                ("; charset=utf-8", Some("")),
                ("text/html\u{37e}q=1", Some("text/html")),
            ],
        );
    }

    #[test]
    fn bools_and_numbers_are_read_or_missing() {
        check(
            FieldKind::Bool,
            &[("TRUE", Some("true")), ("False", Some("false")), ("yes", None), ("1", None), ("", None)],
        );
        check(FieldKind::Number, &[("+012.500", Some("12.5")), ("-0.0001", Some("0")), ("1e3", None), ("", None)]);
    }

    /// Texts of every sort, and hosts of every script.
    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "[a-zA-Z0-9._-]{0,20}",
            "(xn--)?[a-zA-ZäÖßςΣİıéÉ。.-]{0,12}[.。]{0,2}",
            "[\\PC\u{300}-\u{345}]{0,12}",
            "[0-9a-fA-F:.]{0,24}",
            "[-+0-9.]{0,30}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_canonical_form_is_its_own(text in texts()) {
            for kind in FieldKind::ALL {
                if let Some(once) = canonical(kind, &text) {
                    prop_assert_eq!(canonical(kind, &once), Some(once.clone()), "{:?} of {:?}", kind, text);
                }
            }
        }

        #[test]
        fn case_and_composition_make_no_difference(text in texts()) {
            // Only letters that come back: `ß` in capitals is two other letters, and no spelling of the same.
            let text: String = text.chars().filter(|letter| comes_back(*letter)).collect();
            let spellings = [text.to_uppercase(), text.to_lowercase(), text.nfd().collect(), text.nfc().collect()];
            for kind in [FieldKind::Text, FieldKind::Set, FieldKind::MediaType, FieldKind::Ip, FieldKind::Bool] {
                for spelling in &spellings {
                    prop_assert_eq!(canonical(kind, spelling), canonical(kind, &text), "{:?} {:?}", kind, spelling);
                }
            }
        }

        #[test]
        fn hosts_differ_by_neither_case_nor_trailing_dot(name in "[a-zA-Z0-9äÖéÉñ]{1,8}(\\.[a-zA-Z0-9äÖéÉñ]{1,8}){0,3}") {
            let expected = canonical(FieldKind::Hostname, &name);
            prop_assert!(expected.as_ref().unwrap().is_ascii());
            for spelling in [name.to_uppercase(), name.to_lowercase(), format!("{name}."), name.nfd().collect()] {
                prop_assert_eq!(canonical(FieldKind::Hostname, &spelling), expected.clone(), "{:?}", spelling);
            }
        }
    }

    fn comes_back(letter: char) -> bool {
        let there_and_back = |text: String| text == letter.to_string();
        let (upper, lower) = (letter.to_uppercase().collect::<String>(), letter.to_lowercase().collect::<String>());
        there_and_back(upper.to_lowercase()) || there_and_back(lower.to_uppercase())
    }

    #[test]
    fn no_letter_is_left_in_another_form() {
        let settles = |kind, letter: char| {
            let once = canonical(kind, &format!("a{letter}b")).unwrap();
            assert_eq!(canonical(kind, &once).as_ref(), Some(&once), "{kind:?} {letter:?}");
            assert!(unicode_normalization::is_nfc(&once), "{kind:?} {letter:?}");
        };
        for letter in (0..=u32::from(char::MAX)).filter_map(char::from_u32) {
            settles(FieldKind::Text, letter);
        }
        // The alphabets and punctuation: encoding every ideograph would take half a minute.
        for letter in '\0'..'\u{3100}' {
            settles(FieldKind::MediaType, letter);
            settles(FieldKind::Hostname, letter);
        }
    }
}
