//! The running engine: over real connections on loopback, beside other processes, and when it cannot listen.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tocsin_engine::{AlertListRequest, App, EngineError, FeedItem, Live, LiveOptions};
use tocsin_model::alert::Action;
use tocsin_model::id::AlertId;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast::Receiver;
use tokio::time::timeout;

use crate::support::{ManualClock, SECRET, add_source, alert, envelope, ingest, open};

/// Longest that anything here may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// An engine in a directory of its own.
struct Engine {
    app: Arc<App>,
    live: Live,
    dir: TempDir,
    clock: Arc<ManualClock>,
}

impl Engine {
    async fn start() -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// With one source.
    async fn start_at(listen: SocketAddr) -> Self {
        let (dir, clock) = (tempfile::tempdir().unwrap(), ManualClock::new());
        let app = open(&dir, &clock);
        let app = blocking(move || {
            add_source(&app, "csa");
            Arc::new(app)
        })
        .await;
        let live = Live::start(Arc::clone(&app), options(listen)).await.unwrap();
        Self { app, live, dir, clock }
    }

    /// Another process on the same directory, as far as it can be told apart.
    fn guest(&self) -> Arc<App> {
        Arc::new(open(&self.dir, &self.clock))
    }

    async fn post(&self, source: &str, body: Vec<u8>) -> (u16, String) {
        let address = self.live.listening().unwrap();
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        let request = client
            .post(format!("http://{address}/hooks/{source}"))
            .basic_auth("sender", Some(SECRET))
            .header("content-type", "application/json")
            .body(body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

fn options(listen: SocketAddr) -> LiveOptions {
    LiveOptions { listen, public_hosts: Vec::new(), notifications: false }
}

/// Use cases are for threads without a runtime.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    timeout(PATIENCE, tokio::task::spawn_blocking(work)).await.unwrap().unwrap()
}

fn one_alert(id: &str) -> Vec<u8> {
    envelope(&format!("envelope of {id}"), None, &[alert(id, "Active", "High")])
}

fn ids(app: &App) -> Vec<(String, AlertId)> {
    let request = AlertListRequest { sort: "received:asc".to_owned(), limit: 100, ..AlertListRequest::default() };
    app.list_alerts(&request).unwrap().alerts.into_iter().map(|alert| (alert.external_id, alert.id)).collect()
}

/// The first hint that is wanted.
async fn hint<T>(feed: &mut Receiver<FeedItem>, wanted: impl Fn(FeedItem) -> Option<T>) -> T {
    let first = async {
        loop {
            if let Some(found) = wanted(feed.recv().await.unwrap()) {
                return found;
            }
        }
    };
    timeout(PATIENCE, first).await.expect("no such hint came")
}

fn changed_alerts(item: FeedItem) -> Option<(Vec<AlertId>, Vec<AlertId>)> {
    if let FeedItem::Alerts { added, updated, many: false } = item { Some((added, updated)) } else { None }
}

#[tokio::test]
async fn a_delivery_is_answered_stored_and_hinted_at() {
    let engine = Engine::start().await;
    assert_eq!(engine.live.listener_problem(), None);
    assert_ne!(engine.live.listening().unwrap().port(), 0, "port 0 means a free one");
    assert_eq!(engine.app.base_url(), format!("http://{}", engine.live.listening().unwrap()));
    let mut feed = engine.app.subscribe();
    let (status, body) = engine.post("csa", one_alert("41")).await;
    let answer: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(status, 202);
    assert_eq!(answer, serde_json::json!({"stored": 1, "updated": 0, "duplicate": 0, "quarantined": 0}));
    let (added, updated) = hint(&mut feed, changed_alerts).await;
    let stored = ids(&engine.app);
    assert_eq!((stored[0].0.as_str(), added, updated), ("41", vec![stored[0].1], vec![]));
    engine.live.stop().await;
}

#[tokio::test]
async fn a_stopped_engine_answers_no_more_and_can_start_again() {
    let engine = Engine::start().await;
    let address = engine.live.listening().unwrap();
    assert_eq!(engine.post("csa", one_alert("41")).await.0, 202);
    engine.live.stop().await;
    assert!(TcpStream::connect(address).await.is_err(), "somebody still listens");
    let again = Live::start(Arc::clone(&engine.app), options(address)).await.unwrap();
    assert_eq!((again.listening(), again.listener_problem()), (Some(address), None));
    again.stop().await;
    assert_eq!(ids(&engine.app).len(), 1);
}

#[tokio::test]
async fn what_is_on_its_way_when_it_stops_is_answered_and_stored() {
    let engine = Engine::start().await;
    let body = one_alert("41");
    let mut sender = BufReader::new(TcpStream::connect(engine.live.listening().unwrap()).await.unwrap());
    // `sender:correct horse battery`
    let head = format!(
        "POST /hooks/csa HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAuthorization: Basic c2VuZGVyOmNvcnJlY3QgaG9yc2UgYmF0dGVyeQ==\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        engine.live.listening().unwrap().port(),
        body.len()
    );
    sender.write_all(head.as_bytes()).await.unwrap();
    let mut line = String::new();
    timeout(PATIENCE, sender.read_line(&mut line)).await.unwrap().unwrap();
    assert_eq!(line.trim(), "HTTP/1.1 100 Continue", "the listener reads the body now");
    let finish = async {
        sender.write_all(&body).await.unwrap();
        let mut answer = String::new();
        sender.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let ((), answer) = timeout(PATIENCE, async { tokio::join!(engine.live.stop(), finish) }).await.unwrap();
    assert!(answer.contains("HTTP/1.1 202"), "{answer}");
    assert_eq!(ids(&engine.app)[0].0, "41");
}

#[tokio::test]
async fn what_another_process_does_reaches_the_engine() {
    let engine = Engine::start().await;
    let guest = engine.guest();
    let mut feed = engine.app.subscribe();

    let acting = Arc::clone(&guest);
    blocking(move || ingest(&acting, one_alert("41"))).await.unwrap();
    let (_, updated) = hint(&mut feed, changed_alerts).await;
    let id = ids(&engine.app)[0].1;
    assert_eq!(updated, [id], "the hint names the alert");

    let acting = Arc::clone(&guest);
    blocking(move || acting.act_on_alerts(&[id], &Action::Acknowledge)).await.unwrap();
    assert_eq!(hint(&mut feed, changed_alerts).await, (vec![], vec![id]));

    let acting = Arc::clone(&guest);
    blocking(move || add_source(&acting, "late")).await;
    assert_eq!(engine.post("late", one_alert("42")).await.0, 202, "the new source takes deliveries at once");
    hint(&mut feed, |item| (item == FeedItem::Sources).then_some(())).await;
    blocking(move || guest.remove_source("late")).await.unwrap();
    assert_eq!(engine.post("late", one_alert("43")).await.0, 404);
    assert_eq!(ids(&engine.app).len(), 2);
    engine.live.stop().await;
}

#[tokio::test]
async fn a_guest_cannot_be_a_second_engine_and_knows_the_first() {
    let engine = Engine::start().await;
    let guest = engine.guest();
    let second = Live::start(Arc::clone(&guest), options(SocketAddr::from(([127, 0, 0, 1], 0)))).await;
    assert!(matches!(second, Err(EngineError::EngineRunning(place)) if place == engine.dir.path()));
    assert_eq!(guest.base_url(), format!("http://{}", engine.live.listening().unwrap()));
    engine.live.stop().await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_and_the_rest_works() {
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let taken = other.local_addr().unwrap();
    let engine = Engine::start_at(taken).await;
    assert_eq!(engine.live.listening(), None);
    let problem = engine.live.listener_problem().expect("a problem to show");
    assert!(problem.contains(&taken.to_string()), "{problem}");
    assert_eq!(engine.live.store_problem(), None);

    let (mut feed, guest) = (engine.app.subscribe(), engine.guest());
    blocking(move || ingest(&guest, one_alert("41"))).await.unwrap();
    let (_, updated) = hint(&mut feed, changed_alerts).await;
    assert_eq!(updated, [ids(&engine.app)[0].1]);
    timeout(PATIENCE, engine.live.stop()).await.unwrap();
}
