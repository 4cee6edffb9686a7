import { UsageError } from "clipanion";
import type { Part } from "@clipfind/core";

/**
 * The part that "3/8" names.
 * @throws UsageError for anything else
 */
export function partOption(text: string | undefined): Part | undefined {
  if (text === undefined) return undefined;
  const [, index, of] = (/^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []).map(Number);
  if (index !== undefined && of !== undefined && index >= 1 && index <= of) return { index, of };
  throw new UsageError(`Invalid value for --shard: expected a part such as 3/8, the third of eight, found ${text}`);
}
