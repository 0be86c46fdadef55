//! Which combinations of patterns a text can fit at once, found by walking all texts letter by letter, those that no
//! pattern tells apart together.

use std::collections::{BTreeSet, HashSet};

use tocsin_model::value::Token;

/// Most sets of places that are followed; patterns such as `*a?????????` have more than anyone can look at.
const MOST_SETS: usize = 4_096;
/// Most places in all of them together, for the sake of memory: a value of a thousand `*` makes each set that large.
const MOST_PLACES: usize = 250_000;
/// Most places that letters are tried at, for the sake of time: well below a second.
const MOST_STEPS: usize = 10_000_000;

/// A pattern, and the bit of the test that it belongs to.
pub(super) struct Marked {
    pub tokens: Vec<Token>,
    pub bit: u64,
}

/// A place within a pattern: which one, and how many of its tokens are behind.
type Place = (usize, usize);

/// The tests that some text passes together, each combination once; `None` when there are too many to look at.
pub(super) fn combinations(patterns: &[Marked]) -> Option<BTreeSet<u64>> {
    let letters: BTreeSet<char> = patterns
        .iter()
        .flat_map(|pattern| &pattern.tokens)
        .filter_map(|token| if let Token::Letter(letter) = token { Some(*letter) } else { None })
        .collect();
    // One letter stands for all that no pattern names.
    let symbols: Vec<Option<char>> = letters.into_iter().map(Some).chain([None]).collect();
    let start = closed(patterns, (0..patterns.len()).map(|pattern| (pattern, 0)).collect());
    let (mut seen, mut open, mut found) = (HashSet::from([start.clone()]), vec![start], BTreeSet::new());
    let (mut kept, mut steps) = (0, 0);
    while let Some(places) = open.pop() {
        found.insert(passed(patterns, &places));
        for symbol in &symbols {
            let next = closed(patterns, stepped(patterns, &places, *symbol));
            steps += places.len() + 1;
            if !seen.contains(&next) {
                kept += next.len();
                seen.insert(next.clone());
                open.push(next);
            }
            if seen.len() > MOST_SETS || kept > MOST_PLACES || steps > MOST_STEPS {
                return None;
            }
        }
    }
    Some(found)
}

/// Adds the places that are reached without a letter: `*` may stand for nothing.
fn closed(patterns: &[Marked], mut places: BTreeSet<Place>) -> BTreeSet<Place> {
    let mut open: Vec<Place> = places.iter().copied().collect();
    while let Some((pattern, at)) = open.pop() {
        if token(patterns, (pattern, at)) == Some(Token::Any) && places.insert((pattern, at + 1)) {
            open.push((pattern, at + 1));
        }
    }
    places
}

/// Where one letter leads; `None` is one that no pattern names.
fn stepped(patterns: &[Marked], places: &BTreeSet<Place>, symbol: Option<char>) -> BTreeSet<Place> {
    let step = |(pattern, at): &Place| match token(patterns, (*pattern, *at))? {
        Token::Any => Some((*pattern, *at)),
        Token::One => Some((*pattern, at + 1)),
        Token::Letter(letter) => (symbol == Some(letter)).then_some((*pattern, at + 1)),
    };
    places.iter().filter_map(step).collect()
}

/// The tests that a text which ends here passes.
fn passed(patterns: &[Marked], places: &BTreeSet<Place>) -> u64 {
    let ended = places.iter().filter(|place| token(patterns, **place).is_none());
    ended.filter_map(|(pattern, _)| patterns.get(*pattern)).fold(0, |bits, pattern| bits | pattern.bit)
}

fn token(patterns: &[Marked], (pattern, at): Place) -> Option<Token> {
    patterns.get(pattern)?.tokens.get(at).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tocsin_model::value::{FieldKind, Pattern};

    fn of(patterns: &[&str]) -> Option<BTreeSet<u64>> {
        let marked = |(at, text): (usize, &&str)| Marked {
            tokens: Pattern::parse(FieldKind::Text, text).tokens(),
            bit: 1 << at,
        };
        combinations(&patterns.iter().enumerate().map(marked).collect::<Vec<_>>())
    }

    #[test]
    fn every_combination_that_a_text_can_have_is_found_and_no_other() {
        assert_eq!(of(&["a*", "a"]), Some(BTreeSet::from([0b00, 0b01, 0b11])));
        assert_eq!(of(&["a*", "*a"]), Some(BTreeSet::from([0b00, 0b01, 0b10, 0b11])));
        assert_eq!(of(&["a*b", "*"]), Some(BTreeSet::from([0b10, 0b11])));
        assert_eq!(of(&["a?", "b?"]), Some(BTreeSet::from([0b00, 0b01, 0b10])));
        assert_eq!(of(&["?*", ""]), Some(BTreeSet::from([0b01, 0b10])), "a text is empty or has a letter");
        assert_eq!(of(&[r"\*", "?"]), Some(BTreeSet::from([0b00, 0b10, 0b11])));
    }

    #[test]
    fn what_is_too_much_to_look_at_is_given_up() {
        assert_eq!(of(&["*a????????????????"]), None);
        // Few sets, but of very many places each.
        assert_eq!(of(&["*a".repeat(3_000).as_str()]), None);
    }
}
