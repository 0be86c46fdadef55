//! The arguments, as `--help` explains them.

use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;
use tocsin_engine::ExportFormat;
use tocsin_model::entities::EntityKind;
use tocsin_model::id::{AlertId, QuarantineId};
use tocsin_model::source::{SignInKind, SourceKind, SourceName};

use crate::output::Format;
pub(crate) use crate::rule_arguments::{
    Rule, RuleBacktest, RuleCheck, RuleExplain, RuleOverlap, RuleSuggest, RuleTest,
};

/// Tocsin gathers the alerts of your API security systems on this machine.
#[derive(Debug, Parser)]
#[command(name = "tocsin", version, about, propagate_version = true)]
pub(crate) struct Arguments {
    /// Where the data is; by default where the desktop app has it.
    #[arg(long, global = true, env = "TOCSIN_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// How to print: a table for people, json or ndjson for programs.
    #[arg(long, global = true, value_enum, default_value_t = Format::Table, value_name = "FORMAT")]
    pub output: Format,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the engine without a window: take alerts in, keep them, notify.
    Serve(Serve),
    /// Add sources and look after them.
    #[command(subcommand)]
    Source(Source),
    /// Take in deliveries or events from files, as if the source had sent them.
    Ingest(Ingest),
    /// List alerts and handle them.
    #[command(subcommand)]
    Alert(Alert),
    /// Look at deliveries that could not be read, and try them again.
    #[command(subcommand)]
    Quarantine(Quarantine),
    /// Write alerts down for other programs.
    #[command(subcommand)]
    Export(Export),
    /// See what is old enough to go, and let it go. The engine does so by itself each day.
    #[command(subcommand)]
    Retention(Retention),
    /// Write everything into one file, also while alerts come in.
    Backup(Backup),
    /// Go back to a backup. The present database is kept aside in backups/ of the data directory.
    Restore {
        /// The backup.
        file: PathBuf,
    },
    /// Look round with made-up alerts of five systems.
    #[command(subcommand)]
    Demo(Demo),
    /// Write rules, see when they would have fired, and let them raise alerts.
    #[command(subcommand)]
    Rule(Rule),
    /// The catalogue of detections: rules to start from.
    #[command(subcommand)]
    Template(TemplateCommand),
    /// Keep lists that you come back to.
    #[command(subcommand)]
    View(View),
    /// What is known of an address, a user, an API key, an endpoint or a host.
    Entity {
        /// clientIp, username, apiKeyId, endpoint or hostname.
        kind: EntityKind,
        /// Which.
        value: String,
    },
    /// See and change what is set.
    #[command(subcommand)]
    Settings(Settings),
    /// Look for anything that keeps alerts from being heard. Exits with 1 when something is to be done.
    Doctor(Doctor),
}

/// `template …`.
#[derive(Debug, Subcommand)]
pub(crate) enum TemplateCommand {
    /// Every template, or those of one system.
    List {
        /// shield.
        #[arg(long, value_name = "SYSTEM")]
        system: Option<String>,
    },
    /// One template: what it watches, what makes it noisy, what has to be said, and its rule.
    Show {
        /// Its id.
        id: String,
    },
    /// Keep the rule of a template, in shadow: “rule mode NAME live” lets it raise alerts.
    Add {
        /// Its id.
        id: String,
        /// What belongs into one of its places; again for each further value.
        #[arg(long, value_name = "NAME=VALUE")]
        set: Vec<String>,
    },
}

/// `export …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Export {
    /// Export alerts as csv, ndjson or ocsf, to stdout or to a file.
    Alerts(ExportAlerts),
}

/// `export alerts`.
#[derive(Debug, Args)]
pub(crate) struct ExportAlerts {
    /// csv (safe to open in a spreadsheet), ndjson (as "alert list" writes it), or ocsf (1.1.0 Detection Finding).
    #[arg(long, value_name = "F")]
    pub format: ExportFormat,
    /// Which: words, field:value, -field:value, time:7d, severity:>=high …
    #[arg(long, default_value = "", value_name = "Q", allow_hyphen_values = true)]
    pub query: String,
    /// Order, as for "alert list"; ":asc" turns it round.
    #[arg(long, default_value = "time", value_name = "FIELD")]
    pub sort: String,
    /// Columns of csv, in order: time,severity,title … By default all.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Write here instead of to stdout; the file is there once it is whole.
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Replace the file when it is there already.
    #[arg(long, requires = "file")]
    pub force: bool,
}

/// `retention …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Retention {
    /// Say what would go; nothing is changed.
    Preview(RetentionLimits),
    /// Remove it. Closed alerts only, unless the settings say otherwise.
    Apply(RetentionLimits),
}

