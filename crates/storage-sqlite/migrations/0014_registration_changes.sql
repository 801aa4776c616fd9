-- Where a platform lets a registration be changed, with the token for it, which
-- lies under the same seal as private keys. Few platforms give them.
ALTER TABLE registrations ADD COLUMN client_uri TEXT;
ALTER TABLE registrations ADD COLUMN configuration_url TEXT;
ALTER TABLE registrations ADD COLUMN sealed_token TEXT;

-- Until when a platform wants its roster left alone, for longer than we wait anyway.
ALTER TABLE courses ADD COLUMN roster_paused_until INTEGER;
