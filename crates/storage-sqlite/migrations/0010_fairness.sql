-- What people say about the parts of a document, beside what was found in it.
-- Learners and assessors each have a layer of their own.
CREATE TABLE part_marks (
    evidence    BLOB NOT NULL REFERENCES evidence (id) ON DELETE CASCADE,
    block       INTEGER NOT NULL,
    role        TEXT NOT NULL,
    begins_json TEXT NOT NULL,
    by_person   BLOB NOT NULL REFERENCES people (id),
    at          INTEGER NOT NULL,
    PRIMARY KEY (evidence, block, role)
) STRICT, WITHOUT ROWID;

-- What came of the checks after an assessor corrected a mapping. The learner
-- keeps the report of what they handed in.
CREATE TABLE rechecks (
    submission     BLOB PRIMARY KEY REFERENCES submissions (id),
    report_json    TEXT NOT NULL,
    plugin_id      TEXT NOT NULL,
    plugin_version TEXT NOT NULL,
    plugin_digest  TEXT NOT NULL,
    overlays_json  TEXT,
    at             INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Verdicts are known by what they are about and no longer by a number, so that
-- they outlive a new run of the checks. Earlier ones stay on record as numbers.
ALTER TABLE finding_verdicts RENAME TO numbered_verdicts;
CREATE TABLE finding_verdicts (
    submission BLOB NOT NULL REFERENCES submissions (id),
    finding    TEXT NOT NULL,
    verdict    TEXT NOT NULL,
    by_person  BLOB NOT NULL REFERENCES people (id),
    at         INTEGER NOT NULL,
    PRIMARY KEY (submission, finding)
) STRICT, WITHOUT ROWID;
INSERT INTO finding_verdicts
SELECT submission, 'number ' || finding, verdict, by_person, at FROM numbered_verdicts;
DROP TABLE numbered_verdicts;

-- Text that a learner types into the page, criterion by criterion. It is handed
-- in as a document without a file.
CREATE TABLE typed_answers (
    submission BLOB NOT NULL REFERENCES submissions (id),
    slot       TEXT NOT NULL,
    criterion  TEXT NOT NULL,
    text       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    PRIMARY KEY (submission, slot, criterion)
) STRICT, WITHOUT ROWID;
ALTER TABLE evidence ADD COLUMN typed INTEGER NOT NULL DEFAULT 0;

-- Names and other words that staff take out of every copy that leaves the centre.
CREATE TABLE redacted_words (
    submission BLOB NOT NULL REFERENCES submissions (id),
    word       TEXT NOT NULL,
    by_person  BLOB NOT NULL REFERENCES people (id),
    at         INTEGER NOT NULL,
    PRIMARY KEY (submission, word)
) STRICT, WITHOUT ROWID;
