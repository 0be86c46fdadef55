//! Guards the drawing in ARCHITECTURE.md: which crate may use which, where windows and SQL live, how large things get.
//!
//! Each rule is a function from facts to faults. It runs once over this repository, where it must find none, and once
//! over made-up facts, where it must find the one that is planted: a rule that cannot fail guards nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The arrows between our crates. A new crate is drawn here and in ARCHITECTURE.md first.
const ARROWS: &[(&str, &[&str])] = &[
    ("tocsin-model", &[]),
    ("tocsin-ingest", &["tocsin-model"]),
    ("tocsin-store", &["tocsin-model"]),
    ("tocsin-rules", &["tocsin-model"]),
    ("tocsin-notify", &["tocsin-model"]),
    ("tocsin-engine", &["tocsin-ingest", "tocsin-store", "tocsin-rules", "tocsin-notify", "tocsin-model"]),
    ("tocsin", &["tocsin-engine", "tocsin-model"]),
    ("tocsin-wire", &["tocsin-engine", "tocsin-model"]),
    ("tocsin-desktop", &["tocsin-wire", "tocsin-engine", "tocsin-model"]),
    ("tocsin-testkit", &["tocsin-engine", "tocsin-store", "tocsin-model"]),
    ("tocsin-tests", &["tocsin-engine", "tocsin-model", "tocsin-testkit", "tocsin-rules"]),
    ("xtask", &["tocsin-engine", "tocsin-model", "tocsin-testkit", "tocsin-rules"]),
];

/// Libraries with one home: how their names begin, and the crate they live in.
const HOMES: &[(&str, &str)] = &[
    ("tauri", "tocsin-desktop"),
    ("wry", "tocsin-desktop"),
    ("tao", "tocsin-desktop"),
    ("gtk", "tocsin-desktop"),
    ("webkit2gtk", "tocsin-desktop"),
    ("rusqlite", "tocsin-store"),
    ("libsqlite3-sys", "tocsin-store"),
    ("refinery", "tocsin-store"),
];

/// Crates without I/O, and what would bring it in.
const PURE: &[&str] = &["tocsin-model", "tocsin-rules"];
const IMPURE: &[&str] = &["tokio", "hyper", "hyper-util", "axum", "reqwest", "rusqlite", "directories", "notify-rust"];

/// Lines of Rust in src-tauri/src, all files together: the app is a thin shell.
const APP_LINES: usize = 2_000;
/// Lines in any Rust file.
const FILE_LINES: usize = 600;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Normal,
    Build,
    Dev,
}

struct Package {
    name: String,
    dependencies: Vec<(String, Kind)>,
    /// The first file of each library and program.
    roots: Vec<PathBuf>,
}

struct Source {
    path: String,
    text: String,
}

// The rules.

fn undrawn_edges(packages: &[Package]) -> Vec<String> {
    let mut faults = Vec::new();
    for package in packages {
        let Some((_, drawn)) = ARROWS.iter().find(|(name, _)| *name == package.name) else {
            faults.push(format!("{} is not drawn at all", package.name));
            continue;
        };
        for (used, kind) in &package.dependencies {
            let ours = packages.iter().any(|other| other.name == *used);
            let for_tests = used == "tocsin-testkit" && *kind == Kind::Dev;
            if ours && !for_tests && !drawn.contains(&used.as_str()) {
                faults.push(format!("{} -> {used} is not drawn", package.name));
            }
        }
    }
    faults
}

fn away_from_home(packages: &[Package]) -> Vec<String> {
    let mut faults = Vec::new();
    for package in packages {
        for (used, kind) in &package.dependencies {
            let is = |library: &str| used == library || used.starts_with(&format!("{library}-"));
            let Some((_, home)) = HOMES.iter().find(|(library, _)| is(library)) else { continue };
            // Whole-product tests may look into the database with a connection that is not the product's own.
            let looks_in = used == "rusqlite" && *kind == Kind::Dev && package.name == "tocsin-tests";
            if package.name != *home && !looks_in {
                faults.push(format!("{} uses {used}, whose home is {home}", package.name));
            }
        }
    }
    faults
}

fn impure(packages: &[Package]) -> Vec<String> {
    let pure = packages.iter().filter(|package| PURE.contains(&package.name.as_str()));
    let used = pure.flat_map(|package| package.dependencies.iter().map(move |used| (&package.name, used)));
    used.filter(|(_, (used, kind))| *kind != Kind::Dev && IMPURE.contains(&used.as_str()))
        .map(|(name, (used, _))| format!("{name} is pure and may not use {used}"))
        .collect()
}

