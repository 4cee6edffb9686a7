import type { Database } from "better-sqlite3";
import type { PhotoMetadata } from "../photo-metadata.ts";

/** A distinct file content, before it has a row. */
export interface NewContent {
  readonly id: number;
  /** 16 bytes, see content-hash.ts. */
  readonly hash: Uint8Array;
  readonly bytes: number;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly format?: string | undefined;
  /** What its bytes say of it, where that was read; BatchWriter stores it. */
  readonly metadata?: PhotoMetadata | undefined;
  /** Why it cannot be encoded; absent when its vector is in the store. */
  readonly error?: string | undefined;
  /** ms since 1970: since when no file has it, should none get it. */
  readonly unusedSince?: number | undefined;
}

export interface KnownContent {
  readonly id: number;
  readonly error: string | null;
}

export interface ContentRow extends KnownContent {
  readonly hash: Buffer;
  readonly bytes: number;
  readonly width: number | null;
  readonly height: number | null;
  readonly format: string | null;
}

export interface ContentsTable {
  insert(content: NewContent): void;
  byHash(hash: Uint8Array): KnownContent | undefined;
  /** Bytes of each content, in no order. */
  sizes(): number[];
  /** Up to `count` contents with ids above `id`, ascending. */
  after(id: number, count: number): ContentRow[];
  /** Ids of all contents that have, or should have, a vector; ascending. */
  encodableIds(): number[];
  /** Ids of the contents that a file has, there or missing, and that have, or should have, a vector; ascending. */
  idsOfFiles(): number[];
  /** The highest id ever given or reserved, 0 when there was none. */
  lastId(): number;
  /** Sees to it that no id up to `last` is ever given to a content that is new. */
  reserveUpTo(last: number): void;
  counts(): { total: number; failed: number };
  /**
   * Contents that no file has had since `time` (ms since 1970): those of files that are all missing since then or
   * before, and those whose files took another content by then. Ascending.
   */
  unusedSince(time: number): number[];
  /** Removes contents that no file has. */
  remove(ids: readonly number[]): void;
}

export function contentsTable(db: Database): ContentsTable {
  const insert = db.prepare(
    `INSERT INTO contents (id, hash, bytes, width, height, format, error, unused_since)
     VALUES (:id, :hash, :bytes, :width, :height, :format, :error, :unusedSince)
     ON CONFLICT (id) DO UPDATE SET width = excluded.width, height = excluded.height,
       format = excluded.format, error = excluded.error`,
  );
  const byHash = db.prepare<[Uint8Array], KnownContent>("SELECT id, error FROM contents WHERE hash = ?");
  const sizes = db.prepare<[], number>("SELECT bytes FROM contents").pluck();
  const after = db.prepare<[number, number], ContentRow>(
    "SELECT id, hash, bytes, width, height, format, error FROM contents WHERE id > ? ORDER BY id LIMIT ?",
  );
  const encodable = db.prepare<[], number>("SELECT id FROM contents WHERE error IS NULL ORDER BY id").pluck();
  const lastId = db.prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'contents'").pluck();
  const idsOfFiles = db
    .prepare<[], number>(
      "SELECT id FROM contents c WHERE error IS NULL AND EXISTS (SELECT 1 FROM files f WHERE f.content_id = c.id) ORDER BY id",
    )
    .pluck();
  // SQLite's own memory of AUTOINCREMENT, which it lets one write; it has no row before the first content.
  const beginSequence = db.prepare(
    `INSERT INTO sqlite_sequence (name, seq)
     SELECT 'contents', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'contents')`,
  );
  const raise = db.prepare("UPDATE sqlite_sequence SET seq = ? WHERE name = 'contents' AND seq < ?");
  const counts = db.prepare<[], { total: number; failed: number }>(
    "SELECT count(*) AS total, count(error) AS failed FROM contents",
  );
  const unusedSince = db
    .prepare<[number, number], number>(
      `SELECT id FROM contents c
       WHERE NOT EXISTS (SELECT 1 FROM files WHERE content_id = c.id AND (missing_since IS NULL OR missing_since > ?))
         AND (unused_since IS NULL OR unused_since <= ?)
       ORDER BY id`,
    )
    .pluck();
  const remove = db.prepare("DELETE FROM contents WHERE id = ?");
  return {
    insert: (content) => {
      insert.run({ width: null, height: null, format: null, error: null, unusedSince: null, ...defined(content) });
    },
    byHash: (hash) => byHash.get(hash),
    sizes: () => sizes.all(),
    after: (id, count) => after.all(id, count),
    encodableIds: () => encodable.all(),
    idsOfFiles: () => idsOfFiles.all(),
    lastId: () => lastId.get() ?? 0,
    reserveUpTo: (last) => {
      beginSequence.run();
      raise.run(last, last);
    },
    counts: () => counts.get() ?? { total: 0, failed: 0 },
    unusedSince: (time) => unusedSince.all(time, time),
    remove: (ids) => {
      for (const id of ids) remove.run(id);
    },
  };
}

/** better-sqlite3 refuses undefined where SQL has NULL. */
function defined(content: NewContent): Record<string, unknown> {
  return Object.fromEntries(Object.entries(content).filter(([, value]) => value !== undefined));
}
