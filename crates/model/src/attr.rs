//! Paths into the payload of a vendor's alert: what rules can look at beyond the fields of the registry.
//!
//! A path is the keys from the alert's own part of the delivery down to a value, with dots between them; a dot of a key
//! is written `\.` and a backslash `\\`. Keys are compared as they stand, and of a key that stands twice the last one
//! counts. A list stands for each of its members, so a path may lead to several values; null, an object and what is not
//! there are no value.

use crate::event::Event;
use crate::field::{ATTR, Field};
use crate::tree::Tree;
use crate::value::{FieldKind, Value};

/// Most values of one path that are looked at: each is compared with those before it.
pub const MOST_VALUES: usize = 256;

/// A path into payloads, ready to be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttrPath {
    field: Field,
    keys: Vec<String>,
}

impl AttrPath {
    /// The path that a field names; none when it is one of the registry.
    #[must_use]
    pub fn of(field: &Field) -> Option<Self> {
        let Field::Attr(name) = field else { return None };
        Some(Self { field: field.clone(), keys: keys(name.strip_prefix(ATTR)?) })
    }

    /// Every text that it leads to, the first [`MOST_VALUES`] of them.
    fn texts(&self, payload: &Tree) -> Vec<Tree> {
        let mut found = Vec::new();
        follow(payload, &self.keys, &mut found);
        found
    }
}

impl Event {
    /// Adds what these paths lead to in a payload. One that is no JSON leads nowhere.
    pub fn add_attrs(&mut self, payload: &str, paths: &[AttrPath]) {
        if paths.is_empty() {
            return;
        }
        let Ok(payload) = Tree::parse(payload) else { return };
        for path in paths {
            if let Some(value) = Value::any_of(FieldKind::Text, &path.texts(&payload)) {
                self.fields.insert(path.field.clone(), value);
            }
        }
    }
}

/// The keys of a path.
fn keys(path: &str) -> Vec<String> {
    let (mut keys, mut key, mut letters) = (Vec::new(), String::new(), path.chars().peekable());
    while let Some(letter) = letters.next() {
        match letter {
            '.' => keys.push(std::mem::take(&mut key)),
            // Before any other letter a backslash is one.
            '\\' => key.push(letters.next_if(|next| matches!(next, '.' | '\\')).unwrap_or(letter)),
            _ => key.push(letter),
        }
    }
    keys.push(key);
    keys
}

fn follow(tree: &Tree, keys: &[String], found: &mut Vec<Tree>) {
    if found.len() >= MOST_VALUES {
        return;
    }
    match (tree, keys.split_first()) {
        (Tree::List(members), _) => members.iter().for_each(|member| follow(member, keys, found)),
        (Tree::Map(_), Some((key, rest))) => {
            if let Some(below) = tree.get(key) {
                follow(below, rest, found);
            }
        }
        (Tree::Text(_), None) => found.push(tree.clone()),
        (Tree::Number(digits), None) => found.push(Tree::Text(digits.clone())),
        (Tree::Bool(yes), None) => found.push(Tree::Text(yes.to_string())),
        (Tree::Null | Tree::Map(_), None) | (Tree::Null | Tree::Text(_) | Tree::Number(_) | Tree::Bool(_), Some(_)) => {
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::field::EventKind;
    use crate::time::Timestamp;

    /// What a path leads to, as it is spelled.
    fn at(payload: &str, path: &str) -> Vec<String> {
        let field = Field::named(path).unwrap();
        let mut event = Event::new("a".to_owned(), Timestamp::from_millis(0), EventKind::Alert, &[]);
        event.add_attrs(payload, &[AttrPath::of(&field).unwrap()]);
        assert!(event.unreadable.is_empty());
        let members = event.get(&field).map(Value::members).unwrap_or_default().to_vec();
        members.iter().map(|member| member.spelling().as_text().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_path_leads_to_a_value_or_to_each_of_a_list() {
        let payload = r#"{"alert": {"organization": {"name": "Ärzte GmbH"}}, "n": 1.50, "yes": true, "none": null,
            "tags": ["a", "B", "b", null, {"x": 1}, ["c"]], "seen": [{"ip": "10.0.0.1"}, {"ip": "10.0.0.2", "to": []}]}"#;
        assert_eq!(at(payload, "attr:alert.organization.name"), ["Ärzte GmbH"]);
        assert_eq!((at(payload, "attr:n"), at(payload, "attr:yes")), (vec!["1.50".into()], vec!["true".into()]));
        assert_eq!(at(payload, "attr:tags"), ["a", "B", "c"], "what differs by case alone is one value");
        assert_eq!(at(payload, "attr:seen.ip"), ["10.0.0.1", "10.0.0.2"]);
        assert_eq!(at(payload, "attr:tags.x"), ["1"]);
        let nowhere =
            ["attr:none", "attr:alert", "attr:seen.to", "attr:Alert.organization.name", "attr:n.x", "attr:seen.0"];
        assert!(nowhere.iter().all(|path| at(payload, path).is_empty()));
        assert!(at("no JSON", "attr:n").is_empty());
    }

    #[test]
    fn dots_of_keys_are_escaped() {
        let payload = r#"{"app.kubernetes.io/name": "cart", "app": {"kubernetes": {"io/name": "other"}}, "a\\.b": "c",
            "d\\e": "f", "": {"": "empty"}, "twice": 1, "twice": 2}"#;
        assert_eq!(at(payload, r"attr:app\.kubernetes\.io/name"), ["cart"]);
        assert_eq!(at(payload, "attr:app.kubernetes.io/name"), ["other"]);
        assert_eq!(at(payload, r"attr:a\\\.b"), ["c"]);
        assert_eq!((at(payload, r"attr:d\e"), at(payload, r"attr:d\\e")), (vec!["f".into()], vec!["f".into()]));
        assert_eq!((at(payload, "attr:."), at(payload, "attr:twice")), (vec!["empty".into()], vec!["2".into()]));
    }

    #[test]
    fn a_list_without_end_costs_no_more_than_a_long_one() {
        let members: Vec<String> = (0..200_000).map(|at| at.to_string()).collect();
        assert_eq!(at(&format!("{{\"all\": [{}]}}", members.join(",")), "attr:all").len(), MOST_VALUES);
    }
}
