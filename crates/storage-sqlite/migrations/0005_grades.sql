-- The outbox tells more than marks now: a hand-in, and a referral. A hand-in has no decision.
CREATE TABLE messages (
    activity        BLOB NOT NULL REFERENCES activities (id),
    person          BLOB NOT NULL REFERENCES people (id),
    registration    BLOB NOT NULL REFERENCES registrations (id),
    submission      BLOB NOT NULL REFERENCES submissions (id),
    decision        BLOB REFERENCES decisions (id),
    message_json    TEXT NOT NULL,
    timestamp       INTEGER NOT NULL,
    delivery        TEXT NOT NULL,
    attempts        INTEGER NOT NULL,
    outcome_unknown INTEGER NOT NULL,
    run_at          INTEGER NOT NULL,
    lease_until     INTEGER NOT NULL,
    answer          TEXT NOT NULL,
    reason          TEXT,
    advice          TEXT NOT NULL,
    changed_at      INTEGER NOT NULL,
    PRIMARY KEY (activity, person)
) STRICT, WITHOUT ROWID;
INSERT INTO messages
SELECT activity, person, registration, submission, decision,
       json_object('mark', json(entry_json)), timestamp, delivery, attempts, outcome_unknown,
       run_at, lease_until, answer, NULL, advice, changed_at
FROM passbacks;
DROP TABLE passbacks;
ALTER TABLE messages RENAME TO passbacks;
CREATE INDEX passbacks_due ON passbacks (registration, delivery, run_at);

ALTER TABLE passback_tries ADD COLUMN message TEXT NOT NULL DEFAULT 'mark';

-- One message at a time for each registration, whatever the number of workers.
CREATE TABLE passback_lanes (
    registration BLOB PRIMARY KEY REFERENCES registrations (id),
    lease_until  INTEGER NOT NULL,
    paused_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO passback_lanes SELECT DISTINCT registration, 0, 0 FROM passbacks;

CREATE TABLE line_items (
    activity     BLOB PRIMARY KEY REFERENCES activities (id),
    registration BLOB NOT NULL REFERENCES registrations (id),
    named        TEXT NOT NULL,
    url          TEXT NOT NULL
) STRICT, WITHOUT ROWID;
