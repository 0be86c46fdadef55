//! Canonical values: which fields there are, what each holds, and how two spellings of one value come to be equal.

use serde_json::Value;
use std::net::IpAddr;
use unicode_normalization::UnicodeNormalization as _;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// true or false.
    Bool,
    /// Any text.
    Text,
    /// A decimal in thousandths.
    Number,
    /// An address.
    Ip,
    /// A media type.
    Media,
    /// The name of a host.
    Host,
    /// Several texts.
    Set,
}

const SETS: &[&str] = &[
    "apps",
    "rules",
    "datatypes_detected",
    "datatypes_obfuscated",
    "usergroup",
    "parameter_names",
    "parameter_values",
    "parameter_types",
];

/// What the field holds; any other name is text.
#[must_use]
pub fn sort_of(field: &str) -> Sort {
    match field {
        set if SETS.contains(&set) => Sort::Set,
        "detected" | "obfuscated" | "blocked" | "bypassed" => Sort::Bool,
        "status_code" | "request_bytes" | "response_bytes" | "latency_ms" => Sort::Number,
        "client_ip" => Sort::Ip,
        "content_type" => Sort::Media,
        "hostname" => Sort::Host,
        _ => Sort::Text,
    }
}

/// Whether events of that kind have the field.
#[must_use]
pub fn has(kind: &str, field: &str) -> bool {
    let fields: &[&str] = match kind {
        "dlp.transaction" => &[
            "apps",
            "rules",
            "datatypes_detected",
            "datatypes_obfuscated",
            "usergroup",
            "detected",
            "obfuscated",
            "blocked",
            "bypassed",
            "hostname",
            "username",
            "content_type",
            "client_device",
            "client_ip",
            "icap_mode",
        ],
        "api.request" => &[
            "method",
            "endpoint",
            "path",
            "status_code",
            "api_key_id",
            "user_agent",
            "hostname",
            "username",
            "content_type",
            "client_ip",
            "request_bytes",
            "response_bytes",
            "latency_ms",
            "parameter_names",
            "parameter_values",
            "parameter_types",
        ],
        "alert" => &[
            "severity",
            "category",
            "alert_type",
            "status",
            "tactic",
            "rule_name",
            "source",
            "client_ip",
            "username",
            "api_key_id",
            "endpoint",
            "hostname",
        ],
        "governance" => &["event_type", "alert_class", "user_id"],
        _ => return true,
    };
    fields.contains(&field) || field.starts_with("attr:")
}

/// One value of a field.
#[derive(Debug, Clone)]
pub struct Member {
    /// What is compared.
    pub canonical: String,
    /// What the event says.
    pub spelling: Value,
}

/// What a field holds: nothing when it is missing, `None` when it cannot be read.
#[must_use]
pub fn members(field: &str, said: &Value) -> Option<Vec<Member>> {
    let sort = sort_of(field);
    let several = said.as_array().filter(|_| sort == Sort::Set);
    let parts: Vec<&Value> = several.map_or_else(|| vec![said], |parts| parts.iter().collect());
    let mut found: Vec<Member> = Vec::new();
    for part in parts.into_iter().filter(|part| !part.is_null()) {
        let canonical = scalar(sort, part)?;
        if found.iter().all(|member| member.canonical != canonical) {
            found.push(Member { canonical, spelling: part.clone() });
        }
    }
    Some(found)
}

fn scalar(sort: Sort, said: &Value) -> Option<String> {
    match (sort, said) {
        (_, Value::String(text)) => canonical(sort, text),
        (Sort::Bool, Value::Bool(truth)) => Some(truth.to_string()),
        (Sort::Number, Value::Number(number)) => canonical(sort, &number.to_string()),
        _ => None,
    }
}

