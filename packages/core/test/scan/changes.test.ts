import { expect, test } from "vitest";
import { bytePathFromText } from "../../src/byte-path.ts";
import type { Fingerprint } from "../../src/fingerprint.ts";
import type { KnownFile } from "../../src/known-file.ts";
import { compareDirectory } from "../../src/scan/changes.ts";

const print = (bytes = 10n, mtimeNs = 5n, inode = 1n): Fingerprint => ({ bytes, mtimeNs, inode });
const known = (fields: Partial<KnownFile> = {}): KnownFile => ({
  ...print(),
  contentId: 1,
  missing: false,
  error: null,
  ...fields,
});
const map = <T>(entries: Record<string, T>): Map<ReturnType<typeof bytePathFromText>, T> =>
  new Map(Object.entries(entries).map(([name, value]) => [bytePathFromText(name), value]));

test("each file falls into the one class that says what to do with it", () => {
  const changes = compareDirectory(
    map({
      same: known(),
      bytes: known(),
      time: known(),
      inode: known(),
      unreadable: known({ contentId: null, error: "permission denied" }),
      back: known({ missing: true }),
      "back, changed": known({ missing: true }),
      gone: known(),
      "gone for long": known({ missing: true }),
    }),
    map({
      same: print(),
      bytes: print(11n),
      time: print(10n, 6n),
      inode: print(10n, 5n, 2n),
      unreadable: print(),
      back: print(),
      "back, changed": print(11n),
      new: print(),
    }),
  );
  expect(changes).toEqual({
    toRead: [
      { name: "bytes", fingerprint: print(11n) },
      { name: "time", fingerprint: print(10n, 6n) },
      { name: "inode", fingerprint: print(10n, 5n, 2n) },
      { name: "unreadable", fingerprint: print() },
      { name: "back, changed", fingerprint: print(11n) },
      { name: "new", fingerprint: print() },
    ],
    returned: ["back"],
    gone: ["gone"],
    unchanged: 1,
  });
});
