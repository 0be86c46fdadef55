//! The checks themselves: one function a step of `cargo xtask test`.
//!
//! Every cargo command here names the same packages, so that dependencies are compiled once and not once a step.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::packages::{self, Group};
use crate::steps::{Outcome, Session};
use crate::{shell, tools};

/// Everything but the app: what `cargo test` and `cargo tree` look at without linking a window.
const HEADLESS: &str = "--workspace --exclude tocsin-desktop";
const NO_DENY: &str = "cargo-deny is not installed (cargo install --locked cargo-deny)";
/// Crates that only a window needs.
const GUI: &[&str] = &["gtk", "gdk", "webkit2gtk", "tauri", "tao", "wry"];
/// Whole-product tests that are steps of their own.
const OWN_STEPS: &[&str] = &["window", "reliability"];

/// What an installed set of packages leaves to do.
pub fn install_packages(groups: &[&'static Group]) -> Result<Outcome> {
    if let Some(lacking) = packages::lacking(groups)
        && !packages::may_install()
    {
        return Ok(Outcome::NotRun(format!("{lacking}; this user cannot install them here")));
    }
    packages::ensure(groups)?;
    passed("all there")
}

/// Other people's programs.
pub fn tools(session: &Session) -> Result<Outcome> {
    if !cfg!(target_os = "linux") {
        return Ok(Outcome::NotRun("only tested on Linux so far".to_owned()));
    }
    let found = tools::alertmanager().and_then(|alertmanager| Ok((alertmanager, tools::python()?)));
    match found {
        Ok((alertmanager, python)) => passed(&format!("{}, {}", alertmanager.display(), python.display())),
        Err(error) if session.has_passed("packages") && !error.is::<tools::CannotStart>() => Err(error),
        Err(error) => Ok(Outcome::NotRun(format!("{error:#}"))),
    }
}

/// The npm packages of the page.
pub fn ui_install(_: &Session) -> Result<Outcome> {
    tools::ui_packages()?;
    passed("")
}

/// Types, lints and format of the page.
pub fn ui_check(_: &Session) -> Result<Outcome> {
    plain(&mut shell::npm("run check"))
}

/// Unit and component tests of the page.
pub fn ui_unit(_: &Session) -> Result<Outcome> {
    plain(&mut shell::npm("test"))
}

/// The page as the app carries it.
pub fn ui_build(_: &Session) -> Result<Outcome> {
    plain(&mut shell::npm("run build"))
}

/// The page with made-up data in a browser.
pub fn ui_browser(_: &Session) -> Result<Outcome> {
    in_browser("run test:browser")
}

/// The same tests in WebKitGTK, the engine of the real window.
pub fn ui_webkit(_: &Session) -> Result<Outcome> {
    in_browser("run test:webkit")
}

/// Format of the Rust code.
pub fn fmt(_: &Session) -> Result<Outcome> {
    plain(&mut shell::cargo("fmt --all --check"))
}

/// Lints of the Rust code; a warning is an error.
pub fn clippy(_: &Session) -> Result<Outcome> {
    plain(&mut shell::cargo("clippy --workspace --all-targets -- -D warnings"))
}

/// That everything but the app is built without any window library.
pub fn no_gui(_: &Session) -> Result<Outcome> {
    let tree = shell::output(&mut shell::cargo(&format!("tree {HEADLESS} --prefix none --format {{p}}")))?;
    let found = gui_crates(&tree);
    if !found.is_empty() {
        bail!("the command line would link a window: {}", found.join(" "));
    }
    passed(&format!("{} crates, none for a window", tree.lines().count()))
}

/// Tests inside the crates, their integration tests and the examples in their documentation.
pub fn rust(session: &Session) -> Result<Outcome> {
    let mut tally = Tally::default();
    let mut unit = shell::cargo(&format!("test {HEADLESS} --no-fail-fast --lib --bins"));
    for name in names_in(&shell::root().join("crates"), "tests")? {
        unit.args(["--test", &name]);
    }
    let units = tally.run(with_tools(&mut unit, session)?);
    let examples = tally.run(&mut shell::cargo(&format!("test {HEADLESS} --no-fail-fast --doc")));
    units.and(examples)?;
    tally.outcome()
}

/// The whole product against other people's programs.
pub fn product(session: &Session) -> Result<Outcome> {
    let mut command = shell::cargo(&format!("test {HEADLESS} --no-fail-fast"));
    for name in names_in(&shell::root(), "tests")? {
        if !OWN_STEPS.iter().any(|own| name.starts_with(own)) {
            command.args(["--test", &name]);
        }
    }
    product_tests(&mut command, session)
}

/// The whole product while it is killed and its disk fails.
pub fn reliability(session: &Session) -> Result<Outcome> {
    let mut command = shell::cargo(&format!("test {HEADLESS} --no-fail-fast"));
    product_tests(command.args(["--test", "reliability*"]), session)
}

/// Tests of the app, the comparison of the committed bindings among them.
pub fn app(session: &Session) -> Result<Outcome> {
    let mut tally = Tally::default();
    tally.run(with_tools(&mut shell::cargo("test -p tocsin-desktop --no-fail-fast"), session)?)?;
    tally.outcome()
}

/// The app in its real window, on a screen and a bus of its own.
pub fn window(session: &Session) -> Result<Outcome> {
    build_programs()?;
    shell::run(&mut shell::cargo("build -p tocsin-desktop"))?;
    let cargo = shell::cargo(&format!("test {HEADLESS} --no-fail-fast --test window* -- --ignored --test-threads=1"));
    let mut command = shell::on_a_screen(&cargo, 1_200);
    let mut tally = Tally::default();
    tally.run(with_tools(&mut command, session)?)?;
    tally.outcome()
}

/// Licences and origins of the dependencies, and the crates we keep out.
pub fn deny(_: &Session) -> Result<Outcome> {
    if !has_deny() {
        return Ok(Outcome::NotRun(NO_DENY.to_owned()));
    }
    plain(&mut shell::cargo("deny --workspace check bans licenses sources"))
}

/// Known holes of the dependencies.
pub fn advisories(_: &Session) -> Result<Outcome> {
    if !has_deny() {
        return Ok(Outcome::NotRun(NO_DENY.to_owned()));
    }
    if !shell::succeeds(&mut shell::cargo("deny --workspace fetch db")) {
        return Ok(Outcome::NotRun("the list of known holes cannot be fetched from here".to_owned()));
    }
    plain(&mut shell::cargo("deny --workspace --offline check advisories"))
}

fn has_deny() -> bool {
    shell::succeeds(&mut shell::cargo("deny --version"))
}

/// Tests of the page; the line that counts them is the account of the step.
fn in_browser(script: &str) -> Result<Outcome> {
    let mut count = String::new();
    shell::run_watched(&mut shell::npm(script), TOO_LONG, |line| {
        if line.contains(" passed, ") {
            line.clone_into(&mut count);
        }
    })
    .with_context(|| if count.is_empty() { "the tests did not come to their end".to_owned() } else { count.clone() })?;
    passed(&count)
}

fn plain(command: &mut Command) -> Result<Outcome> {
    shell::run(command)?;
    passed("")
}

fn passed(detail: &str) -> Result<Outcome> {
    Ok(Outcome::Passed(detail.to_owned()))
}

fn product_tests(command: &mut Command, session: &Session) -> Result<Outcome> {
    build_programs()?;
    let mut tally = Tally::default();
    tally.run(with_tools(command, session)?)?;
    tally.outcome()
}

/// The programs that whole-product tests start: cargo builds them for tests of their own package only.
fn build_programs() -> Result<()> {
    shell::run(&mut shell::cargo(&format!("build {HEADLESS} --exclude xtask --bins")))
}

/// Tells a test command where other people's programs are, and that none may be missing once all were set up.
fn with_tools<'a>(command: &'a mut Command, session: &Session) -> Result<&'a mut Command> {
    let mut set: Vec<(&str, OsString)> = Vec::new();
    if session.has_passed("tools") {
        set.push(("TOCSIN_TEST_ALERTMANAGER", tools::alertmanager()?.into()));
        set.push(("TOCSIN_TEST_PYTHON", tools::python()?.into()));
        if session.has_passed("packages") {
            set.push(("TOCSIN_TEST_REQUIRE_ALL", "1".into()));
        }
    }
    Ok(command.envs(set))
}