/// Limits other than those of the settings.
#[derive(Debug, Args)]
pub(crate) struct RetentionLimits {
    /// Keep closed alerts for so many days. With only --megabytes, age is no limit.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub days: Option<u32>,
    /// Keep the database below so many megabytes (of a million bytes). With only --days, size is no limit.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub megabytes: Option<u32>,
}

/// `backup`.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// Where to; the file is there once it is whole.
    pub file: PathBuf,
    /// Replace the file when it is there already.
    #[arg(long)]
    pub force: bool,
}

/// `doctor`.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Write what helps to find a fault into this file: no secrets, no alerts, no names or addresses.
    #[arg(long, value_name = "FILE")]
    pub diagnostics: Option<PathBuf>,
    /// Replace the file when it is there already.
    #[arg(long, requires = "diagnostics")]
    pub force: bool,
}

/// `demo …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Demo {
    /// Fill in ninety days of alerts. They stand beside real ones, are marked, and are told nowhere outside.
    Load,
    /// Remove all of them again. What is real stays.
    Wipe,
}

/// `serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where to take deliveries; port 0 picks a free one. By default as in tocsin.toml, or 127.0.0.1:8787.
    #[arg(long, value_name = "ADDR:PORT")]
    pub listen: Option<SocketAddr>,
}

/// `source …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Source {
    /// Add a source; prints where it delivers, its credentials (this once), and a curl line to try it.
    Add(SourceAdd),
    /// Every source and how it is doing.
    List,
    /// One source in full.
    Show {
        /// Its name.
        name: String,
    },
    /// Try whether deliveries can arrive. Exits with 1 when they cannot.
    Test {
        /// Its name.
        name: String,
        /// Read the source's password or token from stdin and try it with an empty delivery.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Give a source a new password or token; the old one ends at once.
    Password {
        /// Its name.
        name: String,
        /// Read the new one from stdin instead of making one.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Remove a source. Its alerts stay.
    Remove {
        /// Its name.
        name: String,
    },
}

/// `source add`.
#[derive(Debug, Args)]
pub(crate) struct SourceAdd {
    /// secure-access, alertmanager, cloudevents or api-traffic.
    #[arg(value_parser = kind_to_add)]
    pub kind: SourceKind,
    /// Its name: letters, digits, "-", "_" and "."; part of its address.
    pub name: SourceName,
    /// The user name of Basic sign-in (default: tocsin).
    #[arg(long, value_name = "U")]
    pub username: Option<String>,
    /// Read the password or token from stdin instead of making one.
    #[arg(long)]
    pub password_stdin: bool,
    /// How the sender signs in: basic, bearer or address-token. By default what that kind usually does.
    #[arg(long, value_name = "KIND")]
    pub sign_in: Option<SignInKind>,
    /// An origin that may do the CloudEvents OPTIONS handshake, or "*"; may be given several times.
    #[arg(long = "origin", value_name = "ORIGIN")]
    pub origins: Vec<String>,
}

/// A kind of source that this version can take deliveries of.
fn kind_to_add(text: &str) -> Result<SourceKind, String> {
    let known = || SourceKind::READ.map(SourceKind::as_str).join(", ");
    match text.parse::<SourceKind>() {
        Ok(kind) if SourceKind::READ.contains(&kind) => Ok(kind),
        Ok(kind) => Err(format!(
            "this version cannot take deliveries of {} yet, it only has demo data of it: use one of {}",
            kind.title(),
            known()
        )),
        Err(_) => Err(format!("this is no kind of source: use one of {}", known())),
    }
}

/// `ingest`.
#[derive(Debug, Args)]
pub(crate) struct Ingest {
    /// The source the deliveries are of.
    #[arg(long, value_name = "NAME")]
    pub source: String,
    /// Files, one delivery each, or events, one {"id", "time", "kind", "fields"} a line; "-" or none reads stdin.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// `alert …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Alert {
    /// List alerts, newest first.
    List(AlertList),
    /// Count alerts, all together or by one field.
    Count(AlertCount),
    /// One alert with its payload and history.
    Show {
        /// Its id.
        id: AlertId,
    },
    /// Alerts like one alert, and what was done the last time.
    Similar {
        /// Its id.
        id: AlertId,
    },
    /// Note that you have looked at alerts.
    Seen {
        /// Their ids.
        #[arg(required = true, num_args = 1..)]
        ids: Vec<AlertId>,
    },
    /// Take alerts on.
    Acknowledge(Which),
    /// Be quiet about an alert for a while: ID DURATION, or --query Q DURATION.
    Snooze(OneAnd),
    /// Close alerts.
    Close {
        /// Which alerts.
        #[command(flatten)]
        which: Which,
        /// Why: true-positive, benign, false-positive, duplicate, informational, other, or a word of your own.
        #[arg(long, value_name = "R")]
        reason: String,
        /// What to remember.
        #[arg(long, value_name = "T")]
        note: Option<String>,
    },
    /// Open closed alerts again, or end a snooze.
    Reopen(Which),
    /// Write something down: ID TEXT, or --query Q TEXT.
    Note(OneAnd),
    /// Take the last change back.
    Undo,
}

/// Alerts by their ids, or all that match.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Which {
    /// Their ids.
    #[arg(num_args = 1..)]
    pub ids: Vec<AlertId>,
    /// All that match, as one change that one undo takes back: words, field:value, -field:value …
    #[arg(long, value_name = "Q", allow_hyphen_values = true)]
    pub query: Option<String>,
}

