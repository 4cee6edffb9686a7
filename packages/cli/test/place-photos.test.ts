import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  rmdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { placePhotos } from "../src/deliver/place-photos.ts";

/** A folder with files of these names and contents; their paths. */
function photosOf(files: Readonly<Record<string, string>>): { folder: string; paths: Buffer[] } {
  const folder = temporaryDirectory();
  const paths = Object.entries(files).map(([name, content]) => {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), content);
    return Buffer.from(join(folder, name));
  });
  return { folder, paths };
}

function contents(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder)
      .toSorted()
      .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
}

const copy = { how: "copy", isNumbered: false } as const;
const link = { how: "link", isNumbered: false } as const;

test("copies have the names of their photos; the same content is left, other content gets a number; twice is once", async () => {
  const { paths } = photosOf({ "1/a.jpg": "one", "2/a.jpg": "two", "3/a.jpg": "one", "4/b": "b", "5/.c.tar.gz": "c" });
  const directory = join(temporaryDirectory(), "deep/er");
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "b"), "somebody's");
  const expected = { ".c.tar.gz": "c", "a (2).jpg": "two", "a.jpg": "one", b: "somebody's", "b (2)": "b" };
  expect(await placePhotos(paths, { ...copy, directory })).toEqual({ placed: 4, same: 1, failed: [] });
  expect(contents(directory)).toEqual(expected);
  expect(await placePhotos(paths, { ...copy, directory })).toEqual({ placed: 0, same: 5, failed: [] });
  expect(contents(directory)).toEqual(expected);
});

test("a copy keeps its photo's time, and is a file of its own", async () => {
  const { folder, paths } = photosOf({ "a.jpg": "one" });
  utimesSync(join(folder, "a.jpg"), 1_000_000, 1_234_567);
  const directory = temporaryDirectory();
  await placePhotos(paths, { ...copy, directory });
  const copied = statSync(join(directory, "a.jpg"));
  expect([copied.mtimeMs, copied.nlink]).toEqual([1_234_567_000, 1]);
  expect(copied.ino).not.toBe(statSync(join(folder, "a.jpg")).ino);
});

test.skipIf(process.platform === "win32")("links lead to the photos; what leads there already is left", async () => {
  const { folder, paths } = photosOf({ "1/a.jpg": "one", "2/a.jpg": "two", "3/c.jpg": "three", "4/d.jpg": "four" });
  const directory = temporaryDirectory();
  symlinkSync(join(folder, "nowhere"), join(directory, "c.jpg"));
  linkSync(join(folder, "4/d.jpg"), join(directory, "d.jpg"));
  expect(await placePhotos(paths, { ...link, directory })).toEqual({ placed: 3, same: 1, failed: [] });
  const names = readdirSync(directory).toSorted();
  expect(names).toEqual(["a (2).jpg", "a.jpg", "c (2).jpg", "c.jpg", "d.jpg"]);
  expect(names.slice(0, 4).map((name) => readlinkSync(join(directory, name)))).toEqual(
    ["2/a.jpg", "1/a.jpg", "3/c.jpg", "nowhere"].map((name) => join(folder, name)),
  );
  expect(await placePhotos(paths, { ...link, directory })).toEqual({ placed: 0, same: 4, failed: [] });
});

test("ranks in front of the names are of one width, so that folders show the best first", async () => {
  const { paths } = photosOf(Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`${at}.jpg`, String(at)])));
  const directory = temporaryDirectory();
  await placePhotos(paths, { ...copy, isNumbered: true, directory });
  const names = readdirSync(directory).toSorted();
  expect(names).toHaveLength(12);
  expect(names.map((name) => Number(name.slice(0, 2)))).toEqual(Array.from({ length: 12 }, (_, at) => at + 1));
});