/// Where the app's own tests stand, which are a step of their own.
const APP: &str = "src-tauri";

/// The names of the integration tests in `<directory>/*/<folder>/`, without the app's.
fn names_in(directory: &Path, folder: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for package in fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))? {
        let package = package?;
        let Ok(files) = fs::read_dir(package.path().join(folder)) else { continue };
        if package.file_name() == APP {
            continue;
        }
        for file in files {
            let path = file?.path();
            let is_test = path.extension().is_some_and(|extension| extension == "rs") || path.join("main.rs").is_file();
            if let Some(name) = path.file_stem().and_then(|stem| stem.to_str()).filter(|_| is_test) {
                names.push(name.to_owned());
            }
        }
    }
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// The window crates in what `cargo tree` prints, a crate a line.
fn gui_crates(tree: &str) -> Vec<&str> {
    let is_gui = |name: &&str| GUI.iter().any(|gui| name == gui || name.starts_with(&format!("{gui}-")));
    tree.lines().filter_map(|line| line.split(' ').next()).filter(is_gui).collect()
}

/// Several times what the longest step takes with all there is to build before it, and far less than a whole run may.
const TOO_LONG: Duration = Duration::from_secs(25 * 60);

/// How many tests ran, read from what the test programs print.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: usize,
    failed: usize,
    ignored: usize,
}

