//! Backups: there and back again, refused in words, and never half done.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use tocsin_engine::{AlertListRequest, App, Config, EngineError, ErrorCode, IfThere};
use tocsin_model::alert::Action;

use crate::support::{ManualClock, START, add_source, alert, envelope, ingest, open};

fn desk() -> (TempDir, App) {
    let (dir, clock) = (tempfile::tempdir().unwrap(), ManualClock::new());
    let app = open(&dir, &clock);
    add_source(&app, "csa");
    ingest(&app, envelope("e1", Some(START), &[alert("a", "Active", "High"), alert("b", "Active", "Low")])).unwrap();
    ingest(&app, b"{broken".to_vec()).unwrap();
    let id = app.list_alerts(&AlertListRequest { limit: 1, ..AlertListRequest::default() }).unwrap().alerts[0].id;
    app.act_on_alerts(&[id], &Action::Note { text: "Kept".into() }).unwrap();
    (dir, app)
}

/// All that a person can see.
fn seen(app: &App) -> Vec<String> {
    let request = AlertListRequest { limit: 1_000, ..AlertListRequest::default() };
    let alerts = app.list_alerts(&request).unwrap().alerts;
    let mut all: Vec<String> = alerts.iter().map(|alert| format!("{:?}", app.show_alert(alert.id).unwrap())).collect();
    all.extend(app.sources().unwrap().iter().map(|source| format!("{:?}", source.record)));
    all.extend(app.quarantine(None, None, 99).unwrap().iter().map(|entry| format!("{entry:?}")));
    all.push(format!("{:?}", app.settings().unwrap()));
    all
}

fn reopened(dir: &TempDir) -> App {
    open(dir, &ManualClock::new())
}

fn config(dir: &TempDir) -> Config {
    reopened(dir).config().clone()
}

