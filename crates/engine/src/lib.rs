//! The engine: it wires ingest, store and notify together and offers what a person can do as use cases.
//!
//! [`App`] is the data directory with its use cases; window and command line translate to and from it. [`Live`] is
//! the running engine on top: listener, notifications, following other processes. One data directory has one engine,
//! by an OS lock. Absent on purpose: Tauri, argument parsing, SQL, HTTP.

mod accept;
mod accept_events;
mod app;
mod clock;
mod config;
mod demo;
mod error;
mod evaluate;
mod export;
mod feed;
mod identity;
mod live;
mod lock;
mod logging;
mod new_file;
mod scrub;

pub use app::alerts::{ActOutcome, AlertDetails, AlertListRequest, BULK_LIMIT, parse_sort};
pub use app::backup::{BackupDone, Restored};
pub use app::doctor::{Finding, Verdict};
pub use app::entities::EntityDetails;
pub use app::explain::{Explained, explain_file};
pub use app::export::ExportRequest;
pub use app::ingest::{IngestFile, IngestSummary};
pub use app::overlap::{EventsFile, Overlap, OverlapPair, OverlapRule, Sample, overlap_files};
pub use app::pinned::{RuleTested, test_rule_file};
pub use app::preview::{
    Before, EffectBucket, FiringMark, Known, MarkLabel, PreviewAsk, Previewed, RuleEffect, SLICE_LIMIT,
};
pub use app::quarantine::RetryOutcome;
pub use app::retention::RetentionPreview;
pub use app::rule_list::{RuleDetails, RuleOverview};
pub use app::rules::{FileBacktest, RuleCheck, RuleFile, backtest_file, check_rule};
pub use app::rules_changed::{RuleState, RuleStateError};
pub use app::rules_kept::{Added, AddedRule, KeptRule, RuleToTest};
pub use app::similar::Similar;
pub use app::sources::{AddedSource, SourceStatus, SourceTest};
pub use app::status::StoreStatus;
pub use app::studio::{DocumentCheck, RecentEvent};
pub use app::suggest::{Suggested, WhatIf, suggest_file};
pub use app::survey::{BUCKET_LIMIT, SurveyRequest};
pub use app::templates::{Template, TemplatePlace, template, templates};
pub use app::views::{ColumnChoice, SavedView, SavedViewSpec};
pub use app::why::{FiringFacts, Why, WhyCondition};
pub use app::{App, SourceSpec};
pub use clock::{Clock, SystemClock};
pub use config::{Config, DEFAULT_LISTEN};
pub use error::{EngineError, ErrorCode};
pub use export::csv::plain as plain_cell;
pub use export::json::AlertJson;
pub use export::{ExportFormat, ExportFormatError};
pub use feed::FeedItem;
pub use live::{Live, LiveOptions};
pub use logging::{LogGuard, start_logging};
pub use new_file::IfThere;
pub use tocsin_rules::{
    Advice, BUDGET, Backtest, Basis, Bounds, Busy, ConditionVerdict, CurvePoint, Edit, EditKind, Effect, Explanation,
    GroupVerdict, Inspection, Refusal, Relation, RuleCount, Shared, StageVerdict, Standing, Stretch, Suggestion,
    Suggestions, TestOutcome, Together, Wide,
};
pub use tocsin_store::{
    Draft, FiringRecord, QuarantineRecord, Quarantined, RuleVersion, SortDirection, SortKey, VersionState,
};
