import type { Agreement } from "@clipfind/core";
import { plural } from "./plural.ts";

/** How well int8 agrees with fp32, in words. */
export function agreementText({ photos, meanCosine, minCosine, overlap, speedup }: Agreement): string {
  return (
    `on ${plural(photos, "photo")} int8 agrees with fp32 to a cosine of ${meanCosine.toFixed(4)} in the mean and ` +
    `${minCosine.toFixed(4)} at worst, ${Math.round(100 * overlap)} % of the neighbours are the same, and it is ` +
    `${speedup.toFixed(1)} times as fast`
  );
}
