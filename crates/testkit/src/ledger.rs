//! What senders were promised, held against what is stored.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::http::Answer;

/// Alerts by what their sender knows of them.
#[derive(Debug, Default, Clone)]
pub struct Ledger {
    promised: HashSet<String>,
    /// Sent without a promise: they may be stored or not.
    unsure: HashSet<String>,
}

/// How many there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Alerts that were promised; all of them are stored.
    pub promised: usize,
    /// Alerts that are stored.
    pub stored: usize,
    /// Alerts that are stored without a promise, as a crash between commit and answer leaves them.
    pub unsure: usize,
}

impl Ledger {
    /// Notes what came of sending these alerts; no answer means that the connection broke.
    pub fn note(&mut self, ids: &[String], answer: Option<&Answer>) {
        for id in ids {
            if answer.is_some_and(Answer::is_promise) {
                self.unsure.remove(id);
                self.promised.insert(id.clone());
            } else if !self.promised.contains(id) {
                self.unsure.insert(id.clone());
            }
        }
    }

    /// Adds what another sender knows.
    pub fn add(&mut self, other: &Self) {
        self.promised.extend(other.promised.iter().cloned());
        self.unsure.extend(other.unsure.iter().cloned());
        self.unsure.retain(|id| !self.promised.contains(id));
    }

    /// Alerts that were promised.
    #[must_use]
    pub fn promised(&self) -> usize {
        self.promised.len()
    }

    /// Holds the ledger against the ids that are stored.
    ///
    /// # Errors
    /// In words, when a promised alert is missing, one is stored twice, or one was never sent.
    pub fn check(&self, stored: &[String]) -> Result<Tally, String> {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for id in stored {
            *counts.entry(id).or_default() += 1;
        }
        let missing: BTreeSet<_> = self.promised.iter().filter(|id| !counts.contains_key(id.as_str())).collect();
        let twice: BTreeSet<_> = counts.iter().filter(|(_, count)| **count > 1).map(|(id, _)| id).collect();
        let strange: BTreeSet<_> =
            counts.keys().filter(|id| !self.promised.contains(**id) && !self.unsure.contains(**id)).collect();
        if missing.is_empty() && twice.is_empty() && strange.is_empty() {
            let unsure = counts.len() - self.promised.len();
            return Ok(Tally { promised: self.promised.len(), stored: counts.len(), unsure });
        }
        Err(format!(
            "of {} promised alerts {} are missing {:?}; {} are stored more than once {:?}; {} were never sent {:?}",
            self.promised.len(),
            missing.len(),
            missing.iter().take(5).collect::<Vec<_>>(),
            twice.len(),
            twice.iter().take(5).collect::<Vec<_>>(),
            strange.len(),
            strange.iter().take(5).collect::<Vec<_>>(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<String> {
        text.chars().map(String::from).collect()
    }

    fn answer(status: u16) -> Answer {
        Answer { status, retry_after: None, closes: false, body: Vec::new() }
    }

    #[test]
    fn what_was_promised_must_be_there_once_and_what_broke_off_may_be() {
        let mut ledger = Ledger::default();
        ledger.note(&ids("ab"), Some(&answer(202)));
        ledger.note(&ids("c"), None);
        ledger.note(&ids("d"), Some(&answer(503)));
        ledger.note(&ids("a"), None);
        assert_eq!(ledger.check(&ids("ba")), Ok(Tally { promised: 2, stored: 2, unsure: 0 }));
        assert_eq!(ledger.check(&ids("cabd")), Ok(Tally { promised: 2, stored: 4, unsure: 2 }));
        assert!(
            ledger
                .check(&ids("ac"))
                .is_err_and(|fault| fault.contains("1 are missing {\"b\"}") || fault.contains("1 are missing [\"b\"]"))
        );
        assert!(ledger.check(&ids("abb")).is_err_and(|fault| fault.contains("1 are stored more than once")));
        assert!(ledger.check(&ids("abx")).is_err_and(|fault| fault.contains("1 were never sent")));
    }

    #[test]
    fn a_promise_after_a_doubt_counts() {
        let mut ledger = Ledger::default();
        ledger.note(&ids("a"), None);
        ledger.note(&ids("a"), Some(&answer(202)));
        assert!(ledger.check(&[]).is_err());
    }
}
