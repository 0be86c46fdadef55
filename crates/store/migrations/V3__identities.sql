-- Which alert has which identity within its source. Identities come in no order, so in an index beside the alerts each
-- new one would write another page. Here the newest wait (in memory; they are read from `alerts` when they are not
-- known) and many are put in at once, in order: all up to `merged_row` stand here.
CREATE TABLE identities (
    source_row INTEGER NOT NULL,
    identity   TEXT    NOT NULL,
    alert_row  INTEGER NOT NULL,
    PRIMARY KEY (source_row, identity)
) STRICT, WITHOUT ROWID;
CREATE TABLE identities_progress (
    only_row   INTEGER PRIMARY KEY CHECK (only_row = 1),
    merged_row INTEGER NOT NULL,
    -- Grows when alerts are removed: their rows may be used again.
    removals   INTEGER NOT NULL
) STRICT;
INSERT INTO identities SELECT source_row, identity, row FROM alerts ORDER BY source_row, identity;
INSERT INTO identities_progress VALUES (1, (SELECT coalesce(max(row), 0) FROM alerts), 0);

-- The same table without UNIQUE (source_row, identity).
CREATE TABLE alerts_anew (
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
    seen            INTEGER NOT NULL DEFAULT 0,
    CHECK ((status = 2) = (close_reason IS NOT NULL))
) STRICT;
INSERT INTO alerts_anew SELECT row, id, source_row, identity, external_id, origin, severity, source_severity,
    source_status, title, description, category, alert_type, tactic, techniques, time, entities, rule, tags, status,
    close_reason, snoozed_until, notes, received_at, updated_at, occurrences, revision, report_key, reported_at,
    delivery_row, payload_start, payload_end, seen FROM alerts;
DROP TABLE alerts;
ALTER TABLE alerts_anew RENAME TO alerts;
CREATE INDEX alerts_by_time ON alerts (time);
CREATE INDEX alerts_open ON alerts (time) WHERE status < 2;
CREATE INDEX alerts_snoozed ON alerts (snoozed_until) WHERE snoozed_until IS NOT NULL;
CREATE INDEX alerts_of_delivery ON alerts (delivery_row);
