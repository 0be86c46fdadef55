//! Where alerts go: our channels by name, and Shield's four lists mapped onto targets.

use super::head::{shown, texts};
use super::object::Object;
use crate::rule::problem::Findings;
use crate::rule::{CHANNELS, Target};

/// Shield's keys, known in both dialects.
pub(super) const KEYS: &[&str] =
    &["notificationTypes", "emailRecipients", "slackChannels", "teamsChannels", "webhookUrls"];

/// A way of Shield's to tell people: its word, the key of its addressees, and what we make of one.
type Way = (&'static str, &'static str, fn(String) -> Target);

const WAYS: [Way; 4] = [
    ("email", "emailRecipients", Target::Email),
    ("slack", "slackChannels", Target::Slack),
    ("teams", "teamsChannels", Target::Teams),
    ("webhook", "webhookUrls", Target::Webhook),
];

pub(super) fn read(top: &Object<'_>, findings: &mut Findings) -> Vec<Target> {
    let channels = texts(top, "channels", findings);
    warn_of_unknown(&top.place("channels"), &channels, findings);
    let mut all: Vec<Target> = channels.into_iter().map(Target::Channel).collect();
    let words = texts(top, "notificationTypes", findings);
    for word in &words {
        if !WAYS.iter().any(|(known, ..)| known == word) {
            let place = top.place("notificationTypes");
            let what = format!("“{}” is no way to notify", shown(word));
            findings.error(place, what, "write email, slack, teams or webhook");
        }
    }
    for (word, key, target) in WAYS {
        let addressees = texts(top, key, findings);
        let wanted = words.iter().any(|one| one == word);
        if wanted && top.get(key).is_none() {
            let what = format!("“{word}” is wanted, but “{key}” says no one to tell");
            findings.warning(top.place(key), what, format!("add {key}, or use channels"));
        } else if !wanted && !addressees.is_empty() {
            let what = format!("these are not told, because notificationTypes does not name “{word}”");
            findings.warning(top.place(key), what, format!("add \"{word}\" to notificationTypes"));
        }
        for (at, addressee) in addressees.iter().enumerate() {
            check(word, addressee, format!("{}[{at}]", top.place(key)), findings);
        }
        if wanted {
            all.extend(addressees.into_iter().map(target));
        }
    }
    all
}

/// Channels that there are not: a warning, since a document may come from where they are.
fn warn_of_unknown(place: &str, channels: &[String], findings: &mut Findings) {
    let is_known = |name: &String| CHANNELS.iter().any(|known| name.eq_ignore_ascii_case(known));
    let who =
        if channels.iter().any(is_known) { "nobody is told by it" } else { "nobody is told of what the rule finds" };
    let known = CHANNELS.join("”, “");
    for (at, name) in channels.iter().enumerate().filter(|(_, name)| !is_known(name)) {
        let what = format!("there is no channel “{}”, so {who}", shown(name));
        let remedy = format!("write one that there is (“{known}”), or leave channels out to be told on the desktop");
        findings.warning(format!("{place}[{at}]"), what, remedy);
    }
}

fn check(word: &str, addressee: &str, place: String, findings: &mut Findings) {
    let has_space = addressee.contains(char::is_whitespace);
    let is_mail = || addressee.rsplit_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty());
    let is_address =
        || ["https://", "http://"].iter().any(|start| addressee.len() > start.len() && addressee.starts_with(start));
    match word {
        "email" if has_space || !is_mail() => {
            findings.error(
                place,
                format!("“{}” is no mail address", shown(addressee)),
                "write one such as soc@example.net",
            );
        }
        "webhook" if has_space || !is_address() => {
            findings.error(place, format!("“{}” is no web address", shown(addressee)), "begin it with https://");
        }
        _ => {}
    }
}
