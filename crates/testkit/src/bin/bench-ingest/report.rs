//! The table, the ratios and the gates.

use serde_json::{Value, json};

use crate::yardstick::Disk;
use tocsin_testkit::load::{Round, Workload};

/// The figures that are owed.
const SINGLE_RATE: f64 = 2_000.0;
const SINGLE_RATIO: f64 = 1.0;
const SINGLE_P99_RATIO: f64 = 0.5;
const BATCH_RATIO: f64 = 1.5;

/// Everything that was measured.
pub(crate) struct Report {
    disk: Disk,
    handlers: Vec<(&'static Workload, Round)>,
    pairs: Vec<(&'static str, Round, Round)>,
}

/// Smallest, middle and largest.
struct Spread {
    least: f64,
    median: f64,
    most: f64,
}

impl Spread {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        let at = |place: usize| values.get(place).copied().unwrap_or(f64::NAN);
        let middle = values.len() / 2;
        let median = if values.len().is_multiple_of(2) {
            f64::midpoint(at(middle.wrapping_sub(1)), at(middle))
        } else {
            at(middle)
        };
        Self { least: at(0), median, most: at(values.len().wrapping_sub(1)) }
    }

    fn json(&self) -> Value {
        json!({ "min": self.least, "median": self.median, "max": self.most })
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.2} / {:.2} / {:.2}", self.least, self.median, self.most)
    }
}

impl Report {
    pub(crate) fn new(disk: Disk) -> Self {
        println!(
            "fdatasync of 4 KiB: {:.0}/s into a file that is there, {:.0}/s appended",
            disk.overwrite, disk.append
        );
        Self { disk, handlers: Vec::new(), pairs: Vec::new() }
    }

    pub(crate) fn heading(&mut self, workload: &'static Workload, handler: Round) {
        println!("\n== {} ==", workload.name);
        println!("{:14} {:>10} {:>10} {:>10} {:>12}", "", "alerts/s", "p50 ms", "p99 ms", "CPU µs/alert");
        line("stores nothing", &handler);
        self.handlers.push((workload, handler));
    }

    pub(crate) fn pair(&mut self, workload: &Workload, pair: usize, ours: Round, theirs: Round) {
        line(&format!("{} tocsin", pair + 1), &ours);
        line(&format!("{} alertmanager", pair + 1), &theirs);
        self.pairs.push((workload.name, ours, theirs));
    }

    fn of<'a>(&'a self, workload: &'a str) -> impl Iterator<Item = (&'a Round, &'a Round)> + 'a {
        self.pairs.iter().filter(move |(name, ..)| *name == workload).map(|(_, ours, theirs)| (ours, theirs))
    }

    fn rates(&self, workload: &str) -> Spread {
        Spread::of(self.of(workload).map(|(ours, theirs)| ours.rate / theirs.rate))
    }

    fn p99s(&self, workload: &str) -> Spread {
        Spread::of(self.of(workload).map(|(ours, theirs)| ours.p99 / theirs.p99))
    }

    fn processors(&self, workload: &str) -> Spread {
        Spread::of(self.of(workload).map(|(ours, theirs)| ours.processor / theirs.processor))
    }

    pub(crate) fn summary(&self, workload: &Workload) {
        let name = workload.name;
        println!("tocsin : alertmanager, least / median / most");
        println!("  rate {}   p99 {}   CPU {}", self.rates(name), self.p99s(name), self.processors(name));
    }

    /// Prints whether each gate holds; says whether all do.
    pub(crate) fn gates(&self) -> bool {
        let (single, batch) = (crate::WORKLOADS[0].name, crate::WORKLOADS[1].name);
        let own = Spread::of(self.of(single).map(|(ours, _)| ours.rate)).median;
        let (rate, p99, batches) = (self.rates(single).median, self.p99s(single).median, self.rates(batch).median);
        let gates = [
            (own, own >= SINGLE_RATE, format!("{single}: {own:.0} a second, owed {SINGLE_RATE:.0}")),
            (rate, rate >= SINGLE_RATIO, format!("{single}: {rate:.2} of Alertmanager's rate, owed {SINGLE_RATIO}")),
            (
                p99,
                p99 <= SINGLE_P99_RATIO,
                format!("{single}: {p99:.2} of Alertmanager's p99, at most {SINGLE_P99_RATIO}"),
            ),
            (
                batches,
                batches >= BATCH_RATIO,
                format!("{batch}: {batches:.2} of Alertmanager's rate, owed {BATCH_RATIO}"),
            ),
        ];
        println!();
        for (figure, held, words) in &gates {
            let verdict = match (figure.is_nan(), held) {
                (true, _) => "not run",
                (false, true) => "held   ",
                (false, false) => "MISSED ",
            };
            println!("{verdict} {words}");
        }
        gates.iter().all(|(figure, held, _)| *held || figure.is_nan())
    }

    pub(crate) fn json(&self) -> Value {
        let workloads: Vec<Value> = self
            .handlers
            .iter()
            .map(|(workload, handler)| {
                let name = workload.name;
                let rounds: Vec<Value> = self
                    .of(name)
                    .map(|(ours, theirs)| json!({ "tocsin": figures(ours), "alertmanager": figures(theirs) }))
                    .collect();
                json!({
                    "name": name, "clients": workload.clients, "batch": workload.batch,
                    "handlerThatStoresNothing": figures(handler), "pairs": rounds,
                    "ratios": {
                        "rate": self.rates(name).json(), "p99": self.p99s(name).json(),
                        "processor": self.processors(name).json(),
                    },
                })
            })
            .collect();
        json!({
            "fdatasyncPerSecond": { "overwrite": self.disk.overwrite, "append": self.disk.append },
            "workloads": workloads,
        })
    }
}

fn figures(round: &Round) -> Value {
    json!({
        "alertsPerSecond": round.rate, "p50Ms": round.p50, "p99Ms": round.p99,
        "processorMicrosPerAlert": round.processor,
    })
}

fn line(name: &str, round: &Round) {
    let Round { rate, p50, p99, processor } = round;
    println!("{name:14} {rate:10.0} {p50:10.2} {p99:10.2} {processor:12.1}");
}
