-- When nobody listened: silence says nothing then. Only what was noticed is here.
CREATE TABLE gaps (
    -- Up to and without the second one.
    from_time INTEGER NOT NULL PRIMARY KEY,
    to_time   INTEGER NOT NULL CHECK (to_time > from_time)
) STRICT, WITHOUT ROWID;
-- When the engine was last known to listen; none: it never did.
ALTER TABLE evaluation ADD COLUMN alive INTEGER;