/// One alert, or all that match, and a word more.
#[derive(Debug, Args)]
pub(crate) struct OneAnd {
    /// The alert's id; with --query the duration or text.
    #[arg(value_name = "ID")]
    pub first: String,
    /// The duration (30m, 1h, 7d) or the text.
    #[arg(value_name = "DURATION OR TEXT")]
    pub second: Option<String>,
    /// All that match, as one change that one undo takes back.
    #[arg(long, value_name = "Q", allow_hyphen_values = true)]
    pub query: Option<String>,
}

/// `alert list`.
#[derive(Debug, Args)]
pub(crate) struct AlertList {
    /// Which: words, field:value, -field:value, time:7d, severity:>=high …
    #[arg(long, default_value = "", value_name = "Q", allow_hyphen_values = true)]
    pub query: String,
    /// Order: time, received, updated, severity, status, occurrences, source, title, category or alertType; ":asc"
    /// turns it round. By default time, or the view's own.
    #[arg(long, value_name = "FIELD")]
    pub sort: Option<String>,
    /// What this saved view holds, by its name; --query narrows it.
    #[arg(long, value_name = "NAME")]
    pub view: Option<String>,
    /// How many (default 50; ndjson without it streams all).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// The "next" of the list before.
    #[arg(long, value_name = "CURSOR")]
    pub after: Option<String>,
}

/// `alert count`.
#[derive(Debug, Args)]
pub(crate) struct AlertCount {
    /// Which: words, field:value, -field:value, time:7d, severity:>=high …
    #[arg(long, default_value = "", value_name = "Q", allow_hyphen_values = true)]
    pub query: String,
    /// Count each value of this field: severity, status, source, sourceKind, category, alertType, tactic, techniques,
    /// rule, origin, closeReason, tags, clientIp, username, apiKeyId, endpoint, hostname …
    #[arg(long, value_name = "FIELD")]
    pub by: Option<String>,
}

/// `quarantine …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Quarantine {
    /// What could not be read, and why.
    List(QuarantineList),
    /// One entry with its text.
    Show {
        /// Its id.
        id: QuarantineId,
    },
    /// Try to read an entry again. Exits with 1 when it still cannot be read.
    Retry {
        /// Its id.
        id: QuarantineId,
    },
}

/// `quarantine list`.
#[derive(Debug, Args)]
pub(crate) struct QuarantineList {
    /// Of this source only.
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
    /// How many (default 50; ndjson without it streams all).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// The "next" of the list before.
    #[arg(long, value_name = "CURSOR")]
    pub after: Option<QuarantineId>,
}

/// `view …`.
#[derive(Debug, Subcommand)]
pub(crate) enum View {
    /// Every view, the built-in ones first.
    List {
        /// Count the alerts of each, and those that nobody has looked at.
        #[arg(long)]
        counts: bool,
    },
    /// Keep a list under a name; changes the view of that name when there is one.
    Save {
        /// Its name.
        name: String,
        /// Which alerts; by default all, or as the view has it.
        #[arg(long, value_name = "Q", allow_hyphen_values = true)]
        query: Option<String>,
        /// Order, as in "alert list"; by default time, or as the view has it.
        #[arg(long, value_name = "FIELD")]
        sort: Option<String>,
        /// Make it the one that opens first.
        #[arg(long)]
        default: bool,
    },
    /// Remove a view. Its alerts stay.
    Remove {
        /// Its name.
        name: String,
    },
}

/// `settings …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Settings {
    /// Everything that is set.
    Show,
    /// Change one setting, such as "theme dark", "notify.from high" or "notify.quietHours 22:00-07:00".
    Set {
        /// Its path, as "settings show" names it.
        key: String,
        /// What it shall be; "none" takes a limit or the quiet hours away.
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
}
