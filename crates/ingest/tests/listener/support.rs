//! A listener on loopback with something to stand for the engine, and a client that writes raw bytes.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use tocsin_ingest::listener::auth::make_verifier;
use tocsin_ingest::listener::{Intake, Limits, Listener, Route, Unavailable};
use tocsin_model::delivery::{Accepted, Delivery, Normalised, NormalisedEvents};
use tocsin_model::source::{RefusalReason, SignInKind, SourceKind, SourceName};
use tocsin_model::time::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;

pub const SECRET: &str = "right-secret-0123456789";
static VERIFIER: LazyLock<String> = LazyLock::new(|| make_verifier(SECRET).unwrap());

/// `push:right-secret-0123456789`
pub const BASIC: (&str, &str) = ("Authorization", "Basic cHVzaDpyaWdodC1zZWNyZXQtMDEyMzQ1Njc4OQ==");
pub const BEARER: (&str, &str) = ("Authorization", "Bearer right-secret-0123456789");
pub const JSON: (&str, &str) = ("Content-Type", "application/json");
pub const ALERT: &str = r#"{"id":"e1","data":{"alerts":[{"alertId":"1","severity":"High"}]}}"#;
pub const EVENT: &str = r#"{"specversion":"1.0","id":"1","source":"s","type":"t"}"#;

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

static LOGGING: LazyLock<()> = LazyLock::new(|| {
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::TRACE);
    subscriber.with_writer(|| Log).init();
});

/// What was logged so far, by every test of this program.
pub fn log() -> String {
    String::from_utf8(LOG.lock().unwrap().clone()).unwrap()
}

/// Stands for the engine.
pub struct Fake {
    routes: Vec<Arc<Route>>,
    pub now: AtomicI64,
    pub taken: Mutex<Vec<(String, Delivery, Normalised)>>,
    pub fed: Mutex<Vec<(String, Delivery, NormalisedEvents)>>,
    pub refused: Mutex<Vec<(String, RefusalReason)>>,
    pub outcome: Mutex<Option<Unavailable>>,
    pub ready: AtomicBool,
    /// A permit for each delivery that may be taken in.
    pub gate: Semaphore,
    /// A permit for each delivery that has come so far.
    pub arrived: Semaphore,
}

impl Fake {
    fn new() -> Self {
        let route = |name: &str, kind, sign_in: SignInKind, origins: &[&str]| {
            Arc::new(Route {
                name: name.parse().unwrap(),
                kind,
                sign_in,
                username: (sign_in == SignInKind::Basic).then(|| "push".to_owned()),
                verifier: VERIFIER.clone(),
                origins: origins.iter().map(ToString::to_string).collect(),
            })
        };
        Self {
            routes: vec![
                route("csa", SourceKind::SecureAccess, SignInKind::Basic, &["sender.example"]),
                route("am", SourceKind::Alertmanager, SignInKind::Basic, &["*"]),
                route("ce", SourceKind::CloudEvents, SignInKind::Bearer, &["*"]),
                route("addr", SourceKind::CloudEvents, SignInKind::AddressToken, &[]),
            ],
            now: AtomicI64::new(1_780_384_495_000),
            taken: Mutex::default(),
            fed: Mutex::default(),
            refused: Mutex::default(),
            outcome: Mutex::default(),
            ready: AtomicBool::new(true),
            gate: Semaphore::new(1_000_000),
            arrived: Semaphore::new(0),
        }
    }

    pub fn reasons(&self) -> Vec<RefusalReason> {
        std::mem::take(&mut *self.refused.lock().unwrap()).into_iter().map(|(_, reason)| reason).collect()
    }
}

impl Intake for Fake {
    fn route(&self, name: &str) -> Option<Arc<Route>> {
        self.routes.iter().find(|route| route.name.as_str().eq_ignore_ascii_case(name)).cloned()
    }

    async fn accept(
        &self,
        source: &SourceName,
        delivery: Delivery,
        normalised: Normalised,
    ) -> Result<Accepted, Unavailable> {
        self.arrived.add_permits(1);
        self.gate.acquire().await.unwrap().forget();
        if let Some(unavailable) = *self.outcome.lock().unwrap() {
            return Err(unavailable);
        }
        let count = Accepted {
            stored: normalised.reports.len() as u64,
            quarantined: normalised.rejected.len() as u64,
            ..Accepted::default()
        };
        self.taken.lock().unwrap().push((source.to_string(), delivery, normalised));
        Ok(count)
    }

