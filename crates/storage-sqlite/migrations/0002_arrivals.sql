-- A launch whose token is sound and whose browser is not proven yet, and a
-- signed-in person on the way to a window of their own. Single use, some minutes.
CREATE TABLE arrivals (
    code_digest    BLOB PRIMARY KEY,
    registration   BLOB NOT NULL REFERENCES registrations (id),
    browser_digest BLOB NOT NULL,
    ticket_json    TEXT NOT NULL,
    expires_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX arrivals_expiry ON arrivals (expires_at);

-- The frame that the platform named for its storage at the login.
ALTER TABLE logins ADD COLUMN storage_frame TEXT;
