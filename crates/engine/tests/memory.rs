//! The memory that previews take comes back. In a process of its own, since it looks at the memory of all of it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tocsin_engine::{App, Clock, Config, IngestFile, PreviewAsk, SourceSpec};
use tocsin_model::source::SourceKind;
use tocsin_model::time::{Span, Timestamp};

/// As in the product. The system's own keeps small pieces that were given back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Longest that giving memory back may take: the allocator does it a moment later, when it is next asked for some.
const PATIENCE: Duration = Duration::from_secs(10);

const START: Timestamp = Timestamp::from_millis(1_772_611_960_000);
/// Events, and the letters of the text that each of them has for itself.
const EVENTS: usize = 6_000;
const LETTERS: usize = 4_000;

#[derive(Debug)]
struct ManualClock(Mutex<Timestamp>);

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Bytes of memory that this process has for itself; none where the system does not say.
fn own_memory() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<usize>().ok()? * 1_024)
}

/// Has the allocator do what it put off.
fn stir() {
    drop(std::hint::black_box((0..1_000).map(|size| vec![1_u8; size * 8]).collect::<Vec<_>>()));
    std::thread::park_timeout(Duration::from_millis(20));
}

/// The memory once it has stopped falling: what was done before gives its own back a moment later too.
fn fallen() -> Option<usize> {
    let (mut least, mut still) = (own_memory()?, 0);
    while still < 50 {
        stir();
        let memory = own_memory()?;
        still = if memory < least { 0 } else { still + 1 };
        least = least.min(memory);
    }
    Some(least)
}

/// The memory once it is below a limit, or after a while.
fn settled(limit: usize) -> Option<usize> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        stir();
        let memory = own_memory()?;
        if memory < limit || Instant::now() > deadline {
            return Some(memory);
        }
    }
}

fn events() -> Vec<u8> {
    let line = |at: usize| {
        let time = START.plus(Span::from_millis(at as i64 * 1_000));
        let text = format!("{at:08}").repeat(LETTERS / 8);
        format!(
            "{{\"id\":\"{at}\",\"time\":\"{time}\",\"kind\":\"api.request\",\"fields\":{{\"username\":\"u{}\",\"path\":\"/{text}\"}}}}\n",
            at % 7
        )
    };
    (0..EVENTS).map(line).collect::<String>().into_bytes()
}

#[test]
fn memory_is_as_it_was_after_ten_minutes_without_a_question() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock(Mutex::new(START.plus(Span::DAY))));
    let config = Config {
        data_dir: dir.path().to_owned(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        desktop_notifications: false,
    };
    let app = App::open_with_clock(config, Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
    let (kind, name) = (SourceKind::CloudEvents, "edge".parse().unwrap());
    app.add_source(SourceSpec { kind, name, sign_in: None, username: None, secret: None, origins: Vec::new() })
        .unwrap();
    app.ingest("edge", IngestFile { name: "events".to_owned(), bytes: events() }).unwrap();
    let wait = |minutes: i64| {
        let mut now = clock.0.lock().unwrap();
        *now = now.plus(Span::from_millis(minutes * 60_000));
        drop(now);
        app.rest_previews();
    };
    let ask = |field: &str| {
        let document = format!(
            r#"{{"name": "r", "conditions": [{{"type": "{field}", "values": ["*1*"]}}], "groupBy": ["username"],
                "window": {{"kind": "rolling", "thresholdTime": "5m"}}, "trigger": {{"kind": "atLeast", "value": 5}}}}"#
        );
        let to = START.plus(Span::DAY);
        let ask = PreviewAsk { document, rule: None, from: START, to, buckets: 100 };
        assert!(app.preview(&ask).unwrap().effect.unwrap().firings > 0);
    };
    // What the first question costs once for all is no part of it.
    ask("username");
    wait(10);
    assert_eq!(app.preview_bytes(), 0);
    let idle = fallen();
    ask("path");
    let (held, full) = (app.preview_bytes(), own_memory());
    assert!(held > EVENTS * LETTERS, "{held} bytes");
    wait(9);
    assert_eq!(app.preview_bytes(), held, "somebody may come back");
    wait(1);
    assert_eq!(app.preview_bytes(), 0);
    let Some((idle, full, after)) =
        idle.zip(full).and_then(|(idle, full)| Some((idle, full, settled(idle + held / 4)?)))
    else {
        return println!("not run: this system does not say how much memory a process has");
    };
    println!("{idle} bytes before, {full} with columns, {after} after; columns say {held}");
    assert!(full > idle + held / 2, "the columns do not show: {full} and {idle} bytes");
    assert!(after < idle + held / 4, "{after} bytes after, {idle} before, {full} with columns");
}
