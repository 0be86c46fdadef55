//! CloudEvents 1.0 in JSON, one event or a batch, from anything that speaks it.
//!
//! The standard leaves `data` open, so common names are looked for in it and everything else stays in the payload.

use tocsin_model::delivery::AlertReport;
use tocsin_model::entities::Entities;

use crate::connector::json::{Document, Object, Trouble, Value};
use crate::connector::{Reading, TooManyAlerts, words};

pub(in crate::connector) fn read<'a>(document: &Document<'a>, reading: &mut Reading<'a>) -> Result<(), TooManyAlerts> {
    let one = |reading: &mut Reading<'a>, path: &str, part: Value<'a>| {
        let report = event(reading, part);
        reading.take(path, part, report)
    };
    if document.root.is_array() { reading.each("", document.root, one) } else { one(reading, "", document.root) }
}

fn event<'a>(reading: &Reading<'a>, part: Value<'a>) -> Result<AlertReport, Trouble> {
    part.small("The event")?;
    let event = reading.object(part, "An event")?;
    let required = |name: &str| {
        let value = event.exact(name);
        words::required(reading.body, name, value, "CloudEvents 1.0 requires it").map_err(|trouble| {
            match event.names(name) {
                Some(other) if value.is_none() && other != name => Trouble::at(
                    name,
                    format!("`{name}` is missing: it stands there as `{other}`, but names are in lower case."),
                ),
                Some(_) | None => trouble,
            }
        })
    };
    let version = required("specversion")?;
    if version != "1.0" {
        let version: String = version.chars().take(20).collect();
        return Err(Trouble::at("specversion", format!("This reads CloudEvents 1.0, and the event says “{version}”.")));
    }
    let (id, source, kind) = (required("id")?, required("source")?, required("type")?);
    let data = Data::read(reading, &event)?;
    let source_severity = words::trimmed(event.exact("severity")).or_else(|| words::trimmed(data.get("severity")));
    let source_status = words::trimmed(data.get("status")).or_else(|| words::trimmed(event.exact("status")));
    let title = ["title", "summary", "name", "message"]
        .into_iter()
        .find_map(|name| words::first_line(&data.get(name)?.string()?))
        .or_else(|| words::line(event.exact("subject")))
        .or_else(|| words::first_line(&kind))
        .unwrap_or_else(|| "CloudEvent".to_owned());
    Ok(AlertReport {
        identity: format!("{source}\u{1F}{id}"),
        external_id: id,
        report_key: None,
        reported_at: None,
        severity: words::severity(source_severity.as_deref()),
        source_severity,
        status: words::status(source_status.as_deref()),
        close_reason: None,
        source_status,
        title,
        description: words::trimmed(data.get("description")),
        category: words::trimmed(data.get("category")),
        alert_type: Some(kind),
        tactic: None,
        techniques: Vec::new(),
        time: words::time(event.exact("time")),
        entities: data.entities(),
        rule_name: None,
        tags: Vec::new(),
        payload: part.range(reading.body),
    })
}

/// The members of an event's `data`, where it is an object.
struct Data<'a>(Option<Object<'a>>);

impl<'a> Data<'a> {
    fn read(reading: &Reading<'a>, event: &Object<'a>) -> Result<Self, Trouble> {
        let Some(data) = event.exact("data") else { return Ok(Self(None)) };
        if event.exact("data_base64").is_some() {
            return Err(Trouble::at(
                "data",
                "The event has both `data` and `data_base64`; only one of them may stand.",
            ));
        }
        if !data.is_object() {
            return Ok(Self(None));
        }
        data.object(reading.body, "`data`").map(|object| Self(Some(object))).map_err(|trouble| trouble.below("data"))
    }

    fn get(&self, name: &str) -> Option<Value<'a>> {
        self.0.as_ref()?.get(name)
    }

    fn entities(&self) -> Entities {
        let all = |names: &[&str]| {
            let mut found = Vec::new();
            for text in names.iter().flat_map(|name| words::texts(self.get(name))) {
                words::push(&mut found, text);
            }
            found
        };
        let mut client_ip = all(&["clientIp", "client_ip", "src_ip", "ip"]);
        client_ip.retain(|text| words::is_address(text));
        Entities {
            client_ip,
            username: all(&["username", "user"]),
            api_key_id: all(&["apiKeyId", "api_key_id"]),
            endpoint: all(&["endpoint", "path"]),
            hostname: all(&["hostname", "host"]),
        }
    }
}
