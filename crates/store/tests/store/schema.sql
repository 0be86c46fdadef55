-- migration 1 first_house 4273318887995458102
-- migration 2 second_house 12830279233061142634
-- migration 3 identities 1842769861595257519
-- migration 4 rules 14525353666911927519
-- migration 5 log 16125761198372912653
-- migration 6 studio 1945647347205900583
-- migration 7 gaps 17128133036806057924

-- index activity_by_change
CREATE INDEX activity_by_change ON activity (change_row) WHERE change_row IS NOT NULL;

-- index activity_of
CREATE INDEX activity_of ON activity (alert_row);

-- index alerts_by_time
CREATE INDEX alerts_by_time ON alerts (time);

-- index alerts_of_delivery
CREATE INDEX alerts_of_delivery ON alerts (delivery_row);

-- index alerts_snoozed
CREATE INDEX alerts_snoozed ON alerts (snoozed_until) WHERE snoozed_until IS NOT NULL;

-- index events_of_alert
CREATE UNIQUE INDEX events_of_alert ON events (alert_row) WHERE alert_row IS NOT NULL;

-- index events_of_delivery
CREATE INDEX events_of_delivery ON events (delivery_row) WHERE delivery_row IS NOT NULL;

-- index events_once
CREATE UNIQUE INDEX events_once ON events (source_row, external_id) WHERE alert_row IS NULL;

-- index firings_by_time
CREATE INDEX firings_by_time ON firings (version_row, fired_at);

-- index firings_of_alert
CREATE INDEX firings_of_alert ON firings (alert_row) WHERE alert_row IS NOT NULL;

-- index outbox_reminders
CREATE INDEX outbox_reminders ON outbox (alert_row) WHERE occasion = 'snooze-ended' AND done_at IS NULL;

-- index outbox_shown
CREATE INDEX outbox_shown ON outbox (done_at, alert_row) WHERE outcome IN ('shown', 'summarised');

-- index outbox_told
CREATE INDEX outbox_told ON outbox (alert_row) WHERE done_at IS NOT NULL OR held_at IS NOT NULL;

-- index outbox_waiting
CREATE INDEX outbox_waiting ON outbox (not_before) WHERE done_at IS NULL;

-- index quarantine_of_delivery
CREATE INDEX quarantine_of_delivery ON quarantine (delivery_row);

-- index quarantine_waiting
CREATE INDEX quarantine_waiting ON quarantine (source_row) WHERE read_at IS NULL;

-- index rule_alerts_by_group
CREATE INDEX rule_alerts_by_group ON rule_alerts (rule_row, group_key, alert_row);

-- index rule_versions_candidate
CREATE UNIQUE INDEX rule_versions_candidate ON rule_versions (rule_row) WHERE state = 'candidate';

-- index rule_versions_current
CREATE UNIQUE INDEX rule_versions_current ON rule_versions (rule_row) WHERE state = 'current';

-- index rules_by_name
CREATE UNIQUE INDEX rules_by_name ON rules (folded) WHERE removed_at IS NULL;

-- index sources_by_name
CREATE UNIQUE INDEX sources_by_name ON sources (name) WHERE removed_at IS NULL;

-- table activity
CREATE TABLE activity (
    row        INTEGER PRIMARY KEY,
    alert_row  INTEGER NOT NULL REFERENCES alerts (row),
    at         INTEGER NOT NULL,
    actor      TEXT    NOT NULL,
    what       TEXT    NOT NULL,
    detail     TEXT    NOT NULL,
    change_row INTEGER REFERENCES changes (row),
    -- The vendor's message that said so; recognises a repeat of it.
    report_key TEXT,
    -- Handling and updated_at before and after, for undo.
    before     TEXT,
    after      TEXT
) STRICT;

-- table alert_text
CREATE VIRTUAL TABLE alert_text USING fts5 (
    said, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1'
);

-- table alert_text_config
CREATE TABLE 'alert_text_config'(k PRIMARY KEY, v) WITHOUT ROWID;

