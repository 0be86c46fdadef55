//! What was measured, and whether it is good enough.

use serde_json::{Value, json};

/// Figures with and without a limit.
pub struct Report {
    alerts: u64,
    rows: Vec<Value>,
    held: bool,
}

impl Report {
    pub fn new(alerts: u64) -> Self {
        println!("{alerts} alerts; times in milliseconds\n");
        Self { alerts, rows: Vec::new(), held: true }
    }

    /// A figure to look at.
    pub fn fact(&mut self, name: &str, value: f64) {
        println!("      {name:46} {value:12.2}");
        self.rows.push(json!({ "name": name, "value": value }));
    }

    /// A figure that must not be above a limit.
    pub fn gate(&mut self, name: &str, value: f64, limit: f64) {
        let holds = value <= limit;
        self.held &= holds;
        println!("{}  {name:46} {value:12.2}  at most {limit}", if holds { "pass" } else { "MISS" });
        self.rows.push(json!({ "name": name, "value": value, "limit": limit, "pass": holds }));
    }

    /// Times of one kind of request beside those of plain SQL; the slowest one in a hundred counts.
    pub fn times(&mut self, name: &str, ours: &mut [f64], peer: &mut [f64], limit: f64) {
        let (middle, slow, theirs) = (percentile(ours, 50), percentile(ours, 99), percentile(peer, 50));
        let holds = slow <= limit;
        self.held &= holds;
        let theirs = if peer.is_empty() { "not asked".to_owned() } else { format!("p50 {theirs:.2}") };
        println!(
            "{}  {name:46} p50 {middle:8.2}  p99 {slow:8.2}  at most {limit}  (SQL {theirs}, {} requests)",
            if holds { "pass" } else { "MISS" },
            ours.len()
        );
        self.rows.push(json!({
            "name": name, "p50": middle, "p99": slow, "limit": limit, "sqlP50": percentile(peer, 50), "requests": ours.len(),
            "pass": holds,
        }));
    }

    pub const fn held(&self) -> bool {
        self.held
    }

    pub fn json(&self) -> Value {
        json!({ "bench": "console", "alerts": self.alerts, "pass": self.held, "rows": self.rows })
    }
}

fn percentile(times: &mut [f64], hundredth: usize) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    let place = (times.len() * hundredth).div_ceil(100).saturating_sub(1);
    times.get(place).copied().unwrap_or(f64::NAN)
}
