import type { Database } from "better-sqlite3";
import { contentHash } from "../content-hash.ts";

/** The vector of a text that was asked for. */
export interface QueryVector {
  /** float32 [dims], of length 1 */
  readonly vector: Float32Array;
  /** Whether the text was longer than the model reads. */
  readonly truncated: boolean;
}

/** A cache: what it does not hold, or cannot take at the moment, is only slower. */
export interface QueryVectorsTable {
  /** The vector of `text` by the model with this fingerprint, if it is among those used last. Writes next to never. */
  get(model: string, text: string): QueryVector | undefined;
  /** Keeps a vector, in place of the one used the longest ago when there are 256. Never waits, never fails. */
  put(model: string, text: string, query: QueryVector): void;
}

/** About half a megabyte of 512 dims. */
const most = 256;

export function queryVectorsTable(db: Database): QueryVectorsTable {
  const get = db.prepare<[string, Buffer], { vector: Buffer; truncated: number; used: number }>(
    "SELECT vector, truncated, used FROM query_vectors WHERE model = ? AND text_hash = ?",
  );
  const newest = db.prepare<[], number>("SELECT coalesce(max(used), 0) FROM query_vectors").pluck();
  const put = db.prepare(
    `INSERT INTO query_vectors (model, text_hash, vector, truncated, used)
     VALUES (?, ?, ?, ?, (SELECT coalesce(max(used), 0) + 1 FROM query_vectors))
     ON CONFLICT (model, text_hash) DO UPDATE SET used = excluded.used`,
  );
  const trim = db.prepare(
    `DELETE FROM query_vectors WHERE used <= (SELECT used FROM query_vectors ORDER BY used DESC LIMIT 1 OFFSET ${most})`,
  );
  const write = db.transaction((...values: unknown[]) => {
    put.run(...values);
    trim.run();
  });

  const pragma = (name: string): number => db.pragma(name, { simple: true }) as number;
  const keep = (model: string, hash: Buffer, { vector, truncated }: QueryVector): void => {
    const [patience, care] = [pragma("busy_timeout"), pragma("synchronous")];
    try {
      // A query waits neither for an index run that is writing nor for the disk; a power cut may take the last ones.
      db.pragma("busy_timeout = 0");
      db.pragma("synchronous = NORMAL");
      write.immediate(model, hash, bytesOf(vector), truncated ? 1 : 0);
    } catch {
      // Busy, read-only or full: the next query computes it again.
    } finally {
      db.pragma(`synchronous = ${care}`);
      db.pragma(`busy_timeout = ${patience}`);
    }
  };

  return {
    get: (model, text) => {
      const hash = hashOf(text);
      const row = get.get(model, hash);
      if (row === undefined || row.vector.length % 4 !== 0) return undefined;
      const query = { vector: floatsOf(row.vector), truncated: row.truncated === 1 };
      // What is asked for again and again is written again only when half of the others were used since.
      if (row.used <= newest.get()! - most / 2) keep(model, hash, query);
      return query;
    },
    put: (model, text, query) => keep(model, hashOf(text), query),
  };
}

function hashOf(text: string): Buffer {
  return contentHash(Buffer.from(text, "utf8"));
}

function bytesOf(vector: Float32Array): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}

/** A copy, as a blob may begin at any address. */
function floatsOf(bytes: Buffer): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
