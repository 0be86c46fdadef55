//! Promise I1 on a disk that fails or is full: no 2xx for what is not kept, and going on by itself afterwards.
//!
//! Errors come from strace, which answers a system call in the kernel's place; a full disk is a small one in memory.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use std::path::Path;

use rand::SeedableRng;
use rand::rngs::StdRng;
use tocsin_testkit::environment::{not_run, random};
use tocsin_testkit::fault::{SmallDisk, can_trace, failing_calls, failures};
use tocsin_testkit::http::once;
use tocsin_testkit::ledger::{Ledger, Tally};
use tocsin_testkit::payload::Payloads;
use tocsin_testkit::product::Product;
use tocsin_testkit::sender::{Sender, assert_put_off};
use tokio::task::JoinSet;

/// Writes that fail. One transaction is dozens of them, so every third would let none through.
const WRITES: &[&str] = &["200..210", "200+397", "4", "6..15", "40+97", "1..8"];
const SENDERS: usize = 4;
const DELIVERIES: usize = 15;

#[test]
fn a_sync_that_fails_promises_nothing() {
    // Few early ones (a single one may be the engine's own), rows of them, and the first ones of all.
    a_failing_disk("fsync,fdatasync", "EIO", &["4..7", "6..15", "1..8", "30..40"]);
}

#[test]
fn a_write_that_fails_promises_nothing() {
    a_failing_disk("pwrite64", "EIO", WRITES);
}

#[test]
fn a_write_without_space_promises_nothing() {
    a_failing_disk("pwrite64", "ENOSPC", WRITES);
}

fn a_failing_disk(calls: &str, error: &str, cases: &[&str]) {
    if let Err(reason) = can_trace() {
        return not_run(&reason);
    }
    let mut random = random(&format!("{calls} {error}"));
    let mut served = 0;
    for when in cases {
        let case = format!("{calls} {error} {when}");
        let (product, folder) = (Product::find(), tempfile::tempdir().unwrap());
        let dir = folder.path().join("data");
        product.add_source(&dir, "secure-access");
        let wrapper = failing_calls(&dir, calls, error, when);
        let serve = match product.serve_below(&wrapper, &dir, &[]) {
            Ok(serve) => serve,
            // The failure fell into the opening, which said so; then nothing was promised.
            Err(said) if said.contains("cannot open the store") || said.contains("the disk is full") => {
                println!("{case}: refused while opening, not run further");
                continue;
            }
            Err(said) => panic!("{case}: {said}"),
        };
        served += 1;
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let senders = runtime.block_on(async {
            let mut senders = JoinSet::new();
            for number in 0..SENDERS {
                let payloads = Payloads::new(format!("s{number}"), StdRng::from_rng(&mut random));
                senders.spawn(send_all(Sender::new(serve.target()), payloads));
            }
            senders.join_all().await
        });
        serve.kill();
        let failed = failures(&dir);
        assert!(failed > 0, "{case}: no call failed, so nothing was tried");
        let put_off: usize = senders.iter().map(|sender| sender.put_off).sum();
        assert!(put_off > 0, "{case}: {failed} calls failed and no sender was put off");
        let tally = assert_kept(&product, &dir, &senders);
        assert_eq!(tally.promised, SENDERS * DELIVERIES * 2, "{case}: {tally:?}");
        println!("{case}: {failed} calls failed, {put_off} deliveries put off, {} promised, 0 lost", tally.promised);
    }
    assert!(served > 0, "no case came beyond the opening of the store");
}

async fn send_all(mut sender: Sender, mut payloads: Payloads) -> Sender {
    for _ in 0..DELIVERIES {
        sender.until_taken(&payloads.secure_access(2)).await;
    }
    sender
}

/// The database is sound and holds what all senders together were promised.
#[track_caller]
fn assert_kept(product: &Product, dir: &Path, senders: &[Sender]) -> Tally {
    product.check_store(dir).unwrap();
    let mut all = Ledger::default();
    senders.iter().for_each(|sender| all.add(&sender.ledger));
    all.check(&product.external_ids(dir)).unwrap()
}

#[test]
fn a_full_disk_puts_off_and_goes_on_when_there_is_space() {
    let disk = match SmallDisk::mount(16 * 1024) {
        Ok(disk) => disk,
        Err(reason) => return not_run(&reason),
    };
    let random = random("full disk");
    let (product, dir) = (Product::find(), disk.path().join("data"));
    product.add_source(&dir, "secure-access");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut payloads = Payloads::new("s0", random);

    let serve = product.serve(&dir);
    let mut sender = Sender::new(serve.target());
    runtime.block_on(async {
        sender.until_taken(&payloads.secure_access(5)).await;
        fill_up(&disk, &mut sender, &mut payloads).await;
        disk.free();
        sender.until_taken(&payloads.secure_access(5)).await;
        fill_up(&disk, &mut sender, &mut payloads).await;
    });
    serve.kill();
    starts_on_it(&product, &dir, &disk, &mut sender, &mut payloads, &runtime);
    starts_on_it(&product, &dir, &disk, &mut sender, &mut payloads, &runtime);

    let tally = assert_kept(&product, &dir, &[sender]);
    println!("full disk: {tally:?}, 0 lost");
}

/// Fills the disk and sends until what was set aside in the log is used up, and the sender is put off.
async fn fill_up(disk: &SmallDisk, sender: &mut Sender, payloads: &mut Payloads) {
    disk.fill();
    for _ in 0..2_000 {
        let answer = sender.once(&payloads.secure_access(20)).await.unwrap();
        if !answer.is_promise() {
            assert_put_off(&answer);
            return;
        }
    }
    panic!("the disk is full and everything is taken");
}

/// Starts on the full disk, puts off, goes on with space, and is stopped on a disk that is full again.
fn starts_on_it(
    product: &Product,
    dir: &Path,
    disk: &SmallDisk,
    sender: &mut Sender,
    payloads: &mut Payloads,
    runtime: &tokio::runtime::Runtime,
) {
    let serve = product.serve(dir);
    sender.turn_to(serve.target());
    runtime.block_on(async {
        // The log of a killed run may have been moved into the database, which made some room.
        fill_up(disk, sender, payloads).await;
        let ready = once(serve.address(), &serve.target().get("/readyz")).await.unwrap();
        assert_eq!(ready.status, 503, "{}", String::from_utf8_lossy(&ready.body));
        disk.free();
        sender.until_taken(&payloads.secure_access(5)).await;
        let ready = once(serve.address(), &serve.target().get("/readyz")).await.unwrap();
        assert_eq!(ready.status, 200, "{}", String::from_utf8_lossy(&ready.body));
    });
    assert!(serve.stop(), "serve did not end well");
    disk.fill();
}
