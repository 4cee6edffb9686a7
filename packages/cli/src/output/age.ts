import { plural } from "./plural.ts";

const units = [
  [86_400_000, "day"],
  [3_600_000, "hour"],
  [60_000, "minute"],
] as const;

/** "3 days", "1 hour", "less than a minute", of milliseconds. */
export function age(ms: number): string {
  for (const [length, unit] of units) if (ms >= length) return plural(Math.floor(ms / length), unit);
  return "less than a minute";
}
