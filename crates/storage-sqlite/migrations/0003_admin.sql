-- Administrators, and platforms that they invite. Of the secrets in links and
-- cookies only digests are kept. Links, sessions of administrators and
-- invitations belong to no registration: they stand above the tenants.

ALTER TABLE registrations ADD COLUMN name TEXT NOT NULL DEFAULT '';
-- A registration that waits is disabled too.
ALTER TABLE registrations ADD COLUMN waiting INTEGER NOT NULL DEFAULT 0;
ALTER TABLE registrations ADD COLUMN new_deployments TEXT NOT NULL DEFAULT 'refuse';

CREATE TABLE admin_links (
    code_digest BLOB PRIMARY KEY,
    expires_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE admin_sessions (
    token_digest BLOB PRIMARY KEY,
    csrf         TEXT NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE invitations (
    id            BLOB PRIMARY KEY,
    secret_digest BLOB NOT NULL UNIQUE,
    note          TEXT NOT NULL,
    allow_http    INTEGER NOT NULL,
    approve_first INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    revoked       INTEGER NOT NULL,
    used_at       INTEGER,
    registration  BLOB REFERENCES registrations (id)
) STRICT, WITHOUT ROWID;
