import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { bytePathFromBuffer, bytePathFromText } from "../src/byte-path.ts";
import { type KnownDirectory, type WalkBatch, walkDirectories } from "../src/directory-walk.ts";
import { fingerprintOf } from "../src/fingerprint.ts";
import type { ScanRules } from "../src/scan-rules.ts";

function tree(files: readonly string[]): string {
  const root = temporaryDirectory();
  for (const file of files) {
    mkdirSync(join(root, file, ".."), { recursive: true });
    writeFileSync(join(root, file), file);
  }
  return root;
}

/** Everything a walk comes upon, in one batch. */
async function walk(root: string, known: readonly KnownDirectory[] = [], rules: ScanRules = {}): Promise<WalkBatch> {
  const all: { -readonly [K in keyof WalkBatch]: WalkBatch[K][number][] } = {
    unchanged: [],
    directories: [],
    unreadable: [],
    badRules: [],
  };
  const roots = [{ path: bytePathFromText(root), rules }];
  for await (const batch of walkDirectories({ roots, extensions: ["jpg"], known })) {
    all.unchanged.push(...batch.unchanged);
    all.directories.push(...batch.directories);
    all.unreadable.push(...batch.unreadable);
    all.badRules.push(...batch.badRules);
  }
  return all;
}

test("a walk tells of each candidate what stat tells, to the nanosecond, and names as they are", async () => {
  const root = tree(["a.jpg", "b.txt"]);
  const odd = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0x0a, 0x22]), Buffer.from(".jpg")]);
  writeFileSync(odd, "x");
  const { directories } = await walk(root);
  expect(directories.map(({ path, known }) => [path, known])).toEqual([[root, undefined]]);
  expect([...(directories[0]?.files ?? [])]).toEqual([
    { name: "a.jpg", fingerprint: fingerprintOf(statSync(join(root, "a.jpg"), { bigint: true })) },
    {
      name: bytePathFromBuffer(odd.subarray(root.length + 1)),
      fingerprint: fingerprintOf(statSync(odd, { bigint: true })),
    },
  ]);
  expect(directories[0]?.files.bytes).toBe(6);
});

test("a known directory that is as it was is only counted", async () => {
  const root = tree(["a/1.jpg", "a/2.jpg", "b/3.jpg"]);
  const first = await walk(root);
  const known = first.directories.map(({ path, digest }) => ({ path, digest }));
  const empty = { path: bytePathFromText(root), digest: null };
  writeFileSync(join(root, "b/3.jpg"), "longer now");
  const { unchanged, directories } = await walk(root, [empty, ...known]);
  expect(unchanged).toEqual([{ known: 1, files: 2 }]);
  expect(directories.map((directory) => [directory.path, directory.known, directory.files.length])).toEqual([
    [join(root, "b"), 2, 1],
    [root, 0, 0],
  ]);
});

test("what cannot be read has the code that Node would give it, and a bad rule its line", async () => {
  const gone = join(temporaryDirectory(), "gone");
  expect((await walk(gone)).unreadable).toEqual([
    { path: gone, error: expect.objectContaining({ code: "ENOENT" }) as Error },
  ]);
  const root = tree(["a.jpg"]);
  writeFileSync(join(root, ".clipfindignore"), "fine\na{b\n");
  const { badRules, directories } = await walk(root);
  expect(badRules).toEqual([
    { path: join(root, ".clipfindignore"), message: expect.stringContaining("a{b") as string },
  ]);
  expect(directories).toHaveLength(1);
});

test("an exclusion that cannot be understood is refused before anything is walked", async () => {
  await expect(walk(temporaryDirectory(), [], { exclude: ["{a"] })).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: expect.stringMatching(/^Expected a glob to exclude, found \{a: /) as string,
  });
});

test("100,000 files in one folder, and leaving a walk before its end", async () => {
  const root = temporaryDirectory();
  for (let index = 0; index < 100_000; index++) writeFileSync(join(root, `${index}.jpg`), "");
  const { directories } = await walk(root);
  expect(directories.map(({ files }) => files.length)).toEqual([100_000]);
  for await (const batch of walkDirectories({
    roots: [{ path: bytePathFromText(root), rules: {} }],
    extensions: ["jpg"],
    known: [],
  })) {
    expect(batch.directories.length).toBeLessThan(2);
    break;
  }
});
