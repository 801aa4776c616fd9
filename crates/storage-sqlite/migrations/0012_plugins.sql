-- Plugins that were installed, each with the digest under which its bytes are
-- kept, and the versions that work began with, the latest of which counts. Both
-- belong to the server, not to a registration, and are only ever added to.

CREATE TABLE plugins (
    plugin_digest  TEXT PRIMARY KEY,
    plugin_id      TEXT NOT NULL,
    plugin_version TEXT NOT NULL,
    kind           TEXT NOT NULL,
    source         TEXT NOT NULL,
    signed_by      TEXT,
    bytes          INTEGER NOT NULL,
    installed_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER plugins_stay BEFORE UPDATE ON plugins
BEGIN SELECT RAISE(ABORT, 'an installed plugin never changes'); END;

CREATE TRIGGER plugins_are_kept BEFORE DELETE ON plugins
BEGIN SELECT RAISE(ABORT, 'an installed plugin is kept'); END;

CREATE TABLE plugin_defaults (
    number         INTEGER PRIMARY KEY,
    plugin_id      TEXT NOT NULL,
    plugin_version TEXT NOT NULL,
    plugin_digest  TEXT NOT NULL,
    reason         TEXT NOT NULL,
    at             INTEGER NOT NULL
) STRICT;

CREATE TRIGGER plugin_defaults_stay BEFORE UPDATE ON plugin_defaults
BEGIN SELECT RAISE(ABORT, 'a default never changes'); END;
CREATE TRIGGER plugin_defaults_are_kept BEFORE DELETE ON plugin_defaults
BEGIN SELECT RAISE(ABORT, 'a default is kept'); END;
