//! Named steps: which to run, in which order, and an honest account of what happened.
//!
//! Invariant: a step counts as passed only when it ran to its end. One that could not run says why and is counted as
//! skipped; one that failed does not stop the others.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::packages::Group;

/// One row of the table.
pub struct Step {
    /// What the command line calls it; `ui-check` also answers to `ui`.
    pub name: &'static str,
    /// What it shows, in a few words.
    pub about: &'static str,
    /// Whether it belongs to the short form: no window, no browser, nothing installed.
    pub quick: bool,
    /// Steps that must have passed before it.
    pub needs: &'static [&'static str],
    /// Steps that come before it and may also fail.
    pub after: &'static [&'static str],
    /// Packages without which it cannot run.
    pub packages: &'static [&'static Group],
    /// The work itself.
    pub action: fn(&Session) -> Result<Outcome>,
}

/// How a step ended, unless it failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Ran to its end; with a few words on what it did.
    Passed(String),
    /// Could not run, and why.
    NotRun(String),
}

/// What earlier steps leave to later ones: whether they passed.
#[derive(Default)]
pub struct Session {
    passed: Vec<&'static str>,
}

impl Session {
    /// Whether that step has run in this session and passed.
    pub fn has_passed(&self, name: &str) -> bool {
        self.passed.contains(&name)
    }
}

/// The steps of these names with all that must come before them, in the order of `all`; every step when there are no
/// names.
///
/// # Errors
/// When a name is unknown, or when nothing is left to run.
pub fn choose<'a>(all: &'a [Step], names: &[String], quick: bool) -> Result<Vec<&'a Step>> {
    let called =
        |step: &Step, name: &str| step.name == name || step.name.split_once('-').is_some_and(|it| it.0 == name);
    if let Some(unknown) = names.iter().find(|name| !all.iter().any(|step| called(step, name))) {
        bail!("there is no step `{unknown}`; `cargo xtask test --list` lists them");
    }
    let asked = |step: &Step| names.is_empty() || names.iter().any(|name| called(step, name));
    let mut chosen: Vec<&str> =
        all.iter().filter(|&step| asked(step) && (step.quick || !quick)).map(|s| s.name).collect();
    if chosen.is_empty() {
        bail!("--quick leaves out every step that was named");
    }
    // Steps stand after what they need, so one walk backwards finds everything.
    for step in all.iter().rev().filter(|step| step.quick || !quick) {
        if chosen.contains(&step.name) {
            chosen.extend(step.needs.iter().chain(step.after));
        }
    }
    Ok(all.iter().filter(|step| chosen.contains(&step.name) && (step.quick || !quick)).collect())
}

