-- The same component may come again in a file that a trusted key signed. Then the
-- row is told once who signed it; nothing else of an installed plugin changes.

DROP TRIGGER plugins_stay;
CREATE TRIGGER plugins_stay BEFORE UPDATE ON plugins
WHEN OLD.signed_by IS NOT NULL
    OR NEW.signed_by IS NULL
    OR NEW.plugin_digest IS NOT OLD.plugin_digest
    OR NEW.plugin_id IS NOT OLD.plugin_id
    OR NEW.plugin_version IS NOT OLD.plugin_version
    OR NEW.kind IS NOT OLD.kind
    OR NEW.source IS NOT OLD.source
    OR NEW.installed_at IS NOT OLD.installed_at
BEGIN SELECT RAISE(ABORT, 'an installed plugin never changes'); END;
