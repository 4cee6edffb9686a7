// Flat float32 scans from Node: `node scan.ts usearch|sqlite-vec|lancedb ROWS_FILE ROWS DIMS QUERIES_FILE FOLDER`.
// Answers lines like {"first":0,"count":1,"k":10} as scan.py does. FOLDER is empty, for what they store.
import { closeSync, existsSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { npmRequire } from "../peers.ts";
import { type Sqlite, openSqlite } from "./sqlite.ts";

/** Finds the k rows with the largest dot products. Vectors are of unit length, so their cosine says the same. */
type Search = (query: Float32Array, k: number) => Found | Promise<Found>;

interface Found {
  readonly ids: number[];
  readonly scores: number[];
}

const [library = "", rowsFile = "", rowsText = "", dimsText = "", queriesFile = "", folder = ""] =
  process.argv.slice(2);
const rows = Number(rowsText);
const dims = Number(dimsText);
const load = npmRequire();
const searches: Record<string, () => Promise<Search>> = { usearch, "sqlite-vec": sqliteVec, lancedb };

const search = await (searches[library] as () => Promise<Search>)();
const queries = new Float32Array(new Uint8Array(readFileSync(queriesFile)).buffer);
answer({ version: `${library} ${versionOf(library === "lancedb" ? "@lancedb/lancedb" : library)}` });
for await (const line of createInterface({ input: process.stdin })) {
  const { first, count, k } = JSON.parse(line) as { first: number; count: number; k: number };
  const found: Found[] = [];
  const started = performance.now();
  // A copy: usearch reads the beginning of the buffer whatever part of it is handed over.
  for (let at = first; at < first + count; at++) found.push(await search(queries.slice(at * dims, (at + 1) * dims), k));
  const ms = performance.now() - started;
  answer({ ms, ids: found.map(({ ids }) => ids), scores: found.map(({ scores }) => scores) });
}

function answer(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** The version of a package, which may not export its package.json. */
function versionOf(name: string): string {
  const file = load.resolve
    .paths(name)
    ?.map((path) => join(path, name, "package.json"))
    .find((path) => existsSync(path));
  return (JSON.parse(readFileSync(file as string, "utf8")) as { version: string }).version;
}

/** Rows `first` to `first + count` of the file. */
function readRows(first: number, count: number): Float32Array {
  const values = new Float32Array(count * dims);
  const file = openSync(rowsFile, "r");
  // One read returns less than 2 GiB.
  for (let at = 0; at < values.byteLength;) {
    const bytes = new Uint8Array(values.buffer, at, Math.min(2 ** 30, values.byteLength - at));
    at += readSync(file, bytes, 0, bytes.length, first * dims * 4 + at);
  }
  closeSync(file);
  return values;
}

/** One thread over one array. */
async function usearch(): Promise<Search> {
  const { exactSearch, MetricKind } = load("usearch") as {
    exactSearch: (...values: unknown[]) => { keys: BigUint64Array; distances: Float32Array };
    MetricKind: { IP: string };
  };
  const all = readRows(0, rows);
  return (query, k) => {
    const { keys, distances } = exactSearch(all, query, dims, k, MetricKind.IP, 1);
    return { ids: Array.from(keys, Number), scores: Array.from(distances, (distance) => 1 - distance) };
  };
}

/** A vec0 table, which has cosines but no dot products. One thread. */
async function sqliteVec(): Promise<Search> {
  const db = openSqlite(join(folder, "vec.db"));
  (load("sqlite-vec") as { load: (db: Sqlite) => void }).load(db);
  db.exec(`CREATE VIRTUAL TABLE rows USING vec0(id INTEGER PRIMARY KEY, vector FLOAT[${dims}] distance_metric=cosine)`);
  const insert = db.prepare("INSERT INTO rows (id, vector) VALUES (?, ?)");
  const all = readRows(0, rows);
  db.transaction(() => {
    for (let row = 0; row < rows; row++) insert.run(BigInt(row), bytesOf(all.subarray(row * dims, (row + 1) * dims)));
  })();
  const nearest = db.prepare("SELECT id, distance FROM rows WHERE vector MATCH ? AND k = ?");
  return (query, k) => {
    const found = nearest.all(bytesOf(query), k) as { id: number; distance: number }[];
    return { ids: found.map(({ id }) => id), scores: found.map(({ distance }) => 1 - distance) };
  };
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** What is used of LanceDB and Arrow. */
interface LanceQuery {
  distanceType(kind: string): LanceQuery;
  limit(k: number): LanceQuery;
  select(columns: string[]): LanceQuery;
  toArray(): Promise<{ id: number; _distance: number }[]>;
}
interface Lance {
  connect(folder: string): Promise<{ createTable(name: string, data: object): Promise<LanceTable> }>;
}
interface LanceTable {
  query(): { nearestTo(query: Float32Array): LanceQuery };
}
type Make = new (...values: unknown[]) => object;
type Arrow = Record<"Field" | "FixedSizeList" | "Float32" | "Int32" | "Table" | "Vector", Make> & {
  makeData(parts: object): object;
};

/** A table without an index, with as many threads as LanceDB likes. */
async function lancedb(): Promise<Search> {
  const lance = load("@lancedb/lancedb") as Lance;
  const arrow = load("apache-arrow") as Arrow;
  const [int, float] = [new arrow.Int32(), new arrow.Float32()];
  const list = new arrow.FixedSizeList(dims, new arrow.Field("item", float, true));
  const ids = Int32Array.from({ length: rows }, (_, row) => row);
  const values = arrow.makeData({ type: float, data: readRows(0, rows) });
  const table = new arrow.Table({
    id: new arrow.Vector([arrow.makeData({ type: int, data: ids })]),
    vector: new arrow.Vector([arrow.makeData({ type: list, length: rows, nullCount: 0, child: values })]),
  });
  const stored = await (await lance.connect(folder)).createTable("rows", table);
  return async (query, k) => {
    const nearest = stored.query().nearestTo(query).distanceType("dot").limit(k).select(["id", "_distance"]);
    const found = await nearest.toArray();
    return { ids: found.map(({ id }) => id), scores: found.map(({ _distance }) => 1 - _distance) };
  };
}
