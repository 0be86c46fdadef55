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
