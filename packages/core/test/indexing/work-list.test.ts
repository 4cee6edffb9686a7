import { expect, test } from "vitest";
import { type BytePath, bytePathFromText } from "../../src/byte-path.ts";
import { FoundFiles } from "../../src/found-files.ts";
import { WorkList } from "../../src/indexing/work-list.ts";

const files = (names: readonly string[]): FoundFiles =>
  new FoundFiles(
    Buffer.from(names.map((name) => `${name}\0`).join(""), "latin1"),
    BigInt64Array.from(names.flatMap((_, index) => [10n ** BigInt(index), 2n, 3n, BigInt(index)])),
  );

test("files come out one by one, in the order they were put in, with what was found of them", () => {
  const list = new WorkList();
  list.add(bytePathFromText("/a"), files(["1", "\xff\n", "3", "4"]), [1, 3]);
  list.add(bytePathFromText("/none"), files(["5"]), []);
  list.add(bytePathFromText("/b"), files(["6", "7"]), [0, 1]);
  expect(list).toMatchObject({ length: 4, bytes: 10 + 1000 + 1 + 10 });
  const taken: (BytePath | undefined)[] = [];
  const inodes: bigint[] = [];
  for (let file = list.take(); file !== undefined; file = list.take()) {
    taken.push(`${file.directory} ${file.name}` as BytePath);
    inodes.push(file.fingerprint.inode);
  }
  expect(taken).toEqual(["/a \xff\n", "/a 4", "/b 6", "/b 7"]);
  expect(inodes).toEqual([1n, 3n, 0n, 1n]);
  expect(list.take()).toBeUndefined();
});
