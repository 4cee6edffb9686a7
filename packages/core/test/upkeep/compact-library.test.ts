import { join } from "node:path";
import { expect, test } from "vitest";
import { inventLibrary } from "../../../../test/support/invented-library.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { bytePathFromText } from "../../src/byte-path.ts";
import { Library } from "../../src/index.ts";
import { storeDirectory } from "../../src/library-model.ts";
import { miniModel } from "../../src/models/mini-model.ts";
import { Vectors } from "../../src/vectors.ts";

test("a library from which much was deleted takes less, and holds the same; not while another writes to it", async () => {
  const directory = join(temporaryDirectory(), "library");
  const files = Array.from({ length: 9000 }, (_, at) => ({ id: at + 1, name: bytePathFromText(`${at}.jpg`) }));
  await inventLibrary(directory, files);
  const store = storeDirectory(directory, miniModel().fingerprint);
  const kept = [1, 4711, 9000];
  {
    using vectors = Vectors.open(store, { dims: 512, write: true });
    // Into segments, where rows are dead until they are written anew.
    await vectors.reshard(2);
    await vectors.delete(files.map(({ id }) => id).filter((id) => !kept.includes(id)));
    await using library = Library.open(directory);
    await expect(library.compact()).rejects.toMatchObject({ code: "LIBRARY_LOCKED" });
  }
  await using library = Library.open(directory);
  const vectorsOf = (): unknown[] => {
    using vectors = Vectors.open(store, { dims: 512, write: false });
    return [vectors.ids(), ...kept.map((id) => vectors.vector(id))];
  };
  const before = vectorsOf();
  const stopped = library.compact({ signal: AbortSignal.abort() });
  await expect(stopped).rejects.toMatchObject({ code: "ABORTED" });
  expect(vectorsOf()).toEqual(before);
  const sizes = await library.compact();
  expect(sizes.after.vectors).toBeLessThan(sizes.before.vectors / 10);
  expect(sizes.after.catalog).toBeLessThanOrEqual(sizes.before.catalog);
  expect(vectorsOf()).toEqual(before);
  expect(await library.verify()).toMatchObject({ damage: [], vectors: 3, photosWithoutVector: 8997 });
  // Again there is nothing to do.
  expect((await library.compact()).after).toEqual(sizes.after);
});

test("what was only ever written to the log is moved into segments, and is not on the disk twice", async () => {
  const directory = join(temporaryDirectory(), "library");
  await inventLibrary(
    directory,
    Array.from({ length: 3000 }, (_, at) => ({ id: at + 1, name: bytePathFromText(`${at}.jpg`) })),
  );
  await using library = Library.open(directory);
  const { before, after } = await library.compact();
  expect(before.vectors).toBeGreaterThan(3000 * 2 * 512);
  expect(after.vectors).toBeLessThan(1.05 * before.vectors);
  expect(await library.verify()).toMatchObject({ damage: [], vectors: 3000 });
  expect((await library.compact()).after).toEqual(after);
});