-- table alert_text_data
CREATE TABLE 'alert_text_data'(id INTEGER PRIMARY KEY, block BLOB);

-- table alert_text_docsize
CREATE TABLE 'alert_text_docsize'(id INTEGER PRIMARY KEY, sz BLOB, origin INTEGER);

-- table alert_text_idx
CREATE TABLE 'alert_text_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;

-- table alert_text_progress
CREATE TABLE alert_text_progress (
    only_row    INTEGER PRIMARY KEY CHECK (only_row = 1),
    indexed_row INTEGER NOT NULL
) STRICT;

-- table alerts
CREATE TABLE "alerts" (
    row             INTEGER PRIMARY KEY,
    id              BLOB    NOT NULL UNIQUE,
    source_row      INTEGER NOT NULL REFERENCES sources (row),
    identity        TEXT    NOT NULL,
    external_id     TEXT    NOT NULL,
    origin          TEXT    NOT NULL,
    severity        INTEGER NOT NULL CHECK (severity BETWEEN 0 AND 5),
    source_severity TEXT,
    source_status   TEXT,
    title           TEXT    NOT NULL,
    description     TEXT,
    category        TEXT,
    alert_type      TEXT,
    tactic          TEXT,
    techniques      TEXT,
    time            INTEGER NOT NULL,
    entities        TEXT,
    rule            TEXT,
    tags            TEXT,
    status          INTEGER NOT NULL CHECK (status BETWEEN 0 AND 2),
    close_reason    TEXT,
    snoozed_until   INTEGER,
    notes           TEXT,
    received_at     INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    occurrences     INTEGER NOT NULL DEFAULT 1,
    revision        INTEGER NOT NULL DEFAULT 1,
    -- The newest report that was applied, and where its JSON stands.
    report_key      TEXT,
    reported_at     INTEGER,
    delivery_row    INTEGER REFERENCES deliveries (row),
    payload_start   INTEGER,
    payload_end     INTEGER,
    -- Whether a person has looked at it.
    seen            INTEGER NOT NULL DEFAULT 0, arrived_status INTEGER NOT NULL DEFAULT 0 CHECK (arrived_status BETWEEN 0 AND 2),
    CHECK ((status = 2) = (close_reason IS NOT NULL))
) STRICT;

-- table changes
CREATE TABLE changes (
    row       INTEGER PRIMARY KEY,
    id        BLOB    NOT NULL UNIQUE,
    at        INTEGER NOT NULL,
    what      TEXT    NOT NULL,
    undone_at INTEGER
) STRICT;

-- table deliveries
CREATE TABLE deliveries (
    row          INTEGER PRIMARY KEY,
    source_row   INTEGER NOT NULL REFERENCES sources (row),
    received_at  INTEGER NOT NULL,
    content_type TEXT    NOT NULL,
    body         BLOB    NOT NULL
) STRICT;

