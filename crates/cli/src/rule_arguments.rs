//! The arguments of `rule …`, as `--help` explains them.

use clap::{Args, Subcommand};
use std::path::PathBuf;
use tocsin_model::id::AlertId;
use tocsin_model::rule::Mode;

/// `rule …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Rule {
    /// Check rules without touching the store: every problem with its path in the document. Exits with 2 when one
    /// cannot be used, with 1 when one of the tests that are kept with it fails.
    Check(RuleCheck),
    /// Run a rule over an events file, or over all that is stored: when it would have fired, for whom, and how often.
    Backtest(RuleBacktest),
    /// Why an event made a rule fire, or the first stage that failed and the nearest change that would have fired.
    Explain(RuleExplain),
    /// Run the tests that are kept with a rule: events that have to make it fire, or must not. Exits with 1 when one
    /// fails. “rule check” and “rule add” run them too.
    Test(RuleTest),
    /// Thresholds that the history of a rule speaks for: quiet, balanced and sensitive, each with what it rests on.
    /// Refuses with less than seven days of history. With --for: edits that would have kept an alert away.
    Suggest(RuleSuggest),
    /// What rules have to do with one another: proven from what they say (whose events or firings are those of another
    /// one's too, which can never match together, conditions that never or always hold), and, apart from that, measured
    /// over events.
    Overlap(RuleOverlap),
    /// Keep a rule: from now on events fire it. A rule of that name gets a new version: at once when it is disabled or
    /// in shadow, or when only words differ (description, tags, tests); beside the old one when it is live, which then
    /// goes on until “rule mode NAME live” promotes the new.
    Add(RuleAdd),
    /// Every rule that is kept, how it runs and what it did.
    List,
    /// One rule with its document and its newest firings.
    Show {
        /// Its name.
        name: String,
    },
    /// Have a rule evaluated. What came before fills its windows, what comes from now on fires it.
    Enable {
        /// Its name.
        name: String,
    },
    /// Do not evaluate a rule any more.
    Disable {
        /// Its name.
        name: String,
    },
    /// Let a rule raise alerts (live), or only record its firings (shadow). A version that waits takes its place.
    Mode {
        /// Its name.
        name: String,
        /// live or shadow.
        #[arg(value_parser = mode)]
        mode: Mode,
    },
    /// Every version of a rule, the newest first: which one counts, which one waits, and how often each fired.
    Versions {
        /// Its name.
        name: String,
    },
    /// Keep what a rule said in an earlier version anew, as with “rule add”: at once, or beside the version that counts
    /// when the rule is live. How it runs stays as it is.
    Restore {
        /// Its name.
        name: String,
        /// The number of the version, as “rule versions” shows it.
        number: u64,
    },
    /// Drop the version of a rule that waits to be promoted.
    Discard {
        /// Its name.
        name: String,
    },
    /// Remove a rule. Its firings and alerts stay.
    Remove {
        /// Its name.
        name: String,
    },
    /// Write rules down as they run, keys in their order: the document itself of one, a list of several.
    Export {
        /// Their names; none means all.
        names: Vec<String>,
        /// As YAML, whatever --output says: of several one document behind the other.
        #[arg(long)]
        yaml: bool,
    },
}

fn mode(text: &str) -> Result<Mode, String> {
    text.trim().to_ascii_lowercase().parse().map_err(|()| "write live or shadow".to_owned())
}

/// `rule add`.
#[derive(Debug, Args)]
pub(crate) struct RuleAdd {
    /// The rule, as JSON or YAML: ours or Shield's; "-" reads it from stdin.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The folder of lists: “list:NAME” is the file NAME or NAME.txt there. By default “lists” beside the rule. Their
    /// values are kept with the rule; add it again when they have changed.
    #[arg(long, value_name = "DIR")]
    pub lists: Option<PathBuf>,
}

/// `rule check`.
#[derive(Debug, Args)]
pub(crate) struct RuleCheck {
    /// Rules, one a file, as JSON or YAML: ours or Shield's.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The folder of lists: “list:NAME” is the file NAME or NAME.txt there. By default “lists” beside the rule.
    #[arg(long, value_name = "DIR")]
    pub lists: Option<PathBuf>,
}

