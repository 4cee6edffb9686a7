import { spawnSync } from "node:child_process";
import { mkdirSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { bytePathFromText } from "../../src/byte-path.ts";
import { readPhoto } from "../../src/photos/read-photo.ts";

const reading = (path: string) => readPhoto(bytePathFromText(path));
const refused = (message: string | RegExp) => ({
  name: "ClipfindError",
  code: "IMAGE_UNREADABLE",
  message: typeof message === "string" ? message : expect.stringMatching(message),
});

test("a file comes with the fingerprint of the moment it was read", async () => {
  const path = join(temporaryDirectory(), "a.jpg");
  writeFileSync(path, "content");
  const { size, mtimeNs, ctimeNs, ino } = statSync(path, { bigint: true });
  expect(await reading(path)).toEqual({
    bytes: Buffer.from("content"),
    fingerprint: { bytes: size, mtimeNs, ctimeNs, inode: BigInt.asIntN(64, ino) },
  });
});

test("an empty file is read as empty", async () => {
  const path = join(temporaryDirectory(), "a.jpg");
  writeFileSync(path, "");
  expect((await reading(path)).bytes).toHaveLength(0);
});

test("what cannot be read says why in words", async () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, "folder.jpg"));
  await expect(reading(join(directory, "gone.jpg"))).rejects.toMatchObject(refused("not found"));
  await expect(reading(join(directory, "folder.jpg"))).rejects.toMatchObject(refused("not a regular file"));
  writeFileSync(join(directory, "huge.jpg"), "");
  truncateSync(join(directory, "huge.jpg"), 2 ** 31);
  await expect(reading(join(directory, "huge.jpg"))).rejects.toMatchObject(refused(/^larger than 1 GiB/));
});

test.skipIf(process.platform === "win32")("a named pipe does not hang the run", async () => {
  const path = join(temporaryDirectory(), "pipe.jpg");
  spawnSync("mkfifo", [path]);
  await expect(reading(path)).rejects.toMatchObject(refused("not a regular file"));
});

test("a file that changes while it is read is refused, not mixed", async () => {
  const path = join(temporaryDirectory(), "a.jpg");
  writeFileSync(path, Buffer.alloc(64 << 20, 1));
  const result = reading(path);
  const writer = (async () => {
    // Starts after the first stat, and ends before the read of 64 MiB does, or the read was faster and is whole.
    await new Promise((resolve) => setImmediate(resolve));
    truncateSync(path, 1 << 20);
  })();
  const outcome = await result.then(
    ({ bytes }) => bytes.length,
    (error: Error) => error.message,
  );
  await writer;
  expect([64 << 20, 1 << 20, "became shorter while it was being read", "changed while it was being read"]).toContain(
    outcome,
  );
});

test("where the beginning is enough, no more is read", async () => {
  const path = join(temporaryDirectory(), "a.jpg");
  writeFileSync(path, Buffer.alloc(400_000, 7));
  const asked: number[] = [];
  const read = async (isEnough: boolean) =>
    (await readPhoto(bytePathFromText(path), (head) => (asked.push(head.length), isEnough))).bytes;
  expect(await read(true)).toEqual(Buffer.alloc(256 * 1024, 7));
  expect(await read(false)).toEqual(Buffer.alloc(400_000, 7));
  expect(asked).toEqual([256 * 1024, 256 * 1024]);
  truncateSync(path, 256 * 1024 - 1);
  expect(await read(false)).toHaveLength(256 * 1024 - 1);
});
