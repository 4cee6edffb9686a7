import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { beforeEach, describe, expect, test } from "vitest";
import { inventLibrary, inventedVector } from "../../../../test/support/invented-library.ts";
import { readNpy } from "../../../../test/support/read-npy.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { type BytePath, bytePathFromText } from "../../src/byte-path.ts";
import { type ExportOptions, type ExportReport, Library } from "../../src/index.ts";

const name = bytePathFromText;
/** Not UTF-8. */
const strange = "\u00fe.jpg" as BytePath;

let library = "";
let target = "";
beforeEach(async () => {
  library = join(temporaryDirectory(), "library");
  target = join(temporaryDirectory(), "export");
  await inventLibrary(
    library,
    [
      { id: 1, name: name("a.jpg") },
      { id: 2, name: name("kopie ü.jpg") },
      { id: 2, name: name("b.jpg") },
      { id: 3, name: name("gone.jpg"), missing: true },
      { id: 4, name: name("lost.jpg") },
      { id: 9000, name: strange },
    ],
    [4],
  );
});

async function exported(options: ExportOptions = {}): Promise<ExportReport> {
  await using opened = Library.open(library);
  return await opened.export(target, options);
}

/** A row as it should be. */
function row(id: number, file: string, more: object = {}): object {
  return {
    id,
    image_path: `/photos/${file}`,
    image_path_bytes: null,
    hash: id.toString(16).padStart(32, "0"),
    bytes: 1000 + id,
    width: 40,
    height: id % 2 === 0 ? 30 : null,
    format: "jpeg",
    modified: 1_700_000_000_123,
    missing: false,
    ...more,
  };
}

const present = [
  row(1, "a.jpg"),
  row(2, "b.jpg"),
  row(2, "kopie ü.jpg"),
  row(9000, "\ufffd.jpg", { image_path_bytes: Buffer.from("/photos/\u00fe.jpg", "latin1").toString("base64") }),
];

/** Rows of a Parquet file, by another reader, with numbers where that gives bigints and dates. */
async function readParquet(file: string): Promise<Record<string, unknown>[]> {
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(join(target, file)) });
  return rows.map((each) =>
    Object.fromEntries(
      Object.entries(each).map(([key, value]: [string, unknown]) => [
        key,
        typeof value === "bigint" || value instanceof Date ? Number(value) : value,
      ]),
    ),
  );
}

/** How far two lists of numbers are apart at most. */
function distance(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(found).toHaveLength(expected.length);
  return Math.max(...Array.from(found, (value, at) => Math.abs(value - expected[at]!)));
}

const expectedMatrix = (ids: readonly number[]): Float32Array =>
  Float32Array.from(ids.flatMap((id) => [...inventedVector(id, 512)]));

