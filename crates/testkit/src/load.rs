//! The load: clients in a closed loop, each sending the next delivery when the last was answered.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rand::SeedableRng;
use rand::rngs::StdRng;
use tocsin_model::time::{Span, Timestamp};
use tokio::task::JoinSet;

use crate::http::{Connection, Target};
use crate::payload::{Delivery, Payloads};

/// Sent before the clock starts, so that connections, sign-in and caches are warm.
const WARM_UP: Duration = Duration::from_millis(500);
/// Stands in a template where each delivery's own code goes. The same length as every code.
pub const PLACEHOLDER: &str = "QQQQQQQQQQQQ";
/// Stands where each delivery's time goes; as long as any time.
pub const TIME: &str = "TTTTTTTTTTTTTTTTTTTTTTTT";

/// How many clients send how much.
#[derive(Debug)]
pub struct Workload {
    /// What it is called in tables.
    pub name: &'static str,
    /// Connections.
    pub clients: usize,
    /// Alerts or events of one delivery.
    pub batch: usize,
}

/// What came of a round.
#[derive(Debug, Clone, Default)]
pub struct Round {
    /// Alerts taken in a second.
    pub rate: f64,
    /// Milliseconds from a request to its answer.
    pub p50: f64,
    /// The slowest hundredth of them.
    pub p99: f64,
    /// Microseconds of the server's processor time for each alert; 0 when it is not known.
    pub processor: f64,
}

/// A round, and the codes of the deliveries that were promised, the warm-up included.
#[derive(Debug)]
pub struct Driven {
    /// What came of it.
    pub round: Round,
    /// The codes of the deliveries that were promised.
    pub promised: Vec<String>,
    /// Alerts of the whole run, the warm-up included.
    pub alerts: usize,
}

/// Deliveries that differ in nothing but their code, so that making them costs the machine next to nothing.
#[derive(Debug, Clone)]
struct Template {
    request: Vec<u8>,
    places: Vec<usize>,
    times: Vec<usize>,
}

impl Template {
    fn new(target: &Target, delivery: &Delivery) -> Self {
        let request = target.post(&delivery.body);
        let find = |mark: &str| (0..request.len()).filter(|at| request[*at..].starts_with(mark.as_bytes())).collect();
        let (places, times) = (find(PLACEHOLDER), find(TIME));
        Self { request, places, times }
    }

    fn with(&mut self, code: &str, time: Timestamp) -> &[u8] {
        if !self.times.is_empty() {
            let time = time.to_string();
            for place in &self.times {
                self.request[*place..*place + TIME.len()].copy_from_slice(time.as_bytes());
            }
        }
        for place in &self.places {
            self.request[*place..*place + PLACEHOLDER.len()].copy_from_slice(code.as_bytes());
        }
        &self.request
    }
}

/// The ids of a delivery's alerts, once its template's code is known.
#[must_use]
pub fn ids(template: &[String], code: &str) -> Vec<String> {
    template.iter().map(|id| id.replace(PLACEHOLDER, code)).collect()
}

/// A delivery to make templates from. The seed is fixed: every round sends the same.
#[must_use]
pub fn sample(workload: &Workload, make: fn(&mut Payloads, usize) -> Delivery) -> Delivery {
    make(&mut Payloads::new(PLACEHOLDER, StdRng::seed_from_u64(42)), workload.batch)
}

/// Sends for a time, from one thread.
///
/// # Errors
/// When anything is answered with other than a promise, or nothing at all.
pub fn drive(workload: &Workload, time: Duration, target: &Target, delivery: &Delivery) -> Result<Driven> {
    drive_in_time(workload, time, target, delivery, (Timestamp::default(), 1))
}

/// [`drive`] with deliveries that tell the time: it begins as said and goes so many times as fast.
///
/// # Errors
/// As [`drive`].
pub fn drive_in_time(
    workload: &Workload,
    time: Duration,
    target: &Target,
    delivery: &Delivery,
    told: (Timestamp, i64),
) -> Result<Driven> {
    let template = Template::new(target, delivery);
    ensure!(template.places.len() >= workload.batch, "an alert of the template has no code of its own");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answers = runtime.block_on(async {
        let start = Instant::now() + WARM_UP;
        let mut clients = JoinSet::new();
        for client in 0..workload.clients {
            clients.spawn(send(client, target.clone(), template.clone(), (start, start + time), told));
        }
        clients.join_all().await
    });
    let mut taken = Vec::new();
    let mut promised = Vec::new();
    for answer in answers {
        let (times, codes) = answer?;
        taken.extend(times);
        promised.extend(codes);
    }
    ensure!(!taken.is_empty(), "nothing was answered");
    taken.sort_unstable();
    #[allow(clippy::cast_precision_loss, reason = "counts of a run of seconds")]
    let rate = (taken.len() * workload.batch) as f64 / time.as_secs_f64();
    let part = |percent: usize| taken[(taken.len() * percent / 100).min(taken.len() - 1)].as_secs_f64() * 1e3;
    let round = Round { rate, p50: part(50), p99: part(99), processor: 0.0 };
    Ok(Driven { round, alerts: promised.len() * workload.batch, promised })
}

/// The times of the requests that were answered within the measured time, and the codes of all that were promised.
async fn send(
    client: usize,
    target: Target,
    mut template: Template,
    (start, end): (Instant, Instant),
    (begins, speed): (Timestamp, i64),
) -> Result<(Vec<Duration>, Vec<String>)> {
    let mut connection = Connection::open(target.address).await.context("the listener is not there")?;
    let (mut times, mut codes) = (Vec::new(), Vec::new());
    for number in 0_u32.. {
        let code = format!("{client:03}x{number:08}");
        let sent = Instant::now();
        let gone = i64::try_from((sent + WARM_UP).saturating_duration_since(start).as_millis()).unwrap_or(0);
        let time = begins.plus(Span::from_millis(gone * speed));
        let answer = connection.send(template.with(&code, time)).await.context("the listener went away")?;
        let answered = Instant::now();
        ensure!(answer.is_promise(), "{}: {}", answer.status, String::from_utf8_lossy(&answer.body));
        codes.push(code);
        if answered > end {
            break;
        }
        if answered >= start {
            times.push(answered - sent);
        }
    }
    Ok((times, codes))
}
