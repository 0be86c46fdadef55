//! Promise I1 when power is lost: what was answered with 2xx is there, and the database is sound.
//!
//! A model, not a disk: every write and sync of the real program is traced, and from that the files are laid out as
//! they may be found after a loss of power at many moments. `TOCSIN_TEST_IMAGES` lays out more. The control run turns
//! the syncs off and must lose promises: else the model would not notice.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;
use std::time::Instant;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tempfile::TempDir;
use tocsin_testkit::crash::{History, Loss, lay_out};
use tocsin_testkit::environment::{not_run, number, random};
use tocsin_testkit::fault::can_trace;
use tocsin_testkit::http::{Answer, Connection, Target};
use tocsin_testkit::ledger::Ledger;
use tocsin_testkit::payload::{Delivery, Payloads};
use tocsin_testkit::product::Product;
use tocsin_testkit::trace;
use tokio::task::JoinSet;

const SENDERS: usize = 6;
/// Of each sender: together more than the log takes before it is moved into the database.
const DELIVERIES: usize = 180;

/// The database as it was traced, and the deliveries of each port in order: a port may serve one connection after another.
struct Recorded {
    history: History,
    sent: HashMap<u16, Vec<Delivery>>,
    /// With the trace.
    folder: TempDir,
}

impl Recorded {
    /// Fails when there are faults, and then keeps the trace: no other run is just like this one.
    fn judge(self, faults: &[String]) {
        if faults.is_empty() {
            return;
        }
        let folder = self.folder.keep();
        panic!("{faults:#?}\nthe trace is kept in {}", folder.display());
    }
}

/// What went over one connection.
struct Sent {
    opened: Instant,
    port: u16,
    deliveries: Vec<Delivery>,
}

#[test]
fn power_loss_takes_no_promise() {
    let Some(recorded) = record(&[], &[]) else { return };
    let faults = faults_of_images(&recorded, "power loss", 100);
    recorded.judge(&faults);
}

#[test]
fn power_loss_after_failed_syncs_takes_no_promise() {
    let failing = ["-e", "inject=fsync,fdatasync:error=EIO:when=6+5"];
    let Some(recorded) = record(&failing, &[]) else { return };
    let faults = faults_of_images(&recorded, "power loss after failed syncs", 50);
    recorded.judge(&faults);
}

/// A thread moves the log into the database beside the one that writes, and both sync the log: some syncs take so long
/// that others begin after them and end before them.
#[test]
fn power_loss_while_syncs_overlap_takes_no_promise() {
    // Counted for each thread, before the sync: the one that moves the log syncs seldom, so that all it does is slow.
    let slow = ["-e", "inject=fdatasync:delay_enter=100000:when=1..8"];
    let Some(recorded) = record(&slow, &[]) else { return };
    let faults = faults_of_images(&recorded, "power loss while syncs overlap", 50);
    recorded.judge(&faults);
}

#[test]
fn without_syncs_the_model_finds_broken_promises() {
    let Some(recorded) = record(&[], &[("TOCSIN_TEST_SYNCHRONOUS_OFF", "1")]) else { return };
    let faults = faults_of_images(&recorded, "power loss without syncs", 20);
    assert!(faults.iter().any(|fault| fault.contains("are missing")), "the model does not bite: {faults:#?}");
}

/// Runs the program under trace with senders until all is sent; nothing when it cannot be traced here.
fn record(faults: &[&str], variables: &[(&str, &str)]) -> Option<Recorded> {
    if let Err(reason) = can_trace() {
        not_run(&reason);
        return None;
    }
    let mut random = random("power");
    let (product, folder) = (Product::find(), tempfile::tempdir().unwrap());
    let (dir, log) = (folder.path().join("data"), folder.path().join("trace"));
    // What is added is still in the log when the engine is killed: the next one moves it into the database and begins
    // the log anew.
    let killed = product.serve(&dir);
    product.add_source(&dir, "secure-access");
    killed.kill();
    let start = database_files(&dir);
    assert!(start.get("tocsin.db-wal").is_some_and(|log| !log.is_empty()), "nothing is in the log");
    let mut wrapper = trace::command(&log);
    wrapper.extend(faults.iter().map(ToString::to_string));
    let serve = product.serve_below(&wrapper, &dir, variables).unwrap();
    let target = serve.target();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sent = runtime.block_on(async {
        let mut senders = JoinSet::new();
        for sender in 0..SENDERS {
            let own = StdRng::from_rng(&mut random);
            let payloads = Payloads::new(format!("s{sender}"), StdRng::from_rng(&mut random));
            senders.spawn(send_all(target.clone(), payloads, own));
        }
        let mut connections: Vec<Sent> = senders.join_all().await.into_iter().flatten().collect();
        connections.sort_by_key(|connection| connection.opened);
        let mut of_ports: HashMap<u16, Vec<Delivery>> = HashMap::new();
        connections.into_iter().for_each(|sent| of_ports.entry(sent.port).or_default().extend(sent.deliveries));
        of_ports
    });
    serve.kill();
    let path = dir.to_str().unwrap();
    let mut calls = trace::read(&fs::read(&log).unwrap(), path);
    // The rest of the folder (its log, its lock) is not what promises rest on.
    let database = format!("{path}/tocsin.db");
    calls.retain(|call| match &call.what {
        trace::What::Open(path) | trace::What::Unlink(path) => is_kept(path, &database),
        trace::What::Write(path, ..) | trace::What::Cut(path, _) => is_kept(path, &database),
        trace::What::Sync(synced) => synced == path || is_kept(synced, &database),
        trace::What::Answer(..) => true,
    });
    Some(Recorded { history: History::new(path, start, calls), sent, folder })
}

