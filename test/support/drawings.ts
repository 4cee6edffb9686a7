import { copyFileSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { directory as pictures } from "@clipfind/demo-photos";

const first = join(pictures, "first");
const names = readdirSync(first, { recursive: true, encoding: "utf8" })
  .filter((name) => /DSC_\d+\.jpg$/.test(name))
  .toSorted();

/**
 * Copies pictures `from` to `to` (without it) of the demo's into `folder`, which is made: whole ones, for the mini
 * model, all different.
 */
export function copyDrawings(folder: string, from: number, to: number): void {
  mkdirSync(folder, { recursive: true });
  for (const name of names.slice(from, to)) copyFileSync(join(first, name), join(folder, name.replaceAll("/", "-")));
}
