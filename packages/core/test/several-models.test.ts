import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { directory as mini } from "@clipfind/model-mini";
import { describe, expect, onTestFinished, test } from "vitest";
import { copyDrawings } from "../../../test/support/drawings.ts";
import { type ClipConfig, writeRandomClip } from "../../../test/support/random-clip.ts";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { type IndexEvent, type IndexOptions, Library } from "../src/index.ts";
import { openCatalog, openCatalogToRead } from "../src/db/open-catalog.ts";
import { agrees } from "../src/indexing/agreement.ts";
import { comparePrecisions } from "../src/indexing/compare-precisions.ts";
import { compileModel } from "../src/models/compile/compile-model.ts";
import { openModel } from "../src/models/open-model.ts";

/** Random weights: it finds anything, but always the same. */
const small: ClipConfig = {
  embed_dim: 32,
  vision_cfg: { image_size: 64, layers: 2, width: 64, patch_size: 16, head_width: 16 },
  text_cfg: { context_length: 77, vocab_size: 49_408, width: 64, heads: 2, layers: 2 },
};

async function randomModel(seed: number): Promise<string> {
  const source = temporaryDirectory();
  writeRandomClip(source, small, seed);
  const { directory } = await compileModel({
    source,
    target: join(temporaryDirectory(), "model"),
    name: `random ${seed}`,
  });
  return directory;
}

async function index(library: Library, directories: string[], options: IndexOptions = {}): Promise<IndexEvent[]> {
  const events: IndexEvent[] = [];
  for await (const event of library.index(directories, options)) if (event.type !== "progress") events.push(event);
  return events;
}

async function names(library: Library): Promise<string[]> {
  const { hits } = await library.search("a red car", { limit: 200 });
  return hits.map(({ path }) => path);
}

function drawings(count: number): string {
  const photos = join(temporaryDirectory(), "photos");
  copyDrawings(photos, 0, count);
  return photos;
}

describe("the precision of a compiled model", () => {
  test("is chosen by comparing both on the first photos, once", async () => {
    const [model, photos, directory] = [await randomModel(1), drawings(24), temporaryDirectory()];
    await using library = Library.open(directory, { model });
    const [compared, done] = await index(library, [photos]);
    if (compared?.type !== "compared" || done?.type !== "done") throw new Error(JSON.stringify([compared, done]));
    const { agreement, precision } = compared;
    expect(agreement.photos).toBe(24);
    expect(agreement.minCosine).toBeGreaterThan(0.97);
    expect(precision).toBe(agrees(agreement) ? "int8" : "fp32");
    expect(done.means).toMatchObject({ precision, agreement });
    expect(library.status().model).toMatchObject({ precision, agreement });

    expect((await index(library, [])).map(({ type }) => type)).toEqual(["done"]);
    expect(await names(library)).toHaveLength(24);
  });

  test("is found anew on a CPU of another kind, and other devices than the CPU are refused for int8", async () => {
    const [model, photos, directory] = [await randomModel(1), drawings(24), temporaryDirectory()];
    await using library = Library.open(directory, { model });
    const [first] = await index(library, [photos]);
    if (first?.type !== "compared") throw new Error(JSON.stringify(first));
    const catalog = openCatalog(directory);
    onTestFinished(() => catalog.close());
    const row = catalog.models.chosen()!;
    const { saturates } = first.agreement;
    // As if it had been found on the other kind.
    catalog.models.choose({ ...row, agreement: { ...first.agreement, saturates: saturates !== true } });
    const [again, ...rest] = await index(library, []);
    expect(again).toMatchObject({ type: "compared", agreement: { saturates, photos: 24 } });
    // So small a model may come out as fast in either.
    expect(rest.at(-1)).toMatchObject({ type: "done" });
    const refused = index(library, [], { precision: "int8", device: "webgpu" });
    await expect(refused).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: "Expected --device cpu for int8, found webgpu: only a CPU computes int8",
    });
  });

  test("is not chosen by a run that is stopped meanwhile, which says so in words", async () => {
    await using library = Library.open(temporaryDirectory(), { model: await randomModel(1) });
    const stopped = index(library, [drawings(24)], { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: "ABORTED" });
    expect(library.status().model).toBeUndefined();
  });

  test("stays exact, and open, while there are too few photos to tell", async () => {
    const [model, photos] = [await randomModel(1), drawings(5)];
    await using library = Library.open(temporaryDirectory(), { model });
    expect((await index(library, [photos])).map(({ type }) => type)).toEqual(["done"]);
    expect(library.status().model).toMatchObject({ precision: "fp32", agreement: null });
    copyDrawings(photos, 5, 24);
    const [compared] = await index(library, []);
    expect(compared).toMatchObject({ type: "compared", agreement: { photos: 24 } });
    expect(await names(library)).toHaveLength(24);
  });

  test("is not asked for again while the photos that could not settle it stay the same", async () => {
    const [model, photos, directory] = [await randomModel(1), drawings(6), temporaryDirectory()];
    for (let at = 0; at < 20; at++) writeFileSync(join(photos, `broken ${at}.jpg`), `no picture ${at}`);
    {
      await using library = Library.open(directory, { model });
      expect((await index(library, [photos])).map(({ type }) => type)).not.toContain("compared");
      expect(library.status().model).toMatchObject({ precision: "fp32", agreement: null });
    }
    const catalog = openCatalogToRead(directory);
    onTestFinished(() => catalog.close());
    const { tried } = catalog.models.chosen()!;
    const [exact, fast] = [openModel(model), openModel(model, "int8")];
    const roots = catalog.roots.all();
    const nothing = { agreement: undefined, state: tried, spent: 0 };
    expect(await comparePrecisions(exact, fast, roots, { tried })).toEqual(nothing);
    // One more that is broken, and it tries again.
    writeFileSync(join(photos, "broken too.jpg"), "no picture");
    const again = await comparePrecisions(exact, fast, roots, { tried });
    expect(again.agreement?.photos).toBe(6);
    expect(again.spent).toBeGreaterThan(0);
    expect(again.state).not.toBe(tried);
    copyDrawings(photos, 6, 24);
    await using library = Library.open(directory, { model });
    expect((await index(library, []))[0]).toMatchObject({ type: "compared", agreement: { photos: 24 } });
    expect(catalog.models.chosen()!.tried).toBeUndefined();
  });

  test("is not compared with files that are damaged", async () => {
    const model = await randomModel(1);
    for (const file of Object.keys(openModel(model).manifest.files)) {
      const path = join(model, file);
      const bytes = readFileSync(path);
      const middle = bytes.length >> 1;
      writeFileSync(path, bytes.with(middle, bytes[middle]! ^ 1));
      const directory = temporaryDirectory();
      await using library = Library.open(directory, { model });
      const events: IndexEvent[] = [];
      const run = async (): Promise<void> => {
        for await (const event of library.index([drawings(24)])) events.push(event);
      };
      await expect(run()).rejects.toMatchObject({
        code: "MODEL_INVALID",
        message: expect.stringContaining(path) as string,
      });
      expect(events).toEqual([]);
      writeFileSync(path, bytes);
    }
  });

  test("is what the user says, and is kept", async () => {
    const [model, photos] = [await randomModel(1), drawings(3)];
    await using library = Library.open(temporaryDirectory(), { model });
    const [done] = await index(library, [photos], { precision: "int8" });
    expect(done).toMatchObject({ type: "done", means: { precision: "int8", agreement: "by hand" } });
    expect(await index(library, [])).toMatchObject([{ means: { precision: "int8" }, progress: { encoded: 0 } }]);
    const [switched, again] = await index(library, [], { precision: "fp32" });
    expect(switched).toMatchObject({ type: "model", from: "random 1 in int8", to: "random 1 in fp32", photos: 3 });
    expect(again).toMatchObject({ means: { precision: "fp32" }, progress: { encoded: 3 } });
  });

  test("int8 of a pair of ONNX files is refused with a way out", async () => {
    await using library = Library.open(temporaryDirectory());
    await expect(index(library, [drawings(1)], { precision: "int8" })).rejects.toMatchObject({ code: "MODEL_INVALID" });
  });
});

