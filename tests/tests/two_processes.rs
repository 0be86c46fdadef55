//! One engine a data directory, and commands that work beside it: what they change counts when they end.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use serde_json::{Value, json};
use std::fs::{File, TryLockError};
use std::process::{Command, Stdio};
use tocsin_tests::http::Request;
use tocsin_tests::payload::document;
use tocsin_tests::product::{Product, Sender};
use tocsin_tests::wait::{line, until};

fn only_id(product: &Product) -> String {
    let alerts = product.alerts("");
    assert_eq!(alerts.len(), 1);
    alerts[0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_data_directory_has_one_engine() {
    let product = Product::new();
    let engine = product.serve();
    let second = product.try_serve(&["serve", "--listen", "127.0.0.1:0"], &[]).expect_err("there is one already");
    assert_eq!((second.code, second.stdout.as_str()), (4, ""));
    let sentence = format!("another Tocsin is running on {}: use that one, or stop it first", product.dir().display());
    assert!(second.stderr.contains(&sentence), "{}", second.stderr);
    // Another directory is another matter.
    let other = Product::new();
    let beside = other.serve();
    assert_ne!(engine.address, beside.address);
    assert_eq!((engine.stop(), beside.stop()), (0, 0));
    let again = product.serve();
    assert_eq!(again.stop(), 0);
}

#[test]
fn a_new_source_takes_deliveries_and_a_removed_one_none_when_the_command_ends() {
    let product = Product::new();
    let engine = product.serve();
    for number in 0..5 {
        let name = format!("source-{number}");
        let sender = product.add_source("secure-access", &name, &[]);
        assert_eq!(sender.added["address"], format!("http://{}/hooks/{name}", engine.address));
        assert_eq!(engine.deliver(&sender, document(&name)).status, 202, "the first delivery of {name}");
        let _ = product.json(&["source", "remove", &name]);
        assert_eq!(engine.deliver(&sender, document(&name)).status, 404, "after the removal of {name}");
    }
    assert_eq!(product.alerts("").len(), 5, "the alerts of a removed source stay");
}

#[test]
fn a_new_password_ends_the_old_one_at_once() {
    let product = Product::new();
    let engine = product.serve();
    let mut sender = product.add_source("secure-access", "csa", &[]);
    for number in 0..4 {
        assert_eq!(engine.deliver(&sender, document(&format!("{number}"))).status, 202);
        let new = Sender::of(&product.json(&["source", "password", "csa"]));
        assert_ne!(new.password, sender.password);
        assert_eq!(engine.deliver(&sender, document("old")).status, 401, "the old password, although it was right");
        sender = new;
    }
    // One of one's own, from stdin.
    let chosen = "correct horse battery staple";
    let ran = product.run_with(&["source", "password", "csa", "--password-stdin"], chosen.as_bytes());
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(engine.deliver(&Sender { password: chosen.to_owned(), ..sender }, document("chosen")).status, 202);
}

#[test]
fn commands_change_alerts_beside_a_running_engine() {
    let product = Product::new();
    let engine = product.serve();
    let sender = product.add_source("secure-access", "csa", &[]);
    assert_eq!(engine.deliver(&sender, document("1")).status, 202);
    let id = only_id(&product);
    let _ = product.json(&["alert", "acknowledge", &id]);
    assert_eq!(product.alerts("")[0]["status"], "acknowledged");
    // The engine goes by it: a repeat leaves it alone.
    assert_eq!(engine.deliver(&sender, document("1")).json()["duplicate"], 1);
    assert_eq!(product.alerts("")[0]["status"], "acknowledged");
    let summary = product.ingest("csa", &document("2"));
    assert_eq!(summary["alerts"], 1);
    // What came from a file is known to the engine, and the other way round.
    assert_eq!(engine.deliver(&sender, document("2")).json()["duplicate"], 1);
    assert_eq!(product.ingest("csa", &document("1"))["duplicate"], 1);
    let _ = product.json(&["alert", "undo"]);
    assert_eq!(product.alerts("external:1")[0]["status"], "new");
    assert_eq!(product.run(&["source", "test", "csa"]).code, 0, "the running engine is found by itself");
    let with_password = product.run_with(&["source", "test", "csa", "--password-stdin"], sender.password.as_bytes());
    assert_eq!(with_password.code, 0, "{with_password:?}");
    assert_eq!(product.run_with(&["source", "test", "csa", "--password-stdin"], b"wrong password").code, 1);
}

#[test]
fn the_same_alerts_from_many_sides_at_once_are_stored_once() {
    const IDS: usize = 20;
    let product = Product::new();
    let engine = product.serve();
    let sender = product.add_source("secure-access", "csa", &[]);
    let everything = product.file(
        "all",
        json!(
            (0..IDS).map(|n| -> Value { serde_json::from_str(&document(&n.to_string())).unwrap() }).collect::<Vec<_>>()
        )
        .to_string(),
    );
    std::thread::scope(|scope| {
        for worker in 0..3 {
            let (engine, sender) = (&engine, &sender);
            scope.spawn(move || {
                for step in 0..IDS {
                    let id = (step * 7 + worker * 5) % IDS;
                    let answer = engine.deliver(sender, document(&id.to_string()));
                    let said = answer.json();
                    assert_eq!(answer.status, 202, "{said}");
                    assert_eq!(said["stored"].as_u64().unwrap() + said["duplicate"].as_u64().unwrap(), 1, "{said}");
                }
            });
        }
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..3 {
                    let ran = product.run(&["ingest", "--source", "csa", &everything, "--output", "json"]);
                    assert_eq!((ran.code, ran.json()["received"].clone()), (0, json!(IDS)), "{ran:?}");
                }
            });
        }
    });
    assert_eq!(product.alerts("").len(), IDS);
    // received = stored + updated + duplicate + quarantined, summed up over everyone.
    let shown = product.json(&["source", "show", "csa"]);
    assert_eq!((&shown["stored"], &shown["duplicate"]), (&json!(IDS), &json!(3 * IDS + 6 * IDS - IDS)));
    assert_eq!(product.json(&["doctor"])["items"][1]["verdict"], "ok", "the database is sound");
}

