import { PassThrough } from "node:stream";
import type { IndexProgress } from "@clipfind/core";
import { formatBytes } from "@clipfind/core/models";
import { expect, test } from "vitest";
import { byteSize } from "../src/byte-size.ts";
import { colorDepth } from "../src/output/color-depth.ts";
import { DownloadDisplay } from "../src/output/download-display.ts";
import { hitLines } from "../src/output/hit-lines.ts";
import { IndexProgressDisplay } from "../src/output/index-progress.ts";
import { indexReport } from "../src/output/index-report.ts";
import { Pace } from "../src/output/pace.ts";
import { namedOperands } from "../src/output/named-operands.ts";
import { plural } from "../src/output/plural.ts";
import { printable } from "../src/output/printable.ts";
import { table } from "../src/output/table.ts";

const hit = (path: string, score: number, copies: string[] = []) => ({
  id: 1,
  path,
  pathBytes: Buffer.from(path),
  score,
  copies,
});

test("hits are a line each: score, path from here if it is below, number of copies", () => {
  const hits = [
    hit("/home/me/photos/a.jpg", 0.28749),
    hit("/home/me/b.jpg", 0.1, ["/x/b.jpg"]),
    hit("/home/me2/c.jpg", -0.05, ["/x/c.jpg", "/y/c.jpg"]),
    hit("/home/..d.jpg", 1),
  ];
  expect(hitLines(hits, "/home/me")).toEqual([
    " 0.287  photos/a.jpg",
    " 0.100  b.jpg  (+1 copy)",
    "-0.050  /home/me2/c.jpg  (+2 copies)",
    " 1.000  /home/..d.jpg",
  ]);
});

test("names cannot break a line, drive the terminal or turn the writing around", () => {
  expect(printable("a\nb\t\u001b[31mc\u202egpj.exe\u0085")).toBe("a\\x0ab\\x09\\x1b[31mc\\u202egpj.exe\\u0085");
  expect(printable("Käthe 🐈 日本.jpg")).toBe("Käthe 🐈 日本.jpg");
});

test("counts have a thousands separator and a plural", () => {
  expect([0, 1, 2, 1234567].map((count) => plural(count, "photo"))).toEqual([
    "0 photos",
    "1 photo",
    "2 photos",
    "1,234,567 photos",
  ]);
});

test("operands have names in every help text, coloured or not", () => {
  expect(namedOperands("  clipfind [--library #0] [-n,--limit #0] ...\n  --shards #0     Split\n")).toBe(
    "  clipfind [--library DIR] [-n,--limit N] QUERY…\n  --shards N      Split\n",
  );
  expect(namedOperands("\u001b[1mclipfind index [--model #0] ...\u001b[22m\n")).toBe(
    "\u001b[1mclipfind index [--model MODEL] [DIR…]\u001b[22m\n",
  );
  expect(namedOperands("  clipfind models verify [--json] ...\n")).toBe("  clipfind models verify [--json] [ID…]\n");
});

test("tables have columns as wide as their widest cells, and no spaces at the ends of lines", () => {
  const rows = [["a", "long cell", "x"], ["longer", "b", "last"], ["only one"]];
  expect(table(rows)).toEqual(["a         long cell  x", "longer    b          last", "only one"]);
  expect(table([])).toEqual([]);
});

test("bytes are counted in powers of ten", () => {
  const sizes = [0, 999, 1000, 99_949, 99_950, 999_499, 999_500, 608_400_000, 1_542_000_000, 5e15];
  expect(sizes.map(formatBytes)).toEqual([
    "0 bytes",
    "999 bytes",
    "1.0 kB",
    "99.9 kB",
    "100 kB",
    "999 kB",
    "1.0 MB",
    "608 MB",
    "1.5 GB",
    "5000 TB",
  ]);
});

test("a download shows nothing but lines where there is no terminal, and one bar where there is", () => {
  const pipe = new PassThrough();
  const quiet = new DownloadDisplay(pipe, formatBytes);
  quiet.update(1, 10);
  quiet.line("something");
  quiet.stop();
  expect(String(pipe.read())).toBe("something\n");

  const terminal = Object.assign(new PassThrough(), { isTTY: true as const, columns: 80, cursorTo: () => true });
  const display = new DownloadDisplay(terminal, formatBytes);
  display.update(0, 2_000_000);
  display.update(2_000_000, 2_000_000);
  display.stop();
  expect(String(terminal.read())).toMatch(/█{20} 100 % 2\.0 MB of 2\.0 MB/);
});

test("colour is for terminals, and the environment has the last word", () => {
  const pipe = new PassThrough();
  expect(colorDepth(pipe, {})).toBe(1);
  expect(colorDepth(pipe, { CLICOLOR_FORCE: "1" })).toBeGreaterThan(1);
  expect(colorDepth(pipe, { CLICOLOR_FORCE: "0" })).toBe(1);
  expect(colorDepth(pipe, { CLICOLOR_FORCE: "1", NO_COLOR: "1" })).toBe(1);
});

// In the order in which docs/output.md says that they decide; a pipe has no colours of its own.
test.each([
  ["always", { NO_COLOR: "1", CLICOLOR: "0" }, 8],
  ["never", { CLICOLOR_FORCE: "1", FORCE_COLOR: "3" }, 1],
  ["auto", { NO_COLOR: "1", CLICOLOR_FORCE: "1", FORCE_COLOR: "3" }, 1],
  ["auto", { NO_COLOR: "", CLICOLOR_FORCE: "1", FORCE_COLOR: "0" }, 8],
  ["auto", { CLICOLOR_FORCE: "0", FORCE_COLOR: "1" }, 4],
  ["auto", { FORCE_COLOR: "" }, 8],
  ["auto", { FORCE_COLOR: "3", CLICOLOR: "0" }, 24],
  ["auto", { FORCE_COLOR: "0" }, 1],
  ["auto", { CLICOLOR: "1" }, 1],
  [undefined, { CLIPFIND_COLOR: "always", NO_COLOR: "1" }, 8],
  [undefined, { CLIPFIND_COLOR: "never", CLICOLOR_FORCE: "1" }, 1],
  ["never", { CLIPFIND_COLOR: "always" }, 1],
  [undefined, { CLIPFIND_COLOR: "auto", CLICOLOR_FORCE: "1" }, 8],
] as const)("--color %s and %j make %i bits of colour in a pipe", (choice, env, depth) => {
  expect(colorDepth(new PassThrough(), env, choice)).toBe(depth);
});

