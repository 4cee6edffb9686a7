-- A library may hold vectors of several models, each in a store of its own.

ALTER TABLE models ADD COLUMN precision TEXT NOT NULL DEFAULT 'fp32';   -- of the graphs that made the vectors
ALTER TABLE models ADD COLUMN agreement TEXT;                           -- JSON: how int8 was compared with fp32; NULL: not yet
ALTER TABLE models ADD COLUMN complete INTEGER NOT NULL DEFAULT 0;      -- 1: a run with it has come to its end
ALTER TABLE models ADD COLUMN chosen INTEGER NOT NULL DEFAULT 0;        -- ms since 1970: when it was last chosen for indexing
UPDATE models SET complete = 1;
