//! An object of a document with its place in it: keys are checked once, members read by sort.

use std::collections::HashSet;

use super::Dialect;
use crate::rule::problem::Findings;
use crate::tree::Tree;

/// An object whose keys have been checked.
pub(super) struct Object<'a> {
    pub(super) path: String,
    members: &'a [(String, Tree)],
}

impl<'a> Object<'a> {
    /// Opens what stands at `path`. Names keys that stand twice, that are almost `known` (or one of `others`, keys of
    /// the other dialect), and that are unknown: an error in a document of ours, a warning in Shield's.
    pub(super) fn open(
        path: String,
        tree: &'a Tree,
        known: &[&str],
        others: &[&str],
        dialect: Dialect,
        findings: &mut Findings,
    ) -> Option<Self> {
        let Tree::Map(members) = tree else {
            findings.error(
                &path,
                format!("this is {}, not an object", tree.sort()),
                format!("write {{{}}}", known.join(", ")),
            );
            return None;
        };
        let object = Self { path, members };
        let mut seen = HashSet::new();
        for (key, _) in members {
            let place = object.place(key);
            if !seen.insert(key.as_str()) {
                findings.error(place, format!("“{key}” stands here twice"), "keep one of the two");
            } else if !known.contains(&key.as_str()) {
                unknown(key, place, known, others, dialect, findings);
            }
        }
        Some(object)
    }

    /// The path of a member.
    pub(super) fn place(&self, key: &str) -> String {
        place(&self.path, key)
    }

    /// A member; null counts as absent.
    pub(super) fn get(&self, key: &str) -> Option<&'a Tree> {
        let found = self.members.iter().find(|(name, _)| name == key).map(|(_, tree)| tree);
        found.filter(|tree| **tree != Tree::Null)
    }

    /// A member that has to be there.
    pub(super) fn required(&self, key: &str, remedy: &str, findings: &mut Findings) -> Option<&'a Tree> {
        let found = self.get(key);
        if found.is_none() {
            findings.error(self.place(key), format!("“{key}” is missing"), remedy);
        }
        found
    }

    /// A member that is text.
    pub(super) fn text(&self, key: &str, findings: &mut Findings) -> Option<&'a str> {
        self.typed(key, "text", Tree::as_text, findings)
    }

    /// A member that is true or false.
    pub(super) fn flag(&self, key: &str, findings: &mut Findings) -> Option<bool> {
        let flag = |tree: &Tree| if let Tree::Bool(yes) = tree { Some(*yes) } else { None };
        self.typed(key, "true or false, without quotes", flag, findings)
    }

    /// A member that is a list.
    pub(super) fn list(&self, key: &str, findings: &mut Findings) -> Option<&'a [Tree]> {
        self.typed(
            key,
            "a list",
            |tree| if let Tree::List(list) = tree { Some(list.as_slice()) } else { None },
            findings,
        )
    }

    fn typed<T>(
        &self,
        key: &str,
        sort: &str,
        read: impl FnOnce(&'a Tree) -> Option<T>,
        findings: &mut Findings,
    ) -> Option<T> {
        let tree = self.get(key)?;
        let found = read(tree);
        if found.is_none() {
            findings.error(self.place(key), format!("“{key}” is {}", tree.sort()), format!("write {sort}"));
        }
        found
    }
}

/// The path of `key` below `path`.
pub(super) fn place(path: &str, key: &str) -> String {
    let plain = !key.is_empty() && key.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if plain { format!("{path}.{key}") } else { format!("{path}[{}]", Tree::quoted(key)) }
}

fn unknown(key: &str, place: String, known: &[&str], others: &[&str], dialect: Dialect, findings: &mut Findings) {
    let shown: String = key.chars().take(64).collect();
    if let Some(nearest) = nearest(key, known).or_else(|| nearest(key, others).filter(|near| *near != key)) {
        findings.error(place, format!("there is no key “{shown}”"), format!("did you mean “{nearest}”?"));
    } else if dialect == Dialect::Shield {
        findings.warning(place, format!("“{shown}” is unknown and has no effect"), "it is kept as it is");
    } else if others.contains(&key) && key.starts_with("threshold") {
        findings.error(place, format!("“{key}” stands beside keys of our own"), "move it into “window”");
    } else {
        findings.error(
            place,
            format!("there is no key “{shown}”"),
            format!("use {}, or leave it out", known.join(", ")),
        );
    }
}

/// The known key that `key` almost is: the same but for case and dashes, or one slip in three to five letters, two in
/// more.
fn nearest<'k>(key: &str, known: &[&'k str]) -> Option<&'k str> {
    let plain = |text: &str| -> String {
        text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let wanted = plain(key);
    let slips = match wanted.chars().count() {
        0..=2 => 0,
        3..=5 => 1,
        _ => 2,
    };
    let distance = |name: &&&str| strsim::damerau_levenshtein(&plain(name), &wanted);
    known.iter().min_by_key(distance).filter(|name| distance(name) <= slips).copied()
}
