import { copyFileSync, mkdirSync, readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { copyDrawings } from "./drawings.ts";

/** The photo that rclip saw once and then no more. */
export const photoGone = "gone.jpg";

/**
 * Puts the photos of test/fixtures/rclip into `folder`: twelve drawings, four of them in a folder below, a copy of one,
 * and one in a hidden folder, which rclip 3.3 takes and clipfind leaves out. All have set modification times.
 * @returns their paths below `folder`, in order
 */
export function makeRclipPhotos(folder: string): string[] {
  copyDrawings(folder, 0, 8);
  copyDrawings(join(folder, "below"), 8, 12);
  copyDrawings(join(folder, ".hidden"), 12, 13);
  const [first] = readdirSync(join(folder, "below")).toSorted();
  mkdirSync(join(folder, 'größer & "quoted"'));
  copyFileSync(join(folder, "below", first as string), join(folder, 'größer & "quoted"', "copy's.jpg"));
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".jpg"));
  const sorted = names.toSorted();
  for (const [index, name] of sorted.entries()) utimesSync(join(folder, name), timeOf(index), timeOf(index));
  return sorted;
}

/** Seconds since 1970, with a fraction that neither float64 nor the disk holds exactly; whole for one of them. */
function timeOf(index: number): number {
  return index === 3 ? 1_500_000_000 : 1_600_000_000.123_456_7 + 1000.5 * index;
}
