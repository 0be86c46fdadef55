//! What the grammar reads, and what it refuses.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn one(text: &str) -> Test {
    let mut query = Query::parse(text, NOW).expect(text);
    assert_eq!(query.terms.len(), 1, "{text}");
    query.terms.remove(0).test
}

fn fails(text: &str) -> String {
    Query::parse(text, NOW).expect_err(text).message
}

#[test]
fn words_and_phrases_are_free_text() {
    assert_eq!(one("storm"), Test::Words("storm".into()));
    assert_eq!(one("\"token storm\""), Test::Words("token storm".into()));
    assert_eq!(one("\"severity:high\""), Test::Words("severity:high".into()));
    let query = Query::parse("-noise  -source:csa plain -", NOW).expect("parses");
    assert_eq!(query.terms.iter().map(|term| term.negated).collect::<Vec<_>>(), [true, true, false, false]);
}

#[test]
fn severities_can_be_listed_and_compared() {
    assert_eq!(one("severity:high,LOW"), Test::Severity(vec![Severity::High, Severity::Low]));
    assert_eq!(one("severity:>=high"), Test::Severity(vec![Severity::Critical, Severity::High]));
    assert_eq!(one("severity:<low"), Test::Severity(vec![Severity::Informational]));
}

#[test]
fn times_are_relative_or_days_or_instants() {
    let day = |text| Timestamp::parse_date(text).expect(text);
    assert_eq!(one("time:7d"), Test::Time(TimeField::Time, Some(NOW.minus(Span::from_millis(7 * 86_400_000))), None));
    assert_eq!(
        one("time:2026-11-01..2026-11-03"),
        Test::Time(TimeField::Time, Some(day("2026-11-01")), Some(day("2026-11-04")))
    );
    assert_eq!(
        one("received:2026-11-01"),
        Test::Time(TimeField::Received, Some(day("2026-11-01")), Some(day("2026-11-02")))
    );
    assert_eq!(one("time:<2026-11-01"), Test::Time(TimeField::Time, None, Some(day("2026-11-01"))));
}

#[test]
fn addresses_numbers_and_flags() {
    assert_eq!(one("ip:10.0.0.0/8"), Test::Address(vec!["10.0.0.0/8".parse().expect("net")]));
    assert_eq!(one("clientip:2001:db8::1"), Test::Address(vec!["2001:db8::1/128".parse().expect("net")]));
    assert_eq!(one("occurrences:>=5"), Test::Occurrences(5, u64::MAX));
    assert_eq!(one("snoozed:true"), Test::Snoozed(true, NOW));
    assert_eq!(one("seen:false"), Test::Seen(false));
}

#[test]
fn text_fields_take_patterns() {
    let Test::Text(TextField::Title, patterns) = one("title:\"429*(strict)\"") else { panic!("a text test") };
    assert!(patterns[0].matches("429 watch (STRICT)"));
    assert!(!patterns[0].matches("429 watch"));
    assert!(Pattern::parse("a*").matches("A"));
    assert!(!Pattern::parse("aa*aa").matches("aaa"));
    assert!(Pattern::parse("*b*").matches("abc"));
}

#[test]
fn a_quoted_text_means_itself_alone() {
    for text in ["/api/*", "a\\*b", "say \"hi\"", "*", "", "a,b:c"] {
        assert_eq!(one(&quoted(text)), Test::Words(text.into()));
        if !text.is_empty() {
            let Test::Text(_, patterns) = one(&format!("endpoint:{}", quoted(text))) else { panic!("a text test") };
            assert_eq!((patterns.len(), patterns[0].plain()), (1, Some(text)), "{text}");
            assert!(patterns[0].matches(text) && !patterns[0].matches(&format!("{text}x")));
        }
    }
}

#[test]
fn mistakes_are_named_with_the_remedy() {
    assert!(fails("sevrity:high").contains("did you mean “severity”"));
    assert!(fails("severity:hgih").contains("use critical, high"));
    assert!(fails("severity:").contains("needs a value"));
    assert!(fails("severity:high,").contains("needs a value"));
    assert!(fails("\"open").contains("not closed"));
    assert!(fails("time:yesterday").contains("use 7d"));
    assert!(fails("ip:10.0.0.0/99").contains("no address"));
    assert!(fails("occurrences:many").contains("whole number"));
    assert!(fails("snoozed:maybe").contains("true or false"));
    assert!(fails("seen:yes").contains("true or false"));
    assert!(fails(&"a ".repeat(80)).contains("at most 64"));
    assert_eq!(Query::parse("ok sevrity:x", NOW).expect_err("fails").at, 3);
}