fn names(dir: &Path) -> Vec<String> {
    fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_backup_brings_back_what_was_and_keeps_what_is() {
    let (dir, app) = desk();
    let file = dir.path().join("tuesday.tocsin");
    let done = app.backup(&file, IfThere::Refuse).unwrap();
    assert_eq!((done.alerts, done.bytes), (2, fs::metadata(&file).unwrap().len()));
    let tuesday = seen(&app);
    ingest(&app, envelope("e2", Some(START), &[alert("c", "Active", "Medium")])).unwrap();
    let wednesday = seen(&app);
    assert_ne!(tuesday, wednesday);
    drop(app);

    let restored = App::restore(&config(&dir), &file).unwrap();
    assert_eq!(restored.alerts, 2);
    let app = reopened(&dir);
    assert_eq!(seen(&app), tuesday);
    drop(app);
    // What was there before is a backup itself.
    let kept = restored.kept_aside.unwrap();
    assert!(kept.starts_with(dir.path().join("backups")), "{}", kept.display());
    App::restore(&config(&dir), &kept).unwrap();
    assert_eq!(seen(&reopened(&dir)), wednesday);
    assert_eq!(names(&dir.path().join("backups")).len(), 2);
}

#[test]
fn a_backup_of_another_machine_fits_into_an_empty_place() {
    let (dir, app) = desk();
    let file = dir.path().join("all.tocsin");
    app.backup(&file, IfThere::Refuse).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let config = Config { data_dir: elsewhere.path().to_owned(), ..app.config().clone() };
    let restored = App::restore(&config, &file).unwrap();
    assert_eq!((restored.alerts, restored.kept_aside), (2, None));
    assert_eq!(seen(&reopened(&elsewhere)), seen(&app));
}

#[test]
fn a_window_restores_by_starting_anew() {
    let (dir, app) = desk();
    let file = dir.path().join("all.tocsin");
    app.backup(&file, IfThere::Refuse).unwrap();
    let then = seen(&app);
    ingest(&app, envelope("e2", Some(START), &[alert("c", "Active", "Medium")])).unwrap();
    let now = seen(&app);
    let staged = app.stage_restore(&file).unwrap();
    assert_eq!(seen(&app), now, "nothing changes until then");
    drop(app);
    assert_eq!(seen(&reopened(&dir)), then);
    assert!(staged.kept_aside.unwrap().is_file());
    assert_eq!(seen(&reopened(&dir)), then, "once is enough");
}

#[test]
fn a_restore_that_was_killed_half_way_is_finished_at_the_next_start() {
    let (dir, app) = desk();
    let file = dir.path().join("all.tocsin");
    app.backup(&file, IfThere::Refuse).unwrap();
    let then = seen(&app);
    ingest(&app, envelope("e2", Some(START), &[alert("c", "Active", "Medium")])).unwrap();
    let kept = app.stage_restore(&file).unwrap().kept_aside.unwrap();
    drop(app);
    // Killed after the old one was moved and before the new one was.
    fs::create_dir_all(kept.parent().unwrap()).unwrap();
    fs::rename(dir.path().join("tocsin.db"), &kept).unwrap();
    assert_eq!(seen(&reopened(&dir)), then);
    assert!(kept.is_file());
}

#[test]
fn even_a_database_that_cannot_be_opened_can_be_replaced() {
    let (dir, app) = desk();
    let file = dir.path().join("all.tocsin");
    app.backup(&file, IfThere::Refuse).unwrap();
    let (then, config) = (seen(&app), app.config().clone());
    drop(app);
    let damaged = b"this was a database once, before the disk went bad".repeat(400);
    fs::write(dir.path().join("tocsin.db"), &damaged).unwrap();
    let kept = App::restore(&config, &file).unwrap().kept_aside.unwrap();
    assert_eq!(fs::read(kept).unwrap(), damaged);
    assert_eq!(seen(&reopened(&dir)), then);
}

#[test]
fn what_is_refused_changes_nothing() {
    let (dir, app) = desk();
    let file = dir.path().join("all.tocsin");
    app.backup(&file, IfThere::Refuse).unwrap();
    let before = seen(&app);
    let there = names(dir.path()).len();
    let refused = |path: &Path| -> (ErrorCode, String) {
        let error = app.stage_restore(path).unwrap_err();
        (error.code(), error.to_string())
    };
    let text = dir.path().join("text");
    fs::write(&text, "dear diary").unwrap();
    assert_eq!(refused(&text).0, ErrorCode::Invalid);
    let half = dir.path().join("half");
    fs::write(&half, &fs::read(&file).unwrap()[..9_000]).unwrap();
    assert!(refused(&half).1.contains("damaged"));
    let (code, message) = refused(&app.config().data_dir.join("tocsin.db"));
    assert!(code == ErrorCode::Invalid && message.contains("tocsin backup"), "{message}");
    assert!(refused(&dir.path().join("nowhere")).1.contains("nowhere"));
    assert!(refused(dir.path()).1.contains("no file"));
    for extra in [&text, &half] {
        fs::remove_file(extra).unwrap();
    }
    assert_eq!((names(dir.path()).len(), seen(&app)), (there, before));

    let again = app.backup(&file, IfThere::Refuse).unwrap_err();
    assert!(again.code() == ErrorCode::Conflict && again.to_string().contains("--force"), "{again}");
    assert!(app.backup(&file, IfThere::Replace).is_ok());
    let own = app.backup(&app.config().data_dir.join("tocsin.db"), IfThere::Replace).unwrap_err();
    assert_eq!(own.code(), ErrorCode::Invalid);
    assert!(app.backup(&dir.path().join("no/folder/x"), IfThere::Refuse).is_err());
    let config = app.config().clone();
    assert!(matches!(App::restore(&config, &file), Err(EngineError::EngineRunning(_))), "while it is open");
    let guest = reopened(&dir);
    assert!(matches!(guest.stage_restore(&file), Err(EngineError::EngineRunning(_))));
}
