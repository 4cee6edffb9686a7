import assert from "node:assert/strict";
import { closeSync, fdatasyncSync, openSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { tolerance } from "../answers.ts";
import type { Context } from "../context.ts";
import { ClipLike, dims } from "../data.ts";
import { countingIds } from "../dataset.ts";
import type { Measurement } from "../measurement.ts";
import { type Sqlite, openSqlite } from "../peers/sqlite.ts";
import { VectorStore } from "../store.ts";

/** Rows per append, and how many of them. */
const plans = [
  { batch: 1_000, batches: 100 },
  { batch: 10_000, batches: 40 },
  { batch: 100_000, batches: 8 },
];

/**
 * Rows per second that are durable when the call returns; against the same float32 rows in SQLite and as many bytes in a
 * plain file, batch by batch. The store writes most rows twice: into the log, and into a segment when that is full.
 */
export async function benchAppend(context: Context): Promise<Measurement[]> {
  const sizes = context.check ? [{ batch: 100, batches: 3 }] : plans;
  const rows = new ClipLike(1).rows(Math.max(...sizes.map(({ batch }) => batch)));
  const measurements: Measurement[] = [];
  for (const { batch, batches } of sizes) {
    measurements.push(await benchSize(context, rows.subarray(0, batch * dims), batch, batches));
  }
  return measurements;
}

/** The same rows again and again, each time under new ids: what they are makes no difference. */
async function benchSize(context: Context, rows: Float32Array, batch: number, batches: number): Promise<Measurement> {
  const folder = context.folder();
  const store = VectorStore.open(join(folder, "store"), { dims, write: true });
  const sqlite = openSqlite(join(folder, "rows.db"));
  const insert = prepareInsert(sqlite);
  const file = openSync(join(folder, "plain"), "w");
  const bytes = new Uint8Array(batch * (2 * dims + 8)).fill(7);
  let [ours, theirs, plain, slowest] = [0, 0, 0, 0];
  for (let at = 0; at < batches; at++) {
    const ids = countingIds(at * batch, batch);
    const started = performance.now();
    await store.append(ids, rows);
    const appended = performance.now();
    insert(ids, rows);
    theirs += performance.now() - appended;
    // Not timed: what SQLite leaves to be written later must not be written in the others' time.
    sqlite.pragma("wal_checkpoint(TRUNCATE)");
    const checkpointed = performance.now();
    writeSync(file, bytes);
    fdatasyncSync(file);
    plain += performance.now() - checkpointed;
    ours += appended - started;
    slowest = Math.max(slowest, appended - started);
  }
  assertSame(store, sqlite, batch * batches);
  const { segments, logRows } = store.stats();
  store.close();
  sqlite.close();
  closeSync(file);
  const rate = (batch * batches * 1000) / ours;
  return {
    subject: `durable appends of ${batch} × ${dims}, ${batch * batches} rows in all`,
    value: rate,
    unit: "rows/s",
    ratios: {
      "SQLite (WAL, synchronous=FULL), float32": theirs / ours,
      "a plain file, synced after each batch": plain / ours,
      "200,000 rows/s": rate / 200_000,
    },
    bars: { "200,000 rows/s": 1 },
    details: {
      "slowest append, ms": slowest,
      "segments sealed": segments,
      "rows in the log": logRows,
      // Type of tmpfs: Linux, statfs(2).
      disk: statfsSync(folder).type === 0x01021994 ? "tmpfs: NOT A DISK" : "a disk",
    },
  };
}

function prepareInsert(sqlite: Sqlite): (ids: Float64Array, rows: Float32Array) => void {
  sqlite.pragma("journal_mode = WAL");
  sqlite.pragma("synchronous = FULL");
  sqlite.exec("CREATE TABLE rows (id INTEGER PRIMARY KEY, vector BLOB NOT NULL)");
  const insert = sqlite.prepare("INSERT OR REPLACE INTO rows (id, vector) VALUES (?, ?)");
  return sqlite.transaction((ids: Float64Array, rows: Float32Array) => {
    for (const [row, id] of ids.entries()) insert.run(id, new Uint8Array(rows.buffer, row * dims * 4, dims * 4));
  });
}

/** Both have all rows; the store's are the same but for their rounding. */
function assertSame(store: VectorStore, sqlite: Sqlite, rows: number): void {
  assert.equal(store.stats().live, rows);
  assert.deepEqual(sqlite.prepare("SELECT count(*) AS rows FROM rows").all(), [{ rows }]);
  const select = sqlite.prepare("SELECT vector FROM rows WHERE id = ?");
  for (let id = 0; id < rows; id += Math.ceil(rows / 100)) {
    const bytes = select.all(id)[0]?.["vector"] as Uint8Array;
    const theirs = new Float32Array(new Uint8Array(bytes).buffer);
    const ours = store.vector(id) as Float32Array;
    assert.ok(
      ours.every((x, i) => Math.abs(x - (theirs[i] as number)) < tolerance),
      `row ${id}`,
    );
  }
}