fn too_long(sources: &[Source]) -> Vec<String> {
    let lines = |source: &Source| source.text.lines().count();
    let mut faults: Vec<String> = sources
        .iter()
        .filter(|source| lines(source) > FILE_LINES)
        .map(|source| format!("{} has {} lines, {FILE_LINES} at most", source.path, lines(source)))
        .collect();
    let app: usize = sources.iter().filter(|source| source.path.starts_with("src-tauri/src/")).map(lines).sum();
    if app > APP_LINES {
        faults.push(format!("src-tauri/src has {app} lines, {APP_LINES} at most: decisions belong to the engine"));
    }
    faults
}

fn undocumented(roots: &[Source]) -> Vec<String> {
    let says_something = |source: &Source| {
        let first = source.text.lines().next().and_then(|line| line.strip_prefix("//!"));
        first.is_some_and(|text| text.chars().any(char::is_alphanumeric))
    };
    roots
        .iter()
        .filter(|root| !says_something(root))
        .map(|root| format!("{} does not begin with //!", root.path))
        .collect()
}

/// The page talks to the app through one folder, so that it also runs in a browser.
fn page_around_the_client(sources: &[Source]) -> Vec<String> {
    let outside = sources.iter().filter(|source| !source.path.starts_with("ui/src/lib/ipc/"));
    outside
        .filter(|source| source.text.contains("@tauri-apps/"))
        .map(|source| format!("{} calls Tauri past ui/src/lib/ipc", source.path))
        .collect()
}

// This repository.

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn packages() -> Vec<Package> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages: Vec<Package> = metadata["packages"].as_array().unwrap().iter().map(package).collect();
    assert!(packages.len() >= ARROWS.len(), "cargo metadata lists {} packages", packages.len());
    packages
}

fn package(value: &Value) -> Package {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let dependency = |value: &Value| {
        let kind = match value["kind"].as_str() {
            None => Kind::Normal,
            Some("dev") => Kind::Dev,
            Some("build") => Kind::Build,
            Some(other) => panic!("cargo knows a new kind of dependency: {other}"),
        };
        (text(&value["name"]), kind)
    };
    let is_root = |target: &&Value| ["lib", "bin"].iter().any(|kind| target["kind"][0] == *kind);
    Package {
        name: text(&value["name"]),
        dependencies: value["dependencies"].as_array().unwrap().iter().map(dependency).collect(),
        roots: value["targets"]
            .as_array()
            .unwrap()
            .iter()
            .filter(is_root)
            .map(|it| text(&it["src_path"]).into())
            .collect(),
    }
}

/// The files below these folders whose names end in one of these ways.
fn sources(folders: &[&str], endings: &[&str]) -> Vec<Source> {
    let mut waiting: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    let mut found = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            if path.is_dir() {
                waiting.push(path);
            } else if endings.contains(&ending) {
                found.push(source(&path));
            }
        }
    }
    assert!(!found.is_empty(), "no source file found: the rule would hold for nothing");
    found
}

fn source(path: &Path) -> Source {
    let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
    Source { path: name, text: fs::read_to_string(path).unwrap() }
}

fn rust() -> Vec<Source> {
    sources(&["crates", "src-tauri", "tests", "xtask"], &["rs"])
}

