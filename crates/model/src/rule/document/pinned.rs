//! Tests that are kept with a rule: events, and whether they have to make it fire.

use std::collections::HashSet;

use super::Dialect;
use super::head::shown;
use super::object::{Object, place};
use crate::event::{self, Event};
use crate::field::{Field, nearest_field};
use crate::rule::problem::Findings;
use crate::tree::Tree;

const KEYS: &[&str] = &["name", "fires", "events"];
const EXAMPLE: &str =
    "{\"name\": \"a burst fires\", \"fires\": true, \"events\": [{\"time\": …, \"kind\": …, \"fields\": {…}}]}";

/// A test that is kept with a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct PinnedTest {
    /// What it is about.
    pub name: String,
    /// Whether the events have to make the rule fire; else they must not.
    pub fires: bool,
    /// The events in the order of time, then id; at least one.
    pub events: Vec<Event>,
}

/// The tests of a rule; what cannot be read is an error and left out.
pub(super) fn read(top: &Object<'_>, findings: &mut Findings) -> Vec<PinnedTest> {
    let path = top.place("tests");
    let mut tests: Vec<PinnedTest> = Vec::new();
    for (at, tree) in top.list("tests", findings).unwrap_or_default().iter().enumerate() {
        let Some(test) = one(format!("{path}[{at}]"), tree, findings) else { continue };
        if tests.iter().any(|other| other.name == test.name) {
            let what = format!("another test is called “{}”", shown(&test.name));
            findings.error(format!("{path}[{at}].name"), what, "give each test a name of its own");
        }
        tests.push(test);
    }
    tests
}

fn one(path: String, tree: &Tree, findings: &mut Findings) -> Option<PinnedTest> {
    let test = Object::open(path, tree, KEYS, &[], Dialect::Tocsin, findings)?;
    test.required("name", "say what the test is about", findings);
    let name = test.text("name", findings);
    test.required("fires", "write true when the events have to make the rule fire, else false", findings);
    let fires = test.flag("fires", findings);
    test.required("events", &format!("give at least one, as in {EXAMPLE}"), findings);
    let list = test.list("events", findings)?;
    if list.is_empty() {
        findings.error(test.place("events"), "there is no event", format!("give at least one, as in {EXAMPLE}"));
    }
    let (mut events, mut ids) = (Vec::new(), HashSet::new());
    for (at, tree) in list.iter().enumerate() {
        let path = format!("{}[{at}]", test.place("events"));
        match event_of(tree, at) {
            Ok(event) if !ids.insert(event.id.clone()) => {
                findings.error(path, format!("the id “{}” stands here twice", shown(&event.id)), "leave ids out");
            }
            Ok(event) => {
                lost_fields(&path, tree, &event, findings);
                events.push(event);
            }
            Err(reason) => findings.error(path, reason, "write it as a line of an events file; the id may be left out"),
        }
    }
    events.sort_by(|left, right| (left.time, &left.id).cmp(&(right.time, &right.id)));
    Some(PinnedTest { name: name?.to_owned(), fires: fires?, events })
}

/// Reads an event as a line of an events file has it. Without an id of its own its place is one, in the order of places.
fn event_of(tree: &Tree, at: usize) -> Result<Event, String> {
    let mut tree = tree.clone();
    if let Tree::Map(members) = &mut tree
        && members.iter().all(|(key, _)| key != "id")
    {
        members.push(("id".to_owned(), Tree::Text(format!("{at:04}"))));
    }
    event::event(&serde_json::to_string(&tree).unwrap_or_default())
}

/// Warns of fields that say nothing: a test that must not fire would pass for the wrong reason.
fn lost_fields(path: &str, tree: &Tree, event: &Event, findings: &mut Findings) {
    let Some(Tree::Map(fields)) = tree.get("fields") else { return };
    for (name, _) in fields {
        let at = place(&format!("{path}.fields"), name);
        match Field::named(name).filter(|field| field.is_of(event.kind)) {
            None => {
                let what = format!("events of the kind {} have no field “{}”", event.kind, shown(name));
                findings.warning(at, what, format!("did you mean “{}”, or another kind?", nearest_field(name)));
            }
            Some(field) if event.unreadable.contains(&field) => {
                findings.warning(at, format!("this cannot be read as {field}"), "it counts as missing: correct it");
            }
            Some(_) => {}
        }
    }
}
