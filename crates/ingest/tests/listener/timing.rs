//! Slow senders, crowds, and the end.

use std::time::{Duration, Instant};

use tocsin_ingest::listener::Limits;
use tocsin_model::source::RefusalReason;
use tokio::task::JoinSet;

use crate::support::{ALERT, BASIC, JSON, start, start_with, within};

const SHORT: Duration = Duration::from_millis(150);

#[tokio::test]
async fn a_silent_connection_is_ended() {
    let server = start_with(Limits { first_byte: SHORT, ..Limits::default() });
    let mut client = server.connect().await;
    assert_eq!(client.reply().await.unwrap().status, 408);
    client.ended().await;
}

#[tokio::test]
async fn headers_have_to_come_in_time_however_lively_they_drip() {
    let server = start_with(Limits { headers: SHORT, ..Limits::default() });
    let mut client = server.connect().await;
    client.write(b"POST /hooks/csa HTTP/1.1\r\n").await;
    let mut drip = tokio::time::interval(Duration::from_millis(20));
    let begun = Instant::now();
    let reply = loop {
        tokio::select! {
            reply = client.reply() => break reply.unwrap(),
            _ = drip.tick() => {}
        }
        // What is written after the end goes nowhere.
        let _ = client.try_write(b"X: y\r\n").await;
    };
    assert_eq!((reply.status, reply.code().as_str()), (408, "slow"));
    assert!(begun.elapsed() >= Duration::from_millis(140), "it was cut before its time");
    client.ended().await;
}

#[tokio::test]
async fn a_body_has_to_come_in_time() {
    let server = start_with(Limits { body: SHORT, ..Limits::default() });
    let mut client = server.connect().await;
    let whole = server.request("POST /hooks/csa", &[BASIC, JSON], ALERT.as_bytes());
    client.write(&whole[..whole.len() - 1]).await;
    let reply = client.reply().await.unwrap();
    assert_eq!((reply.status, reply.code().as_str()), (408, "slow"));
    client.ended().await;
    assert_eq!(server.fake.reasons(), [RefusalReason::Slow]);
    assert!(server.fake.taken.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_idle_connection_is_ended_without_a_word() {
    let server = start_with(Limits { idle: SHORT, ..Limits::default() });
    let mut client = server.connect().await;
    client.write(&server.request("POST /hooks/csa", &[BASIC, JSON], ALERT.as_bytes())).await;
    assert_eq!(client.reply().await.unwrap().status, 202);
    assert!(client.reply().await.is_none());
}

#[tokio::test]
async fn work_of_ours_is_not_held_against_the_sender() {
    let (short, long) = (Duration::from_secs(1), Duration::from_millis(1_500));
    let limits = Limits { headers: short, body: short, idle: short, first_byte: long, ..Limits::default() };
    let server = start_with(limits);
    server.fake.gate.forget_permits(1_000_000);
    let mut client = server.connect().await;
    client.write(&server.request("POST /hooks/csa", &[BASIC, JSON], ALERT.as_bytes())).await;
    within(server.fake.arrived.acquire()).await.unwrap().forget();
    // The silent life of another connection is longer than every limit that could end this one.
    let mut other = server.connect().await;
    other.ended().await;
    server.fake.gate.add_permits(1);
    assert_eq!(client.reply().await.unwrap().status, 202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_slow_connections_do_not_keep_an_honest_one_out() {
    let server = start();
    let mut slow = Vec::new();
    for number in 0..300 {
        let mut client = server.connect().await;
        match number % 3 {
            0 => {}
            1 => client.write(b"POST /hooks/csa HTTP/1.1\r\nHo").await,
            _ => client.write(&server.request("POST /hooks/csa", &[JSON], &[b' '; 100])[..80]).await,
        }
        slow.push(client);
    }
    let begun = Instant::now();
    for _ in 0..20 {
        assert_eq!(server.deliver(ALERT).await.status, 202);
    }
    // Nothing has timed out yet, so room was made.
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    drop(slow);
}

#[tokio::test]
async fn who_has_waited_longest_gives_way_and_work_does_not() {
    let server = start_with(Limits { connections: 2, ..Limits::default() });
    server.fake.gate.forget_permits(1_000_000);
    let mut working = server.connect().await;
    working.write(&server.request("POST /hooks/csa", &[BASIC, JSON], ALERT.as_bytes())).await;
    within(server.fake.arrived.acquire()).await.unwrap().forget();
    let mut waiting = server.connect().await;
    waiting.write(b"POST /hooks/csa HTTP/1.1\r\n").await;
    // Once this one is answered, the one that waited has had to go.
    assert_eq!(server.send("GET /healthz", &[], "").await.status, 200);
    if let Some(reply) = waiting.reply().await {
        assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")));
    }
    waiting.ended().await;
    server.fake.gate.add_permits(1);
    assert_eq!(working.reply().await.unwrap().status, 202);
}

#[tokio::test]
async fn stopping_finishes_what_is_in_flight() {
    let mut server = start();
    server.fake.gate.forget_permits(1_000_000);
    let mut working = server.connect().await;
    working.write(&server.request("POST /hooks/csa", &[BASIC, JSON], ALERT.as_bytes())).await;
    within(server.fake.arrived.acquire()).await.unwrap().forget();
    let mut idle = server.connect().await;
    idle.write(&server.request("GET /healthz", &[], b"")).await;
    assert_eq!(idle.reply().await.unwrap().status, 200);
    let mut fresh = server.connect().await;
    server.order_stop();
    assert!(idle.reply().await.is_none());
    fresh.ended().await;
    server.fake.gate.add_permits(1);
    assert_eq!(working.reply().await.unwrap().status, 202);
    within(server.ended()).await;
    assert!(tokio::net::TcpStream::connect(server.addr).await.is_err());
}

#[tokio::test]
async fn stopping_does_not_wait_for_ever() {
    let mut server = start_with(Limits { stop: Duration::from_millis(100), ..Limits::default() });
    server.fake.gate.forget_permits(1_000_000);
    let mut stuck = server.connect().await;
    stuck.write(&server.request("POST /hooks/csa", &[BASIC, JSON], ALERT.as_bytes())).await;
    within(server.fake.arrived.acquire()).await.unwrap().forget();
    server.order_stop();
    within(server.ended()).await;
    assert!(stuck.reply().await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_senders_at_once_are_all_answered() {
    let server = std::sync::Arc::new(start());
    let mut all = JoinSet::new();
    for _ in 0..64 {
        let server = std::sync::Arc::clone(&server);
        all.spawn(async move {
            let mut client = server.connect().await;
            let request = server.request("POST /hooks/csa", &[BASIC, JSON], ALERT.as_bytes());
            let mut good = 0;
            for _ in 0..25 {
                client.write(&request).await;
                good += usize::from(client.reply().await.is_some_and(|reply| reply.status == 202));
            }
            good
        });
    }
    assert_eq!(within(all.join_all()).await.into_iter().sum::<usize>(), 64 * 25);
    assert_eq!(server.fake.taken.lock().unwrap().len(), 64 * 25);
}
