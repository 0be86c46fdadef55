//! A private D-Bus with a notification server that records what it is asked, and that can be clicked.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures_lite::StreamExt as _;
use zbus::zvariant::{OwnedValue, Value};
use zbus::{Connection, connection};

pub const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
const MOCK: &str = "org.freedesktop.DBus.Mock";

/// No service directories, so that nothing is started by a call.
const CONFIG: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=SOCKET</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>"#;

/// Ends its process when the test ends, however it ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to do.
        if self.0.kill().is_ok() {
            drop(self.0.wait());
        }
    }
}

/// The python that has dbusmock, or why the tests cannot run here.
fn python() -> Result<&'static str, String> {
    let runs = |program: &str, arguments: &[&str]| {
        let ended = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
        ended.is_ok_and(|status| status.success())
    };
    if !runs("dbus-daemon", &["--version"]) {
        return Err("dbus-daemon is missing (Debian package dbus-daemon)".to_owned());
    }
    // On Debian the module belongs to the system's python, and another one may come first in PATH.
    ["/usr/bin/python3", "python3"]
        .into_iter()
        .find(|python| runs(python, &["-c", "import dbusmock"]))
        .ok_or_else(|| "the python module dbusmock is missing (Debian package python3-dbusmock)".to_owned())
}

/// Whether the tools are there. Without them a test says so on the terminal and ends, or fails where all must run.
pub fn tools_are_there() -> bool {
    let Err(why) = python() else { return true };
    let required = std::env::var_os("TOCSIN_TEST_REQUIRE_ALL").is_some_and(|value| value == "1");
    assert!(!required, "TOCSIN_TEST_REQUIRE_ALL=1, but {why}");
    // Not eprintln: the test harness would swallow it.
    std::io::stderr().write_all(format!("not run: {why}\n").as_bytes()).unwrap();
    false
}

/// One `Notify` call, whole.
#[derive(Debug, PartialEq)]
pub struct Notified {
    pub app_name: String,
    pub replaces: u32,
    pub icon: String,
    pub summary: String,
    pub body: String,
    pub actions: Vec<String>,
    pub hints: HashMap<String, OwnedValue>,
    pub timeout: i32,
}

/// A bus of its own. A test's own connection to it is `connection`.
pub struct Bus {
    directory: tempfile::TempDir,
    daemon: Option<Running>,
    server: Option<Running>,
}

impl Bus {
    pub fn start() -> Self {
        let mut bus = Self { directory: tempfile::tempdir().unwrap(), daemon: None, server: None };
        bus.start_daemon();
        bus
    }

    /// Starts the daemon (again); returns when it listens.
    pub fn start_daemon(&mut self) {
        let config = self.directory.path().join("bus.conf");
        let socket = self.socket();
        // The socket of a daemon that was killed is left behind.
        drop(std::fs::remove_file(&socket));
        std::fs::write(&config, CONFIG.replace("SOCKET", socket.to_str().unwrap())).unwrap();
        let mut daemon = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", config.display()))
            .args(["--nofork", "--print-address=1"])
            .stdout(Stdio::piped())
            // It complains about limits that only root may raise.
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        assert!(address.starts_with("unix:"), "dbus-daemon did not start: {address:?}");
        self.daemon = Some(Running(daemon));
    }

    pub fn kill_daemon(&mut self) {
        self.daemon = None;
        self.server = None;
    }

    fn socket(&self) -> PathBuf {
        self.directory.path().join("bus")
    }

    pub fn address(&self) -> String {
        format!("unix:path={}", self.socket().display())
    }

    pub async fn connection(&self) -> Connection {
        connection::Builder::address(self.address().as_str()).unwrap().build().await.unwrap()
    }

    /// Starts a server with `capabilities`, separated by spaces; returns when it has its name.
    pub async fn start_server(&mut self, capabilities: &str) {
        let connection = self.connection().await;
        let bus = zbus::fdo::DBusProxy::new(&connection).await.unwrap();
        let mut owners = bus.receive_name_owner_changed_with_args(&[(0, NAME)]).await.unwrap();
        let server = Command::new(python().unwrap())
            .args(["-m", "dbusmock", "--template", "notification_daemon", "-p"])
            .arg(format!(r#"{{"capabilities":"{capabilities}"}}"#))
            .env("DBUS_SESSION_BUS_ADDRESS", self.address())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        self.server = Some(Running(server));
        loop {
            let change = within(owners.next()).await.unwrap();
            if change.args().unwrap().new_owner().is_some() {
                break;
            }
        }
    }

    /// Kills the server; returns when the bus has noticed.
    pub async fn kill_server(&mut self) {
        let connection = self.connection().await;
        let bus = zbus::fdo::DBusProxy::new(&connection).await.unwrap();
        let mut owners = bus.receive_name_owner_changed_with_args(&[(0, NAME)]).await.unwrap();
        self.server = None;
        within(owners.next()).await.unwrap();
    }

    /// Every `Notify` so far.
    pub async fn notified(&self) -> Vec<Notified> {
        let reply = self.mock("GetCalls", &()).await;
        let calls: Vec<(u64, String, Vec<OwnedValue>)> = reply.body().deserialize().unwrap();
        calls.into_iter().filter(|(_, method, _)| method == "Notify").map(|(_, _, values)| read(values)).collect()
    }

    /// Clicks `action` on the pop-up `id`.
    pub async fn click(&self, id: u32, action: &str) {
        self.emit("ActionInvoked", vec![Value::from(id), Value::from(action)], "us").await;
    }

    /// Lets the pop-up `id` go, for `reason`.
    pub async fn close(&self, id: u32, reason: u32) {
        self.emit("NotificationClosed", vec![Value::from(id), Value::from(reason)], "uu").await;
    }

    async fn emit(&self, signal: &str, values: Vec<Value<'_>>, signature: &str) {
        self.mock("EmitSignal", &(NAME, signal, signature, values)).await;
    }

    async fn mock<B>(&self, method: &str, body: &B) -> zbus::Message
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        let connection = self.connection().await;
        within(connection.call_method(Some(NAME), PATH, Some(MOCK), method, body)).await.unwrap()
    }
}

fn read(values: Vec<OwnedValue>) -> Notified {
    let mut values = values.into_iter();
    let mut next = || values.next().unwrap();
    let notified = Notified {
        app_name: next().try_into().unwrap(),
        replaces: next().try_into().unwrap(),
        icon: next().try_into().unwrap(),
        summary: next().try_into().unwrap(),
        body: next().try_into().unwrap(),
        actions: next().try_into().unwrap(),
        hints: next().try_into().unwrap(),
        timeout: next().try_into().unwrap(),
    };
    assert!(values.next().is_none());
    notified
}

/// `future`, or the end of the test when it hangs.
pub async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(10), future).await.expect("this must not take ten seconds")
}
