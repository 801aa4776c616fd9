-- Times are whole milliseconds since 1970-01-01 UTC; ids are UUIDs of version 7
-- as 16 bytes; columns named *_json hold the domain's types as serde writes them.

CREATE TABLE registrations (
    id             BLOB PRIMARY KEY,
    issuer         TEXT NOT NULL,
    client_id      TEXT NOT NULL,
    auth_url       TEXT NOT NULL,
    token_url      TEXT NOT NULL,
    jwks_url       TEXT NOT NULL,
    token_audience TEXT,
    disabled       INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    UNIQUE (issuer, client_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE deployments (
    registration BLOB NOT NULL REFERENCES registrations (id),
    deployment   TEXT NOT NULL,
    PRIMARY KEY (registration, deployment)
) STRICT, WITHOUT ROWID;

CREATE TABLE signing_keys (
    kid        TEXT PRIMARY KEY,
    pem        TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE logins (
    state_digest    BLOB PRIMARY KEY,
    registration    BLOB NOT NULL REFERENCES registrations (id),
    nonce           TEXT NOT NULL,
    target_link_uri TEXT NOT NULL,
    browser_digest  BLOB NOT NULL,
    expires_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX logins_expiry ON logins (expires_at);

CREATE TABLE people (
    id           BLOB PRIMARY KEY,
    registration BLOB NOT NULL REFERENCES registrations (id),
    subject      TEXT NOT NULL,
    name         TEXT NOT NULL,
    family_name  TEXT NOT NULL,
    email        TEXT NOT NULL,
    UNIQUE (registration, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE courses (
    id               BLOB PRIMARY KEY,
    registration     BLOB NOT NULL REFERENCES registrations (id),
    deployment       TEXT NOT NULL,
    context          TEXT NOT NULL,
    title            TEXT NOT NULL,
    memberships_url  TEXT,
    line_items_url   TEXT,
    roster_synced_at INTEGER,
    roster_tried_at  INTEGER,
    UNIQUE (registration, deployment, context)
) STRICT, WITHOUT ROWID;

CREATE TABLE activities (
    id              BLOB PRIMARY KEY,
    registration    BLOB NOT NULL REFERENCES registrations (id),
    course          BLOB NOT NULL REFERENCES courses (id),
    resource_link   TEXT NOT NULL,
    title           TEXT NOT NULL,
    unit            TEXT,
    line_item_url   TEXT,
    grade_scopes    TEXT NOT NULL,
    platform_family TEXT NOT NULL,
    UNIQUE (course, resource_link)
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
    course  BLOB NOT NULL REFERENCES courses (id),
    person  BLOB NOT NULL REFERENCES people (id),
    role    TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    present INTEGER NOT NULL,
    PRIMARY KEY (course, person)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    token_digest BLOB PRIMARY KEY,
    registration BLOB NOT NULL REFERENCES registrations (id),
    course       BLOB NOT NULL REFERENCES courses (id),
    activity     BLOB NOT NULL REFERENCES activities (id),
    person       BLOB NOT NULL REFERENCES people (id),
    role         TEXT NOT NULL,
    csrf         TEXT NOT NULL,
    return_url   TEXT,
    expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE submissions (
    id                  BLOB PRIMARY KEY,
    registration        BLOB NOT NULL REFERENCES registrations (id),
    activity            BLOB NOT NULL REFERENCES activities (id),
    person              BLOB NOT NULL REFERENCES people (id),
    number              INTEGER NOT NULL,
    state               TEXT NOT NULL,
    refuses_script_use  INTEGER NOT NULL,
    declared_at         INTEGER,
    submitted_at        INTEGER,
    plugin_id           TEXT,
    plugin_version      TEXT,
    plugin_digest       TEXT,
    version             INTEGER NOT NULL,
    changed_at          INTEGER NOT NULL,
    UNIQUE (activity, person, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE evidence (
    id            BLOB PRIMARY KEY,
    submission    BLOB NOT NULL REFERENCES submissions (id),
    slot          TEXT NOT NULL,
    file_name     TEXT NOT NULL,
    media_type    TEXT NOT NULL,
    bytes         INTEGER NOT NULL,
    digest        TEXT NOT NULL,
    added_at      INTEGER NOT NULL,
    document_json TEXT,
    failure_json  TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX evidence_of ON evidence (submission);

CREATE TABLE checks (
    submission     BLOB PRIMARY KEY REFERENCES submissions (id),
    report_json    TEXT NOT NULL,
    plugin_id      TEXT NOT NULL,
    plugin_version TEXT NOT NULL,
    plugin_digest  TEXT NOT NULL,
    at             INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sheet_lines (
    submission BLOB NOT NULL REFERENCES submissions (id),
    criterion  TEXT NOT NULL,
    award_json TEXT NOT NULL,
    feedback   TEXT NOT NULL,
    band       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    changed_by BLOB NOT NULL REFERENCES people (id),
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (submission, criterion)
) STRICT, WITHOUT ROWID;

CREATE TABLE finding_verdicts (
    submission BLOB NOT NULL REFERENCES submissions (id),
    finding    INTEGER NOT NULL,
    verdict    TEXT NOT NULL,
    by_person  BLOB NOT NULL REFERENCES people (id),
    at         INTEGER NOT NULL,
    PRIMARY KEY (submission, finding)
) STRICT, WITHOUT ROWID;

CREATE TABLE decisions (
    id             BLOB PRIMARY KEY,
    submission     BLOB NOT NULL REFERENCES submissions (id),
    sheet_json     TEXT NOT NULL,
    sheet_digest   TEXT NOT NULL,
    outcome_json   TEXT NOT NULL,
    plugin_id      TEXT NOT NULL,
    plugin_version TEXT NOT NULL,
    plugin_digest  TEXT NOT NULL,
    signed_by      BLOB NOT NULL REFERENCES people (id),
    signed_name    TEXT NOT NULL,
    signed_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX decisions_of ON decisions (submission);

CREATE TABLE decision_voids (
    decision  BLOB PRIMARY KEY REFERENCES decisions (id),
    by_person BLOB NOT NULL REFERENCES people (id),
    at        INTEGER NOT NULL,
    reason    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Decisions and the history are kept as they were written.
CREATE TRIGGER decisions_stay BEFORE UPDATE ON decisions
BEGIN SELECT RAISE(ABORT, 'a decision never changes'); END;
CREATE TRIGGER decision_voids_stay BEFORE UPDATE ON decision_voids
BEGIN SELECT RAISE(ABORT, 'a void never changes'); END;

CREATE TABLE passbacks (
    activity        BLOB NOT NULL REFERENCES activities (id),
    person          BLOB NOT NULL REFERENCES people (id),
    registration    BLOB NOT NULL REFERENCES registrations (id),
    submission      BLOB NOT NULL REFERENCES submissions (id),
    decision        BLOB NOT NULL REFERENCES decisions (id),
    entry_json      TEXT NOT NULL,
    timestamp       INTEGER NOT NULL,
    delivery        TEXT NOT NULL,
    attempts        INTEGER NOT NULL,
    outcome_unknown INTEGER NOT NULL,
    run_at          INTEGER NOT NULL,
    lease_until     INTEGER NOT NULL,
    answer          TEXT NOT NULL,
    advice          TEXT NOT NULL,
    changed_at      INTEGER NOT NULL,
    PRIMARY KEY (activity, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX passbacks_due ON passbacks (delivery, run_at);

CREATE TABLE passback_tries (
    activity BLOB NOT NULL,
    person   BLOB NOT NULL,
    at       INTEGER NOT NULL,
    attempt  INTEGER NOT NULL,
    delivery TEXT NOT NULL,
    answer   TEXT NOT NULL
) STRICT;
CREATE INDEX passback_tries_of ON passback_tries (activity, person, at);

CREATE TABLE history (
    id           BLOB PRIMARY KEY,
    registration BLOB NOT NULL REFERENCES registrations (id),
    submission   BLOB NOT NULL REFERENCES submissions (id),
    actor        BLOB REFERENCES people (id),
    role         TEXT NOT NULL,
    at           INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    detail       TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX history_of ON history (submission, at);
CREATE TRIGGER history_stays BEFORE UPDATE ON history
BEGIN SELECT RAISE(ABORT, 'history never changes'); END;