#[track_caller]
fn none(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn only_the_drawn_edges_exist() {
    none(undrawn_edges(&packages()));
}

#[test]
fn windows_and_sql_stay_at_home() {
    none(away_from_home(&packages()));
}

#[test]
fn the_core_is_pure() {
    none(impure(&packages()));
}

#[test]
fn the_app_is_thin_and_no_file_is_long() {
    none(too_long(&rust()));
}

#[test]
fn every_crate_says_what_it_is() {
    none(undocumented(
        &packages().iter().flat_map(|package| &package.roots).map(|path| source(path)).collect::<Vec<_>>(),
    ));
}

#[test]
fn the_page_talks_to_the_app_in_one_place() {
    none(page_around_the_client(&sources(&["ui/src"], &["ts", "svelte"])));
}

// Made-up repositories with one fault each.

fn made_up(name: &str, dependencies: &[(&str, Kind)]) -> Package {
    let dependencies = dependencies.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect();
    Package { name: name.to_owned(), dependencies, roots: Vec::new() }
}

fn file(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}

/// Every crate of the drawing without a dependency, and this one instead of its namesake.
fn drawing_with(package: Package) -> Vec<Package> {
    let others = ARROWS.iter().filter(|(name, _)| *name != package.name).map(|(name, _)| made_up(name, &[]));
    let mut all: Vec<Package> = others.collect();
    all.push(package);
    all
}

#[test]
fn an_edge_between_siblings_is_found() {
    for kind in [Kind::Normal, Kind::Build, Kind::Dev] {
        let faults = undrawn_edges(&drawing_with(made_up("tocsin-ingest", &[("tocsin-store", kind)])));
        assert_eq!(faults, ["tocsin-ingest -> tocsin-store is not drawn"]);
    }
}

#[test]
fn a_shell_that_reaches_past_the_engine_is_found() {
    for shell in ["tocsin", "tocsin-desktop"] {
        let faults = undrawn_edges(&drawing_with(made_up(shell, &[("tocsin-store", Kind::Normal)])));
        assert_eq!(faults, [format!("{shell} -> tocsin-store is not drawn")]);
    }
}

#[test]
fn the_testkit_is_for_tests_only() {
    let tests = drawing_with(made_up("tocsin-store", &[("tocsin-testkit", Kind::Dev), ("serde", Kind::Normal)]));
    assert_eq!(undrawn_edges(&tests), [""; 0]);
    let product = drawing_with(made_up("tocsin-store", &[("tocsin-testkit", Kind::Normal)]));
    assert_eq!(undrawn_edges(&product), ["tocsin-store -> tocsin-testkit is not drawn"]);
}

#[test]
fn a_crate_nobody_drew_is_found() {
    assert_eq!(undrawn_edges(&[made_up("tocsin-common", &[])]), ["tocsin-common is not drawn at all"]);
}

#[test]
fn a_window_library_outside_the_app_is_found() {
    for library in ["tauri", "tauri-build", "gtk", "wry"] {
        let faults = away_from_home(&[made_up("tocsin-engine", &[(library, Kind::Build)])]);
        assert_eq!(faults, [format!("tocsin-engine uses {library}, whose home is tocsin-desktop")]);
    }
    assert_eq!(away_from_home(&[made_up("tocsin-desktop", &[("tauri", Kind::Normal)])]), [""; 0]);
}

#[test]
fn sql_outside_the_store_is_found() {
    let faults = away_from_home(&[made_up("tocsin-engine", &[("rusqlite", Kind::Dev)])]);
    assert_eq!(faults, ["tocsin-engine uses rusqlite, whose home is tocsin-store"]);
    assert_eq!(away_from_home(&[made_up("tocsin-tests", &[("rusqlite", Kind::Dev)])]), [""; 0]);
    assert_eq!(away_from_home(&[made_up("tocsin-tests", &[("rusqlite", Kind::Normal)])]).len(), 1);
}

#[test]
fn input_and_output_in_the_core_are_found() {
    let faults = impure(&[made_up("tocsin-rules", &[("tokio", Kind::Normal), ("tokio", Kind::Dev)])]);
    assert_eq!(faults, ["tocsin-rules is pure and may not use tokio"]);
}

#[test]
fn a_long_file_is_found() {
    let at = |lines: usize| too_long(&[file("crates/model/src/lib.rs", &"\n".repeat(lines))]);
    assert_eq!(at(FILE_LINES), [""; 0]);
    assert_eq!(at(FILE_LINES + 1), ["crates/model/src/lib.rs has 601 lines, 600 at most"]);
}

#[test]
fn an_app_that_grows_is_found() {
    let app = |last: usize| {
        let mut files: Vec<Source> =
            (0..4).map(|n| file(&format!("src-tauri/src/{n}.rs"), &"\n".repeat(500))).collect();
        files.push(file("src-tauri/src/last.rs", &"\n".repeat(last)));
        files.push(file("crates/engine/src/lib.rs", &"\n".repeat(500)));
        too_long(&files)
    };
    assert_eq!(app(0), [""; 0]);
    assert!(app(1)[0].starts_with("src-tauri/src has 2001 lines"), "{:?}", app(1));
}

#[test]
fn a_crate_without_a_word_is_found() {
    assert_eq!(undocumented(&[file("a.rs", "//! What it is.\n")]), [""; 0]);
    assert_eq!(undocumented(&[file("a.rs", "mod x;\n")]), ["a.rs does not begin with //!"]);
    assert_eq!(undocumented(&[file("a.rs", "//!\n")]), ["a.rs does not begin with //!"]);
}

#[test]
fn a_view_that_calls_tauri_itself_is_found() {
    let import = "import { invoke } from '@tauri-apps/api/core';";
    assert_eq!(page_around_the_client(&[file("ui/src/lib/ipc/tauri.ts", import)]), [""; 0]);
    assert_eq!(page_around_the_client(&[file("ui/src/views/alerts.svelte", import)]).len(), 1);
}
