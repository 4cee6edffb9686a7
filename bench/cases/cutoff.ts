import assert from "node:assert/strict";
import { join } from "node:path";
import { Library } from "@clipfind/core";
import { drawScenes } from "../../test/support/scene-drawings.ts";
import { objectNames } from "../../tools/mini-clip/scenes/objects/catalogue.ts";
import { sampleScene } from "../../tools/mini-clip/scenes/sample-scene.ts";
import type { Scene } from "../../tools/mini-clip/scenes/scene.ts";
import { nameOf, withArticle } from "../../tools/mini-clip/scenes/words.ts";
import type { Context } from "../context.ts";
import type { Measurement } from "../measurement.ts";

/** One query's photos, best first: whether each is right, its score, its confidence. */
interface Judged {
  readonly right: readonly boolean[];
  readonly scores: readonly number[];
  readonly confidences: readonly number[];
}

/** Precision and recall of the automatic cut-off, against ten hits and the best of all fixed thresholds; mini model. */
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

  const rightOf = ({ right }: Judged): number => right.filter(Boolean).length;
  const thresholds = Array.from({ length: 120 }, (_, i) => i / 200);
  const fixed = (at: number) => (query: Judged) => query.scores.filter((score) => score >= at).length;
  const best = thresholds.reduce((a, b) => (meanF1(queries, fixed(a)) >= meanF1(queries, fixed(b)) ? a : b));
  const ways = {
    "top 10": () => 10,
    [`fixed ${best}, the best`]: fixed(best),
    auto: ({ confidences }: Judged) => confidences.filter((it) => it >= 0.5).length,
  };
  const kinds = {
    "no right photo": queries.filter((it) => rightOf(it) === 0),
    "1 to 15 right photos": queries.filter((it) => rightOf(it) > 0 && rightOf(it) <= 15),
    "16 and more": queries.filter((it) => rightOf(it) > 15 && rightOf(it) < count / 4),
    "half of the photos": queries.filter((it) => rightOf(it) >= count / 4),
  };
  const measurements = Object.entries(kinds).flatMap(([kind, some]): Measurement[] => {
    if (some.length === 0) return [];
    const details = Object.entries(ways).map(([way, shownOf]) => {
      const mean = (of: (query: Judged) => number): string =>
        (some.reduce((sum, query) => sum + of(query), 0) / some.length).toFixed(2);
      const precision = mean((query) => ratio(hitsIn(query, shownOf), shownOf(query)));
      const recall = mean((query) => ratio(hitsIn(query, shownOf), rightOf(query)));
      return [way, `precision ${precision}, recall ${recall}, ${mean(shownOf)} shown`];
    });
    const value = some.reduce((sum, query) => sum + ways.auto(query), 0) / some.length;
    const subject = `cut-off, ${kind} of ${scenes.length}, ${some.length} queries, mini model`;
    return [{ subject, value, unit: "photos shown", ratios: {}, details: Object.fromEntries(details) }];
  });
  return measurements;
}

function hitsIn({ right, ...rest }: Judged, shownOf: (query: Judged) => number): number {
  return right.slice(0, shownOf({ right, ...rest })).filter(Boolean).length;
}

function ratio(part: number, of: number): number {
  return of === 0 ? 0 : part / of;
}

function meanF1(queries: readonly Judged[], shownOf: (query: Judged) => number): number {
  const all = queries.filter(({ right }) => right.includes(true));
  const sum = all.reduce((total, query) => {
    const [hits, right] = [hitsIn(query, shownOf), query.right.filter(Boolean).length];
    return total + ratio(2 * hits, shownOf(query) + right);
  }, 0);
  return sum / all.length;
}
