import { expect, test } from "vitest";
import { displayedHits, mostDisplayed } from "../src/display-limit.ts";
import { hitAt } from "./ranked-hit.ts";

const judged = (...confidences: (number | undefined)[]) => confidences.map((confidence) => hitAt("/a", { confidence }));

test.each([
  ["the strong ones", [...Array<number>(7).fill(0.9), 0.5, 0.4, 0.4], 0.5, 8],
  ["five at least", [0.9, 0.1, 0.1, 0.1, 0.1, 0.1], 0.5, 5],
  ["what there is, if that is less", [0.9, 0.1], 0.5, 2],
  ["all that was asked for, if all are strong", Array<number>(mostDisplayed).fill(0.9), 0.5, mostDisplayed],
  ["ten where nothing is known", Array<undefined>(mostDisplayed).fill(undefined), undefined, 10],
])("a terminal shows %s", (_, confidences, cutoff, count) => {
  const hits = judged(...confidences);
  expect(displayedHits({ hits, cutoff })).toEqual(hits.slice(0, count));
});
