-- Preview learners, such as Canvas's Test Student, get no grades.
ALTER TABLE people ADD COLUMN is_preview INTEGER NOT NULL DEFAULT 0;
