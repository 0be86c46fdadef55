//! What a person has set, as one document with defaults.
//!
//! A document may come from another version: what it does not know is kept, and what cannot be read here counts as its
//! default, one setting at a time, so that a mistake in one never takes the others with it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::severity::Severity;
use crate::zone::{QuietHours, Zone};

/// Everything that can be set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// How the window looks.
    pub theme: Theme,
    /// How times are shown.
    pub times: TimeStyle,
    /// How close rows stand.
    pub density: Density,
    /// Who is told, and when.
    pub notify: NotifySettings,
    /// How long alerts are kept.
    pub retention: RetentionSettings,
    /// Whether closing the window leaves Tocsin in the tray.
    pub close_to_tray: bool,
    /// Whether Tocsin starts when the person signs in.
    pub autostart: bool,
    /// Whether the first cards were dealt with.
    pub first_run_done: bool,
}

/// How the window looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    /// As the desktop does.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
    /// Light with more contrast.
    ContrastLight,
    /// Dark with more contrast.
    ContrastDark,
}

/// How times are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeStyle {
    /// In the zone of this machine.
    #[default]
    Local,
    /// In UTC.
    Utc,
}

/// How close rows stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Density {
    /// With air.
    #[default]
    Comfortable,
    /// More rows on a screen.
    Compact,
}

/// Who is told, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NotifySettings {
    /// The mildest severity that is told; unknown stands between high and medium.
    pub from: Severity,
    /// When nobody is disturbed.
    pub quiet_hours: Option<QuietHours>,
}

impl Default for NotifySettings {
    fn default() -> Self {
        Self { from: Severity::Medium, quiet_hours: None }
    }
}

/// How long alerts are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RetentionSettings {
    /// Closed alerts older than so many days go; none keeps them.
    pub days: Option<u32>,
    /// Above so many megabytes (of a million bytes) the oldest closed alerts go; none knows no limit.
    pub megabytes: Option<u32>,
    /// Whether open alerts stay whatever their age.
    pub keep_open: bool,
}

impl Default for RetentionSettings {
    fn default() -> Self {
        Self { days: Some(365), megabytes: Some(2_048), keep_open: true }
    }
}

/// A setting does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SettingsError {
    /// The path of the setting, such as `notify.from`; `key` when there is none of that name.
    pub field: &'static str,
    /// What is wrong and what would be right.
    pub message: String,
}

/// Most days of retention: a hundred years.
const DAYS_LIMIT: u32 = 36_500;
/// Fewest megabytes of retention: less than a few days of alerts would be no store.
const MEGABYTES_LEAST: u32 = 10;
/// Most megabytes of retention: a terabyte.
const MEGABYTES_LIMIT: u32 = 1_000_000;

/// What kind of value a setting takes from a command line.
#[derive(Clone, Copy)]
enum Kind {
    Word,
    Flag,
    Number,
    Quiet,
    Days,
}

/// Every setting by its path, with what fits.
const KEYS: [(&str, Kind, &str); 16] = [
    ("theme", Kind::Word, "system, light, dark, contrast-light or contrast-dark"),
    ("times", Kind::Word, "local or utc"),
    ("density", Kind::Word, "comfortable or compact"),
    ("notify.from", Kind::Word, "critical, high, unknown, medium, low or informational"),
    ("notify.quietHours", Kind::Quiet, "a stretch such as 22:00-07:00, or none"),
    ("notify.quietHours.from", Kind::Word, "a time of day such as 22:00"),
    ("notify.quietHours.to", Kind::Word, "a time of day such as 07:00"),
    ("notify.quietHours.days", Kind::Days, "days such as mon,tue,fri, or all"),
    ("notify.quietHours.zone", Kind::Word, "an IANA time zone such as Europe/Madrid or UTC"),
    ("notify.quietHours.criticalAnyway", Kind::Flag, "true or false"),
    ("retention.days", Kind::Number, "a whole number of days, or none"),
    ("retention.megabytes", Kind::Number, "a whole number of megabytes, or none"),
    ("retention.keepOpen", Kind::Flag, "true or false"),
    ("closeToTray", Kind::Flag, "true or false"),
    ("autostart", Kind::Flag, "true or false"),
    ("firstRunDone", Kind::Flag, "true or false"),
];

impl Settings {
    /// The settings in a document.
    #[must_use]
    pub fn read(document: &Value) -> Self {
        let mut good = object(Self::default());
        let Value::Object(given) = document else { return Self::default() };
        take_what_fits(&mut good, &[], given);
        serde_json::from_value(Value::Object(good)).unwrap_or_default()
    }