/// The canonical form of a text; `None` when it is no value of that sort.
#[must_use]
pub fn canonical(sort: Sort, text: &str) -> Option<String> {
    match sort {
        Sort::Bool => ["true", "false"].into_iter().find(|word| text.eq_ignore_ascii_case(word)).map(str::to_owned),
        Sort::Text | Sort::Set => Some(folded(text)),
        Sort::Number => number(text).map(decimal_text),
        Sort::Ip => text.parse().ok().map(|ip: IpAddr| ip.to_canonical().to_string()),
        Sort::Media => Some(folded(text.split(';').next().unwrap_or_default().trim())),
        Sort::Host => Some(host(text)),
    }
}

/// NFC and lower case: composed again, for there are letters that only compose in lower case.
fn folded(text: &str) -> String {
    text.nfc().collect::<String>().to_lowercase().nfc().collect()
}

/// Lower case, no trailing dot, each label that is not ASCII in punycode; a pattern's wildcards stand as they are.
fn host(text: &str) -> String {
    let folded = folded(text);
    let labels = folded.strip_suffix('.').unwrap_or(&folded).split('.');
    let encoded = labels.map(|label| if label.is_ascii() { label.to_owned() } else { punycode(label) });
    encoded.collect::<Vec<_>>().join(".")
}

/// RFC 3492, section 6.3, as it stands there.
fn punycode(label: &str) -> String {
    let points: Vec<u32> = label.chars().map(u32::from).collect();
    let basic: String = label.chars().filter(char::is_ascii).collect();
    let mut out = format!("xn--{basic}");
    if !basic.is_empty() {
        out.push('-');
    }
    let (mut next, mut delta, mut bias, mut handled) = (128, 0, 72, basic.len() as u32);
    let first = handled;
    while (handled as usize) < points.len() {
        let lowest = points.iter().copied().filter(|point| *point >= next).min().unwrap();
        delta += (lowest - next) * (handled + 1);
        next = lowest;
        for point in &points {
            delta += u32::from(*point < next);
            if *point == next {
                variable_length(delta, bias, &mut out);
                bias = adapted(delta, handled + 1, handled == first);
                delta = 0;
                handled += 1;
            }
        }
        delta += 1;
        next += 1;
    }
    out
}

fn variable_length(delta: u32, bias: u32, out: &mut String) {
    let digit = |value: u32| char::from_digit(if value < 26 { value + 10 } else { value - 26 }, 36).unwrap();
    let (mut rest, mut base) = (delta, 36);
    loop {
        let threshold = if base <= bias { 1 } else { (base - bias).min(26) };
        if rest < threshold {
            return out.push(digit(rest));
        }
        out.push(digit(threshold + (rest - threshold) % (36 - threshold)));
        rest = (rest - threshold) / (36 - threshold);
        base += 36;
    }
}

fn adapted(delta: u32, handled: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / handled;
    let mut places = 0;
    while delta > 35 * 26 / 2 {
        delta /= 35;
        places += 36;
    }
    places + 36 * delta / (delta + 38)
}

/// Decimal text in thousandths, what is finer rounded half to even; `None` for any other text.
#[must_use]
pub fn number(text: &str) -> Option<i128> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fine) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fine) {
        return None;
    }
    let padded = format!("{fine}000");
    let (kept, rest) = padded.split_at(3);
    let mut thousandths = format!("{whole}{kept}").parse::<i128>().ok()?;
    let rest = rest.trim_end_matches('0');
    // Text compares as the fractions do: "5" is a half, "51" more, "49" less.
    if rest > "5" || (rest == "5" && thousandths % 2 == 1) {
        thousandths += 1;
    }
    Some(if text.starts_with('-') { -thousandths } else { thousandths })
}

/// The shortest decimal text.
fn decimal_text(thousandths: i128) -> String {
    let sign = if thousandths < 0 { "-" } else { "" };
    let all = format!("{sign}{}.{:03}", thousandths.abs() / 1_000, thousandths.abs() % 1_000);
    all.trim_end_matches('0').trim_end_matches('.').to_owned()
}
