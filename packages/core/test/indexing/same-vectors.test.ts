import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { copyDrawings } from "../../../../test/support/drawings.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { contentHash } from "../../src/content-hash.ts";
import { openCatalog } from "../../src/db/open-catalog.ts";
import { Library } from "../../src/index.ts";
import { Vectors } from "../../src/vectors.ts";

/** The stored vectors of the photos in `folder`, by name, after indexing it with so many workers. */
async function vectorsOf(folder: string, workers: number): Promise<Map<string, Float32Array | undefined>> {
  const directory = temporaryDirectory();
  await using library = Library.open(directory);
  let encoded = 0;
  for await (const event of library.index([folder], { workers })) {
    if (event.type === "done") ({ encoded } = event.progress);
  }
  expect(encoded).toBe(readdirSync(folder).length);
  const catalog = openCatalog(directory);
  const [store] = readdirSync(join(directory, "vectors")) as [string];
  using vectors = Vectors.open(join(directory, "vectors", store), { dims: 512, write: false });
  const found = readdirSync(folder).map((name) => {
    const content = catalog.contents.byHash(contentHash(readFileSync(join(folder, name))));
    return [name, vectors.vector(content?.id ?? -1)] as const;
  });
  catalog.close();
  return new Map(found);
}

test("the vectors of a folder are bit-equal with one worker and with four, in company and alone", async () => {
  const [folder, alone] = [temporaryDirectory(), temporaryDirectory()];
  copyDrawings(folder, 0, 24);
  copyDrawings(alone, 11, 12);
  const expected = await vectorsOf(folder, 1);
  expect([...expected.values()].every((vector) => vector?.length === 512)).toBe(true);
  expect(await vectorsOf(folder, 4)).toEqual(expected);
  const [name] = readdirSync(alone) as [string];
  expect(await vectorsOf(alone, 1)).toEqual(new Map([[name, expected.get(name)]]));
});