    /// The settings as a person has filled them in: nothing is passed over.
    ///
    /// # Errors
    /// Names the first that does not fit.
    pub fn from_person(document: &Value) -> Result<Self, SettingsError> {
        if let Ok(settings) = serde_json::from_value::<Self>(document.clone()) {
            return settings.check().map(|()| settings);
        }
        // One of them cannot be read. Which one shows when each stands alone among settings that can.
        let mut good = Self::default();
        good.notify.quiet_hours = Some(QuietHours::nights(Zone::default()));
        let good = serde_json::to_value(good).unwrap_or_default();
        let unreadable = KEYS.iter().filter(|(path, _, _)| *path != "notify.quietHours").find(|(path, _, _)| {
            let pointer = format!("/{}", path.replace('.', "/"));
            let mut trial = good.clone();
            let (Some(given), Some(place)) = (document.pointer(&pointer), trial.pointer_mut(&pointer)) else {
                return false;
            };
            *place = given.clone();
            serde_json::from_value::<Self>(trial).is_err()
        });
        let (field, _, fits) = unreadable.copied().unwrap_or(("key", Kind::Word, "the form that the window sends"));
        Err(SettingsError { field, message: format!("that does not fit {field}: use {fits}") })
    }

    /// `document` with these settings in it; what is not known here stays.
    #[must_use]
    pub fn written_into(&self, document: Value) -> Value {
        let mut kept = match document {
            Value::Object(kept) => kept,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
        };
        merge(&mut kept, object(self));
        Value::Object(kept)
    }

    /// These settings with one of them changed, from the words of a command line. Quiet hours that are named in parts
    /// start as nights in `zone`.
    ///
    /// # Errors
    /// When there is no such setting, or the value does not fit.
    pub fn with(&self, key: &str, text: &str, zone: Zone) -> Result<Self, SettingsError> {
        let (path, kind, fits) = find(key)?;
        let wrong = || SettingsError {
            field: path,
            message: format!("“{}” does not fit {path}: use {fits}", text.chars().take(64).collect::<String>()),
        };
        let quiet = || self.notify.quiet_hours.clone().unwrap_or_else(|| QuietHours::nights(zone));
        let value = value(kind, text.trim(), &quiet()).ok_or_else(wrong)?;
        let mut changed = self.clone();
        if path.starts_with("notify.quietHours.") {
            changed.notify.quiet_hours = Some(quiet());
        }
        let mut document = serde_json::to_value(&changed).unwrap_or_default();
        let place = document.pointer_mut(&format!("/{}", path.replace('.', "/"))).ok_or_else(wrong)?;
        *place = value;
        let changed: Self = serde_json::from_value(document).map_err(|_| wrong())?;
        changed.check()?;
        Ok(changed)
    }

    /// Every setting by its path, as [`Self::with`] takes it.
    #[must_use]
    pub fn entries(&self) -> Vec<(&'static str, String)> {
        let document = serde_json::to_value(self).unwrap_or_default();
        KEYS.iter()
            .filter_map(|(path, kind, _)| {
                let value = document.pointer(&format!("/{}", path.replace('.', "/")))?;
                Some((*path, said(*kind, value)))
            })
            .collect()
    }

    /// Whether all of them make sense.
    ///
    /// # Errors
    /// Names the first that does not.
    pub fn check(&self) -> Result<(), SettingsError> {
        let wrong = |field, message: String| Err(SettingsError { field, message });
        if let Some(quiet) = &self.notify.quiet_hours {
            if quiet.days.is_empty() {
                return wrong(
                    "notify.quietHours.days",
                    "quiet hours need at least one day: name one, or turn them off".to_owned(),
                );
            }
            if quiet.is_always() {
                let message = "quiet hours that never end would hold everything back: leave out a day, or let them end";
                return wrong("notify.quietHours.to", message.to_owned());
            }
        }
        match (self.retention.days, self.retention.megabytes) {
            (Some(days), _) if !(1..=DAYS_LIMIT).contains(&days) => {
                wrong("retention.days", format!("alerts can be kept for 1 to {DAYS_LIMIT} days, or without a limit"))
            }
            (_, Some(size)) if !(MEGABYTES_LEAST..=MEGABYTES_LIMIT).contains(&size) => wrong(
                "retention.megabytes",
                format!("the store can have {MEGABYTES_LEAST} to {MEGABYTES_LIMIT} megabytes, or no limit"),
            ),
            (Some(_) | None, Some(_) | None) => Ok(()),
        }
    }
}

fn object(settings: impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(map)) => map,
        Ok(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) | Err(_) => Map::new(),
    }
}

