import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Library } from "@clipfind/core";
import { describe, expect, test } from "vitest";
import { referenceEmbeddings } from "../support/reference-clip.ts";
import { needsShared, shared } from "../support/shared.ts";
import { captionedPhotos, useWorld } from "../support/world.ts";

/** Scores nearer than this are a tie: the two paths decode and resize a little differently. */
const tie = 0.01;

describe.skipIf(shared === undefined)(needsShared("recall"), () => {
  const world = useWorld();

  test("the 255 captions find their photos as the same two ONNX files do in a plain computation", async () => {
    const folder = join(shared as string, "photos");
    const photos = readdirSync(folder).filter((name) => name.endsWith(".jpg"));
    const queries = captionedPhotos().flatMap(({ file, captions }) => captions.map((caption) => ({ file, caption })));
    expect(queries).toHaveLength(255);
    const reference = await referenceEmbeddings(
      shared as string,
      photos.map((name) => join(folder, name)),
      queries.map((query) => query.caption),
    );

    await using library = Library.open(world.directory(), { model: world.model });
    for await (const event of library.index([folder])) expect(event.type).not.toBe("problem");

    const found = { ours: 0, reference: 0 };
    const different: unknown[] = [];
    let largest = 0;
    for (const [index, { file, caption }] of queries.entries()) {
      const text = reference.texts[index] as Float64Array;
      const scores = new Map(photos.map((name, row) => [name, dot(text, reference.images[row] as Float64Array)]));
      const ranked = [...scores.values()].toSorted((a, b) => b - a);
      const [tenth, own] = [ranked[9] as number, scores.get(file) as number];
      // One text tower.
      const { hits } = await library.search(caption, { limit: photos.length });
      const rank = hits.findIndex((hit) => hit.path.endsWith(file));
      for (const { path, score } of hits) {
        largest = Math.max(
          largest,
          Math.abs((score as number) - (scores.get(path.slice(folder.length + 1)) as number)),
        );
      }
      if (rank < 10) found.ours++;
      if (own >= tenth) found.reference++;
      if (rank < 10 !== own >= tenth && Math.abs(own - tenth) > tie) different.push({ caption, rank, own, tenth });
    }
    const percent = (count: number): string => `${((100 * count) / queries.length).toFixed(1)} %`;
    process.stderr.write(
      `recall@10 of 255 captions, stand-in model (not CLIP): ${percent(found.ours)}; plain computation: ` +
        `${percent(found.reference)}; largest difference of a score ${largest.toFixed(4)}\n`,
    );
    expect(different).toEqual([]);
  });
});

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);
}
