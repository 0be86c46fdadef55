//! Many rules at once: those that a delivery does not concern are not asked.

use std::sync::Arc;

use rand::Rng;
use rand::seq::SliceRandom;
use tocsin_model::time::{Span, Timestamp};
use tocsin_rules::{Compiled, Index, Live, LiveEvent, Watch};
use tocsin_testkit::environment::{number, random};
use tocsin_tests::cases::{Case, SHAPES};

use super::{ALWAYS, Ledger, MUCH, Setting, agree, deliveries};

/// Many rules of which only those are asked that a delivery concerns.
struct Together {
    index: Index,
    watch: Watch,
    lives: Vec<(Live, Ledger)>,
    asked: usize,
}

impl Together {
    fn new(rules: &[Arc<Compiled>]) -> Self {
        let live = |rule: &Arc<Compiled>| (Live::new(Arc::clone(rule), ALWAYS, Vec::new(), MUCH), Ledger::default());
        let lives = rules.iter().map(live).collect();
        Self { index: Index::new(rules), watch: Watch::default(), lives, asked: 0 }
    }

    fn offer(&mut self, events: &[LiveEvent<'_>]) {
        let mut matching = vec![Vec::new(); self.lives.len()];
        for (place, live) in events.iter().enumerate() {
            self.index.matching(live.event).iter().for_each(|rule| matching[*rule].push(place));
        }
        let matching = matching.into_iter().enumerate().filter(|(_, places)| !places.is_empty()).collect();
        let concern = self.watch.delivery(events, matching);
        for (rule, places) in concern.rules {
            let (live, ledger) = &mut self.lives[rule];
            ledger.note(live.take(concern.time, places.into_iter().map(|place| events[place]).collect()));
            self.watch.note(rule, Some(live));
            self.asked += 1;
        }
    }

    fn advance(&mut self, now: Timestamp) {
        let due = self.watch.advance(now);
        for rule in due {
            let (live, ledger) = &mut self.lives[rule];
            ledger.note(live.pass(self.watch.passed()));
            self.watch.note(rule, Some(live));
        }
    }
}

/// Rules that are asked only about what concerns them find what each of them finds that is asked about everything, in
/// order and out of it, and when time passes without events.
#[test]
fn rules_that_are_not_concerned_need_not_be_asked() {
    let (mut random, mut fired, mut asked, mut all) = (random("live together"), 0, 0, 0);
    for _ in 0..number("TOCSIN_TEST_LIVE_CASES", 200) {
        let mut draw = || {
            let shape = SHAPES[random.random_range(0..SHAPES.len())];
            Case::random(&mut random, shape).0
        };
        let cases: Vec<Case> = (0..6).map(|_| draw()).collect();
        let settings: Vec<Setting> = cases.iter().map(|case| Setting::of(case).unwrap()).collect();
        let rules: Vec<Arc<Compiled>> = settings.iter().map(|setting| Arc::clone(&setting.rule)).collect();
        let setting = &settings[0];
        let mut together = Together::new(&rules);
        let mut alone = Together::new(&rules).lives;
        let mut deliveries = deliveries(&mut random, setting);
        if random.random_bool(0.3) {
            let mut places: Vec<usize> = (0..setting.events.len()).collect();
            places.shuffle(&mut random);
            deliveries.iter_mut().flat_map(|(_, to)| to).zip(places).for_each(|(to, place)| *to = place);
        }
        for (received_at, places) in deliveries {
            let to_live = |place: &usize| LiveEvent { event: &setting.events[*place], source: 1, received_at };
            let events: Vec<LiveEvent<'_>> = places.iter().map(to_live).collect();
            // That a rule has to be filled anew is the same for both.
            if alone.iter().any(|(live, _)| live.needs(&events).is_some()) {
                break;
            }
            together.offer(&events);
            alone.iter_mut().for_each(|(live, ledger)| ledger.note(live.offer(&events)));
            all += rules.len();
            if random.random_bool(0.3) {
                let now = received_at.plus(Span::from_millis([0, 15_000, 3_600_000][random.random_range(0..3)]));
                together.advance(now);
                alone.iter_mut().for_each(|(live, ledger)| ledger.note(live.advance(now)));
            }
            let next = alone.iter().filter_map(|(live, _)| live.next_decision()).min();
            assert_eq!(together.watch.next_decision(), next);
        }
        together.advance(setting.much_later());
        alone.iter_mut().for_each(|(live, ledger)| ledger.note(live.advance(setting.much_later())));
        for (at, ((_, together), (_, alone))) in together.lives.iter().zip(&alone).enumerate() {
            let events = Case { lines: cases[0].lines.clone(), ..cases[at].clone() };
            agree(&together.told(), &alone.told(), &events);
            fired += alone.told.len();
        }
        asked += together.asked;
    }
    assert!(fired > 1_000 && asked * 5 < all * 4, "{fired} firings, {asked} of {all} asked");
}