/// Puts each value of `given` at `path` in `good`, unless the whole could not be read any more.
fn take_what_fits(good: &mut Map<String, Value>, path: &[&str], given: &Map<String, Value>) {
    for (key, value) in given {
        let here: Vec<&str> = path.iter().copied().chain([key.as_str()]).collect();
        let pointer = format!("/{}", here.join("/"));
        let mut trial = Value::Object(good.clone());
        match (trial.pointer_mut(&pointer), value) {
            (None, _) => {}
            (Some(Value::Object(_)), Value::Object(inner)) => take_what_fits(good, &here, inner),
            (Some(place), _) => {
                *place = value.clone();
                let fits =
                    serde_json::from_value::<Settings>(trial.clone()).is_ok_and(|settings| settings.check().is_ok());
                if let (true, Value::Object(trial)) = (fits, trial) {
                    *good = trial;
                }
            }
        }
    }
}

/// Objects are merged, everything else is replaced.
fn merge(kept: &mut Map<String, Value>, new: Map<String, Value>) {
    for (key, value) in new {
        match (kept.get_mut(&key), value) {
            (Some(Value::Object(before)), Value::Object(after)) => merge(before, after),
            (_, value) => {
                kept.insert(key, value);
            }
        }
    }
}

fn find(key: &str) -> Result<(&'static str, Kind, &'static str), SettingsError> {
    if let Some(found) = KEYS.iter().find(|(path, _, _)| path.eq_ignore_ascii_case(key.trim())) {
        return Ok(*found);
    }
    let distance = |path: &str| strsim::damerau_levenshtein(&path.to_lowercase(), &key.to_lowercase());
    let nearest = KEYS.iter().map(|(path, _, _)| *path).min_by_key(|path| distance(path)).unwrap_or("theme");
    let given: String = key.chars().take(64).collect();
    Err(SettingsError {
        field: "key",
        message: format!(
            "there is no setting “{given}”: did you mean “{nearest}”? “tocsin settings show” names them all"
        ),
    })
}

fn value(kind: Kind, text: &str, quiet: &QuietHours) -> Option<Value> {
    let none = text.eq_ignore_ascii_case("none");
    match kind {
        Kind::Word => Some(Value::from(text)),
        Kind::Flag => text.parse::<bool>().ok().map(Value::from),
        Kind::Number if none => Some(Value::Null),
        Kind::Number => text.parse::<u32>().ok().map(Value::from),
        Kind::Days if text.eq_ignore_ascii_case("all") => {
            Some(crate::zone::Weekday::ALL.iter().map(|day| day.as_str()).collect())
        }
        Kind::Days => Some(text.to_lowercase().split(',').map(|day| Value::from(day.trim())).collect()),
        Kind::Quiet if none => Some(Value::Null),
        Kind::Quiet => {
            let (from, to) = text.split_once('-')?;
            let (from, to) = (from.parse().ok()?, to.parse().ok()?);
            serde_json::to_value(QuietHours { from, to, ..quiet.clone() }).ok()
        }
    }
}