#[test]
fn an_engine_that_was_killed_leaves_nothing_in_the_way() {
    let product = Product::new();
    let engine = product.serve();
    let sender = product.add_source("secure-access", "csa", &[]);
    assert_eq!(engine.deliver(&sender, document("1")).status, 202);
    let old = engine.address;
    engine.kill();
    assert!(product.dir().join("engine.json").exists(), "it had no time to clean up");
    // Commands see that it is gone, and what it had acknowledged is there.
    assert_eq!(only_id(&product).len(), 36);
    let shown = product.json(&["source", "show", "csa"]);
    assert_eq!(shown["address"], "http://127.0.0.1:8787/hooks/csa", "not the address of the dead: {old}");
    let next = product.serve();
    assert_eq!(next.deliver(&sender, document("1")).json()["duplicate"], 1);
    assert_eq!(next.deliver(&sender, document("2")).status, 202);
    next.kill();
    // Without any command in between.
    let last = product.serve();
    assert_eq!(Request::new("GET", "/healthz").send(last.address).status, 200);
    assert_eq!(product.alerts("").len(), 2);
    assert_eq!(last.stop(), 0);
    assert!(!product.dir().join("engine.json").exists(), "one that stops says so");
}

#[test]
fn an_engine_waits_for_a_command_that_has_the_directory() {
    let product = Product::new();
    let _ = product.add_source("secure-access", "csa", &[]);
    // It holds the directory until its standard input ends.
    let mut command = product.command(&["ingest", "--source", "csa", "-"]);
    let mut command = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let lock = product.dir().join("engine.lock");
    until("the command to have the directory", || {
        let file = File::options().read(true).write(true).open(&lock).ok()?;
        matches!(file.try_lock(), Err(TryLockError::WouldBlock)).then_some(())
    });
    let mut engine = product.command(&["serve", "--listen", "127.0.0.1:0"]);
    let mut engine = engine.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    until("the engine to be on its way", || product.dir().join("logs").is_dir().then_some(()));
    drop(command.stdin.take());
    assert_eq!(command.wait().unwrap().code(), Some(3), "nothing is no delivery");
    let said = line(engine.stdout.take().unwrap(), "listening on");
    let stopped = Command::new("kill").args(["-TERM", &engine.id().to_string()]).status().unwrap().success();
    let code = engine.wait().unwrap().code();
    assert!(said.is_some() && stopped && code == Some(0), "{said:?}, exit {code:?}");
}
