import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { inventLibrary } from "../../../../test/support/invented-library.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { bytePathFromText } from "../../src/byte-path.ts";
import { Library } from "../../src/index.ts";
import { storeDirectory } from "../../src/library-model.ts";
import { miniModel } from "../../src/models/mini-model.ts";
import { Vectors } from "../../src/vectors.ts";

const dims = 512;
let library = "";
let target = "";
beforeEach(async () => {
  library = join(temporaryDirectory(), "library");
  target = join(temporaryDirectory(), "below", "moved");
  const files = Array.from({ length: 300 }, (_, at) => ({ id: at + 1, name: bytePathFromText(`${at}.jpg`) }));
  await inventLibrary(library, files);
  mkdirSync(join(library, "relevance"));
  writeFileSync(join(library, "relevance", "a.json"), "{}");
});

const store = (): string => storeDirectory(library, miniModel().fingerprint);
const openStore = (): Vectors => Vectors.open(store(), { dims, write: true });

/** Every photo with its vector. */
async function everything(directory: string): Promise<string> {
  const out = join(temporaryDirectory(), "out");
  await using opened = Library.open(directory, { mustExist: true });
  expect(await opened.verify()).toMatchObject({ sound: true });
  expect(await opened.export(out, { format: "jsonl" })).toMatchObject({ withoutVector: 0 });
  return readFileSync(join(out, "photos", "photos_0.jsonl"), "utf8");
}

/** Every file below a directory, with size and time, but for SQLite's working files. */
function state(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => !/-(?:wal|shm)$/.test(name) && !name.endsWith("LOCK"))
    .map((name) => [name, statSync(join(directory, name))] as const)
    .filter(([, file]) => file.isFile())
    .map(([name, { size, mtimeMs }]) => `${name} ${size} ${mtimeMs}`)
    .toSorted();
}

/** What is said when it is not moved, and nothing has changed. */
async function refusal(to: string): Promise<unknown> {
  const before = state(library);
  const error: unknown = await Library.move(library, to).then(
    () => "it was moved",
    (reason: unknown) => reason,
  );
  expect(state(library)).toEqual(before);
  expect(readdirSync(join(target, "..")).filter((name) => name !== "moved")).toEqual([]);
  return error;
}

describe("a library is the same in its new place, and gone from the old one", () => {
  test("on the same disk, where vectors are not copied", async () => {
    // In segments, which are most of a library.
    {
      using vectors = openStore();
      await vectors.reshard(3);
    }
    const before = await everything(library);
    const moved = await Library.move(library, target);
    expect(moved).toMatchObject({ from: library, to: target, left: [] });
    expect(moved.bytesCopied).toBeLessThan(300 * dims);
    expect(existsSync(library)).toBe(false);
    expect(await everything(target)).toBe(before);
    expect(readFileSync(join(target, "relevance", "a.json"), "utf8")).toBe("{}");
    expect(readdirSync(join(target, ".."))).toEqual(["moved"]);
    // And back, into a directory above that is there.
    await Library.move(target, library);
    expect(await everything(library)).toBe(before);
  });

  test("models beside it, and what people put there, stay", async () => {
    const before = await everything(library);
    mkdirSync(join(library, "models", "a"), { recursive: true });
    writeFileSync(join(library, "holiday.jpg"), "");
    expect(await Library.move(library, target)).toMatchObject({ left: ["holiday.jpg", "models"] });
    expect(readdirSync(library)).toEqual(["holiday.jpg", "models"]);
    expect(await everything(target)).toBe(before);
  });

  test("shards that lie elsewhere stay where they are", async () => {
    const shard = join(temporaryDirectory(), "shard");
    {
      using vectors = openStore();
      await vectors.reshard(2);
      await vectors.moveShard(1, shard);
    }
    const before = await everything(library);
    await Library.move(library, target);
    expect(await everything(target)).toBe(before);
    expect(readdirSync(shard).some((name) => name.endsWith(".vec"))).toBe(true);
  });

  const other = "/dev/shm";
  const isOther = existsSync(other) && statSync(other).dev !== statSync(process.env["TMPDIR"] ?? "/tmp").dev;
  test.skipIf(!isOther)(`on another disk${isOther ? "" : " (skipped: /dev/shm is none)"}`, async () => {
    const far = join(other, `clipfind-test-${process.pid}`);
    onTestFinished(() => rmSync(far, { recursive: true, force: true }));
    const before = await everything(library);
    const told: number[] = [];
    const moved = await Library.move(library, far, { onProgress: (bytes, of) => told.push(bytes / of) });
    expect(moved.bytesCopied).toBeGreaterThan(300 * dims * 2);
    expect(told.at(-1)).toBe(1);
    expect(existsSync(library)).toBe(false);
    expect(await everything(far)).toBe(before);
  });
});

describe("it stays where it is, unchanged,", () => {
  beforeEach(() => mkdirSync(join(target, ".."), { recursive: true }));

  test("when something is in the new place", async () => {
    mkdirSync(target);
    expect(await refusal(target)).toMatchObject({
      code: "INVALID_ARGUMENT",
      hint: "Name a directory that is not there.",
    });
    expect(readdirSync(target)).toEqual([]);
  });

  test("when the new place is in it, by a link too, or it is in the new place", async () => {
    expect(await refusal(join(library, "vectors", "moved"))).toMatchObject({ code: "INVALID_ARGUMENT" });
    const link = join(temporaryDirectory(), "link");
    symlinkSync(library, link);
    expect(await refusal(join(link, "moved"))).toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  test("while somebody indexes, or watches", async () => {
    {
      using _ = openStore();
      expect(await refusal(target)).toMatchObject({ code: "LIBRARY_LOCKED" });
    }
    writeFileSync(join(library, "watching.json"), '["/photos"]');
    expect(await refusal(target)).toMatchObject({ code: "LIBRARY_LOCKED" });
  });

  test("when a shard was put among its vectors", async () => {
    {
      using vectors = openStore();
      await vectors.reshard(2);
      await vectors.moveShard(1, join(library, "vectors", "shard"));
    }
    expect(await refusal(target)).toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  test("when it is stopped, or there is none", async () => {
    const before = await everything(library);
    const stop = new AbortController();
    const stopped = Library.move(library, target, { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(stopped).rejects.toMatchObject({ code: "ABORTED" });
    expect(readdirSync(join(target, ".."))).toEqual([]);
    expect(await everything(library)).toBe(before);
    await expect(Library.move(target, library)).rejects.toMatchObject({ code: "LIBRARY_NOT_FOUND" });
  });
});
