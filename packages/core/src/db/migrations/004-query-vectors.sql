-- The vectors of the texts asked for last: asking again loads no model. Lost at any time, they are only slower.
CREATE TABLE query_vectors (
  model     TEXT    NOT NULL,                                -- fingerprint
  text_hash BLOB    NOT NULL CHECK (length(text_hash) = 16), -- see content-hash.ts; the text itself is not kept
  vector    BLOB    NOT NULL,                                -- float32 little-endian [dims], of length 1
  truncated INTEGER NOT NULL,                                -- 1: the text is longer than the model reads
  used      INTEGER NOT NULL,                                -- the higher, the later
  PRIMARY KEY (model, text_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX query_vectors_by_use ON query_vectors (used);
