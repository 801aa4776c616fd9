-- Open edX keeps the line items of each placement apart, so the address belongs
-- to the activity; the course's own stands in until the activity is opened again.
ALTER TABLE activities ADD COLUMN line_items_url TEXT;
