//! Both evaluators, driven alike: events in, firings out.

use std::sync::Arc;

use rsigma_eval::{CorrelationConfig, CorrelationEngine, JsonEvent, ProcessResultExt as _, ResultBody};
use tocsin_model::event::{Event, EventFile};
use tocsin_model::rule::document::{self, Format};
use tocsin_model::tree::Tree;
use tocsin_rules::{Compiled, Lists, Outcome, RuleSet, compile};

use crate::work::{Pair, Request};

/// When a rule fired for whom: seconds of UTC, the rule's name, the user.
pub type Firing = (i64, String, String);

/// Our rules, compiled.
pub fn compiled(rules: &[Pair]) -> Vec<Arc<Compiled>> {
    let read = |pair: &Pair| {
        let reading = document::read(&pair.document, Format::Json);
        let document = reading.document.unwrap_or_else(|| panic!("{:?}", reading.findings));
        Arc::new(compile(document.rule, &Lists::new()).expect("no lists are used"))
    };
    rules.iter().map(read).collect()
}

/// One event of ours from its line.
pub fn event(line: &str) -> Event {
    EventFile::parse(line).expect("lines are events").events.remove(0)
}

/// Ours over events that are ready, or over lines.
pub fn ours<'a>(
    set: &mut RuleSet,
    rules: &[Arc<Compiled>],
    events: impl Iterator<Item = Made<'a, Event>>,
) -> Vec<Firing> {
    let mut found = Vec::new();
    for made in events {
        let parsed;
        let event = match made {
            Made::Ready(event) => event,
            Made::Text(line) => {
                parsed = self::event(line);
                &parsed
            }
        };
        for (rule, outcome) in set.process(event) {
            if let Outcome::Fired(firing) = outcome {
                let user = match firing.group.first().map(|value| &value.spelling) {
                    Some(Tree::Text(user)) => user.clone(),
                    other => panic!("every event has a user, not {other:?}"),
                };
                found.push((firing.fired_at.millis() / 1_000, rules[rule].rule().name.clone(), user));
            }
        }
    }
    found
}

/// An event that is ready, or its text.
pub enum Made<'a, T> {
    /// Parsed before the clock started.
    Ready(&'a T),
    /// To be parsed.
    Text(&'a str),
}

/// The other evaluator with its rules.
pub fn peer(rules: &[Pair]) -> CorrelationEngine {
    let yaml: Vec<&str> = rules.iter().map(|pair| pair.sigma.as_str()).collect();
    let collection = rsigma_parser::parse_sigma_yaml(&yaml.join("---\n")).expect("the rules are Sigma");
    let config = CorrelationConfig {
        suppress: Some(3_600),
        emit_detections: false,
        max_state_entries: usize::MAX,
        ..CorrelationConfig::default()
    };
    let mut engine = CorrelationEngine::new(config);
    engine.add_collection(&collection).expect("the rules compile");
    engine
}

/// The other one over events that are ready, or over texts.
pub fn theirs<'a>(
    engine: &mut CorrelationEngine,
    events: impl Iterator<Item = (i64, Made<'a, serde_json::Value>)>,
) -> Vec<Firing> {
    let mut found = Vec::new();
    for (seconds, made) in events {
        let parsed;
        let value = match made {
            Made::Ready(value) => value,
            Made::Text(text) => {
                parsed = serde_json::from_str(text).expect("texts are JSON");
                &parsed
            }
        };
        let result = engine.process_event_at(&JsonEvent::borrow(value), seconds);
        for one in result.correlations() {
            if let ResultBody::Correlation(body) = &one.body {
                found.push((seconds, one.header.rule_title.clone(), body.group_key[0].1.clone()));
            }
        }
    }
    found
}

/// The lines of requests.
pub fn lines(requests: &[Request]) -> impl Iterator<Item = Made<'_, Event>> {
    requests.iter().map(|request| Made::Text(request.line.as_str()))
}
