//! Prometheus Alertmanager's webhook, version 4: a group of alerts, each with labels and annotations.
//!
//! Alertmanager repeats a group while it fires; `fingerprint` and `startsAt` say that an alert is the same.

use tocsin_model::delivery::AlertReport;
use tocsin_model::entities::Entities;
use tocsin_model::status::Status;

use crate::connector::json::{Document, Object, Trouble, Value};
use crate::connector::{Reading, TooManyAlerts, words};

/// Most labels that become tags.
const MOST_TAGS: usize = 32;

pub(in crate::connector) fn read<'a>(document: &Document<'a>, reading: &mut Reading<'a>) -> Result<(), TooManyAlerts> {
    let root = document.root;
    let fields = match reading.object(root, "A webhook message of Alertmanager") {
        Ok(fields) => fields,
        Err(trouble) => return reading.reject("", root, trouble),
    };
    let group_status = words::trimmed(fields.get("status"));
    match fields.get("alerts") {
        Some(alerts) if alerts.is_array() => reading.each("alerts", alerts, |reading, path, part| {
            let report = alert(reading, group_status.as_deref(), part);
            reading.take(path, part, report)
        }),
        None if fields.names("alerts").is_some() => Ok(()),
        Some(_) | None => reading.reject(
            "",
            root,
            Trouble::at(
                "alerts",
                "The message has no list of `alerts`; this address takes \
                Alertmanager's own webhook format, version 4.",
            ),
        ),
    }
}

fn alert<'a>(reading: &Reading<'a>, group_status: Option<&str>, part: Value<'a>) -> Result<AlertReport, Trouble> {
    part.small("The alert")?;
    let fields = reading.object(part, "An alert")?;
    let labels = Labels::read(reading, &fields)?;
    let annotations = match fields.get("annotations") {
        Some(value) => {
            Some(value.object(reading.body, "`annotations`").map_err(|trouble| trouble.below("annotations"))?)
        }
        None => None,
    };
    let note = |name: &str| annotations.as_ref().and_then(|object| object.exact(name));
    let starts_at = words::required(
        reading.body,
        "startsAt",
        fields.get("startsAt"),
        "it tells one alert from the next of its kind",
    )?;
    let identity = format!("{}/{starts_at}", labels.fingerprint(&fields)?);
    let source_status = words::trimmed(fields.get("status")).or_else(|| group_status.map(str::to_owned));
    let source_severity = labels.get("severity").or_else(|| labels.get("priority")).map(str::to_owned);
    let name = labels.get("alertname").map(str::to_owned);
    let title = words::line(note("summary"))
        .or_else(|| words::line(note("title")))
        .or_else(|| name.as_deref().and_then(words::first_line))
        .unwrap_or_else(|| "Alertmanager alert".to_owned());
    let (entities, tags) = labels.sort();
    Ok(AlertReport {
        external_id: identity.clone(),
        identity,
        report_key: None,
        reported_at: None,
        severity: words::severity(source_severity.as_deref()),
        source_severity,
        status: status(source_status.as_deref()),
        close_reason: None,
        source_status,
        title,
        description: words::trimmed(note("description")).or_else(|| words::trimmed(note("message"))),
        category: labels.get("category").map(str::to_owned),
        alert_type: name.clone(),
        tactic: None,
        techniques: Vec::new(),
        time: words::time(fields.get("startsAt")),
        entities,
        rule_name: name,
        tags,
        payload: part.range(reading.body),
    })
}

fn status(word: Option<&str>) -> Status {
    match word {
        Some(word) if word.eq_ignore_ascii_case("resolved") => Status::Closed,
        Some(_) | None => Status::New,
    }
}

/// An alert's labels, sorted by name.
struct Labels(Vec<(String, String)>);

impl Labels {
    fn read<'a>(reading: &Reading<'a>, alert: &Object<'a>) -> Result<Self, Trouble> {
        let Some(value) = alert.get("labels") else { return Ok(Self(Vec::new())) };
        let object = value.object(reading.body, "`labels`").map_err(|trouble| trouble.below("labels"))?;
        let mut all: Vec<_> = object
            .members()
            .filter_map(|(name, value)| Some((name.to_owned(), words::trimmed(Some(value))?)))
            .collect();
        all.sort();
        Ok(Self(all))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Alertmanager's own fingerprint, or where a template left it out, one made the same way: from the labels.
    fn fingerprint(&self, alert: &Object<'_>) -> Result<String, Trouble> {
        if let Some(sent) = words::trimmed(alert.get("fingerprint")) {
            return Ok(sent);
        }
        if self.0.is_empty() {
            return Err(Trouble::at(
                "labels",
                "The alert has neither `fingerprint` nor `labels`, so it cannot be told \
                from others.",
            ));
        }
        let mut hash = blake3::Hasher::new();
        for (name, value) in &self.0 {
            hash.update(name.as_bytes()).update(b"\0").update(value.as_bytes()).update(b"\0");
        }
        Ok(hash.finalize().to_hex().chars().take(16).collect())
    }

    /// What the labels say about who and what is concerned, and the rest as tags.
    fn sort(&self) -> (Entities, Vec<String>) {
        let mut entities = Entities::default();
        let mut tags = Vec::new();
        for (name, value) in &self.0 {
            match name.as_str() {
                "alertname" | "category" | "severity" => {}
                "priority" if self.get("severity").is_none() => {}
                "instance" | "host" | "hostname" | "node" => match words::host(value) {
                    Some(host) => words::push(&mut entities.hostname, host),
                    None => tags.push(format!("{name}={value}")),
                },
                "user" | "username" => words::push(&mut entities.username, value.clone()),
                "endpoint" | "path" | "handler" => words::push(&mut entities.endpoint, value.clone()),
                "client_ip" | "src_ip" if words::is_address(value) => {
                    words::push(&mut entities.client_ip, value.clone());
                }
                "api_key_id" => words::push(&mut entities.api_key_id, value.clone()),
                _ if tags.len() < MOST_TAGS => tags.push(format!("{name}={value}")),
                _ => {}
            }
        }
        tags.truncate(MOST_TAGS);
        (entities, tags)
    }
}
