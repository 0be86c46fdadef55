//! Prometheus Alertmanager as Debian ships it delivers to us: an alert fires, one appears; it resolves, that one closes.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use serde_json::{Value, json};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;
use tocsin_tests::binary::{not_run, other};
use tocsin_tests::http::Request;
use tocsin_tests::product::{Engine, Product, Sender};
use tocsin_tests::wait::{line, until};

/// A running Alertmanager with storage of its own.
struct Alertmanager {
    address: SocketAddr,
    child: Child,
    _place: TempDir,
}

impl Drop for Alertmanager {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Alertmanager {
    fn start(program: &std::path::Path, engine: &Engine, sender: &Sender) -> Self {
        let place = tempfile::tempdir().unwrap();
        let settings = format!(
            "route:\n  receiver: desk\n  group_by: [alertname]\n  group_wait: 100ms\n  group_interval: 200ms\n  \
             repeat_interval: 1h\nreceivers:\n  - name: desk\n    webhook_configs:\n      - url: http://{}{}\n        \
             send_resolved: true\n        http_config:\n          basic_auth:\n            username: {}\n            \
             password: {}\n",
            engine.address,
            sender.path(),
            sender.username.as_deref().unwrap(),
            sender.password
        );
        let file = place.path().join("alertmanager.yml");
        std::fs::write(&file, settings).unwrap();
        let mut child = Command::new(program)
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.path={}", place.path().join("storage").display()))
            .args(["--web.listen-address=127.0.0.1:0", "--cluster.listen-address="])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("Alertmanager starts");
        let said = line(child.stderr.take().unwrap(), "Listening on").expect("Alertmanager listens");
        let address = said.split("address=").nth(1).expect(&said).trim().parse().expect(&said);
        Self { address, child, _place: place }
    }

    /// Tells it of an alert, as Prometheus does.
    fn post(&self, instance: &str, ends_at: Option<&str>) {
        let mut alert = json!({
            "labels": {"alertname": "ErrorBudgetBurns", "instance": instance, "severity": "critical"},
            "annotations": {"summary": "The error budget of checkout burns"},
            "startsAt": "2020-02-03T04:05:06.789Z",
            "generatorURL": "http://prometheus.example.org/graph",
        });
        if let Some(ends_at) = ends_at {
            alert["endsAt"] = json!(ends_at);
        }
        let answer = Request::post("/api/v2/alerts", json!([alert]).to_string()).send(self.address);
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}

/// The one alert of that host, once it has that status.
fn wait_for(product: &Product, host: &str, status: &str) -> Value {
    until(&format!("the alert of {host} to be {status}"), || {
        product.alerts(&format!("host:{host}")).into_iter().find(|alert| alert["status"] == status)
    })
}

#[test]
fn what_alertmanager_fires_appears_once_and_closes_when_it_resolves() {
    let usual = ["/usr/bin/prometheus-alertmanager"];
    let Some(program) = other("TOCSIN_TEST_ALERTMANAGER", &usual) else {
        return not_run("there is no Alertmanager: set TOCSIN_TEST_ALERTMANAGER, or install prometheus-alertmanager");
    };
    let product = Product::new();
    let engine = product.serve();
    let sender = product.add_source("alertmanager", "prometheus", &[]);
    let manager = Alertmanager::start(&program, &engine, &sender);

    manager.post("web-1:9100", None);
    let fired = wait_for(&product, "web-1", "new");
    let expected = json!({
        "severity": "critical", "title": "The error budget of checkout burns", "time": "2020-02-03T04:05:06.789Z",
        "sourceKind": "alertmanager", "sourceStatus": "firing", "alertType": "ErrorBudgetBurns", "closeReason": null,
    });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(fired[key], *value, "{key}");
    }
    // A second one makes the group be sent whole again: the first is recognised.
    manager.post("web-2:9100", None);
    let second = wait_for(&product, "web-2", "new");
    assert_ne!(second["id"], fired["id"]);

    manager.post("web-1:9100", Some("2020-02-03T05:00:00Z"));
    let resolved = wait_for(&product, "web-1", "closed");
    assert_eq!((&resolved["id"], &resolved["closeReason"]), (&fired["id"], &json!("source-resolved")));
    assert_eq!(resolved["sourceStatus"], "resolved");
    assert_eq!(wait_for(&product, "web-2", "new")["id"], second["id"], "its neighbour still fires");
    manager.post("web-2:9100", Some("2020-02-03T05:00:00Z"));
    let _ = wait_for(&product, "web-2", "closed");

    assert_eq!(product.alerts("").len(), 2, "however often they were sent");
    let shown = product.json(&["source", "show", "prometheus"]);
    assert_eq!((&shown["refused"], &shown["quarantined"]), (&json!([]), &json!(0)));
    assert!(shown["duplicate"].as_u64().unwrap() >= 1, "the group was sent whole: {shown}");
}
