-- Deep linking requests that wait for somebody's choice; a row that was answered stays until it expires,
-- so that a second answer can be told from an unknown one.
CREATE TABLE selections (
    id              BLOB PRIMARY KEY,
    token_digest    BLOB NOT NULL,
    registration    BLOB NOT NULL REFERENCES registrations (id),
    course          BLOB NOT NULL REFERENCES courses (id),
    person          BLOB NOT NULL REFERENCES people (id),
    platform_family TEXT NOT NULL,
    settings_json   TEXT NOT NULL,
    csrf            TEXT NOT NULL,
    expires_at      INTEGER NOT NULL,
    answered_at     INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX selections_expiry ON selections (expires_at);

-- The id that we gave to a link when it was chosen: it survives the copy of a course.
ALTER TABLE activities ADD COLUMN link TEXT;
ALTER TABLE activities ADD COLUMN hand_in_by INTEGER;
CREATE INDEX activities_of_link ON activities (registration, resource_link);
