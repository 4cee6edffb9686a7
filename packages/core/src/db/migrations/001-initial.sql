-- Which model made the vectors. Vectors of two fingerprints never mix.
CREATE TABLE models (
  id          INTEGER PRIMARY KEY,
  name        TEXT    NOT NULL,
  fingerprint TEXT    NOT NULL UNIQUE,
  dims        INTEGER NOT NULL,
  directory   TEXT    NOT NULL,  -- where the model directory was last used from
  verified    TEXT    NOT NULL   -- JSON {file: "bytes:mtime_ns"}: the state of each file when its sha256 was last checked
) STRICT;

-- One row per distinct file content. Its vector is in the store under the same id, unless error says why it has none.
-- AUTOINCREMENT: an id is never given twice, so a stale vector can never be taken for another photo's.
CREATE TABLE contents (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  hash   BLOB    NOT NULL UNIQUE CHECK (length(hash) = 16),
  bytes  INTEGER NOT NULL,
  width  INTEGER,                -- pixels, as shown (EXIF orientation applied)
  height INTEGER,
  format TEXT,
  error  TEXT
) STRICT;

-- Folders the user asked to index.
CREATE TABLE roots (
  path BLOB PRIMARY KEY          -- absolute, symlinks resolved, the file system's bytes
) STRICT, WITHOUT ROWID;

CREATE TABLE directories (
  id   INTEGER PRIMARY KEY,
  path BLOB NOT NULL UNIQUE      -- absolute, the file system's bytes
) STRICT;

CREATE TABLE files (
  directory_id INTEGER NOT NULL REFERENCES directories (id),
  name         BLOB    NOT NULL,
  bytes        INTEGER NOT NULL,
  mtime_ns     INTEGER NOT NULL,
  inode        INTEGER NOT NULL,
  content_id   INTEGER REFERENCES contents (id),  -- NULL: could not be read, error says why
  missing      INTEGER NOT NULL DEFAULT 0,        -- 1: not seen by the last run that looked; comes back for free
  error        TEXT,
  PRIMARY KEY (directory_id, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX files_by_content ON files (content_id);
