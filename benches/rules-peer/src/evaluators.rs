//! Both evaluators, driven alike: events in, firings out.

use std::sync::Arc;

use rsigma_eval::{CorrelationConfig, CorrelationEngine, JsonEvent, ProcessResultExt as _, ResultBody};
use tocsin_model::event::{self, Event};
use tocsin_model::rule::document::{self, Format};
use tocsin_model::tree::Tree;
use tocsin_rules::{Compiled, Lists, Outcome, RuleSet, compile};

use crate::work::Pair;

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
    event::event(line).expect("lines are events")
}

/// Ours over some events; adds what fired.
pub fn ours(set: &mut RuleSet, rules: &[Arc<Compiled>], events: &[Event], found: &mut Vec<Firing>) {
    let mut out = Vec::new();
    set.process_all(events, &mut out);
    for (rule, outcome) in out {
        if let Outcome::Fired(firing) = outcome {
            let user = match firing.group.first().map(|value| &value.spelling) {
                Some(Tree::Text(user)) => user.clone(),
                other => panic!("every event has a user, not {other:?}"),
            };
            found.push((firing.fired_at.millis() / 1_000, rules[rule].rule().name.clone(), user));
        }
    }
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

/// The other one over one event; adds what fired.
pub fn theirs(engine: &mut CorrelationEngine, seconds: i64, value: &serde_json::Value, found: &mut Vec<Firing>) {
    let result = engine.process_event_at(&JsonEvent::borrow(value), seconds);
    for one in result.correlations() {
        if let ResultBody::Correlation(body) = &one.body {
            found.push((seconds, one.header.rule_title.clone(), body.group_key[0].1.clone()));
        }
    }
}
