//! `make-store DIR N [--seed S] [--until TIME]`: a data directory with N made-up alerts, of the last 90 days.

use std::path::PathBuf;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use tocsin_model::time::Timestamp;
use tocsin_testkit::many::make_store;

const USAGE: &str = "make-store DIR N [--seed S] [--until 2026-03-04T08:00:00Z]";

fn main() -> Result<()> {
    let (mut plain, mut seed, mut until) = (Vec::new(), 1, None);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seed" => seed = words.next().and_then(|text| text.parse().ok()).context("--seed needs a number")?,
            "--until" => until = Some(Timestamp::parse(&words.next().context("--until needs a time")?)?),
            _ => plain.push(word),
        }
    }
    let [dir, count] = plain.as_slice() else { bail!("{USAGE}") };
    let count: u64 = count.replace('_', "").parse().context(USAGE)?;
    let dir = PathBuf::from(dir);
    if dir.join("tocsin.db").exists() {
        bail!("there is a store in {} already: name an empty folder", dir.display());
    }
    let start = Instant::now();
    make_store(&dir, count, seed, until.unwrap_or_else(now))?;
    let seconds = start.elapsed().as_secs_f64();
    println!("{count} alerts in {} after {seconds:.1} s", dir.display());
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "alerts of “today” are what a person wants to look at")]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(0))
}