fn said(kind: Kind, value: &Value) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match (kind, value) {
        (_, Value::Null) => "none".to_owned(),
        (Kind::Quiet, quiet) => format!("{}-{}", text(&quiet["from"]), text(&quiet["to"])),
        (Kind::Days, Value::Array(days)) => days.iter().map(text).collect::<Vec<_>>().join(","),
        (Kind::Word | Kind::Flag | Kind::Number | Kind::Days, value) => text(value),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    #[test]
    fn what_a_person_filled_in_wrongly_is_named() {
        let document = serde_json::to_value(Settings::default()).unwrap();
        assert_eq!(Settings::from_person(&document), Ok(Settings::default()));
        let quiet = serde_json::json!({
            "from": "25:00", "to": "07:00", "days": ["mon"], "zone": "UTC", "criticalAnyway": true
        });
        for (path, value) in [
            ("theme", serde_json::json!("pink")),
            ("notify.from", serde_json::json!("loud")),
            ("retention.days", serde_json::json!(0)),
            ("retention.megabytes", serde_json::json!(-1)),
            ("notify.quietHours.from", quiet),
        ] {
            let mut wrong = document.clone();
            let place = path.strip_suffix("quietHours.from").map_or(path, |_| "notify.quietHours");
            *wrong.pointer_mut(&format!("/{}", place.replace('.', "/"))).unwrap() = value;
            assert_eq!(Settings::from_person(&wrong).map_err(|error| error.field), Err(path));
        }
    }

    use serde_json::json;

    use super::*;
    use crate::zone::Weekday;

    fn madrid() -> Zone {
        "Europe/Madrid".parse().unwrap()
    }

    fn with(settings: &Settings, key: &str, text: &str) -> Settings {
        settings.with(key, text, madrid()).unwrap()
    }

    #[test]
    fn nothing_set_means_the_defaults() {
        let settings = Settings::read(&Value::Null);
        assert_eq!(settings, Settings::default());
        assert_eq!((settings.notify.from, settings.notify.quiet_hours), (Severity::Medium, None));
        assert_eq!((settings.retention.days, settings.retention.megabytes), (Some(365), Some(2_048)));
        assert!(settings.retention.keep_open && !settings.close_to_tray && !settings.autostart);
    }

    #[test]
    fn what_one_version_does_not_know_is_kept_and_what_it_cannot_read_is_the_default() {
        let document = json!({
            "theme": "sepia", "density": "compact", "wallpaper": {"sea": 1},
            "notify": {"from": "high", "sound": "bell", "quietHours": {"from": "25:00"}},
            "retention": {"days": 0, "megabytes": null},
        });
        let settings = Settings::read(&document);
        assert_eq!((settings.theme, settings.density), (Theme::System, Density::Compact));
        assert_eq!((settings.notify.from, &settings.notify.quiet_hours), (Severity::High, &None));
        assert_eq!((settings.retention.days, settings.retention.megabytes), (Some(365), None));
        let written = with(&settings, "theme", "dark").written_into(document);
        assert_eq!((&written["wallpaper"], &written["notify"]["sound"]), (&json!({"sea": 1}), &json!("bell")));
        assert_eq!((&written["theme"], &written["retention"]["days"]), (&json!("dark"), &json!(365)));
        assert_eq!(Settings::read(&written), with(&settings, "theme", "dark"));
    }

    #[test]
    fn each_setting_can_be_said_in_words_and_read_back() {
        let mut settings = Settings::default();
        for (key, text) in [
            ("theme", "contrast-dark"),
            ("times", "utc"),
            ("density", "compact"),
            ("notify.from", "critical"),
            ("notify.quietHours", "21:30-06:45"),
            ("notify.quietHours.from", "23:00"),
            ("notify.quietHours.to", "08:00"),
            ("notify.quietHours.days", "mon,sun"),
            ("notify.quietHours.zone", "Asia/Tokyo"),
            ("notify.quietHours.criticalAnyway", "false"),
            ("retention.days", "30"),
            ("retention.megabytes", "none"),
            ("retention.keepOpen", "false"),
            ("closeToTray", "true"),
            ("autostart", "true"),
            ("firstRunDone", "true"),
        ] {
            settings = with(&settings, key, text);
            assert_eq!(settings.entries().into_iter().find(|(path, _)| *path == key), Some((key, text.to_owned())));
        }
        assert_eq!(settings.entries().len(), KEYS.len());
        let quiet = settings.notify.quiet_hours.clone().unwrap();
        assert_eq!((quiet.days, quiet.critical_anyway), (vec![Weekday::Mon, Weekday::Sun], false));
        assert_eq!(Settings::read(&serde_json::to_value(&settings).unwrap()), settings);
        assert_eq!(with(&settings, "notify.quiethours", "none").notify.quiet_hours, None);
    }

    #[test]
    fn quiet_hours_named_in_parts_start_as_nights_of_this_place() {
        let quiet = with(&Settings::default(), "notify.quietHours.to", "06:00").notify.quiet_hours.unwrap();
        assert_eq!((quiet.from.to_string(), quiet.zone, quiet.days.len()), ("22:00".to_owned(), madrid(), 7));
    }

    #[test]
    fn mistakes_are_named_with_their_path_and_the_remedy() {
        for (key, text, field, hint) in [
            ("them", "dark", "key", "“theme”"),
            ("notify.quiethour", "x", "key", "“notify.quietHours”"),
            ("theme", "blue", "theme", "contrast-light"),
            ("notify.from", "hot", "notify.from", "critical, high"),
            ("notify.quietHours", "late", "notify.quietHours", "22:00-07:00"),
            ("notify.quietHours", "22:00-25:00", "notify.quietHours", "22:00-07:00"),
            ("notify.quietHours", "22:00-22:00", "notify.quietHours.to", "never end"),
            ("notify.quietHours.days", "", "notify.quietHours.days", "mon,tue"),
            ("notify.quietHours.zone", "Madrid", "notify.quietHours.zone", "Europe/Madrid"),
            ("notify.quietHours.criticalAnyway", "maybe", "notify.quietHours.criticalAnyway", "true or false"),
            ("retention.days", "0", "retention.days", "1 to 36500"),
            ("retention.days", "-3", "retention.days", "none"),
            ("retention.megabytes", "5", "retention.megabytes", "10 to"),
            ("autostart", "yes", "autostart", "true or false"),
        ] {
            let error = Settings::default().with(key, text, madrid()).unwrap_err();
            assert_eq!(error.field, field, "{key} {text}: {error}");
            assert!(error.message.contains(hint), "{key} {text}: {error}");
        }
        let mut settings = with(&Settings::default(), "notify.quietHours", "22:00-07:00");
        settings.notify.quiet_hours.as_mut().unwrap().days.clear();
        assert_eq!(settings.check().unwrap_err().field, "notify.quietHours.days");
    }
}
