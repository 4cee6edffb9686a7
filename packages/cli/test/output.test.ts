import { PassThrough } from "node:stream";
import type { IndexProgress } from "@clipfind/core";
import { expect, test, vi } from "vitest";
import { colorDepth } from "../src/output/color-depth.ts";
import { hitLines } from "../src/output/hit-lines.ts";
import { IndexProgressDisplay } from "../src/output/index-progress.ts";
import { namedOperands } from "../src/output/named-operands.ts";
import { plural } from "../src/output/plural.ts";
import { printable } from "../src/output/printable.ts";

const hit = (path: string, score: number, copies: string[] = []) => ({
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
  expect(printable("a\nb\t\u001b[31mc\u202egpj.exe\u0085")).toBe("a\\x0ab\\x09\\x1b[31mc\\u202egpj.exe\\x85");
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
    "\u001b[1mclipfind index [--model DIR] [DIR…]\u001b[22m\n",
  );
});

test("colour is for terminals, and the environment has the last word", () => {
  const pipe = new PassThrough();
  expect(colorDepth(pipe, {})).toBe(1);
  expect(colorDepth(pipe, { CLICOLOR_FORCE: "1" })).toBeGreaterThan(1);
  expect(colorDepth(pipe, { CLICOLOR_FORCE: "0" })).toBe(1);
  expect(colorDepth(pipe, { CLICOLOR_FORCE: "1", NO_COLOR: "1" })).toBe(1);
});

test("without a terminal, progress is a plain line every few seconds, with rate and time left", () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const stream = new PassThrough({ encoding: "utf8" });
  const display = new IndexProgressDisplay(stream);
  const progress: IndexProgress = {
    phase: "scan",
    found: 1200,
    unchanged: 0,
    toRead: 1200,
    done: 0,
    encoded: 0,
    reused: 0,
    failed: 0,
    missing: 0,
    elapsedMs: 0,
    encodeMs: 0,
  };
  display.update(progress);
  vi.advanceTimersByTime(6000);
  display.update(progress);
  display.update(progress);
  vi.advanceTimersByTime(6000);
  display.update({ ...progress, phase: "encode", done: 60, encodeMs: 4000 });
  display.line("clipfind: a.jpg: it is broken");
  vi.advanceTimersByTime(6000);
  display.update({ ...progress, phase: "encode", toRead: 500_000, done: 60, encodeMs: 4000 });
  display.stop();
  vi.useRealTimers();
  expect(stream.read()).toBe(
    "scanning: 1,200 photos so far\n" +
      "indexing: 60 of 1,200 photos, 15.0/s, 01:16 left\n" +
      "clipfind: a.jpg: it is broken\n" +
      "indexing: 60 of 500,000 photos, 15.0/s, 09:15:29 left\n",
  );
});
