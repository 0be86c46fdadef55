//! What takes a rule out, and that it takes out nothing else.

use std::collections::BTreeMap;

use super::active::kept_events;
use super::*;
use tocsin_model::rule::Mode;
use tocsin_store::{RuleRecord, RuleVersion};

const NOW: Timestamp = Timestamp::from_millis(1_772_611_960_000);

fn active(row: i64) -> Active {
    let current = RuleVersion {
        row,
        number: 1,
        document: r#"{"name": "n", "conditions": [{"type": "username", "values": ["ana"]}]}"#.to_owned(),
        lists: BTreeMap::new(),
        added_at: NOW,
        active_after: LogPlace::default(),
        active_at: NOW,
        started: true,
        firings: 0,
        fired_at: None,
        all_firings: 0,
        all_fired_at: None,
    };
    let record = RuleRecord {
        row,
        name: format!("rule {row}"),
        enabled: true,
        mode: Mode::Live,
        created_at: NOW,
        updated_at: NOW,
        error: None,
        forgotten: 0,
        late: 0,
        current,
        candidate: None,
    };
    Active::of(&record).remove(0)
}

fn evaluation(rules: Vec<Active>) -> Evaluation {
    Evaluation {
        rules,
        eyes: Eyes::default(),
        names: Names::default(),
        gaps: Gaps::default(),
        gaps_noticed: 0,
        clocks: Clocks::default(),
        place: LogPlace::default(),
        clock: NOW,
        found: Vec::new(),
        moved: HashMap::new(),
        unsaved: 0,
        started: Vec::new(),
        pace: Pace::default(),
        saves: 0,
    }
}

#[test]
fn a_rule_that_panics_is_taken_out_alone_and_says_so() {
    let mut evaluation = evaluation(vec![active(1), active(2)]);
    evaluation.ask(0, |_| panic!("a mistake of ours"));
    assert_eq!(evaluation.rules.iter().map(|active| active.failed).collect::<Vec<_>>(), [true, false]);
    let (row, health) = evaluation.rules[0].take_health().unwrap();
    assert!(row == 1 && health.error.unwrap().contains("stopped unexpectedly"));
    assert!(evaluation.rules[1].take_health().is_none());
    let mut asked = [false, false];
    for (at, asked) in asked.iter_mut().enumerate() {
        evaluation.ask(at, |_| {
            *asked = true;
            Vec::new()
        });
    }
    assert_eq!(asked, [false, true], "it is not asked again");
}

#[test]
fn a_rule_that_takes_too_long_three_times_is_taken_out() {
    let mut slow = active(1);
    for strike in 1..=STRIKES {
        assert!(!slow.failed, "{strike}");
        slow.take((Passed::default(), Passed::default()), Vec::new());
        slow.spent(Duration::ZERO);
        slow.asks(1);
        slow.spent(BUDGET + Duration::from_millis(1));
    }
    assert!(slow.failed && slow.take_health().unwrap().1.error.unwrap().contains("50 ms"));
    let mut unlucky = active(3);
    for _ in 0..5 {
        for asked in [1, 10_000] {
            unlucky.asks(asked);
            unlucky.spent(BUDGET + Duration::from_millis(1));
        }
    }
    assert!(!unlucky.failed, "it is forgiven after many events");
    let mut busy = active(2);
    for _ in 0..10 {
        busy.asks(1_000);
        busy.spent(BUDGET * 900);
    }
    assert!(!busy.failed, "many events take their time");
}

#[test]
fn memory_is_shared_by_all_rules_within_bounds() {
    assert_eq!((kept_events(0), kept_events(1)), (400_000, 400_000));
    assert!(kept_events(100) * 100 <= 1_500_000 && kept_events(100_000) == 5_000);
}
