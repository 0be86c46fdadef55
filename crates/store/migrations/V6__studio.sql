-- What somebody is writing and has not kept yet, such as a rule in the studio.
CREATE TABLE drafts (
    row        INTEGER PRIMARY KEY,
    key        TEXT    NOT NULL UNIQUE,
    text       TEXT    NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- The first of the versions that fire alike, when this is none: only its words were changed. What one of them has told
-- suppresses the others, so that a new name tells nobody again.
ALTER TABLE rule_versions ADD COLUMN line INTEGER REFERENCES rule_versions (row);

-- How many alerts of each rule people have closed, by the reason: counting them takes seconds once there are a million.
-- An alert that was removed since still counts.
CREATE TABLE rule_verdicts (
    rule_row INTEGER NOT NULL REFERENCES rules (row),
    reason   TEXT    NOT NULL,
    alerts   INTEGER NOT NULL,
    PRIMARY KEY (rule_row, reason)
) STRICT, WITHOUT ROWID;
INSERT INTO rule_verdicts SELECT rule_row, close_reason, count(*) FROM rule_alerts JOIN alerts ON alerts.row = alert_row
    WHERE close_reason IS NOT NULL GROUP BY rule_row, close_reason;
-- What was shown of late, and of which alerts.
CREATE INDEX outbox_shown ON outbox (done_at, alert_row) WHERE outcome IN ('shown', 'summarised');
