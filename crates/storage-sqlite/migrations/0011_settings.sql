-- What the centre had set for the unit when the work was checked. Where that was
-- not kept, what it sets now counts, as it did before.
ALTER TABLE checks ADD COLUMN overlays_json TEXT;