    async fn accept_events(
        &self,
        source: &SourceName,
        delivery: Delivery,
        normalised: NormalisedEvents,
    ) -> Result<Accepted, Unavailable> {
        if let Some(unavailable) = *self.outcome.lock().unwrap() {
            return Err(unavailable);
        }
        let count = Accepted {
            stored: normalised.events.len() as u64,
            quarantined: normalised.rejected.len() as u64,
            ..Accepted::default()
        };
        self.fed.lock().unwrap().push((source.to_string(), delivery, normalised));
        Ok(count)
    }

    fn refused(&self, source: &SourceName, reason: RefusalReason) {
        self.refused.lock().unwrap().push((source.to_string(), reason));
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::Relaxed))
    }

    fn readiness(&self) -> serde_json::Value {
        serde_json::json!({"ready": self.ready.load(Ordering::Relaxed), "sources": [{"name": "csa"}]})
    }
}

/// A listener that runs until it is dropped or stopped.
pub struct Running {
    pub addr: SocketAddr,
    pub fake: Arc<Fake>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinSet<()>,
}

pub fn start() -> Running {
    start_with(Limits::default())
}

pub fn start_with(limits: Limits) -> Running {
    LazyLock::force(&LOGGING);
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), limits).unwrap();
    let (stop, stopped) = oneshot::channel();
    let fake = Arc::new(Fake::new());
    let mut running =
        Running { addr: listener.local_addr(), fake: Arc::clone(&fake), stop: Some(stop), task: JoinSet::new() };
    running.task.spawn(async move {
        listener.run(fake, async { stopped.await.unwrap_or_default() }).await.unwrap();
    });
    running
}

impl Running {
    pub fn order_stop(&mut self) {
        self.stop.take();
    }

    /// Waits until the listener has ended.
    pub async fn ended(&mut self) {
        self.task.join_next().await.unwrap().unwrap();
    }

    pub async fn connect(&self) -> Client {
        Client { stream: TcpStream::connect(self.addr).await.unwrap(), read: Vec::new() }
    }

    /// A request with a Host header and a length.
    pub fn request(&self, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
        let mut text = format!("{line} HTTP/1.1\r\nHost: {}\r\n", self.addr);
        for (name, value) in headers {
            text += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() {
            text += &format!("Content-Length: {}\r\n", body.len());
        }
        [text.as_bytes(), b"\r\n", body].concat()
    }

    pub async fn send(&self, line: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Reply {
        self.raw(&self.request(line, headers, body.as_ref())).await
    }

    pub async fn raw(&self, bytes: &[u8]) -> Reply {
        let mut client = self.connect().await;
        client.write(bytes).await;
        client.reply().await.expect("an answer")
    }

    pub async fn deliver(&self, body: impl AsRef<[u8]>) -> Reply {
        self.send("POST /hooks/csa", &[BASIC, JSON], body).await
    }
}

pub struct Client {
    pub stream: TcpStream,
    read: Vec<u8>,
}

impl Client {
    /// Writes as a simple sender does: all of it, before it looks for an answer.
    pub async fn write(&mut self, bytes: &[u8]) {
        self.try_write(bytes).await.expect("the listener reads what is sent");
    }

    pub async fn try_write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        within(self.stream.write_all(bytes)).await
    }

    /// The next answer; `None` when the connection ends without one.
    pub async fn reply(&mut self) -> Option<Reply> {
        loop {
            if let Some((reply, length)) = Reply::parse(&self.read) {
                self.read.drain(..length);
                return Some(reply);
            }
            let mut bytes = [0; 4096];
            match within(self.stream.read(&mut bytes)).await {
                Ok(0) | Err(_) => return None,
                Ok(count) => self.read.extend_from_slice(&bytes[..count]),
            }
        }
    }

    /// Waits until the other side ends the connection.
    pub async fn ended(&mut self) {
        self.rest().await;
    }

    /// What still comes until the other side ends the connection.
    pub async fn rest(&mut self) -> String {
        let mut rest = std::mem::take(&mut self.read);
        let _ = within(self.stream.read_to_end(&mut rest)).await;
        String::from_utf8_lossy(&rest).into_owned()
    }
}

/// A deadline for what should happen at once, so that a fault shows as a failure and not as a hang.
pub async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("it took more than 20 s")
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    head: String,
    pub body: String,
}

impl Reply {
    fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1)?.parse().unwrap();
        let mut reply = Self { status, head, body: String::new() };
        let length =
            if status == 100 { 0 } else { reply.header("content-length").map_or(0, |text| text.parse().unwrap()) };
        reply.body = String::from_utf8(bytes.get(end..end + length)?.to_vec()).unwrap();
        Some((reply, end + length))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{self:?}"))
    }

    pub fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}