impl Tally {
    fn run(&mut self, command: &mut Command) -> Result<()> {
        shell::run_watched(command, TOO_LONG, |line| self.see(line)).with_context(|| match self.failed {
            0 => "the tests did not build, or one of the programs died".to_owned(),
            failed => format!("{failed} tests failed"),
        })
    }

    /// Reads a line like `test result: ok. 12 passed; 0 failed; 1 ignored; ...`.
    fn see(&mut self, line: &str) {
        let Some(counts) = line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". ")) else { return };
        for count in counts.1.split("; ") {
            let (number, word) = count.split_once(' ').unwrap_or_default();
            let number: usize = number.parse().unwrap_or_default();
            match word {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }

    /// # Errors
    /// When no test ran: a filter that matches nothing must not look like a success.
    fn outcome(&self) -> Result<Outcome> {
        match (self.passed, self.ignored) {
            (0, _) => bail!("no test ran"),
            (passed, 0) => self::passed(&format!("{passed} passed")),
            (passed, ignored) => self::passed(&format!("{passed} passed, {ignored} ignored")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_several_test_programs_add_up() {
        let mut tally = Tally::default();
        tally.see("running 3 tests");
        tally.see("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s");
        tally.see("test result: FAILED. 2 passed; 4 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s");
        assert_eq!(tally, Tally { passed: 5, failed: 4, ignored: 1 });
    }

    #[test]
    fn a_run_without_a_test_is_no_success() {
        assert!(Tally::default().outcome().is_err());
        assert!(Tally { passed: 0, failed: 0, ignored: 7 }.outcome().is_err());
        assert_eq!(Tally { passed: 1, failed: 0, ignored: 0 }.outcome().ok(), Some(Outcome::Passed("1 passed".into())));
    }

    #[test]
    fn window_crates_are_found_and_names_that_only_begin_like_them_are_not() {
        let tree = "tocsin v0.1.0 (/x)\ntauri-runtime v2.0.0\ngtk v0.18.2\ntaoist v1.0.0\nwebkit2gtk-sys v2.0.2\n";
        assert_eq!(gui_crates(tree), ["tauri-runtime", "gtk", "webkit2gtk-sys"]);
        assert!(gui_crates("tocsin v0.1.0\nserde v1.0.0\n").is_empty());
    }

    #[test]
    fn the_whole_product_tests_are_found_by_name() {
        let names = names_in(&shell::root(), "tests").unwrap_or_default();
        assert!(names.contains(&"architecture".to_owned()), "{names:?}");
        assert!(!names.contains(&"ipc".to_owned()), "the app's: {names:?}");
    }
}
