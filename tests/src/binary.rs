//! Programs that tests start: ours, and other people's.

use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The `tocsin` binary: `TOCSIN_TEST_BIN`, or the one of this workspace, built once.
///
/// # Panics
/// When it cannot be built.
pub fn tocsin() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| std::env::var_os("TOCSIN_TEST_BIN").map_or_else(build, PathBuf::from))
}

/// Cargo knows where it puts its binaries; a path of our own would miss a target directory set elsewhere.
fn build() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--package", "tocsin", "--message-format", "json"])
        .current_dir(root())
        .output()
        .expect("cargo starts");
    assert!(built.status.success(), "tocsin cannot be built: {}", String::from_utf8_lossy(&built.stderr));
    let messages = String::from_utf8(built.stdout).expect("cargo prints text");
    let found = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).find_map(|message| {
        let ours = message["target"]["name"] == "tocsin" && message["target"]["kind"][0] == "bin";
        message["executable"].as_str().filter(|_| ours).map(PathBuf::from)
    });
    found.expect("cargo names the binary")
}

/// The top of the repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is inside the repository").to_owned()
}

/// The file of that name in `tests/fixtures`.
#[must_use]
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// Another program: the one `variable` names, else the first of `usual` that is there.
#[must_use]
pub fn other(variable: &str, usual: &[&str]) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from);
    named.or_else(|| usual.iter().map(PathBuf::from).find(|path| path.is_file()))
}

/// Says that a test could not run. Not with `eprintln`, which the test runner keeps to itself.
///
/// # Panics
/// When `TOCSIN_TEST_REQUIRE_ALL=1`: where everything was set up, a test that does not run hides a fault.
pub fn not_run(reason: &str) {
    let required = std::env::var_os("TOCSIN_TEST_REQUIRE_ALL").is_some_and(|value| value == "1");
    assert!(!required, "TOCSIN_TEST_REQUIRE_ALL=1, but not run: {reason}");
    std::io::stderr().write_all(format!("not run: {reason}\n").as_bytes()).expect("stderr");
}