describe("an export", () => {
  test("has vectors and metadata row by row, copies and strange names too, but nothing missing or without a vector", async () => {
    const report = await exported();
    const { model, ...rest } = report;
    expect(rest).toEqual({
      version: 1,
      format: "npy",
      vectorType: "float32",
      rows: 4,
      withoutVector: 1,
      files: ["img_emb/img_emb_0.npy", "metadata/metadata_0.parquet"],
    });
    expect(model).toMatchObject({ dims: 512, precision: "fp32" });
    expect(JSON.parse(readFileSync(join(target, "export.json"), "utf8"))).toEqual(report);
    expect(await readParquet("metadata/metadata_0.parquet")).toEqual(present);
    const { shape, data } = readNpy(join(target, "img_emb/img_emb_0.npy"));
    expect(shape).toEqual([4, 512]);
    expect(distance(data, expectedMatrix([1, 2, 2, 9000]))).toBeLessThan(1e-5);
    // As a search would read them.
    for (let at = 0; at < 4; at++) expect(Math.hypot(...data.subarray(at * 512, (at + 1) * 512))).toBeCloseTo(1, 4);
  });

  test("in several files, of float16, with what is missing", async () => {
    const { files, rows } = await exported({ rowsPerFile: 2, vectorType: "float16", withMissing: true });
    expect({ files, rows }).toEqual({
      rows: 5,
      files: [0, 1, 2].flatMap((part) => [`img_emb/img_emb_${part}.npy`, `metadata/metadata_${part}.parquet`]),
    });
    const parts = await Promise.all([0, 1, 2].map((part) => readParquet(`metadata/metadata_${part}.parquet`)));
    expect(parts.map((part) => part.length)).toEqual([2, 2, 1]);
    expect(parts.flat()).toEqual(present.toSpliced(3, 0, row(3, "gone.jpg", { missing: true })));
    const data = [0, 1, 2].flatMap((part) => Array.from(readNpy(join(target, `img_emb/img_emb_${part}.npy`)).data));
    expect(distance(data, expectedMatrix([1, 2, 2, 3, 9000]))).toBeLessThan(1e-3);
  });

  test("numbers of files have as many digits as the last needs", async () => {
    const many = join(temporaryDirectory(), "many");
    const files = Array.from({ length: 11 }, (_, at) => ({ id: at + 1, name: name(`${at}.jpg`) }));
    await inventLibrary(many, files);
    await using opened = Library.open(many);
    const { files: made } = await opened.export(target, { rowsPerFile: 1, format: "jsonl" });
    expect([made[0], made[10]]).toEqual(["photos/photos_00.jsonl", "photos/photos_10.jsonl"]);
  });

  test.each(["parquet", "jsonl"] as const)("as %s has the same, with the vectors", async (format) => {
    expect(await exported({ format })).toMatchObject({ files: [`photos/photos_0.${format}`], rows: 4 });
    const rows =
      format === "parquet"
        ? await readParquet("photos/photos_0.parquet")
        : readFileSync(join(target, "photos/photos_0.jsonl"), "utf8")
            .trimEnd()
            .split("\n")
            .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows).toEqual(present.map((photo) => Object.assign({ embedding: expect.anything() as unknown }, photo)));
    await exported({ replace: true });
    const { data } = readNpy(join(target, "img_emb/img_emb_0.npy"));
    // To the bit: both are float32.
    expect(Float32Array.from(rows.flatMap(({ embedding }) => embedding as number[]))).toEqual(data);
  });

  test("of an empty library has no rows, and files that can be read", async () => {
    const empty = join(temporaryDirectory(), "empty");
    await inventLibrary(empty, []);
    await using opened = Library.open(empty);
    expect(await opened.export(target)).toMatchObject({ rows: 0 });
    expect(readNpy(join(target, "img_emb/img_emb_0.npy"))).toMatchObject({ shape: [0, 512] });
    const file = await asyncBufferFromFile(join(target, "metadata/metadata_0.parquet"));
    expect(Number((await parquetMetadataAsync(file)).num_rows)).toBe(0);
  });
});

