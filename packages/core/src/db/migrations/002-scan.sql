-- Unchanged directories are told by a digest, files that are missing by since when, and folders by how they are scanned.

ALTER TABLE files ADD COLUMN ctime_ns INTEGER NOT NULL DEFAULT 0;  -- 0: not known
ALTER TABLE files ADD COLUMN missing_since INTEGER;  -- ms since 1970: when a run did not find it; NULL: it is there
UPDATE files SET missing_since = CAST(unixepoch('subsec') * 1000 AS INTEGER) WHERE missing = 1;
ALTER TABLE files DROP COLUMN missing;

-- ms since 1970: when the last file took another content. Means something only while no file has it.
ALTER TABLE contents ADD COLUMN unused_since INTEGER;
UPDATE contents SET unused_since = CAST(unixepoch('subsec') * 1000 AS INTEGER)
  WHERE NOT EXISTS (SELECT 1 FROM files WHERE content_id = contents.id);

CREATE TRIGGER files_content_changed AFTER UPDATE OF content_id ON files WHEN OLD.content_id IS NOT NEW.content_id
BEGIN
  UPDATE contents SET unused_since = CAST(unixepoch('subsec') * 1000 AS INTEGER) WHERE id = OLD.content_id;
END;

-- Of all candidates in the directory, as the walk saw them; set when every one of them has a row that says what became
-- of it, and gone as soon as a row changes, so that an equal digest means that there is nothing to do.
ALTER TABLE directories ADD COLUMN digest BLOB CHECK (length(digest) = 16);

CREATE TRIGGER files_inserted AFTER INSERT ON files
BEGIN
  UPDATE directories SET digest = NULL WHERE id = NEW.directory_id AND digest IS NOT NULL;
END;
CREATE TRIGGER files_updated AFTER UPDATE ON files
BEGIN
  UPDATE directories SET digest = NULL WHERE id = NEW.directory_id AND digest IS NOT NULL;
END;
CREATE TRIGGER files_deleted AFTER DELETE ON files WHEN OLD.missing_since IS NULL
BEGIN
  UPDATE directories SET digest = NULL WHERE id = OLD.directory_id AND digest IS NOT NULL;
END;

ALTER TABLE roots ADD COLUMN rules TEXT NOT NULL DEFAULT '{}';  -- JSON: which files of it count
ALTER TABLE roots ADD COLUMN device INTEGER;                    -- it was on when all was well