describe("a library indexed with another model", () => {
  test("is searched with the first until a run with the second has come to its end, and then with either", async () => {
    const [random, photos, directory] = [await randomModel(2), drawings(120), temporaryDirectory()];
    let before: string[] = [];
    {
      await using library = Library.open(directory);
      await index(library, [photos]);
      before = await names(library);
    }
    expect(before.length).toBeGreaterThan(100);

    {
      await using library = Library.open(directory, { model: random });
      const stop = new AbortController();
      const run = (async () => {
        for await (const event of library.index([], { precision: "fp32", signal: stop.signal, workers: 1 })) {
          if (event.type === "model") expect(event).toMatchObject({ to: "random 2 in fp32", photos: before.length });
          if (event.type === "progress" && event.progress.phase === "encode") stop.abort();
        }
      })();
      await expect(run).rejects.toMatchObject({ code: "ABORTED" });
    }
    {
      await using library = Library.open(directory);
      expect(await names(library)).toEqual(before);
      const { model, otherModels } = library.status();
      expect([model?.name, ...otherModels]).toMatchObject([
        "clipfind mini (drawings)",
        { name: "random 2", complete: false },
      ]);
      // Goes on with the model that was chosen last.
      const done = (await index(library, [])).at(-1);
      expect(done).toMatchObject({ type: "done", means: { model: "random 2" } });
      expect(library.status().model).toMatchObject({ name: "random 2" });
    }
    {
      await using library = Library.open(directory);
      const after = await names(library);
      expect(after.toSorted()).toEqual(before.toSorted());
      expect(after).not.toEqual(before);
    }
    await using old = Library.open(directory, { model: mini });
    expect(await names(old)).toEqual(before);
  });

  test("names the models it has when asked for one it has not", async () => {
    const directory = temporaryDirectory();
    await using library = Library.open(directory);
    await index(library, [drawings(1)]);
    await using other = Library.open(directory, { model: await randomModel(2) });
    await expect(other.search("a red car")).rejects.toMatchObject({
      code: "MODEL_MISMATCH",
      message: expect.stringContaining("has no vectors of random 2"),
    });
  });
});
