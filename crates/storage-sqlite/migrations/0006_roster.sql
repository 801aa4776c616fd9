-- Rosters by page: how a reading stands, what each brought, groups, and names to search.

ALTER TABLE courses ADD COLUMN roster_asked_at INTEGER;
ALTER TABLE courses ADD COLUMN roster_lease_until INTEGER;
ALTER TABLE courses ADD COLUMN roster_seen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE courses ADD COLUMN roster_differences_url TEXT;
ALTER TABLE courses ADD COLUMN groups_url TEXT;

-- When the roster, asked for this activity, last told no names either.
ALTER TABLE activities ADD COLUMN names_hidden_at INTEGER;

-- The name as pages show it, in small letters, for SQLite folds ASCII only.
ALTER TABLE people ADD COLUMN search_name TEXT NOT NULL DEFAULT '';
UPDATE people SET search_name =
    lower(CASE trim(name) WHEN '' THEN 'Learner ' || subject ELSE trim(name) END);

-- `present` also holds for who came by a launch; `on_roster` only for whom the roster named.
ALTER TABLE members ADD COLUMN on_roster INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN first_seen_at INTEGER NOT NULL DEFAULT 0;
UPDATE members SET on_roster = present, first_seen_at = seen_at;

CREATE TABLE roster_readings (
    course     BLOB NOT NULL REFERENCES courses (id),
    started_at INTEGER NOT NULL,
    ended_at   INTEGER NOT NULL,
    complete   INTEGER NOT NULL,
    seen       INTEGER NOT NULL,
    came       INTEGER NOT NULL,
    went       INTEGER NOT NULL,
    problem    TEXT NOT NULL,
    PRIMARY KEY (course, started_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE roster_changes (
    course  BLOB NOT NULL REFERENCES courses (id),
    reading INTEGER NOT NULL,
    person  BLOB NOT NULL REFERENCES people (id),
    kind    TEXT NOT NULL,
    PRIMARY KEY (course, reading, person)
) STRICT, WITHOUT ROWID;

CREATE TABLE course_groups (
    course BLOB NOT NULL REFERENCES courses (id),
    id     TEXT NOT NULL,
    name   TEXT NOT NULL,
    PRIMARY KEY (course, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE group_members (
    course   BLOB NOT NULL REFERENCES courses (id),
    person   BLOB NOT NULL REFERENCES people (id),
    group_id TEXT NOT NULL,
    PRIMARY KEY (course, person, group_id)
) STRICT, WITHOUT ROWID;
