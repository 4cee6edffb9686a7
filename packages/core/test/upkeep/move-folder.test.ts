import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { inventLibrary } from "../../../../test/support/invented-library.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { type BytePath, bytePathFromText } from "../../src/byte-path.ts";
import { Library } from "../../src/index.ts";

const name = bytePathFromText;
const strange = "/photos/\u00fe" as BytePath;
let library: Library;
let place = "";

beforeEach(async () => {
  const directory = join(temporaryDirectory(), "library");
  place = temporaryDirectory();
  await inventLibrary(directory, [
    { id: 1, name: name("a.jpg") },
    { id: 2, directory: name("/photos/sub"), name: name("b.jpg") },
    { id: 3, directory: strange, name: name("c.jpg") },
    // Not in the folder, though the name begins alike.
    { id: 4, directory: name("/photos2"), name: name("d.jpg") },
    { id: 5, name: name("gone.jpg"), missing: true },
  ]);
  library = Library.open(directory);
  return () => library.close();
});

async function paths(): Promise<string[]> {
  const out = join(temporaryDirectory(), "out");
  await library.export(out, { format: "jsonl", withMissing: true });
  const lines = readFileSync(join(out, "photos", "photos_0.jsonl"), "utf8")
    .trimEnd()
    .split("\n");
  return lines.map((line) => (JSON.parse(line) as { image_path: string }).image_path);
}

test("a folder that is elsewhere now has all its photos there, and no other one has moved", async () => {
  mkdirSync(join(place, "sub"));
  writeFileSync(join(place, "sub", "b.jpg"), "");
  const moved = await library.moveFolder("/photos/", place);
  expect(moved).toEqual({ from: "/photos", to: place, folders: [place], files: 3 });
  expect(library.folders).toEqual([place]);
  expect(await paths()).toEqual([
    join(place, "a.jpg"),
    join(place, "sub", "b.jpg"),
    join(place, "\ufffd", "c.jpg"),
    "/photos2/d.jpg",
    join(place, "gone.jpg"),
  ]);
});

test("nothing is changed where the photos are not there, the folder is unknown, or the new place is indexed or none", async () => {
  const before = await paths();
  const refused = async (from: string, to: string, expected: object): Promise<void> => {
    await expect(library.moveFolder(from, to)).rejects.toMatchObject({ name: "ClipfindError", ...expected });
    expect(await paths()).toEqual(before);
    expect(library.folders).toEqual(["/photos"]);
  };
  await refused("/photos", place, {
    code: "INVALID_ARGUMENT",
    message: "None of 3 photos that were looked for is in the new folder",
  });
  await refused("/photos", join(place, "none"), { code: "NOT_A_DIRECTORY" });
  await refused("/photos2", place, { message: "/photos2 is no folder that was indexed, and holds none" });
  await refused("/", place, { message: `${place} and the old folder lie in each other` });
});
