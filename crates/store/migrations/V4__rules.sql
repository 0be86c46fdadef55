-- Rules, as they are kept. One that was removed keeps its row, because its firings and alerts stay.
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
CREATE UNIQUE INDEX rules_by_name ON rules (folded) WHERE removed_at IS NULL;

-- What a rule said, then and now. Never changed once it has fired: firings are explained by it.
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
    fired_at   INTEGER,
    UNIQUE (rule_row, number)
) STRICT;
CREATE UNIQUE INDEX rule_versions_current ON rule_versions (rule_row) WHERE state = 'current';
CREATE UNIQUE INDEX rule_versions_candidate ON rule_versions (rule_row) WHERE state = 'candidate';

-- Firings that nothing suppressed. The last one of a group is what suppresses its next candidates.
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
CREATE INDEX firings_of_alert ON firings (alert_row) WHERE alert_row IS NOT NULL;
CREATE INDEX firings_by_time ON firings (version_row, fired_at);

-- The alerts of rules: which group each is of.
CREATE TABLE rule_alerts (
    alert_row   INTEGER PRIMARY KEY REFERENCES alerts (row),
    rule_row    INTEGER NOT NULL REFERENCES rules (row),
    group_key   TEXT    NOT NULL,
    last_fired  INTEGER NOT NULL,
    -- Occurrences when it was acknowledged, or when it was last told after that: it is told again at twice as many.
    quiet_since INTEGER
) STRICT;
CREATE INDEX rule_alerts_by_group ON rule_alerts (rule_row, group_key, alert_row);

-- How far the log of events has been evaluated, and the time up to which windows that ended were decided.
CREATE TABLE evaluation (
    only_row        INTEGER PRIMARY KEY CHECK (only_row = 1),
    evaluated_seq   INTEGER NOT NULL,
    -- A vendor's alert stands in the log by its row. Goes back when alerts are removed whose rows may be used again.
    evaluated_alert INTEGER NOT NULL,
    clock           INTEGER NOT NULL
) STRICT;
INSERT INTO evaluation (only_row, evaluated_seq, evaluated_alert, clock)
    VALUES (1, (SELECT coalesce(max(seq), 0) FROM events), (SELECT coalesce(max(row), 0) FROM alerts), 0);
-- The newest time that a source's events have shown, and how many came too late after it.
CREATE TABLE evaluation_sources (
    source_row INTEGER PRIMARY KEY REFERENCES sources (row),
    newest     INTEGER NOT NULL,
    late       INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Events of a feed are unique by their id whatever their kind; a vendor alert's event is because its alert is.
DROP INDEX events_once;
CREATE UNIQUE INDEX events_once ON events (source_row, external_id) WHERE alert_row IS NULL;