describe("an export of what is asked for", () => {
  const ids = (): unknown[] =>
    readFileSync(join(target, "photos/photos_0.jsonl"), "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => {
        const { id, image_path } = JSON.parse(line) as { id: number; image_path: string };
        return [id, image_path];
      });

  test("by filters has the files that meet them, missing ones too where they are wanted, and no ranks", async () => {
    const report = await exported({
      query: "name:*.jpg",
      filters: ["size:1002..1003"],
      format: "jsonl",
      withMissing: true,
    });
    expect(report.asked).toEqual({
      query: "name:*.jpg size:1002..1003",
      truncated: false,
      notes: [],
      warnings: [],
    });
    expect(ids()).toEqual([
      [2, "/photos/b.jpg"],
      [2, "/photos/kopie ü.jpg"],
      [3, "/photos/gone.jpg"],
    ]);
    // A copy that does not meet them is none of theirs; a name that is not UTF-8 meets them as any other.
    await exported({ filters: ["name:b.jpg", "in:/photos"], format: "jsonl", replace: true });
    expect(ids()).toEqual([[2, "/photos/b.jpg"]]);
    await exported({ query: ["dup:no"], format: "jsonl", replace: true });
    expect(ids()).toEqual([
      [1, "/photos/a.jpg"],
      [9000, "/photos/\ufffd.jpg"],
    ]);
    await exported({ query: ["name:nothing"], replace: true });
    expect(readNpy(join(target, "img_emb/img_emb_0.npy"))).toMatchObject({ shape: [0, 512] });
    expect(await readParquet("metadata/metadata_0.parquet")).toEqual([]);
  });

  test("tells what filters cannot know, and what is wrong with the question", async () => {
    const { asked, rows } = await exported({ query: "has:date" });
    expect({ rows, notes: asked?.notes }).toEqual({
      rows: 0,
      notes: ["4 photos may be missing, as has: is not known of them: `clipfind index` reads that now"],
    });
    await exported({ replace: true });
    const before = readFileSync(join(target, "export.json"), "utf8");
    const wrong: [ExportOptions, string][] = [
      [{ query: "score:>0.2" }, "INVALID_QUERY"],
      [{ query: "rating:many" }, "INVALID_QUERY"],
      [{ filters: ["kitten"] }, "INVALID_ARGUMENT"],
      [{ limit: 5 }, "EMPTY_QUERY"],
      [{ query: "dup:no", limit: 0 }, "INVALID_ARGUMENT"],
      [{ query: "kitten", cutoff: 2 }, "INVALID_ARGUMENT"],
      [{ query: "kitten", withMissing: true }, "INVALID_ARGUMENT"],
    ];
    for (const [options, code] of wrong) {
      await expect(exported({ ...options, replace: true })).rejects.toMatchObject({ code });
    }
    expect(readFileSync(join(target, "export.json"), "utf8")).toBe(before);
  });
});

describe("what is there already", () => {
  test("is replaced only if it is an export, and only if that is wanted", async () => {
    mkdirSync(target);
    await exported();
    await expect(exported()).rejects.toMatchObject({ code: "INVALID_ARGUMENT", message: `${target} is there already` });
    expect(await exported({ replace: true, format: "jsonl" })).toMatchObject({ rows: 4 });
    expect(readdirSync(target).toSorted()).toEqual(["export.json", "photos"]);

    const photos = temporaryDirectory();
    writeFileSync(join(photos, "holiday.jpg"), "dear");
    await using opened = Library.open(library);
    await expect(opened.export(photos, { replace: true })).rejects.toMatchObject({
      message: `${photos} is there already, and is no export`,
    });
    expect(readdirSync(photos)).toEqual(["holiday.jpg"]);
    const file = join(photos, "holiday.jpg");
    await expect(opened.export(file)).rejects.toMatchObject({ name: "ClipfindError" });
  });

  test("stays when an export is stopped or fails, and nothing else is left", async () => {
    await exported();
    const before = readFileSync(join(target, "export.json"), "utf8");
    const stop = new AbortController();
    const stopped = exported({ replace: true, signal: stop.signal, onProgress: () => stop.abort() });
    await expect(stopped).rejects.toMatchObject({ code: "ABORTED" });
    expect(readFileSync(join(target, "export.json"), "utf8")).toBe(before);
    expect(readdirSync(join(target, ".."))).toEqual(["export"]);
    await expect(exported({ replace: true, rowsPerFile: 0 })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  test("what processes that are no more have left beside it is tidied up; what one had put aside comes back", async () => {
    await exported();
    // No process has this id.
    const [left, aside] = [
      `${target}/../.export.clipfind-new-2147483646`,
      `${target}/../.export.clipfind-old-2147483646`,
    ];
    mkdirSync(left);
    writeFileSync(join(left, "half"), "");
    renameSync(target, aside);
    await expect(exported()).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await exported({ replace: true });
    expect(existsSync(join(target, "export.json"))).toBe(true);
    expect(readdirSync(join(target, ".."))).toEqual(["export"]);
  });
});
