//! The first thing that happens to bytes from outside: secrets leave them.
//!
//! [`Redacted`] is the only type that the store, quarantine and logs accept, and [`redact`] the only way to make
//! one. It works on text and needs no parser, so that a document nobody can read is redacted too. What is not a
//! secret keeps its place in the text, byte for byte. Source: the key and value patterns of the vendors' payloads
//! (Axway's `*.secret` and `*.cert`, tokens in headers and addresses).

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, Match};
use regex::bytes::{Captures, Regex, RegexBuilder};
use std::borrow::Cow;
use std::sync::LazyLock;

/// What stands in the place of a secret.
pub const MARK: &str = "[redacted]";

/// Bytes from outside without the secrets that were in them. "Raw" always means this.
#[derive(Clone, PartialEq, Eq)]
pub struct Redacted(Vec<u8>);

impl Redacted {
    /// The bytes; UTF-8 where the sender's were.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as text, with U+FFFD where they are no UTF-8.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// Takes back what the store kept, which was redacted when it went in.
    #[must_use]
    pub fn from_stored(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Debug for Redacted {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Redacted({} bytes)", self.0.len())
    }
}

/// Takes the secrets out of `bytes`, whatever they are.
#[must_use]
pub fn redact(bytes: Vec<u8>) -> Redacted {
    // Nearly every document has nothing of the kind; one scan decides whether to look closer.
    if !SIGNS.find_iter(&bytes).any(|sign| may_hold_secret(&bytes, &sign)) && !may_hold_userinfo(&bytes) {
        return Redacted(bytes);
    }
    closely(bytes)
}

/// Looks for every pattern.
fn closely(bytes: Vec<u8>) -> Redacted {
    let mut text = Cow::Borrowed(bytes.as_slice());
    for pattern in PATTERNS.iter() {
        if let Cow::Owned(changed) = pattern.replace_all(&text, |found: &Captures<'_>| replacement(found)) {
            text = Cow::Owned(changed);
        }
    }
    Redacted(text.into_owned())
}

/// Whether a sign may belong to a secret. Signs never begin within one that was ruled out: nothing begins with a quote,
/// a backslash or “=”.
fn may_hold_secret(bytes: &[u8], sign: &Match) -> bool {
    let word = SIGN_WORDS.get(sign.pattern().as_usize()).copied().unwrap_or_default();
    let (before, after) = (bytes.get(..sign.start()).unwrap_or_default(), bytes.get(sign.end()..).unwrap_or_default());
    // Many keys end in “key”; secret are those of these kinds.
    let kind = before.strip_suffix(b".").or(before.strip_suffix(b"_")).or(before.strip_suffix(b"-")).unwrap_or(before);
    let secret = !word.starts_with("key") || ["api", "private", "access", "secret"].iter().any(|end| ends(kind, end));
    // A text that ends so is no key: after that comes a colon, if only after odd white space.
    let next = after.trim_ascii_start().first();
    secret && (!word.ends_with('"') || next.is_none_or(|byte| *byte == b':' || !byte.is_ascii_graphic()))
}

fn ends(text: &[u8], end: &str) -> bool {
    text.len().checked_sub(end.len()).is_some_and(|at| text[at..].eq_ignore_ascii_case(end.as_bytes()))
}

/// Whether `scheme://user:password@host` may stand in it.
fn may_hold_userinfo(bytes: &[u8]) -> bool {
    let Some(last) = bytes.windows(3).rposition(|three| three == b"://") else { return false };
    // A document that was cut off may end before the “@”; then nothing ends the name either.
    let rest = &bytes[last + 3..];
    bytes.contains(&b'@') || (rest.contains(&b':') && !rest.iter().any(|byte| b"/\"' \t\r\n".contains(byte)))
}

/// Keeps what stands before and after the secret and puts the mark between.
fn replacement(found: &Captures<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    if let Some(before) = found.name("before") {
        out.extend_from_slice(before.as_bytes());
    }
    // A bare number becomes a text: the mark alone would make the document unreadable.
    let quote: &[u8] = if found.name("bare").is_some() { b"\"" } else { b"" };
    out.extend_from_slice(quote);
    out.extend_from_slice(MARK.as_bytes());
    out.extend_from_slice(quote);
    if let Some(after) = found.name("after") {
        out.extend_from_slice(after.as_bytes());
    }
    out
}

/// Words without which no pattern below can match, in any case of letters; all but the userinfo of an address,
/// which [`may_hold_userinfo`] looks for.
const SIGN_WORDS: [&str; 36] = [
    "secret\"",
    "secret\\",
    "secret=",
    "passw",
    "pwd\"",
    "pwd\\",
    "pwd=",
    "token\"",
    "token\\",
    "token=",
    "key\"",
    "key\\",
    "key=",
    "authorization",
    "cookie\"",
    "cookie\\",
    "cookie=",
    "cert\"",
    "cert\\",
    "cert=",
    "-----begin",
    "bearer ",
    "basic ",
    "eyj",
    "akia",
    "asia",
    "hooks.slack.com",
    "sig=",
    "signature=",
    "whsec_",
    "xoxa",
    "xoxb",
    "xoxp",
    "xoxo",
    "xoxs",
    "xoxr",
];

/// Names of keys whose value is a secret, as the end of the key or after a `.`, `_` or `-`.
const KEY: &str = r"(?:[\w.\-]*[._\-])?(?:client|api|app|shared|webhook|signing)?[._\-]?(?:secret|password|passwd|passwort|pwd|private[._\-]?key|access[._\-]?token|refresh[._\-]?token|id[._\-]?token|auth[._\-]?token|api[._\-]?token|bearer[._\-]?token|session[._\-]?token|secret[._\-]?key|secret[._\-]?access[._\-]?key|authorization|set-cookie|cookie|cert)|(?:x-)?api[._\-]?key|token";

#[allow(clippy::expect_used, reason = "constant patterns, compiled by every test")]
static SIGNS: LazyLock<AhoCorasick> =
    LazyLock::new(|| AhoCorasickBuilder::new().ascii_case_insensitive(true).build(SIGN_WORDS).expect("constant words"));

#[allow(clippy::expect_used, reason = "constant patterns, compiled by every test")]
static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let patterns = [
        // "client.secret": "…" in JSON, the value a string with escapes; an unfinished string ends the text.
        format!(r#"(?P<before>"(?:{KEY})"\s*:\s*")(?:[^"\\]|\\.)+(?P<after>"|\z)"#),
        // The same with a bare number or word as the value.
        format!(r#"(?P<before>"(?:{KEY})"\s*:\s*)(?P<bare>-?\d[\w.+\-]*)"#),
        // The same inside a JSON string that holds JSON.
        format!(r#"(?P<before>\\"(?:{KEY})\\"\s*:\s*\\")(?:[^"\\]|\\\\\\"|\\[^"])+(?P<after>\\"|\z)"#),
        // And inside JSON that is nested deeper still, whose quotes have three backslashes or more.
        format!(
            r#"(?P<before>\\{{3,}}"(?:{KEY})\\{{3,}}"\s*:\s*\\{{3,}}")(?:[^"\\]|\\{{7,}}"|\\+[^"\\])+(?P<after>\\+"|\z)"#
        ),
        // client_secret=… in a form or an address; the escape of a quote after it belongs to the JSON around it.
        format!(r#"(?P<before>(?:^|[?&\s"';,])(?:{KEY}|sig|signature)=)(?:[^&\s"'<>;,\\]|\\[^"])+"#),
        // PEM blocks, whole or cut off; in JSON their line ends are escapes.
        r"(?P<before>-----BEGIN [A-Z0-9 ]+-----)(?:[^-]|-[^-])*(?P<after>-----END [A-Z0-9 ]+-----|\z)?".to_owned(),
        // Header values.
        r"(?P<before>\b(?:Bearer|Basic) +)[A-Za-z0-9._~+/\-]{16,}=*".to_owned(),
        // JSON web tokens, AWS key ids, Slack tokens and hooks, Standard Webhooks secrets.
        r"\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{4,}\.[A-Za-z0-9_\-]*".to_owned(),
        r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b".to_owned(),
        r"\bxox[abposr]-[A-Za-z0-9\-]{10,}".to_owned(),
        r"(?P<before>hooks\.slack\.com/(?:services|workflows|triggers)/)[A-Za-z0-9/_\-]+".to_owned(),
        r"\bwhsec_[A-Za-z0-9+/=]{16,}".to_owned(),
        // https://user:password@host
        r#"(?P<before>[a-z][a-z0-9+.\-]*://[^/\s"'@:]*:)[^/\s"'@]+(?P<after>@)"#.to_owned(),
        // The same in a document that ends before the “@”; digits alone are a port.
        r#"(?P<before>[a-z][a-z0-9+.\-]*://[^/\s"'@:]*:)[0-9]*[^/\s"'@0-9][^/\s"'@]*\z"#.to_owned(),
    ];
    patterns
        .iter()
        .map(|pattern| {
            RegexBuilder::new(pattern)
                .case_insensitive(true)
                .dot_matches_new_line(true)
                .multi_line(false)
                .build()
                .expect("constant pattern")
        })
        .collect()
});

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn redacted(text: &str) -> String {
        redact(text.as_bytes().to_vec()).text().into_owned()
    }

    #[test]
    fn secrets_leave_whatever_the_format() {
        let canary = "CANARY0123456789abcdef";
        let cases = [
            format!(r#"{{"attributes":{{"alert.appcredential.apikey.secret":"{canary}"}}}}"#),
            format!(r#"{{"alert.appcredential.existing.oauthclient.secret" : "{canary}\"x"}}"#),
            format!(
                r#"{{"alert.appcredential.oauthclient.cert":"-----BEGIN CERTIFICATE-----\n{canary}\n-----END CERTIFICATE-----"}}"#
            ),
            format!(r#"{{"client_secret":"{canary}"}}"#),
            format!(r#"{{"clientSecret":"{canary}"}}"#),
            format!(r#"{{"password":"{canary}"#),
            format!(r#"{{"Password":"{canary}"}}"#),
            format!(r#"{{"nested":"{{\"secret\":\"{canary}\"}}"}}"#),
            format!("alert=x&alert.appcredential.apikey.secret={canary}&b=1"),
            format!(r#"{{"header":"Authorization: Bearer {canary}"}}"#),
            format!(r#"{{"authorization":"Basic {canary}"}}"#),
            format!(r#"{{"jwt":"eyJhbGciOiJIUzI1NiJ9.{canary}.{canary}"}}"#),
            "{\"k\":\"AKIACANARY0123456789\"}".to_owned(),
            format!(r#"{{"url":"https://hooks.slack.com/services/T000/B000/{canary}"}}"#),
            format!(r#"{{"url":"https://prod.example/workflows/x?sp=1&sig={canary}"}}"#),
            format!(r#"{{"url":"https://user:{canary}@host.example/x"}}"#),
            format!(r#"{{"url":"https://user:{canary}"#),
            format!(r#"{{"url":"https://user:12{canary}"#),
            format!("-----BEGIN PRIVATE KEY-----\n{canary}"),
            format!(r#"{{"access_token":"{canary}"}}"#),
            format!(r#"{{"whk":"whsec_{canary}"}}"#),
        ];
        for case in cases {
            let out = redacted(&case);
            assert!(!out.contains("CANARY"), "{case}\n -> {out}");
            assert!(out.contains(MARK), "{case}\n -> {out}");
        }
    }

    proptest! {
        #[test]
        fn what_is_not_looked_at_closely_holds_no_secret(
            parts in prop::collection::vec(prop::sample::select(vec![
                "\"", "\"", ":", " ", "=", "\\", "\\\"", ",", ".", "_", "-", "\n", "\u{a0}", "\u{b}", "{", "&", "?", "x", "12",
                "key", "Key", "api", "private", "access", "secret", "SECRET", "token", "group", "cert", "cookie", "pwd",
                "basic ", "sig", "whsec_", "eyJabcdefgh.abcd.x", "://u:p@h", "0123456789abcdef",
            ]), 0..24),
        ) {
            let text = parts.concat();
            prop_assert_eq!(redact(text.clone().into_bytes()), closely(text.into_bytes()));
        }
    }

    #[test]
    fn what_is_left_is_still_the_same_document() {
        let before = r#"{"a":1,"client_secret":"s3cr3t","pwd":-12.5e3,"b":{"token":"t","c":[1,2],"api_key": 4711}}"#;
        let after: serde_json::Value = serde_json::from_str(&redacted(before)).unwrap_or_default();
        assert_eq!(
            after,
            serde_json::json!({"a":1,"client_secret":MARK,"pwd":MARK,"b":{"token":MARK,"c":[1,2],"api_key":MARK}})
        );
    }

    #[test]
    fn json_around_a_secret_stays_json() {
        for inner in [
            r#"{"client_secret":"CANARY","x":"a&password=CANARY"}"#,
            r#"{"token":"CANARY\"CANARY\\","b":"https://u:CANARY@h/"}"#,
            r#"say "pwd=CANARY" twice: 'secret=CANARY\CANARY'"#,
        ] {
            let mut text = inner.to_owned();
            for _ in 0..2 {
                let out = redacted(&text);
                assert!(!out.contains("CANARY"), "{text}\n -> {out}");
                text = serde_json::json!({ "description": text }).to_string();
                let out: Result<serde_json::Value, _> = serde_json::from_str(&redacted(&text));
                assert!(out.is_ok_and(|out| !out.to_string().contains("CANARY")), "{text}\n -> {}", redacted(&text));
            }
        }
    }

    #[test]
    fn ordinary_words_stay() {
        for text in [
            r#"{"apiKeyId":"9f0c1de2a4b64c0f8d7e6a5b4c3d2e1f","alertType":"Too many requests to get an access token"}"#,
            r#"{"ruleName":"Secret santa","description":"token storm, basic training, bearer bonds"}"#,
            r#"{"generatorURL":"http://prometheus:9090"#,
            r#"{"redirectUrl":"https://dashboard.sse.cisco.com/org/1/rules/2","tokens":12,"secretary":"Ana"}"#,
            r#"{"type":"secureaccess.alerts.api.anomaly.v1","certificateName":"edge"}"#,
        ] {
            assert_eq!(redacted(text), text);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken_and_a_second_time_changes_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let once = redact(bytes);
            prop_assert_eq!(redact(once.as_bytes().to_vec()), once);
        }

        #[test]
        fn documents_without_signs_are_untouched(text in "[a-d{}\\[\\]:,\" 0-9\\n]{0,200}") {
            prop_assert_eq!(redacted(&text), text);
        }
    }
}
