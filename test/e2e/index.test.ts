import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { canRun } from "../support/clipfind.ts";
import { needsShared, shared } from "../support/shared.ts";
import { copyDirectory, hitsOf, indexReport, useWorld } from "../support/world.ts";

describe.skipIf(shared === undefined)(needsShared("clipfind index"), () => {
  const world = useWorld();

  test("indexing again without changes encodes nothing and writes nothing", async () => {
    const [library, photos] = [world.directory(), world.photos(6)];
    const first = indexReport(await world.run(library, ["index", photos, "--json"]));
    expect(first).toMatchObject({ found: 6, unchanged: 0, encoded: 6, failed: 0 });
    const before = fileStates(library);
    const second = await world.run(library, ["index", "--json"]);
    expect(second).toMatchObject({ code: 0, stderr: "" });
    expect(indexReport(second)).toMatchObject({ found: 6, unchanged: 6, toRead: 0, encoded: 0, reused: 0 });
    expect(fileStates(library)).toEqual(before);
  });

  test("renamed, moved and copied photos cost no encoding, and are found under their new names", async () => {
    const [library, photos] = [world.directory(), world.photos(4)];
    await world.run(library, ["index", photos]);
    const [a, b, c, d] = readdirSync(photos).toSorted() as [string, string, string, string];
    mkdirSync(join(photos, "sub"));
    renameSync(join(photos, a), join(photos, "renamed.jpg"));
    renameSync(join(photos, b), join(photos, "sub", b));
    copyFileSync(join(photos, c), join(photos, "sub", "copy.jpg"));
    const report = indexReport(await world.run(library, ["index", "--json"]));
    expect(report).toMatchObject({ found: 5, encoded: 0, reused: 3, missing: 2, failed: 0 });
    const hits = hitsOf(await world.run(library, ["--json", "-n", "100", "a photo"]));
    expect(hits.map((hit) => hit.path).toSorted()).toEqual(
      ["renamed.jpg", join("sub", b), c, d].map((name) => join(photos, name)).toSorted(),
    );
    expect(hits.find((hit) => hit.path === join(photos, c))?.copies).toEqual([join(photos, "sub", "copy.jpg")]);
  });

  test("a deleted photo is not found any more, and comes back without encoding", async () => {
    const [library, photos, elsewhere] = [world.directory(), world.photos(3), world.directory()];
    await world.run(library, ["index", photos]);
    const name = readdirSync(photos)[0] ?? "";
    renameSync(join(photos, name), join(elsewhere, name));
    expect(indexReport(await world.run(library, ["index", "--json"]))).toMatchObject({ missing: 1, encoded: 0 });
    const without = hitsOf(await world.run(library, ["--json", "a photo"]));
    expect(without.map((hit) => hit.path)).not.toContain(join(photos, name));
    expect(without).toHaveLength(2);
    renameSync(join(elsewhere, name), join(photos, name));
    expect(indexReport(await world.run(library, ["index", "--json"]))).toMatchObject({ encoded: 0, reused: 1 });
    expect(hitsOf(await world.run(library, ["--json", "a photo"]))).toHaveLength(3);
  });

  test("photos of a folder that is gone are missing, those of the other folders stay", async () => {
    const [library, photos] = [world.directory(), world.photos(2)];
    mkdirSync(join(photos, "a", "b"), { recursive: true });
    for (const name of readdirSync(photos).filter((entry) => entry.endsWith(".jpg"))) {
      renameSync(join(photos, name), join(photos, "a", "b", name));
    }
    copyFileSync(join(shared as string, "golden/123_456.jpg"), join(photos, "kitten.jpg"));
    await world.run(library, ["index", photos]);
    rmSync(join(photos, "a"), { recursive: true });
    expect(indexReport(await world.run(library, ["index", "--json"]))).toMatchObject({ missing: 2, unchanged: 1 });
    const hits = hitsOf(await world.run(library, ["--json", "a photo"]));
    expect(hits.map((hit) => hit.path)).toEqual([join(photos, "kitten.jpg")]);
  });

  test("a changed photo is encoded again", async () => {
    const [library, photos] = [world.directory(), world.photos(2)];
    await world.run(library, ["index", photos]);
    const [a, b] = readdirSync(photos).toSorted() as [string, string];
    copyFileSync(join(shared as string, "photos/000000160012.jpg"), join(photos, a));
    expect(indexReport(await world.run(library, ["index", "--json"]))).toMatchObject({ encoded: 1, unchanged: 1 });
    const hits = hitsOf(await world.run(library, ["--json", "pizza"]));
    expect(hits.map((hit) => hit.path)).toEqual([join(photos, a), join(photos, b)]);
  });

  test("bad photos are reported once each with a reason; the good ones beside them are indexed", async () => {
    const [library, photos] = [world.directory(), world.photos(3)];
    const good = readdirSync(photos)[0] ?? "";
    writeFileSync(join(photos, "text.jpg"), "This is not a photo.\n");
    writeFileSync(join(photos, "empty.png"), "");
    copyFileSync(join(photos, good), join(photos, "truncated.jpg"));
    truncateSync(join(photos, "truncated.jpg"), Math.floor(statSync(join(photos, good)).size / 2));
    writeFileSync(join(photos, "new\nline.jpg"), "neither is this");
    const first = await world.run(library, ["index", photos, "--json"]);
    expect(first.code).toBe(1);
    expect(indexReport(first)).toMatchObject({ found: 7, encoded: 3, failed: 4 });
    const lines = first.stderr.trimEnd().split("\n").toSorted();
    expect(lines.map((line) => line.split(": ").slice(0, 2).join(": "))).toEqual(
      ["empty.png", "new\\x0aline.jpg", "text.jpg", "truncated.jpg"].map((name) => `clipfind: ${join(photos, name)}`),
    );
    // Not tried again while unchanged, still listed by status.
    const second = await world.run(library, ["index", "--json"]);
    expect(second).toMatchObject({ code: 0, stderr: "" });
    expect(indexReport(second)).toMatchObject({ unchanged: 7, toRead: 0 });
    const failed = await world.run(library, ["status", "--failed"]);
    expect(failed.stdout.trimEnd().split("\n")).toHaveLength(4);
  });

  test("a folder or photo that may not be read is told, what is indexed from there stays, the rest goes on", async ({
    skip,
  }) => {
    const [library, photos] = [world.directory(), world.photos(2)];
    // The administrator may read everything: as such the test runs the command as nobody.
    const uid = process.getuid?.() === 0 ? 65_534 : undefined;
    skip(uid !== undefined && !canRun(uid), "the checkout cannot be read by another user");
    mkdirSync(join(photos, "closed"));
    copyFileSync(join(shared as string, "golden/123_456.jpg"), join(photos, "closed", "kitten.jpg"));
    copyFileSync(join(shared as string, "golden/456_123.jpg"), join(photos, "closed.jpg"));
    if (uid !== undefined) world.give(uid);
    expect((await world.run(library, ["index", photos], { uid })).code).toBe(0);

    chmodSync(join(photos, "closed"), 0);
    copyFileSync(join(shared as string, "golden/208_495.jpg"), join(photos, "new.jpg"));
    copyFileSync(join(shared as string, "golden/321_421.jpg"), join(photos, "closed.jpg"));
    chmodSync(join(photos, "closed.jpg"), 0);
    const run = await world.run(library, ["index", "--json"], { uid });
    chmodSync(join(photos, "closed"), 0o755);
    expect(run.stderr.trimEnd().split("\n").toSorted()).toEqual([
      `clipfind: ${join(photos, "closed.jpg")}: permission denied`,
      `clipfind: ${join(photos, "closed")}: permission denied. What is indexed from there is left as it is`,
    ]);
    expect(run.code).toBe(1);
    expect(indexReport(run)).toMatchObject({ found: 4, unchanged: 2, encoded: 1, failed: 2, missing: 0 });
    expect(hitsOf(await world.run(library, ["--json", "a photo"], { uid }))).toHaveLength(4);
  });

  test("a folder that was indexed and is gone as a whole is told; its photos stay", async () => {
    const [library, photos] = [world.directory(), world.photos(2)];
    await world.run(library, ["index", photos]);
    renameSync(photos, `${photos}-elsewhere`);
    const run = await world.run(library, ["index"]);
    expect(run.code).toBe(1);
    expect(run.stderr).toBe(
      `clipfind: ${photos}: not found; is a drive not mounted? What is indexed from there is left as it is\n`,
    );
    // What is not there is not found, and it is back without another run.
    expect(hitsOf(await world.run(library, ["--json", "a photo"]))).toEqual([]);
    renameSync(`${photos}-elsewhere`, photos);
    expect(hitsOf(await world.run(library, ["--json", "a photo"]))).toHaveLength(2);
  });

  test("vectors that were cut off the log behind our back are encoded again by the next index run", async () => {
    const [library, photos] = [world.directory(), world.photos(3)];
    await world.run(library, ["index", photos]);
    const store = join(library, "vectors", readdirSync(join(library, "vectors"))[0] ?? "");
    truncateSync(join(store, "log-0000000001.wal"), 5000);
    expect(await world.run(library, ["pizza"])).toMatchObject({ code: 1, stdout: "" });
    expect(indexReport(await world.run(library, ["index", "--json"]))).toMatchObject({ encoded: 3, failed: 0 });
    const after = await world.run(library, ["--json", "a photo"]);
    expect(after).toMatchObject({ code: 0, stderr: "" });
    expect(hitsOf(after)).toHaveLength(3);
  });

  test("an empty folder is no error", async () => {
    const run = await world.run(world.directory(), ["index", world.directory()]);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toMatch(/^0 photos found, 0 unchanged, 0 encoded in \d+\.\d s\nNo photos there: /);
  });

  test("searching an index without photos finds nothing: exit 1", async () => {
    const library = world.directory();
    await world.run(library, ["index", world.directory()]);
    expect(await world.run(library, ["pizza"])).toMatchObject({ code: 1, stdout: "" });
  });

  test("a folder that does not exist is named; nothing in the index changes", async () => {
    const [library, photos] = [world.directory(), world.photos(1)];
    await world.run(library, ["index", photos]);
    const before = fileStates(library);
    const run = await world.run(library, ["index", photos, join(photos, "no-such-folder")]);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toMatch(/^clipfind: Expected a directory to index, but .*no-such-folder does not exist\n/);
    expect(fileStates(library)).toEqual(before);
  });

  test("a file where a folder is expected is named", async () => {
    const photos = world.photos(1);
    const run = await world.run(world.directory(), ["index", join(photos, readdirSync(photos)[0] ?? "")]);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toMatch(/but .*\.jpg is a file\n/);
  });

  test("file names that are not UTF-8 are indexed and found", async () => {
    const [library, photos] = [world.directory(), world.photos(1)];
    const name = Buffer.concat([Buffer.from(join(photos, "caf")), Buffer.from([0xe9]), Buffer.from(".jpg")]);
    copyFileSync(join(shared as string, "golden/123_456.jpg"), name);
    expect(indexReport(await world.run(library, ["index", photos, "--json"]))).toMatchObject({ encoded: 2 });
    const [hit] = hitsOf(await world.run(library, ["--json", "-n", "1", "a kitten"])) as [object];
    expect(hit).toMatchObject({ path: join(photos, "caf\ufffd.jpg"), pathBase64: name.toString("base64") });
    expect(indexReport(await world.run(library, ["index", "--json"]))).toMatchObject({ unchanged: 2, encoded: 0 });
  });

  test.each([
    ["a missing file", (model: string) => rmSync(join(model, "visual/model.onnx")), "visual/model.onnx"],
    ["a file of another size", (model: string) => truncateSync(join(model, "visual/model.onnx"), 1000), "1000"],
    ["a damaged file of the right size", damage, "SHA-256"],
    ["another number of dimensions", (model: string) => changeManifest(model, { dims: 256 }), "256"],
    ["no manifest", (model: string) => rmSync(join(model, "model.json")), "model.json"],
  ])("a model directory with %s stops the run before anything is indexed", async (_, spoil, message) => {
    const [library, photos, model] = [world.directory(), world.photos(1), join(world.directory(), "model")];
    copyDirectory(world.model, model);
    spoil(model);
    const run = await world.run(library, ["index", photos, "--model", model]);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain(message);
    expect(run.stderr).not.toMatch(/^\s+at /m);
    // The library is as good as new: a sound model indexes into it.
    expect((await world.run(library, ["index", photos])).code).toBe(0);
  });

  test("another model than the library's encodes the photos again, says so, and leaves the first one's vectors", async () => {
    const [library, photos, model] = [world.directory(), world.photos(1), join(world.directory(), "model")];
    await world.run(library, ["index", photos]);
    const before = hitsOf(await world.run(library, ["--json", "a photo"]));
    copyDirectory(world.model, model);
    changeManifest(model, { name: "another", text: { contextLength: 16 } });
    const run = await world.run(library, ["index", photos, "--model", model]);
    expect(run).toMatchObject({
      code: 0,
      stderr:
        "clipfind: 1 photo will be encoded again with another in fp32; until then, stand-in (not CLIP) in fp32 is searched\n",
    });
    expect(run.stdout).toContain("1 encoded");
    expect(hitsOf(await world.run(library, ["--json", "a photo", "--model", model]))).toHaveLength(1);
    expect(hitsOf(await world.run(library, ["--json", "a photo"]))).toEqual(before);
  });

  test("--shards splits a new library, and divides an existing one anew", async () => {
    const [library, photos] = [world.directory(), world.photos(5)];
    expect((await world.run(library, ["index", photos, "--shards", "3"])).code).toBe(0);
    expect((await world.run(library, ["status"])).stdout).toContain("5 vectors in 3 shards");
    const other = await world.run(library, ["index", photos, "--shards", "2"]);
    expect(other).toMatchObject({
      code: 0,
      stderr: "clipfind: the vectors, which were in 3 shards, are now in 2\n",
    });
    expect(other.stdout).toContain("5 photos found, 5 unchanged, 0 encoded");
    expect((await world.run(library, ["status"])).stdout).toContain("5 vectors in 2 shards");
  });

  function changeManifest(model: string, change: object): void {
    const path = join(model, "model.json");
    const manifest = JSON.parse(readFileSync(path, "utf8")) as object;
    writeFileSync(path, JSON.stringify({ ...manifest, ...change }));
  }

  function damage(model: string): void {
    const path = join(model, "visual/model.onnx");
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(path, bytes);
  }
});

/** Name, size and modification time of every file of a library that holds data; the lock's note of its holder does not. */
function fileStates(library: string): string[] {
  return readdirSync(library, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "LOCK")
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const { size, mtimeNs, ino } = statSync(path, { bigint: true });
      // Whose time is that of the last run.
      return `${path} ${size} ${entry.name === "last-run.json" ? ino : mtimeNs}`;
    })
    .toSorted();
}
