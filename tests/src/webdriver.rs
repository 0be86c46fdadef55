//! The real window, driven through WebKit's own WebDriver: a few calls are client enough.

use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::binary::tocsin;
use crate::http::Request;
use crate::keys::Stroke;
use crate::wait::until;

/// How WebDriver names an element in JSON.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// The desktop app: `TOCSIN_TEST_APP`, or the binary beside `tocsin`.
#[must_use]
pub fn app() -> PathBuf {
    std::env::var_os("TOCSIN_TEST_APP").map_or_else(|| tocsin().with_file_name("tocsin-desktop"), PathBuf::from)
}

/// A window of the app. It closes, and the app ends, when the test is done with it.
#[derive(Debug)]
pub struct Window {
    driver: Child,
    address: SocketAddr,
    session: String,
}

impl Window {
    /// Starts the app with `arguments` and waits for its window.
    ///
    /// # Panics
    /// When the driver or the app does not start.
    #[must_use]
    pub fn open(arguments: &[&str]) -> Self {
        assert!(app().is_file(), "{} is not built: cargo build -p tocsin-desktop", app().display());
        let address = free_address();
        let mut driver = Command::new("WebKitWebDriver")
            .arg(format!("--port={}", address.port()))
            // A group of their own, so that no app outlives its test: the next would hand over to it and end.
            .process_group(0)
            // Read by the app, which the driver starts.
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("WebKitWebDriver starts");
        until("WebKitWebDriver to listen", || {
            assert!(driver.try_wait().expect("waits").is_none(), "WebKitWebDriver ended");
            Request::new("GET", "/status").try_send(address).ok()
        });
        let mut window = Self { driver, address, session: String::new() };
        let options = json!({ "binary": app(), "args": arguments });
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "wry", "webkitgtk:browserOptions": options } } });
        let answer = Request::post("/session", wanted.to_string()).send(address).json();
        let id = answer["value"]["sessionId"].as_str();
        window.session = id.unwrap_or_else(|| panic!("no session: {answer}")).to_owned();
        window
    }

    /// Runs JavaScript in the page; `return` gives its value.
    ///
    /// # Panics
    /// When it throws.
    #[must_use]
    pub fn run(&self, script: &str) -> Value {
        self.post("execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Runs an async JavaScript function's body in the page and waits for its answer, 25 s at most.
    ///
    /// # Panics
    /// When it throws, or does not answer in time.
    #[must_use]
    pub fn run_async(&self, body: &str) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1]; \
             (async () => {{ {body} }})().then(value => done({{ value }}), error => done({{ error: String(error) }}))"
        );
        let answer = self.post("execute/async", &json!({ "script": script, "args": [] }));
        assert!(answer.get("error").is_none(), "{answer} of {body}");
        answer["value"].clone()
    }

    /// Loads the page again, as if the window had just been opened.
    pub fn reload(&self) {
        let _ = self.post("refresh", &json!({}));
    }

    /// The text of every element that the CSS selector finds, as a person reads it.
    #[must_use]
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let script = format!(
            "return [...document.querySelectorAll({})].map(found => found.innerText.replace(/\\s+/g, ' ').trim())",
            json!(selector)
        );
        let texts = self.run(&script);
        texts.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Waits until the selector finds an element whose text holds `wanted`, and gives that text.
    #[must_use]
    pub fn wait_for(&self, selector: &str, wanted: &str) -> String {
        until(&format!("“{wanted}” in {selector}"), || {
            self.texts(selector).into_iter().find(|text| text.contains(wanted))
        })
    }

    /// Waits until the selector finds nothing.
    pub fn wait_gone(&self, selector: &str) {
        until(&format!("{selector} to go"), || self.texts(selector).is_empty().then_some(()));
    }

    /// Clicks the first element of the selector.
    pub fn click(&self, selector: &str) {
        let element = self.element(selector);
        let _ = self.post(&format!("element/{element}/click"), &json!({}));
    }

    /// Types into the first element of the selector.
    pub fn type_into(&self, selector: &str, text: &str) {
        let element = self.element(selector);
        let _ = self.post(&format!("element/{element}/value"), &json!({ "text": text }));
    }

    /// Presses keys one after the other, wherever the focus is.
    pub fn press(&self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| [json!({ "type": "keyDown", "value": key }), json!({ "type": "keyUp", "value": key })])
            .collect();
        self.strike(&strokes);
    }

    /// Does one thing on the keyboard, wherever the focus is.
    pub fn stroke(&self, stroke: &Stroke) {
        self.strike(&stroke.steps());
    }

    fn strike(&self, steps: &[Value]) {
        let _ = self.post("actions", &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": steps }] }));
    }

    /// Keeps a picture of the window where `TOCSIN_TEST_PICTURES` says, if it does.
    pub fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("TOCSIN_TEST_PICTURES") else { return };
        let path = Path::new(&folder).join(format!("{name}.png"));
        std::fs::create_dir_all(&folder).expect("a folder");
        // Of the whole screen, notifications included; the driver's own picture lags behind the page.
        let _ = Command::new("import").args(["-window", "root"]).arg(path).status();
    }

    fn element(&self, selector: &str) -> String {
        let found = self.post("element", &json!({ "using": "css selector", "value": selector }));
        found[ELEMENT].as_str().unwrap_or_else(|| panic!("no {selector}: {found}")).to_owned()
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let path = format!("/session/{}/{path}", self.session);
        let answer = Request::post(&path, body.to_string()).send(self.address);
        assert!(answer.status == 200, "{path} {body}: {}", answer.body);
        answer.json()["value"].clone()
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.picture(&format!("failed-{}", std::thread::current().name().unwrap_or("test")));
        }
        if !self.session.is_empty() {
            // Closes the window, and so the app.
            let _ = Request::new("DELETE", &format!("/session/{}", self.session)).try_send(self.address);
        }
        let _ = Command::new("kill").args(["-9", "--", &format!("-{}", self.driver.id())]).status();
        let _ = self.driver.wait();
    }
}

/// A port that was free a moment ago: the driver takes no port 0.
fn free_address() -> SocketAddr {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
    socket.local_addr().expect("an address")
}
