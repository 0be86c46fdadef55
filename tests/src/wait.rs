//! Waiting for something to become true, with a deadline.

use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How long anything may take on a machine that is busy with other tests.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Looks until `look` finds something.
///
/// # Panics
/// When nothing was found after [`PATIENCE`]; `what` says what was waited for.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {PATIENCE:?} for {what}");
        // A breath between two looks, so that what is waited for has the processor.
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// The first line of a program's output with `sign` in it; none when the output ends, or nothing comes in time. The
/// rest is read and dropped, so that the program never waits for somebody to read it.
///
/// # Panics
/// When the system has no thread left.
pub fn line(output: impl Read + Send + 'static, sign: &'static str) -> Option<String> {
    let (told, found) = mpsc::channel();
    let read = move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if line.contains(sign) {
                let _ = told.send(line);
            }
        }
    };
    std::thread::Builder::new().name("output".into()).spawn(read).expect("a thread");
    found.recv_timeout(PATIENCE).ok()
}
