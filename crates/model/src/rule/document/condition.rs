//! Conditions: Shield's `{type, values, isNot}` as it stands, and our `op`.

use std::collections::HashSet;

use super::Dialect;
use super::head::shown;
use super::object::Object;
use crate::field::{Field, nearest_field};
use crate::rule::problem::Findings;
use crate::rule::{Comparison, Condition, Test, Wanted, regular_expression};
use crate::tree::Tree;
use crate::value::{Decimal, FieldKind, Pattern, canonical, network};

const KEYS: &[&str] = &["type", "values", "isNot", "op"];
const EXAMPLE: &str = "{\"type\": \"hostname\", \"values\": [\"api.example.com\"]}";
const ICAP_MODES: [&str; 3] = ["reqmod", "respmod", "api"];

/// The conditions of a rule, or of a share; `None` when one of them cannot be read.
pub(super) fn all(top: &Object<'_>, dialect: Dialect, findings: &mut Findings) -> Option<Vec<Condition>> {
    top.required("conditions", &format!("say which events count, such as [{EXAMPLE}]"), findings)?;
    let list = top.list("conditions", findings)?;
    let path = top.place("conditions");
    if list.is_empty() {
        findings.error(&path, "there is no condition", format!("say which events count, such as {EXAMPLE}"));
        return None;
    }
    let read: Vec<Option<Condition>> =
        list.iter().enumerate().map(|(at, tree)| one(&format!("{path}[{at}]"), tree, dialect, findings)).collect();
    for (at, condition) in read.iter().enumerate() {
        if let Some(first) = read[..at].iter().position(|other| other.is_some() && other == condition) {
            findings.error(format!("{path}[{at}]"), format!("it repeats {path}[{first}]"), "keep one of the two");
        }
    }
    read.into_iter().collect()
}

fn one(path: &str, tree: &Tree, dialect: Dialect, findings: &mut Findings) -> Option<Condition> {
    let object = Object::open(path.to_owned(), tree, KEYS, &[], dialect, findings)?;
    let field = field(&object, "type", findings);
    let negated = object.flag("isNot", findings).unwrap_or(false);
    let op = object.text("op", findings).unwrap_or("anyOf");
    let values = values(&object, findings);
    let field = field?;
    let op = operation(&object, op, &field, findings)?;
    let values = values?;
    let test = test(&object, &field, op, values, findings)?;
    Some(Condition { field, negated, test })
}

/// The field that the member `key` names.
pub(super) fn field(object: &Object<'_>, key: &str, findings: &mut Findings) -> Option<Field> {
    object.required(key, "name a field, such as hostname", findings)?;
    let name = object.text(key, findings)?;
    named(name, object.place(key), findings)
}

/// The field of that name.
pub(super) fn named(name: &str, place: String, findings: &mut Findings) -> Option<Field> {
    let found = Field::named(name);
    if found.is_none() {
        let what = format!("there is no field “{}”", shown(name));
        let remedy =
            format!("did you mean “{}”? Any other value of the payload is attr:path.to.it", nearest_field(name));
        findings.error(place, what, remedy);
    }
    found
}

/// The values as they are written, none of them twice.
fn values<'a>(object: &Object<'a>, findings: &mut Findings) -> Option<&'a [Tree]> {
    object.required("values", "give at least one value, such as [\"true\"]", findings)?;
    let list = object.list("values", findings)?;
    if list.is_empty() {
        findings.error(object.place("values"), "there is no value", "give at least one, or remove the condition");
        return None;
    }
    for (at, value) in list.iter().enumerate() {
        if list[..at].contains(value) {
            let place = format!("{}[{at}]", object.place("values"));
            findings.error(place, "this value stands here twice", "keep one of the two");
        }
    }
    Some(list)
}

#[derive(Clone, Copy)]
enum Operation {
    AnyOf,
    Compare(Comparison),
    Regex,
}

fn operation(object: &Object<'_>, word: &str, field: &Field, findings: &mut Findings) -> Option<Operation> {
    let operation = match word {
        "anyOf" => Operation::AnyOf,
        "gte" => Operation::Compare(Comparison::AtLeast),
        "gt" => Operation::Compare(Comparison::Above),
        "lte" => Operation::Compare(Comparison::AtMost),
        "lt" => Operation::Compare(Comparison::Below),
        "regex" => Operation::Regex,
        other => {
            let what = format!("“{}” is no op", shown(other));
            findings.error(object.place("op"), what, "write anyOf, gte, gt, lte, lt or regex");
            return None;
        }
    };
    let fits = match operation {
        Operation::AnyOf => true,
        Operation::Compare(_) => field.kind() == FieldKind::Number,
        Operation::Regex => is_text(field.kind()),
    };
    if !fits {
        let what = format!("“{word}” does not work on {field}, which is {}", sort(field.kind()));
        findings.error(object.place("op"), what, "leave op out, or look at another field");
    }
    fits.then_some(operation)
}

/// What a field of that kind holds, in words.
pub(super) const fn sort(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Bool => "true or false",
        FieldKind::Text => "text",
        FieldKind::Number => "a number",
        FieldKind::Ip => "an address",
        FieldKind::MediaType => "a media type",
        FieldKind::Hostname => "a host name",
        FieldKind::Set => "a set of texts",
    }
}

pub(super) const fn is_text(kind: FieldKind) -> bool {
    match kind {
        FieldKind::Text | FieldKind::MediaType | FieldKind::Hostname | FieldKind::Set => true,
        FieldKind::Bool | FieldKind::Number | FieldKind::Ip => false,
    }
}

