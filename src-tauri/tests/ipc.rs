//! The generated types and the lists of commands agree.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use super::*;
use specta_typescript::Typescript;

/// Where the generated TypeScript stands, from the top of the repository.
const BINDINGS: &str = "ui/src/lib/ipc/bindings.ts";

fn header() -> Typescript {
    Typescript::default()
}

/// Writes the TypeScript when `TOCSIN_WRITE_BINDINGS=1`, otherwise fails when it is not what would be written.
#[test]
fn the_windows_types_are_those_of_the_commands() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(BINDINGS);
    let fresh = tempfile::NamedTempFile::new().expect("a file");
    bindings().export(header(), fresh.path()).expect("exports");
    let fresh = std::fs::read_to_string(fresh.path()).expect("was written");
    if std::env::var_os("TOCSIN_WRITE_BINDINGS").is_some() {
        std::fs::write(&path, &fresh).expect("writes");
    }
    let kept = std::fs::read_to_string(&path).expect("is there");
    assert!(kept == fresh, "{BINDINGS} is out of date: TOCSIN_WRITE_BINDINGS=1 cargo test -p tocsin-desktop");
}

/// Every command is listed three times: here, in the build script and in the capability. They must agree.
#[test]
fn the_capability_names_exactly_the_commands() {
    let top = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let capability = std::fs::read_to_string(top.join("capabilities/main.json")).expect("is there");
    let capability: serde_json::Value = serde_json::from_str(&capability).expect("is JSON");
    let mut allowed: Vec<String> = capability["permissions"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|name| name.as_str()?.strip_prefix("allow-").map(|name| name.replace('-', "_")))
        .collect();
    let build = std::fs::read_to_string(top.join("src-tauri/build.rs")).expect("is there");
    let mut listed: Vec<String> = build
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\",").map(str::to_owned))
        .collect();
    let fresh = tempfile::NamedTempFile::new().expect("a file");
    bindings().export(header(), fresh.path()).expect("exports");
    let script = std::fs::read_to_string(fresh.path()).expect("was written");
    let mut called: Vec<String> = script
        .split("__TAURI_INVOKE(\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next().map(str::to_owned))
        .collect();
    for list in [&mut allowed, &mut listed, &mut called] {
        list.sort();
    }
    assert_eq!(allowed, listed);
    assert_eq!(listed, called);
}
