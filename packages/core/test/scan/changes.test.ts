import { expect, test } from "vitest";
import { type BytePath, bytePathFromText } from "../../src/byte-path.ts";
import type { Fingerprint } from "../../src/fingerprint.ts";
import type { KnownFile } from "../../src/known-file.ts";
import { compareDirectory } from "../../src/scan/changes.ts";

const print = (fields: Partial<Fingerprint> = {}): Fingerprint => ({
  bytes: 10n,
  mtimeNs: 5n,
  ctimeNs: 7n,
  inode: 1n,
  ...fields,
});
const known = (fields: Partial<KnownFile> = {}): KnownFile => ({
  ...print(),
  contentId: 1,
  missing: false,
  error: null,
  ...fields,
});

/** Compares, and says names where the result has places. */
function compare(
  before: Record<string, KnownFile>,
  now: Record<string, Fingerprint>,
  rehash = false,
): Omit<ReturnType<typeof compareDirectory>, "toRead"> & { toRead: (BytePath | undefined)[] } {
  const entries = Object.entries(before).map(([name, file]) => [bytePathFromText(name), file] as const);
  const found = Object.entries(now).map(([name, fingerprint]) => ({ name: bytePathFromText(name), fingerprint }));
  const { toRead, ...changes } = compareDirectory(new Map(entries), found, rehash);
  return { ...changes, toRead: toRead.map((place) => found[place]?.name) };
}

test("each file falls into the one class that says what to do with it", () => {
  const changes = compare(
    {
      same: known(),
      bytes: known(),
      mtime: known(),
      ctime: known(),
      inode: known(),
      "ctime and inode not known": known({ ctimeNs: 0n }),
      "unreadable (R14)": known({ contentId: null, error: "permission denied" }),
      "unreadable, changed": known({ contentId: null, error: "permission denied" }),
      "to be read again": known({ contentId: null }),
      "back (R1)": known({ missing: true }),
      "back, changed": known({ missing: true }),
      gone: known(),
      "gone for long": known({ missing: true }),
    },
    {
      same: print(),
      bytes: print({ bytes: 11n }),
      mtime: print({ mtimeNs: 6n }),
      ctime: print({ ctimeNs: 8n }),
      inode: print({ inode: 2n }),
      "ctime and inode not known": print({ inode: 0n }),
      "unreadable (R14)": print(),
      "unreadable, changed": print({ ctimeNs: 8n }),
      "to be read again": print(),
      "back (R1)": print(),
      "back, changed": print({ bytes: 11n }),
      new: print(),
    },
  );
  expect(changes).toEqual({
    toRead: ["bytes", "mtime", "ctime", "inode", "unreadable, changed", "to be read again", "back, changed", "new"],
    returned: ["back (R1)"],
    absent: ["gone"],
    unchanged: 3,
  });
});

test("a rehash reads everything that is there", () => {
  expect(compare({ a: known(), gone: known() }, { a: print(), b: print() }, true)).toEqual({
    toRead: ["a", "b"],
    returned: [],
    absent: ["gone"],
    unchanged: 0,
  });
});

test("a RAW with its JPEG beside it is not read, nor is it gone", () => {
  const changes = compare({ "a.CR3": known() }, { "a.CR3": print({ bytes: 11n }), "a.JPG": print(), "b.CR3": print() });
  expect(changes).toMatchObject({ toRead: ["a.JPG", "b.CR3"], absent: [] });
});
