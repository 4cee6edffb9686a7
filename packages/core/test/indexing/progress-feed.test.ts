import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { ProgressFeed } from "../../src/indexing/progress-feed.ts";

test("a reader that is slower than the run is told every problem", async () => {
  const feed = new ProgressFeed();
  const run = feed.follow(
    (async () => {
      feed.problem("a.jpg", "broken");
      await setTimeout(150);
      feed.problem("b.jpg", "broken too");
      feed.problem("c.jpg", "as well");
    })(),
  );
  const told: string[] = [];
  for await (const event of feed.events()) {
    if (event.type !== "problem") continue;
    told.push(event.path);
    // The run ends while the reader is busy with its first problem.
    await run;
  }
  expect(told).toEqual(["a.jpg", "b.jpg", "c.jpg"]);
});

test("a run that has ended before anyone listens is told all the same", async () => {
  const feed = new ProgressFeed();
  feed.problem("a.jpg", "broken");
  await feed.follow(Promise.resolve());
  const told = [];
  for await (const event of feed.events()) told.push(event);
  expect(told).toEqual([{ type: "problem", path: "a.jpg", reason: "broken" }]);
});
