// The store in a process of its own, so that opening and memory can be told from everything else:
// `node own.ts STORE DIMS THREADS QUERIES_FILE`. Its first line says what opening took; then it answers lines like
// {"query":0,"k":10}.
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { VectorStore } from "../store.ts";

const [directory = "", dimsText = "", threads = "", queriesFile = ""] = process.argv.slice(2);
const dims = Number(dimsText);
const queries = new Float32Array(new Uint8Array(readFileSync(queriesFile)).buffer);

const readBefore = bytesRead();
const started = performance.now();
const store = VectorStore.open(directory, { dims, write: false, threads: Number(threads) });
const ms = performance.now() - started;
answer({ version: "clipfind", ms, bytesRead: bytesRead() - readBefore, memory: memory() });

for await (const line of createInterface({ input: process.stdin })) {
  const { query, k } = JSON.parse(line) as { query: number; k: number };
  const began = performance.now();
  const [found] = await store.search(queries.subarray(query * dims, (query + 1) * dims), k);
  const took = performance.now() - began;
  answer({
    ms: took,
    ids: Array.from(found?.ids ?? []),
    scores: Array.from(found?.scores ?? []),
    rescored: found?.rescored,
    memory: memory(),
  });
}

function answer(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Bytes this process had the disk read: Linux, proc(5). 0 elsewhere. */
function bytesRead(): number {
  return Number(/^read_bytes: (\d+)$/m.exec(proc("io"))?.[1] ?? 0);
}

/** Bytes of memory that no file backs. Elsewhere than on Linux: all resident ones. */
function memory(): number {
  const kilobytes = /^RssAnon:\s+(\d+) kB$/m.exec(proc("status"))?.[1];
  return kilobytes === undefined ? process.memoryUsage.rss() : Number(kilobytes) * 1024;
}

function proc(name: string): string {
  const file = `/proc/self/${name}`;
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}
