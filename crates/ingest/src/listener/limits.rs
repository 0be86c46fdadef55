//! How much the listener takes, and how long it waits.

use std::time::Duration;

/// Limits of a listener. The defaults are what the product promises; tests shrink them.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Names besides loopback that a `Host` header may carry (`console.example.net`, or with a port of their own).
    pub public_hosts: Vec<String>,
    /// From a connection's start to its first byte.
    pub first_byte: Duration,
    /// From the first byte of a request to the end of its headers.
    pub headers: Duration,
    /// For a whole body.
    pub body: Duration,
    /// Between two requests of one connection.
    pub idle: Duration,
    /// From the order to stop to the end of requests in flight.
    pub stop: Duration,
    /// Largest body in bytes.
    pub body_bytes: usize,
    /// Largest body of an event feed in bytes.
    pub feed_bytes: usize,
    /// Bytes that are read and dropped after an early answer, so that the sender still reads it.
    pub drain_bytes: usize,
    /// Largest request line and headers in bytes, together.
    pub header_bytes: usize,
    /// Connections at one time. At the limit the one that has waited longest for its sender gives way.
    pub connections: usize,
    /// Connections at one time from one address that is not this machine.
    pub connections_per_address: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            public_hosts: Vec::new(),
            first_byte: Duration::from_secs(5),
            headers: Duration::from_secs(5),
            body: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            stop: Duration::from_secs(5),
            body_bytes: 1024 * 1024,
            feed_bytes: 10 * 1024 * 1024,
            drain_bytes: 8 * 1024 * 1024,
            header_bytes: 32 * 1024,
            connections: 256,
            connections_per_address: 32,
        }
    }
}

/// Wrong credentials from one address for one source within the window, after which wrong ones get 429.
pub(super) const FAILURES: usize = 10;

/// The window: one minute, in milliseconds.
pub(super) const FAILURE_WINDOW_MS: i64 = 60_000;