-- table drafts
CREATE TABLE drafts (
    row        INTEGER PRIMARY KEY,
    key        TEXT    NOT NULL UNIQUE,
    text       TEXT    NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- table evaluation
CREATE TABLE evaluation (
    only_row        INTEGER PRIMARY KEY CHECK (only_row = 1),
    evaluated_seq   INTEGER NOT NULL,
    -- A vendor's alert stands in the log by its row. Goes back when alerts are removed whose rows may be used again.
    evaluated_alert INTEGER NOT NULL,
    clock           INTEGER NOT NULL
, alive INTEGER) STRICT;

-- table evaluation_sources
CREATE TABLE evaluation_sources (
    source_row INTEGER PRIMARY KEY REFERENCES sources (row),
    newest     INTEGER NOT NULL,
    late       INTEGER NOT NULL DEFAULT 0
) STRICT;

-- table events
CREATE TABLE events (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    id           BLOB    NOT NULL,
    source_row   INTEGER NOT NULL REFERENCES sources (row),
    external_id  TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    time         INTEGER NOT NULL,
    received_at  INTEGER NOT NULL,
    alert_row    INTEGER REFERENCES alerts (row),
    delivery_row INTEGER REFERENCES deliveries (row),
    fields       TEXT    NOT NULL
, payload_start INTEGER, payload_end INTEGER) STRICT;

-- table firings
CREATE TABLE firings (
    row         INTEGER PRIMARY KEY,
    version_row INTEGER NOT NULL REFERENCES rule_versions (row),
    -- The canonical values of the group as a JSON list.
    group_key   TEXT    NOT NULL,
    fired_at    INTEGER NOT NULL,
    -- The event that made it fire, or the start of the window that did: what makes it one and the same.
    candidate   TEXT    NOT NULL,
    last_seen   INTEGER NOT NULL,
    occurrences INTEGER NOT NULL,
    -- Whether it was told: live or shadow.
    mode        TEXT    NOT NULL,
    decided_at  INTEGER NOT NULL,
    alert_row   INTEGER REFERENCES alerts (row),
    -- Window, value, threshold, contributing events and the verdict of each condition, as JSON.
    explanation TEXT    NOT NULL,
    UNIQUE (version_row, group_key, fired_at, candidate)
) STRICT;

-- table gaps
CREATE TABLE gaps (
    -- Up to and without the second one.
    from_time INTEGER NOT NULL PRIMARY KEY,
    to_time   INTEGER NOT NULL CHECK (to_time > from_time)
) STRICT, WITHOUT ROWID;

-- table hints
CREATE TABLE hints (
    row    INTEGER PRIMARY KEY AUTOINCREMENT,
    topic  TEXT NOT NULL,
    alerts TEXT NOT NULL
) STRICT;

-- table identities
CREATE TABLE identities (
    source_row INTEGER NOT NULL,
    identity   TEXT    NOT NULL,
    alert_row  INTEGER NOT NULL,
    PRIMARY KEY (source_row, identity)
) STRICT, WITHOUT ROWID;

-- table identities_progress
CREATE TABLE identities_progress (
    only_row   INTEGER PRIMARY KEY CHECK (only_row = 1),
    merged_row INTEGER NOT NULL,
    -- Grows when alerts are removed: their rows may be used again.
    removals   INTEGER NOT NULL
) STRICT;

-- table outbox
CREATE TABLE "outbox" (
    row        INTEGER PRIMARY KEY,
    id         BLOB    NOT NULL,
    alert_row  INTEGER NOT NULL,
    occasion   TEXT    NOT NULL,
    arrival    TEXT    NOT NULL,
    queued_at  INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    -- Set by what took it out: shown, summarised, or the reason why it was not shown.
    done_at    INTEGER,
    outcome    TEXT,
    -- What came in quiet hours: since when it waits, and for what.
    held_at    INTEGER,
    held_until INTEGER
) STRICT;

-- table quarantine
CREATE TABLE quarantine (
    row          INTEGER PRIMARY KEY,
    id           BLOB    NOT NULL UNIQUE,
    source_row   INTEGER NOT NULL REFERENCES sources (row),
    delivery_row INTEGER NOT NULL REFERENCES deliveries (row),
    reason       TEXT    NOT NULL,
    byte_offset  INTEGER NOT NULL,
    line         INTEGER NOT NULL,
    column_      INTEGER NOT NULL,
    path         TEXT,
    part_start   INTEGER NOT NULL,
    part_end     INTEGER NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    -- When it could be read after all, and so left quarantine.
    read_at      INTEGER
) STRICT;

-- table refinery_schema_history
CREATE TABLE refinery_schema_history(
             version int4 PRIMARY KEY,
             name VARCHAR(255),
             applied_on VARCHAR(255),
             checksum VARCHAR(255));

-- table refusals
CREATE TABLE refusals (
    source_row INTEGER NOT NULL REFERENCES sources (row),
    reason     TEXT    NOT NULL,
    count      INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    PRIMARY KEY (source_row, reason)
) STRICT, WITHOUT ROWID;

-- table rule_alerts
CREATE TABLE rule_alerts (
    alert_row   INTEGER PRIMARY KEY REFERENCES alerts (row),
    rule_row    INTEGER NOT NULL REFERENCES rules (row),
    group_key   TEXT    NOT NULL,
    last_fired  INTEGER NOT NULL,
    -- Occurrences when it was acknowledged, or when it was last told after that: it is told again at twice as many.
    quiet_since INTEGER
) STRICT;

-- table rule_verdicts
CREATE TABLE rule_verdicts (
    rule_row INTEGER NOT NULL REFERENCES rules (row),
    reason   TEXT    NOT NULL,
    alerts   INTEGER NOT NULL,
    PRIMARY KEY (rule_row, reason)
) STRICT, WITHOUT ROWID;

-- table rule_versions
CREATE TABLE rule_versions (
    row        INTEGER PRIMARY KEY,
    rule_row   INTEGER NOT NULL REFERENCES rules (row),
    number     INTEGER NOT NULL,
    -- The one that counts, the one that waits beside it to be promoted, or one of before.
    state      TEXT    NOT NULL CHECK (state IN ('current', 'candidate', 'past')),
    -- JSON, keys in the order in which they were written.
    document   TEXT    NOT NULL,
    -- The lists it names, with their values, as JSON.
    lists      TEXT,
    added_at   INTEGER NOT NULL,
    -- Events and alerts up to these, and windows that ended by then, fill its windows and fire nothing.
    active_seq   INTEGER NOT NULL,
    active_alert INTEGER NOT NULL,
    active_at    INTEGER NOT NULL,
    -- Whether evaluation has taken it up: what came after its activation and before that is still to be looked at.
    started      INTEGER NOT NULL DEFAULT 0,
    firings    INTEGER NOT NULL DEFAULT 0,
    fired_at   INTEGER, line INTEGER REFERENCES rule_versions (row),
    UNIQUE (rule_row, number)
) STRICT;

-- table rules
CREATE TABLE rules (
    row        INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL,
    -- The name as names are compared: composed, in lower case.
    folded     TEXT    NOT NULL,
    enabled    INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    mode       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    removed_at INTEGER,
    -- What keeps it from being evaluated, and since when.
    error      TEXT,
    error_at   INTEGER,
    -- Groups that were given up to stay within its memory, and matching events that came too late to be looked at.
    forgotten  INTEGER NOT NULL DEFAULT 0,
    late       INTEGER NOT NULL DEFAULT 0
) STRICT;

-- table settings
CREATE TABLE settings (
    row      INTEGER PRIMARY KEY CHECK (row = 1),
    document TEXT    NOT NULL
) STRICT;

-- table sources
CREATE TABLE sources (
    row              INTEGER PRIMARY KEY,
    name             TEXT    NOT NULL COLLATE NOCASE,
    kind             TEXT    NOT NULL,
    sign_in          TEXT    NOT NULL,
    username         TEXT,
    verifier         TEXT    NOT NULL,
    origins          TEXT    NOT NULL,
    created_at       INTEGER NOT NULL,
    -- A removed source keeps its row, because its alerts stay.
    removed_at       INTEGER,
    last_delivery_at INTEGER,
    last_alert_at    INTEGER,
    deliveries       INTEGER NOT NULL DEFAULT 0,
    stored           INTEGER NOT NULL DEFAULT 0,
    updated          INTEGER NOT NULL DEFAULT 0,
    duplicate        INTEGER NOT NULL DEFAULT 0
, demo INTEGER NOT NULL DEFAULT 0 CHECK (demo IN (0, 1))) STRICT;

-- table sqlite_sequence
CREATE TABLE sqlite_sequence(name,seq);

-- table views
CREATE TABLE views (
    row        INTEGER PRIMARY KEY,
    id         TEXT    NOT NULL UNIQUE,
    name       TEXT    NOT NULL UNIQUE COLLATE NOCASE,
    query      TEXT    NOT NULL,
    sort       TEXT    NOT NULL,
    columns    TEXT,
    is_default INTEGER NOT NULL DEFAULT 0
) STRICT;
