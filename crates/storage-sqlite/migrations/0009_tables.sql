-- Rows that learners type or import, as they wrote them: one table for each slot of a submission.
-- An earlier state and an import that waits stand beside them, so that neither loses anything.
CREATE TABLE evidence_tables (
    submission  BLOB NOT NULL REFERENCES submissions (id),
    slot        TEXT NOT NULL,
    rows_json   TEXT NOT NULL,
    before_json TEXT,
    import_json TEXT,
    digest      TEXT NOT NULL,
    version     INTEGER NOT NULL,
    changed_at  INTEGER NOT NULL,
    PRIMARY KEY (submission, slot)
) STRICT, WITHOUT ROWID;
