import assert from "node:assert/strict";
import { join } from "node:path";
import { Library } from "@clipfind/core";
import { drawScenes } from "../../test/support/scene-drawings.ts";
import { objectNames } from "../../tools/mini-clip/scenes/objects/catalogue.ts";
import { sampleScene } from "../../tools/mini-clip/scenes/sample-scene.ts";
import type { Scene } from "../../tools/mini-clip/scenes/scene.ts";
import { nameOf, withArticle } from "../../tools/mini-clip/scenes/words.ts";
import type { Context } from "../context.ts";
import { type Judged, measureWays } from "../judged.ts";
import type { Measurement } from "../measurement.ts";
import { photographQueries } from "../photograph-queries.ts";

/** Precision and recall of the automatic cut-off, against ten hits and the best of all fixed thresholds. */
export async function benchCutoff(context: Context): Promise<Measurement[]> {
  const count = context.check ? 200 : 400;
  const folder = join(context.folder(), "drawings");
  // Scenes that neither training nor the choice of any number in the cut-off has seen; every fourth kind is in none.
  const gone = new Set<string>(objectNames.filter((_, i) => i % 4 === 1));
  const kept = Array.from({ length: 8 * count }, (_, i) => sampleScene(9_000_000 + i, { split: "held-out" })).filter(
    ({ groups }) => !groups.some(({ object }) => gone.has(object)),
  );
  const nights = kept.filter(({ background }) => background === "night").slice(0, count / 2);
  const others = kept.filter(({ background }) => background !== "night").slice(0, count - nights.length);
  const scenes = [...nights, ...others];
  await drawScenes(folder, scenes);
  await using library = Library.open(join(folder, "..", "library"));
  for await (const event of library.index([folder])) assert.notEqual(event.type, "problem");

  const ask = async (text: string, isRight: (scene: Scene) => boolean): Promise<Judged> => {
    const { hits, strong } = await library.search(text, { limit: scenes.length });
    assert.equal(hits.length, scenes.length);
    const confidences = hits.map(({ confidence }) => confidence as number);
    assert.deepEqual(
      confidences,
      confidences.toSorted((a, b) => b - a),
      `${text}: confidences rise`,
    );
    assert.ok(confidences.every((it) => it >= 0 && it <= 1));
    assert.equal(strong, confidences.filter((it) => it >= 0.5).length);
    const right = hits.map(({ path }) => isRight(scenes[Number(/(\d+)\.png$/.exec(path)?.[1])] as Scene));
    return { right, scores: hits.map(({ score = 0 }) => score), confidences };
  };
  const queries: Judged[] = [await ask("night", ({ background }) => background === "night")];
  for (const name of objectNames) {
    queries.push(await ask(withArticle(nameOf(name, 1)), ({ groups }) => groups.some(({ object }) => object === name)));
  }

  const drawings = measureWays(queries, `of ${scenes.length}, mini model`, count / 4);
  const photographs = await photographQueries(context);
  return photographs.length === 0
    ? drawings
    : [
        ...drawings,
        ...measureWays(photographs, `of ${photographs[0]?.right.length}, stand-in, which is no CLIP`, Infinity),
      ];
}
