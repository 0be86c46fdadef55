//! Promise I1: an alert that was answered with 2xx is there after any kill, once.
//!
//! SIGKILL at random moments while senders post, also while it starts; then every promise is held against what is
//! stored. `TOCSIN_TEST_KILLS` makes the run longer.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tocsin_testkit::environment::{number, random};
use tocsin_testkit::http::{Answer, Connection, Target};
use tocsin_testkit::ledger::Ledger;
use tocsin_testkit::payload::{Delivery, Payloads};
use tocsin_testkit::product::Product;
use tokio::sync::Notify;
use tokio::task::JoinSet;

const SENDERS: usize = 8;

/// A delivery and what came of it; no answer means that the connection broke.
struct Sent {
    delivery: Delivery,
    answer: Option<Answer>,
}

/// Counts requests and calls when it is time.
struct Moment {
    left: AtomicU64,
    now: Notify,
}

impl Moment {
    fn request(&self) {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.now.notify_one();
        }
    }
}

#[test]
fn nothing_promised_is_lost_or_doubled_by_kills() {
    let kills = number("TOCSIN_TEST_KILLS", 200);
    let mut random = random("kills");
    let (product, dir) = (Product::find(), tempfile::tempdir().unwrap());
    product.add_source(dir.path(), "secure-access");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut ledger = Ledger::default();
    let mut promised: Vec<Delivery> = Vec::new();
    for round in 0..kills {
        if random.random_ratio(1, 10) {
            kill_while_it_starts(&product, dir.path(), &mut random);
            continue;
        }
        let sent = runtime.block_on(kill_while_it_takes(&product, dir.path(), round, &promised, &mut random));
        for Sent { delivery, answer } in sent {
            assert!(answer.as_ref().is_none_or(Answer::is_promise), "round {round}: {answer:?}");
            ledger.note(&delivery.ids, answer.as_ref());
            if answer.is_some() {
                promised.push(delivery);
            }
        }
        if round % 50 == 49 {
            assert_sound(&product, dir.path(), &ledger);
        }
    }
    let before = assert_sound(&product, dir.path(), &ledger);
    runtime.block_on(all_again(&product, dir.path(), &promised));
    assert_eq!(assert_sound(&product, dir.path(), &ledger), before, "repeats stored something");
    println!("{kills} kills: {} promised, {before} stored, 0 lost, 0 doubled", ledger.promised());
    assert!(ledger.promised() as u64 > kills, "too little was promised to say anything: {}", ledger.promised());
}

/// Some work of the processor, so that the kill comes at no particular step of the child's.
fn linger(random: &mut StdRng) {
    for _ in 0..random.random_range(0..3_000_000_u64) {
        std::hint::spin_loop();
    }
}

fn kill_while_it_starts(product: &Product, dir: &Path, random: &mut StdRng) {
    let mut child = product.start(dir);
    linger(random);
    child.kill().unwrap();
    child.wait().unwrap();
}

async fn kill_while_it_takes(
    product: &Product,
    dir: &Path,
    round: u64,
    promised: &[Delivery],
    random: &mut StdRng,
) -> Vec<Sent> {
    let serve = product.serve(dir);
    let moment = Arc::new(Moment { left: random.random_range(1..50_u64).into(), now: Notify::new() });
    let mut senders = JoinSet::new();
    for sender in 0..SENDERS {
        let mut own = StdRng::from_rng(random);
        let payloads = Payloads::new(format!("r{round}s{sender}"), StdRng::from_rng(random));
        let repeats: Vec<Delivery> =
            (0..5).filter_map(|_| promised.get(own.random_range(0..promised.len().max(1))).cloned()).collect();
        senders.spawn(send(serve.target(), payloads, repeats, own, Arc::clone(&moment)));
    }
    moment.now.notified().await;
    linger(random);
    serve.kill();
    senders.join_all().await.into_iter().flatten().collect()
}

/// Sends until the connection breaks: single alerts, small batches, and now and then something sent before.
async fn send(
    target: Target,
    mut payloads: Payloads,
    repeats: Vec<Delivery>,
    mut random: StdRng,
    moment: Arc<Moment>,
) -> Vec<Sent> {
    let mut sent = Vec::new();
    let Ok(mut connection) = Connection::open(target.address).await else { return sent };
    loop {
        let repeat = repeats.get(random.random_range(0..50)).cloned();
        let known = repeat.is_some();
        let delivery = repeat.unwrap_or_else(|| {
            let alerts = if random.random_ratio(1, 8) { random.random_range(2..20) } else { 1 };
            payloads.secure_access(alerts)
        });
        moment.request();
        let answer = connection.send(&target.post(&delivery.body)).await.ok();
        if let Some(answer) = &answer {
            let expected = if known { 0 } else { delivery.ids.len() as u64 };
            assert_eq!(answer.count("stored"), expected, "{answer:?}");
        }
        let broken = answer.is_none();
        sent.push(Sent { delivery, answer });
        if broken {
            return sent;
        }
    }
}

/// Sends everything once more to a fresh start: it must change nothing.
async fn all_again(product: &Product, dir: &Path, promised: &[Delivery]) {
    let serve = product.serve(dir);
    let target = serve.target();
    let mut connection = Connection::open(target.address).await.unwrap();
    for delivery in promised {
        let answer = connection.send(&target.post(&delivery.body)).await.unwrap();
        let counts = (answer.status, answer.count("stored"), answer.count("updated"), answer.count("duplicate"));
        assert_eq!(counts, (202, 0, 0, delivery.ids.len() as u64));
    }
    assert!(serve.stop(), "serve did not end well");
}

/// The database is sound and holds what was promised; gives how many alerts that is.
#[track_caller]
fn assert_sound(product: &Product, dir: &Path, ledger: &Ledger) -> usize {
    product.check_store(dir).unwrap();
    ledger.check(&product.external_ids(dir)).unwrap().stored
}
