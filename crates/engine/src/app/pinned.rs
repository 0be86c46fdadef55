//! The tests that are kept with a rule.

use tocsin_rules::{TestOutcome, run_tests};

use super::App;
use super::rules::{RuleFile, check_rule};
use super::rules_kept::{RuleToTest, ready_kept};
use crate::error::EngineError;

/// A rule and what came of its tests.
#[derive(Debug)]
pub struct RuleTested {
    /// The rule's name.
    pub rule: String,
    /// Its tests, at least one.
    pub tests: Vec<TestOutcome>,
}

/// Runs the tests of a rule in a file, without a store.
///
/// # Errors
/// [`EngineError::Rule`] names everything that is wrong with the document; [`EngineError::Field`] when it has no tests.
pub fn test_rule_file(file: RuleFile) -> Result<RuleTested, EngineError> {
    let check = check_rule(file)?;
    match check.document {
        Some(document) => tested(document.rule.name, check.tests),
        None => Err(EngineError::Rule { file: check.file, problems: check.findings.errors }),
    }
}

impl App {
    /// Runs the tests of a rule.
    ///
    /// # Errors
    /// As [`test_rule_file`], and [`EngineError::Missing`] when there is no rule of that name.
    pub fn test_rule(&self, rule: RuleToTest) -> Result<RuleTested, EngineError> {
        let name = match rule {
            RuleToTest::File(file) => return test_rule_file(file),
            RuleToTest::Kept(name) => name,
        };
        let kept = self.kept_rule(&name)?;
        let (name, pinned) = (kept.record.name.clone(), kept.document.tests.clone());
        tested(name, run_tests(&ready_kept(kept)?.compiled, &pinned))
    }
}

/// A rule without tests did not pass any.
fn tested(rule: String, tests: Vec<TestOutcome>) -> Result<RuleTested, EngineError> {
    if tests.is_empty() {
        let message = format!(
            "“{rule}” has no tests: write them into its document, as in \"tests\": [{{\"name\": …, \"fires\": true, \
             \"events\": […]}}]"
        );
        return Err(EngineError::field_error("tests", message));
    }
    Ok(RuleTested { rule, tests })
}