test.each([
  [undefined, {}, "always", 8],
  [undefined, {}, "never", 1],
  [undefined, { NO_COLOR: "1" }, "always", 1],
  [undefined, { CLICOLOR: "0" }, "always", 1],
  [undefined, { CLICOLOR_FORCE: "1" }, "never", 8],
  [undefined, { CLIPFIND_COLOR: "auto" }, "always", 1],
  ["auto", {}, "always", 1],
  ["always", {}, "never", 8],
] as const)("--color %s and %j with %s in a file make %i bits of colour in a pipe", (choice, env, set, depth) => {
  expect(colorDepth(new PassThrough(), env, choice, set)).toBe(depth);
});

const progress: IndexProgress = {
  phase: "scan",
  found: 1200,
  unchanged: 0,
  toRead: 1200,
  done: 0,
  bytesToRead: 0,
  bytesRead: 0,
  encoded: 0,
  reused: 0,
  toDescribe: 0,
  described: 0,
  sidecars: 0,
  failed: 0,
  missing: 0,
  elapsedMs: 0,
  encodeMs: 0,
};

test("without a terminal, progress is quiet and problems are lines", () => {
  const stream = new PassThrough({ encoding: "utf8" });
  const display = new IndexProgressDisplay(stream);
  display.update(progress);
  display.update({ ...progress, phase: "encode", done: 60, encodeMs: 4000 });
  display.line("clipfind: a.jpg: it is broken");
  display.stop();
  expect(stream.read()).toBe("clipfind: a.jpg: it is broken\n");
});

test("the pace is that of the last half minute, with the time left", () => {
  const pace = new Pace();
  const encode: IndexProgress = { ...progress, phase: "encode", toRead: 10_000 };
  expect(pace.update(encode)).toBe("");
  expect(pace.update({ ...encode, done: 1, encodeMs: 400 })).toBe("");
  const fast = { ...encode, done: 1000, encoded: 100, bytesRead: 40e6, encodeMs: 4000 };
  expect(pace.update(fast)).toBe("250.0 files/s, 25.0 images/s, 10.0 MB/s, 00:36 left");
  for (let second = 5; second <= 34; second++) {
    pace.update({ ...fast, done: 1000 + second - 4, encoded: 100 + second - 4, encodeMs: second * 1000 });
  }
  expect(pace.update({ ...fast, done: 1031, encoded: 131, encodeMs: 35_000 })).toBe(
    "1.0 files/s, 1.0 images/s, 0.0 MB/s, 02:29:29 left",
  );
});

test.each([
  ["1500M", 1.5e9],
  ["2G", 2e9],
  ["0.5gb", 5e8],
  ["800 mb", 8e8],
  ["64000k", 64e6],
  ["1000000", 1e6],
  ["0", undefined],
  ["-1G", undefined],
  ["much", undefined],
  ["1T", undefined],
  ["", undefined],
])("a size of %j is %s bytes", (text, bytes) => {
  expect(byteSize(text)).toBe(bytes);
});

test("a run's report counts, and with --verbose says what it worked with and where the time went", () => {
  const done = {
    type: "done" as const,
    progress: {
      ...progress,
      done: 1200,
      encoded: 1000,
      reused: 150,
      failed: 50,
      bytesRead: 3e9,
      elapsedMs: 101_000,
      encodeMs: 100_000,
    },
    means: { device: "cpu" as const, model: "ViT-B/32", precision: "int8" as const, agreement: null, workers: 2 },
    stages: {
      prepare: 200,
      walk: 100,
      start: 900,
      hash: 1000,
      decode: 30_000,
      preprocess: 8000,
      encode: 58_700,
      write: 1000,
      finish: 100,
    },
  };
  const counts = "1,200 photos found, 0 unchanged, 1000 encoded, 150 recognised by content, 50 failed in 101.0 s";
  expect(indexReport(done, false)).toEqual([counts]);
  const withMetadata = { ...done, progress: { ...done.progress, described: 1, sidecars: 2 } };
  expect(indexReport(withMetadata, false)).toEqual([
    counts.replace("content, ", "content, metadata read of 1 known photo, 2 sidecars read, "),
  ]);
  expect(indexReport(done, true)).toEqual([
    counts,
    "12.0 files/s, 10.0 images/s, 30.0 MB/s with ViT-B/32 in int8 on the cpu, 2 workers",
    "CPU time by stage (all, and per photo encoded):",
    "  check model, open the library         0.20 s      0.2 ms",
    "  walk, compare with the catalog        0.10 s      0.1 ms",
    "  start encoders, load the model        0.90 s      0.9 ms",
    "  hash                                  1.00 s      1.0 ms",
    "  read, decode                         30.00 s     30.0 ms",
    "  preprocess                            8.00 s      8.0 ms",
    "  encode                               58.70 s     58.7 ms",
    "  store, commit, give out work          1.00 s      1.0 ms",
    "  calibrate scores, tidy up             0.10 s      0.1 ms",
    "  total                               100.00 s    100.0 ms",
  ]);
});