test.skipIf(process.platform !== "linux")(
  "one bad photo does not keep the others: gone, a folder, a pipe, a name too long",
  async () => {
    const { folder, paths } = photosOf({ "a.jpg": "a", [`${"l".repeat(252)}.jp`]: "long", "z.jpg": "z" });
    mkdirSync(join(folder, "folder.jpg"));
    execFileSync("mkfifo", [join(folder, "pipe.jpg")]);
    const bad = ["gone.jpg", "folder.jpg", "pipe.jpg"].map((name) => Buffer.from(join(folder, name)));
    const directory = temporaryDirectory();
    const { failed, ...counts } = await placePhotos([...bad, ...paths], { ...copy, isNumbered: true, directory });
    expect(counts).toEqual({ placed: 2, same: 0 });
    expect(
      failed.map(({ path, reason }) => [
        path.subarray(folder.length + 1, folder.length + 11).toString(),
        reason.split(":")[0],
      ]),
    ).toEqual([
      ["gone.jpg", "ENOENT"],
      ["folder.jpg", "not a file any more"],
      ["pipe.jpg", "not a file any more"],
      ["llllllllll", "ENAMETOOLONG"],
    ]);
    expect(contents(directory)).toEqual({ "4-a.jpg": "a", "6-z.jpg": "z" });
  },
);

test.skipIf(process.platform === "win32" || process.platform === "darwin")(
  "names that are not UTF-8 stay as they are",
  async () => {
    const folder = Buffer.from(`${temporaryDirectory()}/`);
    const name = Buffer.concat([Buffer.from("K"), Buffer.of(0xe4), Buffer.from("\n.jpg")]);
    writeFileSync(Buffer.concat([folder, name]), "x");
    const directory = temporaryDirectory();
    await placePhotos([Buffer.concat([folder, name])], { ...copy, directory });
    expect(readdirSync(directory, "buffer")).toEqual([name]);
  },
);

test("a file where the folder should be is told, and what cannot be written to", async () => {
  const { folder, paths } = photosOf({ "a.jpg": "a" });
  await expect(placePhotos(paths, { ...copy, directory: join(folder, "a.jpg") })).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: expect.stringContaining(`Expected to write ${join(folder, "a.jpg")}, found: EEXIST`),
  });
});

test.skipIf(process.getuid?.() === 0)(
  "a folder that cannot be written to fails each photo (not as root, who may)",
  async () => {
    const { paths } = photosOf({ "a.jpg": "a" });
    const directory = temporaryDirectory();
    chmodSync(directory, 0o500);
    expect((await placePhotos(paths, { ...copy, directory })).failed).toHaveLength(1);
  },
);

/** A disk of 1 MB at `directory`, where the system lets us. */
function mount(directory: string): boolean {
  return spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", directory]).status === 0;
}

const canMount = ((): boolean => {
  const directory = mkdtempSync(join(tmpdir(), "clipfind-test-"));
  const can = process.platform === "linux" && mount(directory);
  if (can) spawnSync("umount", [directory]);
  rmdirSync(directory);
  return can;
})();

test.skipIf(!canMount)(
  "a full disk ends it, leaves only whole files, and later it goes on (needs root for a small disk)",
  async () => {
    const content = (letter: string): string => letter.repeat(400_000);
    const { paths } = photosOf({ "a.jpg": content("a"), "b.jpg": content("b"), "c.jpg": content("c"), "d.jpg": "d" });
    const directory = temporaryDirectory();
    mount(directory);
    onTestFinished(() => void spawnSync("umount", ["-l", directory]));
    await expect(placePhotos(paths, { ...copy, directory })).rejects.toMatchObject({
      code: "DISK_FULL",
      message: `The disk with ${directory} is full: 2 of 4 photos are there.`,
      hint: "Make room and run the same line again: what is there already is left alone.",
    });
    expect(contents(directory)).toEqual({ "a.jpg": content("a"), "b.jpg": content("b") });
    rmSync(join(directory, "a.jpg"));
    expect(await placePhotos(paths.slice(1), { ...copy, directory })).toEqual({ placed: 2, same: 1, failed: [] });
  },
);
