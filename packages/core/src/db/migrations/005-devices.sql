-- What the vectors of a model were made on: they agree but for rounding, and yet one should be able to tell.

ALTER TABLE models ADD COLUMN devices TEXT NOT NULL DEFAULT '["cpu"]';   -- JSON: every device that an index run used
