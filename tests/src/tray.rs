//! A desktop's tray without a desktop: the name on the bus that icons look for, and how to read and click them.

use std::process::{Child, Command, Stdio};

use crate::wait::until;

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const PATH: &str = "/StatusNotifierWatcher";
const BUS: &str = "org.freedesktop.DBus";

/// A running tray, without a face.
#[derive(Debug)]
pub struct TrayHost(Child);

/// The icon of the app that was started last.
#[derive(Debug)]
pub struct TrayIcon {
    owner: String,
    path: String,
}

impl TrayHost {
    /// Starts one that takes every icon.
    ///
    /// # Panics
    /// When there is no session bus or no python3-dbusmock.
    #[must_use]
    pub fn start() -> Self {
        let child = Command::new("/usr/bin/python3")
            .args(["-m", "dbusmock", "--session", WATCHER, PATH, WATCHER])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("python3 starts");
        // The name comes before the methods are there: whoever watches it must find them at once.
        until("the tray", || {
            call(BUS, "/", &format!("{BUS}.NameHasOwner"), &[WATCHER]).filter(|it| it.contains("true"))
        });
        let mock = "org.freedesktop.DBus.Mock";
        let method = [WATCHER, "RegisterStatusNotifierItem", "s", "", ""];
        until("the tray to take icons", || call(WATCHER, PATH, &format!("{mock}.AddMethod"), &method));
        let property = [WATCHER, "IsStatusNotifierHostRegistered", "<true>"];
        until("the tray to say so", || call(WATCHER, PATH, &format!("{mock}.AddProperty"), &property));
        Self(child)
    }

    /// Waits for an icon, and gives the last.
    #[must_use]
    pub fn icon(&self) -> TrayIcon {
        until("an icon in the tray", || {
            let calls = call(WATCHER, PATH, "org.freedesktop.DBus.Mock.GetCalls", &[])?;
            let path = calls.rsplit("'RegisterStatusNotifierItem'").next()?.split('\'').nth(1)?.to_owned();
            let names = call(BUS, "/", &format!("{BUS}.ListNames"), &[])?;
            let unique = names.split('\'').filter(|name| name.starts_with(':'));
            let icons = unique.map(|owner| TrayIcon { owner: owner.to_owned(), path: path.clone() });
            icons.into_iter().find(|icon| icon.property("Id").is_some())
        })
    }
}

impl Drop for TrayHost {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl TrayIcon {
    /// Waits until the text beside it is this.
    pub fn wait_for_label(&self, wanted: &str) {
        until(&format!("“{wanted}” beside the icon"), || {
            self.property("XAyatanaLabel").filter(|label| label.contains(&format!("<'{wanted}'>")))
        });
    }

    /// Waits until its menu has a line that says `wanted`.
    pub fn wait_for_line(&self, wanted: &str) {
        until(&format!("“{wanted}” in the tray's menu"), || self.menu().filter(|menu| menu.contains(wanted)));
    }

    /// Clicks the menu's line of that text.
    ///
    /// # Panics
    /// When there is none.
    pub fn click(&self, line: &str) {
        let menu = self.menu().expect("a menu");
        // Each line is (number, {properties}, children).
        let before = menu.split(&format!("'label': <'{line}'>")).next().filter(|before| before.len() < menu.len());
        let before = before.unwrap_or_else(|| panic!("no “{line}” in {menu}"));
        let number = before.rsplit("<(").next().and_then(|rest| rest.split(',').next()).expect("a number");
        let event = [number, "clicked", "<''>", "0"];
        let clicked = call(&self.owner, &self.menu_path(), "com.canonical.dbusmenu.Event", &event);
        assert!(clicked.is_some(), "“{line}” took no click: {menu}");
    }

    fn menu(&self) -> Option<String> {
        call(&self.owner, &self.menu_path(), "com.canonical.dbusmenu.GetLayout", &["0", "2", "[]"])
    }

    fn menu_path(&self) -> String {
        format!("{}/Menu", self.path)
    }

    fn property(&self, name: &str) -> Option<String> {
        let get = "org.freedesktop.DBus.Properties.Get";
        call(&self.owner, &self.path, get, &["org.kde.StatusNotifierItem", name])
    }
}

/// What a D-Bus method answers; none when it fails.
fn call(to: &str, path: &str, method: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("gdbus");
    command.args(["call", "--session", "--timeout", "5", "--dest", to, "--object-path", path, "--method", method]);
    let done = command.args(arguments).output().expect("gdbus starts");
    done.status.success().then(|| String::from_utf8_lossy(&done.stdout).into_owned())
}
