import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { bytePathFromText } from "../../src/byte-path.ts";
import { walk } from "../../src/scan/walk.ts";

function tree(files: readonly string[]): string {
  const root = temporaryDirectory();
  for (const file of files) {
    mkdirSync(join(root, file, ".."), { recursive: true });
    writeFileSync(join(root, file), file);
  }
  return root;
}

function walked(root: string): Record<string, string[] | string> {
  return Object.fromEntries(
    [...walk(bytePathFromText(root))].map(({ path, photos, error }) => [
      path.slice(root.length),
      photos === undefined ? (error.code ?? "") : [...photos.keys()].toSorted(),
    ]),
  );
}

test("finds photos by extension whatever its case, and leaves hidden and foreign folders out", () => {
  const root = tree([
    "a.jpg",
    "B.JPEG",
    "c.txt",
    ".hidden.jpg",
    "._apple.jpg",
    "noextension",
    "sub/d.png",
    "sub/deep/e.WebP",
    ".thumbnails/f.jpg",
    "@eaDir/g.jpg",
    "#recycle/h.jpg",
    "node_modules/i.jpg",
  ]);
  expect(walked(root)).toEqual({ "": ["B.JPEG", "a.jpg"], "/sub": ["d.png"], "/sub/deep": ["e.WebP"] });
});

test("goes depth-first in byte order", () => {
  const root = tree(["b/1.jpg", "a/2.jpg", "a/z/3.jpg", "B/4.jpg"]);
  expect(Object.keys(walked(root))).toEqual(["", "/B", "/a", "/a/z", "/b"]);
});

test("does not follow symbolic links, so that no cycle and no photo twice", () => {
  const root = tree(["a/1.jpg"]);
  symlinkSync(root, join(root, "a", "up"));
  symlinkSync(join(root, "a", "1.jpg"), join(root, "link.jpg"));
  symlinkSync("self", join(root, "self"));
  expect(walked(root)).toEqual({ "": [], "/a": ["1.jpg"] });
});

test("a folder that cannot be read is told, and the walk goes on", () => {
  const root = tree(["a/1.jpg", "b/2.jpg", "c/3.jpg"]);
  chmodSync(join(root, "b"), 0);
  const found = walked(root);
  chmodSync(join(root, "b"), 0o755);
  // The administrator reads everything.
  expect(found).toEqual({
    "": [],
    "/a": ["1.jpg"],
    "/b": process.getuid?.() === 0 ? ["2.jpg"] : "EACCES",
    "/c": ["3.jpg"],
  });
});

test("a folder that is gone is told", () => {
  expect(walked(join(temporaryDirectory(), "gone"))).toEqual({ "": "ENOENT" });
});