/// `rule backtest`.
#[derive(Debug, Args)]
pub(crate) struct RuleBacktest {
    /// The rule, as JSON or YAML: ours or Shield's. Without --events also the name of one that is kept.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The events: one {"id", "time", "kind", "fields"} a line; "-" reads them from stdin. Without it the rule runs over
    /// everything that is stored.
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// List firings from this time on (RFC 3339); earlier events still fill windows and suppression.
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Nothing at or after this time fires (RFC 3339).
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// Add what other thresholds would have done.
    #[arg(long)]
    pub curve: bool,
    /// Compare with the result in this file, in the form of --output json. Exits with 1 when they differ.
    #[arg(long, value_name = "FILE")]
    pub expect: Option<PathBuf>,
    /// The folder of lists: “list:NAME” is the file NAME or NAME.txt there. By default “lists” beside the rule.
    #[arg(long, value_name = "DIR")]
    pub lists: Option<PathBuf>,
}

/// `rule explain`.
#[derive(Debug, Args)]
pub(crate) struct RuleExplain {
    /// The rule, as JSON or YAML: ours or Shield's; or the name of one that is kept.
    #[arg(value_name = "FILE|NAME")]
    pub file: PathBuf,
    /// The event: the id of one that is stored (a vendor's alert is one too), ours or its source's; or an events file,
    /// whose last event (by time, then id) is explained and whose earlier ones are its history.
    #[arg(long, value_name = "ID|FILE")]
    pub event: String,
    /// An events file instead of what is stored: --event is the id of one of its events; "-" reads it from stdin.
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// The folder of lists: “list:NAME” is the file NAME or NAME.txt there. By default “lists” beside the rule.
    #[arg(long, value_name = "DIR")]
    pub lists: Option<PathBuf>,
}

/// `rule test`.
#[derive(Debug, Args)]
pub(crate) struct RuleTest {
    /// The name of a rule that is kept, or a file. Its tests stand in it: "tests": [{"name": …, "fires": true or false,
    /// "events": [{"time", "kind", "fields"}, …]}].
    #[arg(value_name = "NAME|FILE")]
    pub file: PathBuf,
    /// The folder of lists: “list:NAME” is the file NAME or NAME.txt there. By default “lists” beside the rule.
    #[arg(long, value_name = "DIR")]
    pub lists: Option<PathBuf>,
}

/// `rule suggest`.
#[derive(Debug, Args)]
pub(crate) struct RuleSuggest {
    /// The name of a rule that is kept, or a file.
    #[arg(value_name = "NAME|FILE")]
    pub file: PathBuf,
    /// An events file instead of what is stored; "-" reads it from stdin. It has no labels, so “balanced” lies halfway.
    #[arg(long, value_name = "FILE", conflicts_with = "alert")]
    pub events: Option<PathBuf>,
    /// How many firings “quiet” may have in any seven days.
    #[arg(long, value_name = "N", default_value_t = tocsin_engine::BUDGET, conflicts_with = "alert")]
    pub budget: u64,
    /// An alert of the rule that should not have been raised: an exception, a threshold or a window that would have kept
    /// it away, and which alerts closed as false and as true positives that would have removed.
    #[arg(long = "for", value_name = "ALERT")]
    pub alert: Option<AlertId>,
    /// Make the edit of that number: the rule gets a new version, as with “rule add”. One that loses a true positive is
    /// refused without a note.
    #[arg(long, value_name = "N", requires = "alert")]
    pub apply: Option<usize>,
    /// Why the edit is right all the same; kept with the alert.
    #[arg(long, value_name = "TEXT", requires = "apply")]
    pub note: Option<String>,
    /// The folder of lists: “list:NAME” is the file NAME or NAME.txt there. By default “lists” beside the rule.
    #[arg(long, value_name = "DIR")]
    pub lists: Option<PathBuf>,
}

/// `rule overlap`.
#[derive(Debug, Args)]
pub(crate) struct RuleOverlap {
    /// Rules that are kept, by name, or files. One is compared with every other that is kept, several with one another;
    /// none means all that are kept.
    #[arg(value_name = "NAME|FILE")]
    pub rules: Vec<String>,
    /// Measure over an events file instead of what is stored; "-" reads it from stdin. With two files of rules or more
    /// no store is touched.
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// The folder of lists: “list:NAME” is the file NAME or NAME.txt there. By default “lists” beside the rule.
    #[arg(long, value_name = "DIR")]
    pub lists: Option<PathBuf>,
}
