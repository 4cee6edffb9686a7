// `node text-tower.ts MODEL_DIR PRECISION`: ms from nothing loaded to the first text's vector (wall and CPU time), ms of
// the fastest of the next ones, and the vectors, as JSON.
import type { Precision } from "@clipfind/core";
import { TextTower } from "../../packages/core/src/clip/text-tower.ts";
import { openModel } from "../../packages/core/src/models/open-model.ts";

const [directory = "", precision] = process.argv.slice(2);
const model = openModel(directory, precision as Precision);
const texts = ["a cat behind a corner of the house", "words", "a red car at night, seen from far above by a bird"];

const started = performance.now();
const before = process.cpuUsage();
const tower = await TextTower.open(model);
const vectors = [(await tower.embedText(texts[0] as string)).vector];
const first = performance.now() - started;
const { user, system } = process.cpuUsage(before);
let next = Infinity;
for (const text of [texts[0] as string, ...texts]) {
  const begin = performance.now();
  const { vector } = await tower.embedText(text);
  if (text === texts[0]) next = Math.min(next, performance.now() - begin);
  else vectors.push(vector);
}
await tower.close();
const all = vectors.map((vector) => Array.from(vector));
process.stdout.write(JSON.stringify({ first, next, cpu: (user + system) / 1000, vectors: all }));
