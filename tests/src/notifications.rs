//! A D-Bus notification server without a display, which writes down what it is asked to show.

use std::process::{Child, Command, Stdio};

use crate::wait::until;

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";

/// A running server on the session's bus.
#[derive(Debug)]
pub struct NotificationServer(Child);

impl NotificationServer {
    /// Starts one that shows bodies and actions.
    ///
    /// # Panics
    /// When there is no session bus or no python3-dbusmock.
    #[must_use]
    pub fn start() -> Self {
        // Debian's own Python has Debian's module; another may come first on the PATH.
        let python = ["/usr/bin/python3", "python3"]
            .into_iter()
            .find(|path| !path.starts_with('/') || std::path::Path::new(path).is_file());
        let child = Command::new(python.unwrap_or("python3"))
            .args(["-m", "dbusmock", "--template", "notification_daemon", "-p", r#"{"capabilities": "body actions"}"#])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("python3 starts");
        // Asked of the bus itself: asking the name would start whatever server is installed.
        until("the notification server", || {
            let owned =
                call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.NameHasOwner", &[NAME]);
            owned.contains("true").then_some(())
        });
        Self(child)
    }

    /// Waits for a notification that says `wanted`, and gives the whole call.
    #[must_use]
    pub fn wait_for(&self, wanted: &str) -> String {
        until(&format!("a notification that says “{wanted}”"), || {
            let calls = call(NAME, PATH, "org.freedesktop.DBus.Mock.GetCalls", &[]);
            calls.split("'Notify'").skip(1).find(|call| call.contains(wanted)).map(str::to_owned)
        })
    }

    /// Clicks an action of the notification with that number (they count from 1).
    pub fn click(&self, number: u32, action: &str) {
        let arguments = format!("[<uint32 {number}>, <'{action}'>]");
        call(NAME, PATH, "org.freedesktop.DBus.Mock.EmitSignal", &[NAME, "ActionInvoked", "us", &arguments]);
    }
}

impl Drop for NotificationServer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn call(to: &str, path: &str, method: &str, arguments: &[&str]) -> String {
    let done = Command::new("gdbus")
        .args(["call", "--session", "--dest", to, "--object-path", path, "--method", method])
        .args(arguments)
        .output()
        .expect("gdbus starts");
    String::from_utf8_lossy(&done.stdout).into_owned()
}