/// Reads every value before it gives up.
fn test(
    object: &Object<'_>,
    field: &Field,
    operation: Operation,
    values: &[Tree],
    findings: &mut Findings,
) -> Option<Test> {
    let place = |at: usize| format!("{}[{at}]", object.place("values"));
    let texts: Vec<Option<String>> =
        values.iter().enumerate().map(|(at, tree)| text(field, tree, place(at), findings)).collect();
    match operation {
        Operation::AnyOf => {
            let mut seen = HashSet::new();
            let mut read = |(at, text): (usize, Option<String>)| {
                text.and_then(|text| {
                    wanted(field, &text, place(at), values[..at].contains(&values[at]), &mut seen, findings)
                })
            };
            let all: Vec<Option<Wanted>> = texts.into_iter().enumerate().map(&mut read).collect();
            all.into_iter().collect::<Option<_>>().map(Test::AnyOf)
        }
        Operation::Compare(comparison) => {
            let mut read = |(at, text): (usize, Option<String>)| number(&text?, place(at), findings);
            let all: Vec<Option<Decimal>> = texts.into_iter().enumerate().map(&mut read).collect();
            all.into_iter().collect::<Option<_>>().map(|limits| Test::Compare(comparison, limits))
        }
        Operation::Regex => {
            let mut read = |(at, text): (usize, Option<String>)| {
                let text = text?;
                let fail = |what: String| findings.error(place(at), what, "correct the expression");
                regular_expression(&text).map_err(fail).ok().map(|_| text)
            };
            let all: Vec<Option<String>> = texts.into_iter().enumerate().map(&mut read).collect();
            all.into_iter().collect::<Option<_>>().map(Test::Regex)
        }
    }
}

/// The value as text: Shield writes every value as text, YAML's bools and numbers stand for theirs.
fn text(field: &Field, tree: &Tree, place: String, findings: &mut Findings) -> Option<String> {
    match tree {
        Tree::Text(text) => Some(text.clone()),
        Tree::Bool(yes) if field.kind() == FieldKind::Bool => Some(yes.to_string()),
        Tree::Number(digits) if field.kind() == FieldKind::Number => Some(digits.clone()),
        Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::List(_) | Tree::Map(_) => {
            let what = format!("this is {}, and {field} is {}", tree.sort(), sort(field.kind()));
            findings.error(place, what, "write the value as text, in quotes");
            None
        }
    }
}

fn number(text: &str, place: String, findings: &mut Findings) -> Option<Decimal> {
    let number = Decimal::parse(text);
    if number.is_none() {
        findings.error(place, format!("“{}” is no number", shown(text)), "write digits, such as 500 or -0.5");
    }
    number
}

/// Whether a rule can name a list so: 1 to 64 ASCII letters, digits, `-`, `_` and `.`, not first a `.`.
#[must_use]
pub fn is_list_name(name: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    !name.is_empty() && name.len() <= 64 && !name.starts_with('.') && name.chars().all(fits)
}

fn wanted(
    field: &Field,
    text: &str,
    place: String,
    written_before: bool,
    seen: &mut HashSet<String>,
    findings: &mut Findings,
) -> Option<Wanted> {
    let wanted = Wanted::parse(text);
    let canonical = match &wanted {
        Wanted::List(name) => {
            if !is_list_name(name) {
                let what = format!("“{}” is no name of a list", shown(name));
                findings.error(place, what, "use up to 64 letters, digits, - _ and .");
                return None;
            }
            text.to_owned()
        }
        Wanted::Value(text) => match check_value(field, text) {
            Ok((canonical, quirks)) => {
                for quirk in quirks {
                    findings.warning(&place, format!("“{}” may not be what is meant", shown(text)), quirk);
                }
                canonical
            }
            Err(remedy) => {
                let what = format!("“{}” is not {}", shown(text), sort(field.kind()));
                findings.error(place, what, remedy);
                return None;
            }
        },
    };
    if !seen.insert(canonical) && !written_before {
        findings.warning(place, "this value is another spelling of one before it", "keep one of the two");
    }
    Some(wanted)
}

/// The canonical form of a condition's value and what its author may not have meant; or what to write instead.
///
/// # Errors
/// What to write, when it is no value that the field can have.
pub fn check_value(field: &Field, text: &str) -> Result<(String, Vec<String>), &'static str> {
    match field.kind() {
        FieldKind::Bool => Ok((canonical(FieldKind::Bool, text).ok_or("write \"true\" or \"false\"")?, Vec::new())),
        FieldKind::Number => {
            Ok((Decimal::parse(text).ok_or("write digits, such as 500 or -0.5")?.to_string(), Vec::new()))
        }
        FieldKind::Ip => {
            let network = network(text).ok_or("write an address or a network, such as 203.0.113.9 or 10.0.0.0/8")?;
            Ok((network.to_string(), Vec::new()))
        }
        kind @ (FieldKind::Text | FieldKind::MediaType | FieldKind::Hostname | FieldKind::Set) => {
            let pattern = Pattern::parse(kind, text);
            let mut quirks: Vec<String> = pattern.quirks().iter().map(|quirk| (*quirk).to_owned()).collect();
            let odd_mode = |word: &&str| field.name() == "icap_mode" && !ICAP_MODES.contains(word);
            if pattern.literal().filter(odd_mode).is_some() {
                quirks.push("an ICAP mode is REQMOD, RESPMOD or API".to_owned());
            }
            // A shape cannot be mistaken for the value that is spelt like it.
            let form = pattern.literal().map_or_else(|| format!("shape:{text}"), |literal| format!("value:{literal}"));
            Ok((form, quirks))
        }
    }
}
