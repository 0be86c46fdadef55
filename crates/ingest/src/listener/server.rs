//! The accept loop: gives each connection a seat, and takes one back when there are too many.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::connection::{self, Seat};
use super::gate::Gate;
use super::limits::Limits;
use super::route::Intake;

/// The seats that are taken.
#[derive(Default)]
struct Seats {
    taken: Mutex<HashMap<u64, Arc<Seat>>>,
    freed: Notify,
}

impl Seats {
    fn taken(&self) -> MutexGuard<'_, HashMap<u64, Arc<Seat>>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn full(&self, most: usize) -> bool {
        self.taken().len() >= most
    }

    fn of(&self, peer: IpAddr) -> usize {
        self.taken().values().filter(|seat| seat.peer == peer).count()
    }

    fn leave(&self, number: u64) {
        self.taken().remove(&number);
        self.freed.notify_one();
    }

    /// Takes the seat back that has waited longest for its sender. Slow senders give way to honest ones this way,
    /// however many they are. False: all are being worked for.
    fn make_room(&self) -> bool {
        let mut taken = self.taken();
        let longest = taken.iter().filter_map(|(number, seat)| Some((seat.waiting_since()?, *number))).min();
        let Some((_, number)) = longest else { return false };
        if let Some(seat) = taken.remove(&number) {
            seat.give_way.notify_one();
        }
        true
    }
}

/// A seat that is left when its connection ends, however it ends.
struct Taken {
    seats: Arc<Seats>,
    number: u64,
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.seats.leave(self.number);
    }
}

/// Serves until `stop` is done, then lets what is in flight finish.
pub(super) async fn run<I: Intake>(socket: TcpListener, gate: Arc<Gate<I>>, stop: impl Future<Output = ()> + Send) {
    let seats = Arc::new(Seats::default());
    let (stopping, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut number = 0_u64;
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = socket.accept() => accepted,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
        };
        // Nothing is waited for while a connection is in hand, but a seat for it, or the end.
        let admitted = tokio::select! {
            () = &mut stop => break,
            admitted = admit(accepted, &seats, &gate.limits) => admitted,
        };
        let Some((stream, seat)) = admitted else { continue };
        number += 1;
        seats.taken().insert(number, Arc::clone(&seat));
        let taken = Taken { seats: Arc::clone(&seats), number };
        let (gate, stopped) = (Arc::clone(&gate), stopped.clone());
        connections.spawn(async move {
            let _taken = taken;
            connection::serve(stream, seat, gate, stopped).await;
        });
    }
    drop(socket);
    let _ = stopping.send(true);
    let drained = timeout(gate.limits.stop, async { while connections.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        tracing::warn!(left = connections.len(), "requests were still in flight when the listener stopped");
        connections.shutdown().await;
    }
}

/// A new connection, once there is a seat for it. `None`: there is none, or its address has its share.
async fn admit(
    accepted: io::Result<(TcpStream, SocketAddr)>,
    seats: &Seats,
    limits: &Limits,
) -> Option<(TcpStream, Arc<Seat>)> {
    match accepted {
        Ok((stream, peer)) => {
            // Without this the second half of an answer waits for the sender's acknowledgement of the first.
            let _ = stream.set_nodelay(true);
            let peer = peer.ip().to_canonical();
            if !peer.is_loopback() && seats.of(peer) >= limits.connections_per_address {
                return None;
            }
            while seats.full(limits.connections) {
                if !seats.make_room() {
                    seats.freed.notified().await;
                }
            }
            Some((stream, Arc::new(Seat::new(peer))))
        }
        Err(error) => {
            // Mostly the limit of open files: room comes with a connection less, and trying at once burns a core.
            tracing::warn!(%error, "cannot take a connection");
            seats.make_room();
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    async fn stream() -> TcpStream {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        TcpStream::connect(socket.local_addr().unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn an_address_off_this_machine_has_its_share_and_no_more() {
        let (seats, limits) = (Seats::default(), Limits { connections_per_address: 3, ..Limits::default() });
        let mut number = 0;
        let mut admitted = Vec::new();
        for peer in ["192.0.2.1:1", "[::ffff:192.0.2.1]:2", "192.0.2.1:3", "192.0.2.1:4", "192.0.2.2:1"] {
            let seat = admit(Ok((stream().await, peer.parse().unwrap())), &seats, &limits).await;
            admitted.push(seat.is_some());
            if let Some((_, seat)) = seat {
                number += 1;
                seats.taken().insert(number, seat);
            }
        }
        assert_eq!(admitted, [true, true, true, false, true]);
        for port in 1..=10 {
            let seat = admit(Ok((stream().await, SocketAddr::from(([127, 0, 0, 1], port)))), &seats, &limits).await;
            number += 1;
            seats.taken().insert(number, seat.unwrap().1);
        }
        assert_eq!(seats.of(std::net::Ipv4Addr::LOCALHOST.into()), 10);
    }

    #[tokio::test]
    async fn a_failing_accept_does_not_end_the_listener() {
        let (seats, limits) = (Seats::default(), Limits::default());
        seats.taken().insert(1, Arc::new(Seat::new(std::net::Ipv4Addr::LOCALHOST.into())));
        assert!(admit(Err(io::Error::other("too many open files")), &seats, &limits).await.is_none());
        assert!(!seats.full(1), "the failure made no room");
    }
}
