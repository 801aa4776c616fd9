-- Signing keys have an owner and a time from which they sign. What was kept in
-- PEM is sealed by the application at its next start.
ALTER TABLE signing_keys RENAME COLUMN pem TO private_key;
ALTER TABLE signing_keys ADD COLUMN registration BLOB REFERENCES registrations (id);
ALTER TABLE signing_keys ADD COLUMN signs_from INTEGER NOT NULL DEFAULT 0;
UPDATE signing_keys SET signs_from = created_at;

CREATE TABLE failed_launches (
    reference    TEXT PRIMARY KEY,
    registration BLOB REFERENCES registrations (id),
    at           INTEGER NOT NULL,
    code         TEXT NOT NULL,
    reason       TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX failed_launches_of ON failed_launches (registration, at);

CREATE TABLE diagnoses (
    registration BLOB PRIMARY KEY REFERENCES registrations (id),
    at           INTEGER NOT NULL,
    probes_json  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
