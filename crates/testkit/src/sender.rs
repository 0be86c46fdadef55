//! A sender that does what ours are asked to do: it sends again until the delivery is taken.

use std::io;

use crate::http::{Answer, Connection, Target};
use crate::ledger::Ledger;
use crate::payload::Delivery;

/// Most times that one delivery is sent; a listener that has not recovered by then does not recover.
const TRIES: usize = 500;

/// Sends deliveries one after the other and notes what it was promised.
#[derive(Debug)]
pub struct Sender {
    target: Target,
    connection: Option<Connection>,
    /// What this sender knows.
    pub ledger: Ledger,
    /// Times it was asked to come back.
    pub put_off: usize,
}

impl Sender {
    /// A sender to this address.
    #[must_use]
    pub fn new(target: Target) -> Self {
        Self { target, connection: None, ledger: Ledger::default(), put_off: 0 }
    }

    /// Sends to another address from now on: the listener was started again.
    pub fn turn_to(&mut self, target: Target) {
        self.target = target;
        self.connection = None;
    }

    /// Sends a delivery once and notes what came of it.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn once(&mut self, delivery: &Delivery) -> io::Result<Answer> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(self.target.address).await?,
        };
        let answer = connection.send(&self.target.post(&delivery.body)).await;
        self.ledger.note(&delivery.ids, answer.as_ref().ok());
        let answer = answer?;
        if !answer.closes {
            self.connection = Some(connection);
        }
        Ok(answer)
    }

    /// Sends a delivery until it is taken.
    ///
    /// # Panics
    /// When the answer is neither a promise nor a 503 with `Retry-After`, or when it is put off for ever.
    pub async fn until_taken(&mut self, delivery: &Delivery) {
        for _ in 0..TRIES {
            let answer = self.once(delivery).await.unwrap_or_else(|error| panic!("the listener went away: {error}"));
            if answer.is_promise() {
                return;
            }
            assert_put_off(&answer);
            self.put_off += 1;
        }
        panic!("put off {TRIES} times: the listener does not recover");
    }
}

/// The answer to what could not be made durable.
///
/// # Panics
/// When it is anything but a 503 with `Retry-After` in seconds.
#[track_caller]
pub fn assert_put_off(answer: &Answer) {
    let later = answer.retry_after.as_deref().and_then(|text| text.parse::<u64>().ok());
    assert!(answer.status == 503 && later.is_some_and(|seconds| seconds > 0), "{answer:?}");
}
