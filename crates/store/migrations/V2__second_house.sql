-- Whether a person has looked at the alert. Without an index: it must cost an insert nothing.
ALTER TABLE alerts ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
-- What somebody has acted on was looked at.
UPDATE alerts SET seen = 1 WHERE status > 0;

-- What free text looks through, folded: three letters in a row lead to the alerts that may say them, and each of
-- those is then looked at. Filled when nothing else is to be done, so it reaches up to `indexed_row`; what came later
-- is looked through as it stands.
CREATE VIRTUAL TABLE alert_text USING fts5 (
    said, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1'
);
CREATE TABLE alert_text_progress (
    only_row    INTEGER PRIMARY KEY CHECK (only_row = 1),
    indexed_row INTEGER NOT NULL
) STRICT;
INSERT INTO alert_text_progress (only_row, indexed_row) VALUES (1, 0);

-- One JSON document; keys that this version does not know stay in it.
CREATE TABLE settings (
    row      INTEGER PRIMARY KEY CHECK (row = 1),
    document TEXT    NOT NULL
) STRICT;

-- Lists that people come back to. A built-in one has a row only once it was given columns, an order or the first place.
CREATE TABLE views (
    row        INTEGER PRIMARY KEY,
    id         TEXT    NOT NULL UNIQUE,
    name       TEXT    NOT NULL UNIQUE COLLATE NOCASE,
    query      TEXT    NOT NULL,
    sort       TEXT    NOT NULL,
    columns    TEXT,
    is_default INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What came in quiet hours: since when it waits, and for what.
ALTER TABLE outbox ADD COLUMN held_at INTEGER;
ALTER TABLE outbox ADD COLUMN held_until INTEGER;
-- Answers "why did I not get this?". An insert into the outbox does not touch it.
CREATE INDEX outbox_told ON outbox (alert_row) WHERE done_at IS NOT NULL OR held_at IS NOT NULL;

-- Made up, for looking round: no sender, nothing told outside, wiped whole.
ALTER TABLE sources ADD COLUMN demo INTEGER NOT NULL DEFAULT 0 CHECK (demo IN (0, 1));

-- Removing old alerts finds what hangs on them, and whether a delivery is still needed. All grow at their end only.
CREATE INDEX alerts_of_delivery ON alerts (delivery_row);
CREATE INDEX events_of_alert ON events (alert_row) WHERE alert_row IS NOT NULL;
CREATE INDEX events_of_delivery ON events (delivery_row) WHERE delivery_row IS NOT NULL;
CREATE INDEX quarantine_of_delivery ON quarantine (delivery_row);
CREATE INDEX outbox_of_alert ON outbox (alert_row);