/// The database and its log. The index of the log is made anew from the log.
fn is_kept(path: &str, database: &str) -> bool {
    path.strip_prefix(database).is_some_and(|rest| rest.is_empty() || rest == "-wal")
}

fn database_files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let names = ["tocsin.db", "tocsin.db-wal"].map(String::from);
    names.into_iter().filter_map(|name| fs::read(dir.join(&name)).ok().map(|bytes| (name, bytes))).collect()
}

/// Sends everything, again when it was put off; gives what was sent on which connection, in order.
async fn send_all(target: Target, mut payloads: Payloads, mut random: StdRng) -> Vec<Sent> {
    let mut sent: Vec<Sent> = Vec::new();
    let mut open: Option<Connection> = None;
    let mut left: Vec<Delivery> = (0..DELIVERIES)
        .map(|_| payloads.secure_access(if random.random_ratio(1, 4) { random.random_range(2..12) } else { 1 }))
        .collect();
    let mut tries = 20 * DELIVERIES;
    while let Some(delivery) = left.pop() {
        let mut connection = match open.take() {
            Some(connection) => connection,
            None => {
                let connection = Connection::open(target.address).await.unwrap();
                let port = connection.local_port().unwrap();
                sent.push(Sent { opened: Instant::now(), port, deliveries: Vec::new() });
                connection
            }
        };
        let answer = connection.send(&target.post(&delivery.body)).await.unwrap();
        sent.last_mut().unwrap().deliveries.push(delivery.clone());
        if !answer.is_promise() {
            left.push(delivery);
        }
        open = (!answer.closes).then_some(connection);
        tries -= 1;
        assert!(tries > 0, "the listener does not recover: {answer:?}");
    }
    sent
}

/// Loses power at many moments, and gives what is wrong with what is found then.
fn faults_of_images(recorded: &Recorded, name: &str, images: u64) -> Vec<String> {
    let history = &recorded.history;
    let images = number("TOCSIN_TEST_IMAGES", images);
    let mut random = random(name);
    assert!(history.beginnings("-wal") > 0, "the log was never moved into the database");
    let (mut faults, mut missing) = (Vec::new(), 0);
    for number in 0..images {
        // Half of the moments are those right after a promise.
        let moment = if number % 2 == 0 {
            history.answers()[random.random_range(0..history.answers().len())].0 + 1
        } else {
            random.random_range(0..history.end())
        };
        let loss = [Loss::All, Loss::Some, Loss::Torn][(number % 3) as usize];
        let (image, lost) = history.image(moment, loss, &mut random);
        missing += lost;
        if let Err(fault) = judge(&image, &promised_before(recorded, moment)) {
            faults.push(format!("image {number} at {moment}, {loss:?}: {fault}"));
        }
    }
    assert!(missing > 0, "no image lacked a byte");
    let answers = history.answers().len();
    println!("{name}: {images} images of {answers} answers, {missing} bytes missing, {} broken", faults.len());
    faults
}

/// Every delivery that was sent, and which of them had been promised.
fn promised_before(recorded: &Recorded, moment: usize) -> Ledger {
    let mut ledger = Ledger::default();
    let mut seen: HashMap<u16, usize> = HashMap::new();
    recorded.sent.values().flatten().for_each(|delivery| ledger.note(&delivery.ids, None));
    for (_, port, status) in recorded.history.answers().iter().filter(|(at, ..)| *at < moment) {
        let Some(sent) = recorded.sent.get(port) else { continue };
        let number = seen.entry(*port).or_default();
        let answer = Answer { status: *status, retry_after: None, closes: false, body: Vec::new() };
        ledger.note(&sent[*number].ids, Some(&answer));
        *number += 1;
    }
    ledger
}

/// Opens an image with the product.
fn judge(image: &BTreeMap<String, Vec<u8>>, ledger: &Ledger) -> Result<(), String> {
    let (product, dir) = (Product::find(), tempfile::tempdir().unwrap());
    lay_out(image, dir.path());
    let stored = product.try_external_ids(dir.path())?;
    product.check_store(dir.path())?;
    ledger.check(&stored).map(|_| ())
}