/// Runs the steps one after the other.
pub fn run(steps: &[&Step], lacking: impl Fn(&[&'static Group]) -> Option<String>) -> Report {
    let mut session = Session::default();
    let mut report = Report::default();
    for step in steps {
        println!("\n== {}: {} ==", step.name, step.about);
        let start = Instant::now();
        let outcome = match blocked(step, steps, &session).or_else(|| lacking(step.packages)) {
            Some(reason) => Ok(Outcome::NotRun(reason)),
            None => (step.action)(&session),
        };
        if matches!(outcome, Ok(Outcome::Passed(_))) {
            session.passed.push(step.name);
        }
        report.add(step.name, &outcome, start.elapsed());
    }
    report
}

/// The first needed step that is part of this run and has not passed.
fn blocked(step: &Step, steps: &[&Step], session: &Session) -> Option<String> {
    let open = |need: &&&str| steps.iter().any(|other| other.name == **need) && !session.has_passed(need);
    step.needs.iter().find(open).map(|need| format!("`{need}` has not passed"))
}

/// What happened, row by row.
#[derive(Default)]
pub struct Report {
    rows: Vec<[String; 4]>,
    counts: BTreeMap<&'static str, usize>,
}

impl Report {
    /// Adds a row and prints it.
    pub fn add(&mut self, name: &str, outcome: &Result<Outcome>, time: Duration) {
        let (word, detail) = match outcome {
            Ok(Outcome::Passed(detail)) => ("passed", detail.clone()),
            Ok(Outcome::NotRun(reason)) => ("not run", reason.clone()),
            Err(error) => ("failed", format!("{error:#}")),
        };
        *self.counts.entry(word).or_default() += 1;
        let time = format!("{:.1} s", time.as_secs_f64());
        println!("-- {name}: {word} after {time}{}{detail}", if detail.is_empty() { "" } else { ": " });
        // One row, one line, whatever an error message holds.
        let detail = detail.split_whitespace().collect::<Vec<_>>().join(" ");
        self.rows.push([name.to_owned(), word.to_owned(), time, detail]);
    }

    /// Whether any step failed.
    pub fn has_failed(&self) -> bool {
        self.count("failed") > 0
    }

    /// The table, and the count of steps alone on its last line.
    pub fn table(&self) -> String {
        let width = |column: usize| self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
        let (name, word, time) = (width(0), width(1), width(2));
        let mut text = String::from("\n");
        for row in &self.rows {
            let line = format!("{:name$}  {:word$}  {:>time$}  {}", row[0], row[1], row[2], row[3]);
            text.push_str(line.trim_end());
            text.push('\n');
        }
        let [passed, failed, skipped] = ["passed", "failed", "not run"].map(|word| self.count(word));
        text.push_str(&format!("\n{passed} passed, {failed} failed, {skipped} skipped\n"));
        text
    }

    fn count(&self, word: &str) -> usize {
        self.counts.get(word).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Step =
        Step { name: "", about: "", quick: true, needs: &[], after: &[], packages: &[], action: passes };

    fn passes(_: &Session) -> Result<Outcome> {
        Ok(Outcome::Passed(String::new()))
    }

    fn fails(_: &Session) -> Result<Outcome> {
        bail!("it broke\nbadly")
    }

    fn made_up() -> Vec<Step> {
        vec![
            Step { name: "packages", quick: false, ..PLAIN },
            Step { name: "ui-install", ..PLAIN },
            Step { name: "ui-build", needs: &["ui-install"], ..PLAIN },
            Step { name: "rust", after: &["packages"], ..PLAIN },
            Step { name: "window", quick: false, needs: &["ui-build"], after: &["packages"], ..PLAIN },
        ]
    }

    fn chosen(names: &[&str], quick: bool) -> Option<Vec<&'static str>> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        choose(&made_up(), &names, quick).ok().map(|steps| steps.iter().map(|step| step.name).collect())
    }

    fn table(steps: &[Step], lacking: Option<&str>) -> (bool, String) {
        let report = run(&steps.iter().collect::<Vec<_>>(), |_| lacking.map(str::to_owned));
        (report.has_failed(), report.table())
    }

    #[test]
    fn a_step_brings_what_it_needs_in_order() {
        assert_eq!(chosen(&["window"], false), Some(vec!["packages", "ui-install", "ui-build", "window"]));
    }

    #[test]
    fn a_first_word_names_all_its_steps() {
        assert_eq!(chosen(&["ui"], false), Some(vec!["ui-install", "ui-build"]));
    }

    #[test]
    fn no_name_means_all_and_quick_leaves_the_long_ones_out() {
        assert_eq!(chosen(&[], false).map(|steps| steps.len()), Some(5));
        assert_eq!(chosen(&[], true), Some(vec!["ui-install", "ui-build", "rust"]));
        assert_eq!(chosen(&["window"], true), None);
    }

    #[test]
    fn an_unknown_name_is_an_error_and_not_an_empty_run() {
        assert_eq!(chosen(&["rusty"], false), None);
    }

    #[test]
    fn a_failed_step_is_counted_and_the_rest_still_runs() {
        let steps = [Step { name: "one", action: fails, ..PLAIN }, Step { name: "two", ..PLAIN }];
        let (failed, table) = table(&steps, None);
        assert!(failed);
        assert!(table.contains("it broke badly"), "{table}");
        assert!(table.ends_with("\n1 passed, 1 failed, 0 skipped\n"), "{table}");
    }

    #[test]
    fn what_needs_a_failed_step_is_not_run_and_not_passed() {
        let steps = [Step { name: "one", action: fails, ..PLAIN }, Step { name: "two", needs: &["one"], ..PLAIN }];
        let (_, table) = table(&steps, None);
        assert!(table.contains("`one` has not passed"), "{table}");
        assert!(table.ends_with("\n0 passed, 1 failed, 1 skipped\n"), "{table}");
    }

    #[test]
    fn a_step_without_its_packages_is_not_run_and_says_why() {
        let (failed, table) = table(&[Step { name: "one", ..PLAIN }], Some("missing packages: xvfb"));
        assert!(!failed);
        assert!(table.contains("missing packages: xvfb"), "{table}");
        assert!(table.ends_with("\n0 passed, 0 failed, 1 skipped\n"), "{table}");
    }
}
