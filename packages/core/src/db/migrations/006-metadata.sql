-- What photos say of themselves: dates, places, cameras, keywords. It belongs to contents; sidecars belong to files.

-- 1: what its bytes say was read. Those before were encoded by a version that did not read it.
ALTER TABLE contents ADD COLUMN described INTEGER NOT NULL DEFAULT 0;
CREATE INDEX contents_undescribed ON contents (id) WHERE described = 0;

-- What is known, sidecars of present files included. No row: nothing is. Columns as in PhotoMetadata.
CREATE TABLE metadata (
  content_id   INTEGER PRIMARY KEY REFERENCES contents (id) ON DELETE CASCADE,
  taken        INTEGER,          -- ms since 1970, as a clock on the wall showed it, as if that were UTC
  taken_offset INTEGER,          -- minutes that it was ahead of UTC
  latitude     REAL,             -- degrees
  longitude    REAL,
  altitude     REAL,             -- metres
  camera       TEXT,
  lens         TEXT,
  rating       INTEGER,          -- 1 to 5, -1: rejected; NULL also where 0 stars are stated
  caption      TEXT,
  embedded     TEXT CHECK (json_valid(embedded)) -- JSON: what the bytes alone say; NULL: the same, as no sidecar has a say
) STRICT;

CREATE TABLE keywords (
  content_id INTEGER NOT NULL REFERENCES contents (id) ON DELETE CASCADE,
  keyword    TEXT    NOT NULL,
  PRIMARY KEY (content_id, keyword)
) STRICT, WITHOUT ROWID;

-- Files of XMP beside photos, as they were when they were read.
CREATE TABLE sidecars (
  directory_id INTEGER NOT NULL REFERENCES directories (id) ON DELETE CASCADE,
  name         BLOB    NOT NULL,
  bytes        INTEGER NOT NULL,
  mtime_ns     INTEGER NOT NULL,
  ctime_ns     INTEGER NOT NULL,
  inode        INTEGER NOT NULL,
  metadata     TEXT    NOT NULL CHECK (json_valid(metadata)), -- JSON: PhotoMetadata
  PRIMARY KEY (directory_id, name)
) STRICT, WITHOUT ROWID;

-- The digest of a directory is of its sidecars, too.
CREATE TRIGGER sidecars_inserted AFTER INSERT ON sidecars
BEGIN
  UPDATE directories SET digest = NULL WHERE id = NEW.directory_id AND digest IS NOT NULL;
END;
CREATE TRIGGER sidecars_updated AFTER UPDATE ON sidecars
BEGIN
  UPDATE directories SET digest = NULL WHERE id = NEW.directory_id AND digest IS NOT NULL;
END;
CREATE TRIGGER sidecars_deleted AFTER DELETE ON sidecars
BEGIN
  UPDATE directories SET digest = NULL WHERE id = OLD.directory_id AND digest IS NOT NULL;
END;
